# SPDX-License-Identifier: MIT
"""Did you mean …: the nearest of some words."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_CUTOFF = 0.7
_LONGEST = 40  # difflib is quadratic, and nobody mistypes more than that


def nearest(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate that `word` is most like, or None when none is like it."""
    if not word or len(word) > _LONGEST:
        return None
    from difflib import get_close_matches  # 8 ms, and only after a mistake

    found = get_close_matches(word, list(candidates), 1, _CUTOFF)
    return found[0] if found else None


def did_you_mean(word: str, candidates: Iterable[str]) -> str | None:
    """The hint for a mistyped word, or None."""
    found = nearest(word, candidates)
    return None if found is None else f"did you mean '{found}'?"
