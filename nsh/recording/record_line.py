# SPDX-License-Identifier: MIT
"""The line at a prompt, read off a screen."""

from __future__ import annotations

import re
from collections.abc import Iterator

_PROMPT = re.compile(r"nsh(?:\[[^\]]*\])?>(?P<command>.*)")
_TALLEST = 50
"""Rows that a command may take on the terminal."""


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
