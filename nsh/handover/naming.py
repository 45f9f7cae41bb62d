# SPDX-License-Identifier: MIT
"""Names that another engine allows: as near to our own as it lets them be, each once."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_DIGITS = frozenset("0123456789")
_LOWER = frozenset("abcdefghijklmnopqrstuvwxyz") | _DIGITS
_LETTERS = _LOWER | frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ")


class Rule:
    """Which names an engine allows: those of ASCII letters and digits, some signs inside, up to a length.

    The first of `signs` stands for what is not allowed; `is_lower` where there
    are no capitals, `is_letter_first` where a digit cannot be the first;
    `taken` are words that the engine keeps for itself.
    """

    __slots__ = ("filler", "first", "inside", "is_lower", "longest", "outside", "taken")

    def __init__(
        self,
        signs: str,
        longest: int,
        *,
        is_lower: bool = False,
        is_letter_first: bool = False,
        taken: Iterable[str] = (),
    ) -> None:
        self.outside = _LOWER if is_lower else _LETTERS
        self.first = self.outside - _DIGITS if is_letter_first else self.outside
        self.inside = self.outside | frozenset(signs)
        self.filler = signs[0]
        self.is_lower = is_lower
        self.longest = longest
        self.taken = frozenset(taken)

    def allows(self, name: str) -> bool:
        """May a node be called so?"""
        return (
            0 < len(name) <= self.longest
            and name not in self.taken
            and name[0] in self.first
            and name[-1] in self.outside
            and self.inside.issuperset(name)
        )

    def fit(self, names: Iterable[str]) -> dict[str, str]:
        """{name: what it is called there}, no two the same; a name that is allowed stays as it is."""
        given = list(names)
        found = {name: name for name in given if self.allows(name)}
        used = set(found)
        for name in given:
            if name not in found:
                found[name] = self._near(name, used)
                used.add(found[name])
        return {name: found[name] for name in given}

    def _near(self, name: str, used: set[str]) -> str:
        word = name.lower() if self.is_lower else name
        plain = "".join(char if char in self.inside else self.filler for char in word)
        stem = plain.strip("".join(self.inside - self.outside))
        stem = (stem if stem[:1] and stem[0] in self.first else f"n{stem}")[: self.longest]
        wanted, number = stem, 2
        while wanted in used or not self.allows(wanted):
            wanted = f"{stem[: self.longest - len(str(number))]}{number}"
            number += 1
        return wanted


def renamed(found: dict[str, str]) -> str | None:
    """What is called otherwise there, in one line; None where nothing is."""
    changed = [f"{name} is {there}" for name, there in found.items() if name != there]
    if not changed:
        return None
    more = f" and {len(changed) - 5} more" if len(changed) > 5 else ""
    return f"{'the name' if len(changed) == 1 else 'the names'}: {', '.join(changed[:5])}{more} there"
