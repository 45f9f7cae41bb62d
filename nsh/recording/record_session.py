# SPDX-License-Identifier: MIT
"""What a spontaneous session shows, as lines of a cast: its output, a marker for each command, changes of size."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

from nsh.recording.events import Code, Event, Reel
from nsh.recording.record_line import Typed, states
from nsh.recording.redact import Redaction
from nsh.transcript.marks import Mark, MarkReader

_HELD = 1 << 18
"""Characters that are held back at most until they are looked through for what must not be shown."""
_TAIL = 1 << 12
"""Of these, those that stay: what must not be shown may begin in them."""


class _Heard(NamedTuple):
    at: float
    code: Code
    data: str


class Recording:
    """Hears a session on a terminal, and writes events as soon as it is known what may be shown of them."""

    def __init__(
        self, write: Callable[[Event], None], aid: str, columns: int, redaction: Redaction | None = None
    ) -> None:
        self.commands = 0
        self._write = write
        self._marks = MarkReader(aid)
        self._typed = Typed()
        self._columns = columns
        self._redaction = redaction
        self._is_typed = False
        self._held: list[_Heard] = []
        self._size = 0
        self._began = time.monotonic()
        self._written = 0.0
        self.prompts = 0
        """How often the session has waited for a line."""

    @property
    def seconds(self) -> float:
        """How long the recording is by now."""
        return time.monotonic() - self._began

    def output(self, text: str) -> None:
        """The session wrote this."""
        at = self.seconds
        for part in self._marks.feed(text):
            if isinstance(part, Mark):
                self._heed(part.kind, at)
            shown = part.text if isinstance(part, Mark) else part
            if self._is_typed:
                self._typed.hear(shown)
            self._hear(at, "o", shown)
        self._pass_on()

    def resized(self, columns: int, rows: int) -> None:
        """Its terminal has another size."""
        self._columns = columns
        self._hear(self.seconds, "r", f"{columns}x{rows}")
        self._pass_on()

    def end(self, status: int) -> None:
        """The session is over."""
        self._settle()
        self._hear(self.seconds, "o", self._marks.rest())
        self._hear(self.seconds, "x", str(status))
        self._flush()

    def _heed(self, kind: str, at: float) -> None:
        """A mark comes: a prompt (A), its end (B), a command that begins to run (C)."""
        if kind in ("A", "C"):
            self._settle()
        if kind == "A":
            self._flush()
            self._typed.begin()
            self._is_typed = True
        elif kind == "B":
            self.prompts += 1
        elif kind == "C" and (command := self._typed.command(self._columns)):
            self.commands += 1
            self._hear(at, "m", command)

    def _hear(self, at: float, code: Code, data: str) -> None:
        """Keep it; output of one moment is one event."""
        last = self._held[-1] if self._held else None
        if last is not None and (last.at, last.code) == (at, "o") and code == "o":
            self._held[-1] = last._replace(data=last.data + data)
        elif data:
            self._held.append(_Heard(at, code, data))
        self._size += len(data)

    def _pass_on(self) -> None:
        """Write what may be written by now."""
        if self._redaction is None:
            self._flush()
        elif self._size > _HELD:
            self._flush(_TAIL)

    def _flush(self, tail: int = 0) -> None:
        """Write what was heard, but for the last `tail` characters and a bit."""
        held, self._held, self._size = self._redacted(self._held), [], 0
        while tail > self._size and held:
            self._held.insert(0, held.pop())
            self._size += len(self._held[0].data)
        for heard in held:
            self._write(Event(heard.at - self._written, heard.code, heard.data))
            self._written = heard.at

    def _redacted(self, held: list[_Heard]) -> list[_Heard]:
        """Without what must not be shown, wherever the output was cut."""
        if self._redaction is None or not held:
            return held
        reel = Reel(1, 1, tuple(Event(heard.at, heard.code, heard.data) for heard in held))
        return [_Heard(*event) for event in self._redaction.reel(reel).events]

    def _settle(self) -> None:
        """Look at what was held since the prompt came: was there more to be seen on the screen than in the text?

        A prompt that draws a suggestion, goes back and draws over it shows
        words that nowhere stand in one piece. Then only the end of it is kept,
        and what changed the window's size.
        """
        was_typed, self._is_typed = self._is_typed, False
        if self._redaction is None or not was_typed:
            return
        typed = [heard.data for heard in self._redacted(self._held) if heard.code == "o"]
        if any(map(self._redaction.spans, states(typed, self._columns))):
            line = self._redaction.text(self._typed.line(self._columns))
            resized = [heard for heard in self._held if heard.code == "r"]
            self._held = [*resized, _Heard(self._held[-1].at, "o", f"\r{line}\r\n")]
