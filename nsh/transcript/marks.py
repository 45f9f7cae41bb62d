# SPDX-License-Identifier: MIT
"""Reads what a prompt writes by the marks around prompt and output (OSC 133): first the marks, then what they mean.

Nothing here looks for the text `nsh>`, nothing here waits for anything: who
reads the terminal feeds what came. Only marks with the terminal's own `aid`
count, so that no program's output can pass for one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple

from nsh.transcript.judge import Piece
from nsh.transcript.normal import without_escapes

_BEGINS = "\x1b]133;"
_LONGEST = 120
"""No mark is longer: what begins like one and goes on is something else."""


class Mark(NamedTuple):
    """`A` before a prompt, `B` after it, `C` before an output, `D` after it with its exit status."""

    kind: str
    status: int = 0
    text: str = ""
    """As it was written."""


class MarkReader:
    """Cuts a stream at the marks of the session `aid`, wherever its pieces begin and end."""

    def __init__(self, aid: str) -> None:
        self._mark = re.compile(rf"\x1b\]133;(?P<kind>[ABCD])(?:;(?P<status>\d+))?;aid={re.escape(aid)}\x07")
        self._waiting = ""

    def feed(self, text: str) -> Iterator[str | Mark]:
        """The text and the marks that are complete by now; what may be the beginning of a mark waits for its end."""
        text, self._waiting, at = self._waiting + text, "", 0
        for match in self._mark.finditer(text):
            if match.start() > at:
                yield text[at : match.start()]
            yield Mark(match["kind"], int(match["status"] or 0), match[0])
            at = match.end()
        begun = text.rfind("\x1b", max(at, len(text) - _LONGEST))
        may_be_one = (
            begun >= 0 and _BEGINS.startswith(text[begun : begun + len(_BEGINS)]) and "\x07" not in text[begun:]
        )
        end = begun if may_be_one else len(text)
        self._waiting = text[end:]
        if end > at:
            yield text[at:end]

    def rest(self) -> str:
        """What waited in vain."""
        text, self._waiting = self._waiting, ""
        return text


class Phase(Enum):
    """Where the dialogue with a prompt stands."""

    BETWEEN = "between"
    """No prompt yet, or the answer is over and the next prompt is not there."""
    PROMPTING = "prompting"
    """The prompt is being written."""
    READY = "ready"
    """The prompt waits for a line."""
    RUNNING = "running"
    """The line was accepted; what comes is its output."""


class Dialogue:
    """What the marks mean, one after the other: the prompt, and the answer to the line before it.

    `prompt` is the prompt's text, `phase` where things stand. `accepted`
    becomes true when a line is, `answered` with the end of the answer, also to
    a line that was dropped: `status` is its exit status and `pieces` what was
    shown, to which news before the next prompt are added.
    """

    def __init__(self) -> None:
        self.phase = Phase.BETWEEN
        self.prompt = ""
        self.status = 0
        self.accepted = False
        self.answered = False
        self.pieces: list[Piece] = []
        self.before = ""
        """What came before the first prompt."""
        self._written = ""

    def begin(self) -> None:
        """A line is about to be typed: forget the last answer."""
        self.accepted, self.answered, self.status, self.pieces = False, False, 0, []

    def take(self, item: str | Mark, seconds: float) -> None:
        """The next thing that came; `seconds` is the time to write beside a piece of output."""
        if isinstance(item, str):
            self._hear(item, seconds)
        elif item.kind == "A":
            self.phase, self._written = Phase.PROMPTING, ""
        elif item.kind == "B" and self.phase is Phase.PROMPTING:
            self.phase, self.prompt = Phase.READY, without_escapes(self._written).strip()
        elif item.kind == "C":
            self.phase, self.accepted, self.pieces = Phase.RUNNING, True, []
        elif item.kind == "D":
            self.phase, self.status, self.answered = Phase.BETWEEN, item.status, True

    def _hear(self, text: str, seconds: float) -> None:
        if self.phase is Phase.PROMPTING:
            self._written += text
        elif self.phase is Phase.RUNNING or (self.phase is Phase.BETWEEN and self.answered):
            self.pieces.append(Piece(seconds, text))
        elif not self.prompt:
            self.before += text
