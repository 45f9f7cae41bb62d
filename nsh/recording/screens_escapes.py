# SPDX-License-Identifier: MIT
"""What of a terminal's stream draws something, or asks something: all else is taken out before a screen sees it.

pyte stumbles over what it does not know (`CSI > 4 m` underlines, `ESC P` is
printed, too many numbers raise, an invisible character ends the text), and a
program may write anything. So the sequences that are known are let through,
with as many numbers as they may have, and no others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple
from unicodedata import category

from wcwidth import wcwidth

_TOKEN = re.compile(
    r"""
      \x1b\[(?P<numbers>[0-?]*)(?P<between>[ -/]*)(?P<final>[@-~])
    | \x1b\](?P<osc>[^\x07\x1b\x9c]*)(?:\x07|\x1b\\|\x9c|(?=\x1b[^\\]))
    | \x1b[PX^_][^\x1b]*(?:\x1b\\|(?=\x1b[^\\]))
    | (?P<short>\x1b(?:[()][0B]|[78cDEHM]))
    | \x1b(?:[ -/]+[0-~]|[0-OQ-WYZ\\`-~])
    | (?P<control>[\x08-\x0f])
    | (?P<text>[^\x00-\x1f\x7f-\x9f]+)
    """,
    re.VERBOSE,
)
_PARTIAL = re.compile(r"\x1b(?:\[[0-?]*[ -/]*|[\]PX^_][^\x07\x1b]*\x1b?|[ -/]*)?\Z")
_LONGEST_PARTIAL = 65536
_LONGEST_NUMBERS = 200
_MOST_REPEATS = 1000
_NOT_XML = re.compile("[\ud800-\udfff\ufffe\uffff]")

_NUMBERS = {**dict.fromkeys("@ABCDEFGLMPSTX`acden", 1), **dict.fromkeys("Hfr", 2)}
"""Final byte → how many numbers it takes at most (ECMA-48; xterm's control sequences)."""
_ONE_OF = {"J": "0123", "K": "012", "g": "03", "h": ("4", "20"), "l": ("4", "20")}
_NO_MODES = {"3"}
"""132 columns: a picture does not change its size so."""


class Mark(NamedTuple):
    """A mark around prompt, input or output (OSC 133), where the cursor is: its letter."""

    letter: str


class Cleaner:
    """Takes text in pieces as it came; a sequence that is cut in two waits for its rest."""

    def __init__(self) -> None:
        self._waiting = ""
        self._last = ""

    def clean(self, text: str) -> Iterator[str | Mark]:
        """What a screen may see, and the marks, in order."""
        text = self._waiting + text
        self._waiting = ""
        at = 0
        while at < len(text):
            match = _TOKEN.match(text, at)
            if match is not None:
                yield from self._token(match)
                at = match.end()
            elif len(text) - at < _LONGEST_PARTIAL and _PARTIAL.match(text, at):
                self._waiting = text[at:]
                return
            else:
                at += 1

    def cleaned(self, text: str) -> str:
        """The same without the marks."""
        return "".join(piece for piece in self.clean(text) if isinstance(piece, str))

    def _token(self, match: re.Match[str]) -> Iterator[str | Mark]:
        if match["text"]:
            yield self._visible(match["text"])
        elif match["final"]:
            yield self._sequence(match["numbers"], match["between"], match["final"])
        elif match["osc"] is not None:
            if match["osc"].startswith("133;"):
                yield Mark(match["osc"][4:5])
        else:
            yield match["short"] or match["control"] or ""

    def _visible(self, text: str) -> str:
        """Without what takes no room and joins nothing: direction marks, joiners."""
        text = _NOT_XML.sub("\ufffd", text)
        if not text.isascii():
            text = "".join(character for character in text if wcwidth(character) > 0 or is_mark(character))
        self._last = text[-1:] or self._last
        return text

    def _sequence(self, numbers: str, between: str, final: str) -> str:
        """The sequence as pyte can take it; '' where it draws nothing."""
        if between or len(numbers) > _LONGEST_NUMBERS or numbers[:1] in ("<", "=", ">"):
            return ""
        if final == "m":
            return f"\x1b[{with_semicolons(numbers)}m" if "?" not in numbers else ""
        is_private = numbers.startswith("?")
        values = [value[:4] for value in numbers.removeprefix("?").split(";")]
        if not all(value.isdigit() or not value for value in values):
            return ""
        if is_private and final in "hl":
            kept = [value for value in values if value and value not in _NO_MODES]
            return f"\x1b[?{';'.join(kept)}{final}" if kept else ""
        if final in _ONE_OF:
            return f"\x1b[{values[0]}{final}" if (values[0] or "0") in _ONE_OF[final] else ""
        return "" if is_private else self._plain(values, final)

    def _plain(self, values: list[str], final: str) -> str:
        if final == "b":
            return self._last * min(int(values[0] or 1), _MOST_REPEATS)
        if final in "su":
            return "\x1b7" if final == "s" else "\x1b8"
        if final in _NUMBERS:
            return f"\x1b[{';'.join(values[: _NUMBERS[final]])}{final}"
        return ""


def is_mark(character: str) -> bool:
    """Is it drawn upon the character before it, as accents are, or the vowels of some scripts?"""
    return category(character) in ("Mn", "Me")


def with_semicolons(numbers: str) -> str:
    """SGR's numbers with semicolons only: `38:2::R:G:B` and `38:5:N` as they are mostly written, `4:3` as `4`."""
    parts = []
    for part in numbers.split(";"):
        first, *rest = part.split(":")
        if first in ("38", "48") and rest[:1] == ["2"]:
            parts += [first, "2", *rest[-3:]]
        elif first in ("38", "48"):
            parts += [first, *rest]
        elif first == "4" and rest == ["0"]:
            parts.append("24")
        else:
            parts.append(first)
    return ";".join(value[:4] for value in parts)
