# SPDX-License-Identifier: MIT
"""What prompt_toolkit draws: it spells control characters, and from here on also those that turn text or hide in it."""

from __future__ import annotations

from prompt_toolkit.layout.screen import Char

from nsh.printable import printable


class _Spelled(dict[str, str]):
    """prompt_toolkit's own spellings, and nsh's for every other character that would not be seen as it is.

    A blank of any width is seen as one.
    """

    def __contains__(self, char: object) -> bool:
        return isinstance(char, str) and (super().__contains__(char) or self._is_hidden(char))

    def __missing__(self, char: str) -> str:
        return printable(char)

    @staticmethod
    def _is_hidden(char: str) -> bool:
        return len(char) == 1 and printable(char) != char and (not char.isspace() or char in "\u2028\u2029")


def spell_hidden() -> None:
    """Have names with marks of direction shown in the order of their letters, wherever prompt_toolkit shows them."""
    if not isinstance(Char.display_mappings, _Spelled):
        Char.display_mappings = _Spelled(Char.display_mappings)
