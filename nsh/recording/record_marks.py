# SPDX-License-Identifier: MIT
"""Finds the commands in what a prompt writes, by the marks around them (OSC 133)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_PROMPT = re.compile(r"nsh(?:\[[^\]]*\])?>(?P<command>.*)")
_BEGINS = "\x1b]133;"
_LONGEST = 120
"""No mark is longer: what begins like one and goes on is something else."""
_TALLEST = 50
"""Rows that a command may take on the terminal."""


class Part(NamedTuple):
    """Text between two marks, or one mark, whose `kind` is A, B, C or D."""

    text: str
    kind: str = ""


class Marks:
    """Cuts a stream at the marks of the session `aid`, wherever its pieces begin and end."""

    def __init__(self, aid: str) -> None:
        self._mark = re.compile(rf"\x1b\]133;(?P<kind>[ABCD])[^\x07\x1b]*;aid={aid}\x07")
        self._waiting = ""

    def parts(self, text: str) -> Iterator[Part]:
        """The parts that are complete by now; what may be the beginning of a mark waits for its end."""
        text, at = self._waiting + text, 0
        for match in self._mark.finditer(text):
            if match.start() > at:
                yield Part(text[at : match.start()])
            yield Part(match[0], match["kind"])
            at = match.end()
        begun = text.rfind("\x1b", max(at, len(text) - _LONGEST))
        if begun < 0 or not _BEGINS.startswith(text[begun : begun + len(_BEGINS)]) or "\x07" in text[begun:]:
            begun = len(text)
        self._waiting = text[begun:]
        if begun > at:
            yield Part(text[at:begun])

    def rest(self) -> str:
        """What waited in vain."""
        text, self._waiting = self._waiting, ""
        return text


class Typed:
    """What the user typed at a prompt, read off a screen: only that shows what became of keys and completions."""

    def __init__(self) -> None:
        self._shown: list[str] = []

    def begin(self) -> None:
        """A prompt comes next."""
        self._shown = []

    def hear(self, text: str) -> None:
        """The terminal shows this."""
        self._shown.append(text)

    def line(self, columns: int) -> str:
        """Prompt and command as they stand there now, in one line."""
        lines = next(states(["".join(self._shown)], columns)).split("\n")
        first = max((at for at, line in enumerate(lines) if _PROMPT.match(line)), default=0)  # keys may be echoed above
        return " ".join(line.strip() for line in lines[first:])

    def command(self, columns: int) -> str:
        """What stands behind the prompt; '' for nothing."""
        prompt = _PROMPT.match(self.line(columns))
        return prompt["command"].strip() if prompt else ""


def states(pieces: list[str], columns: int) -> Iterator[str]:
    """What a terminal of that width shows after each of the pieces; rows that were full go on in the next."""
    return map(_joined, _fed(pieces, columns))


def _fed(pieces: list[str], columns: int) -> Iterator[list[str]]:
    """The rows of a terminal of that width after each of the pieces."""
    import pyte  # only where something is recorded

    from nsh.recording.screens_escapes import Cleaner

    screen = pyte.Screen(columns, _TALLEST)
    stream, cleaner = pyte.Stream(screen), Cleaner()
    for piece in pieces:
        stream.feed(cleaner.cleaned(piece))
        yield list(screen.display)


def _joined(rows: list[str]) -> str:
    """The rows as lines; a row that is full goes on in the next."""
    return "".join(row if row[-1:] != " " else row.rstrip() + "\n" for row in rows).rstrip()
