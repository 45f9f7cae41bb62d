# SPDX-License-Identifier: MIT
"""Did you mean …: the nearest of some words."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_CUTOFF = 0.7
_LONGEST = 40  # difflib is quadratic, and nobody mistypes more than that


def nearest(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate one slip of the finger away, else the one most like `word`, or None."""
    known = list(candidates)
    if not word or len(word) > _LONGEST:
        return None
    if word.lower() in known:
        return word.lower()
    slips = [candidate for candidate in known if len(word) > 2 and _is_one_slip(word, candidate)]
    if slips:
        return slips[0]
    from difflib import get_close_matches  # 8 ms, and only after a mistake

    found = get_close_matches(word, known, 1, _CUTOFF)
    return found[0] if found else None


def _is_one_slip(typed: str, meant: str) -> bool:
    """Do the two differ by one letter too many, missing, wrong, or two swapped?"""
    start = next((i for i, (a, b) in enumerate(zip(typed, meant, strict=False)) if a != b), min(len(typed), len(meant)))
    one, other = typed[start:], meant[start:]
    swapped = other[1:2] + other[:1] + other[2:]
    return one != other and (one[1:] == other[1:] or one[1:] == other or one == other[1:] or one == swapped)


def did_you_mean(word: str, candidates: Iterable[str]) -> str | None:
    """The hint for a mistyped word, or None."""
    found = nearest(word, candidates)
    return None if found is None else f"did you mean '{found}'?"
