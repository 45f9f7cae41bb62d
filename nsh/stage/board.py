# SPDX-License-Identifier: MIT
"""What the show is at: read by the picture and told to the notes, written by whoever directs."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from nsh.stage.live import LiveSession
from nsh.stage.orders import AMBER, COLUMNS, ONE, ROWS, Carried, Job, News
from nsh.stage.programme import Cue, Programme, Words

WAITING, TYPING, RUNNING, FREE, REPLAYING, BLANK, OVER = (
    "waiting",
    "typing",
    "running",
    "free",
    "replaying",
    "blank",
    "over",
)
NARROWEST = 50
"""Cells that each of two panes side by side needs at least, unless the speaker wants it so."""


@dataclass(slots=True)
class Jump:
    """The list to choose from: (what is shown, step); `picked` is an index into what the filter leaves."""

    entries: list[tuple[str, int]]
    filter: str = ""
    picked: int = 0

    def shown(self) -> list[tuple[str, int]]:
        """The entries that hold all words of the filter."""
        words = self.filter.lower().split()
        return [entry for entry in self.entries if all(word in entry[0].lower() for word in words)]


@dataclass(slots=True)
class Board:
    """The state of the show. `at` is the step that comes next; behind the last it is one more than there are."""

    job: Job
    programme: Programme
    carried: Carried
    on_change: Callable[[], None] = lambda: None
    sessions: dict[str, LiveSession] = field(default_factory=dict)
    at: int = 1
    state: str = WAITING
    opening: bool = False
    said: str = ""
    judged: int = 0
    diff: str = ""
    help: bool = False
    jump: Jump | None = None
    progress: tuple[int, int] | None = None
    curtain: str = ""
    """What is shown instead of the panes."""
    active: str = ""
    warning: str = ""

    def changed(self) -> None:
        """Something is to be shown."""
        self.on_change()

    def say(self, text: str) -> None:
        """A word in the status line, until the next step."""
        self.said = text
        self.changed()

    @property
    def cue(self) -> Cue | None:
        """The step at hand; None when all are done."""
        return self.programme.cue(self.at)

    @property
    def words(self) -> Words:
        """What the caption shows."""
        if self.opening:
            return self.programme.opening
        last = self.programme.cue(self.at - 1)
        return cue.words if (cue := self.cue) else last.words if last else self.programme.opening

    @property
    def elapsed(self) -> float:
        """Seconds since the first key."""
        return 0.0 if self.carried.began is None else time.monotonic() - self.carried.began

    @property
    def is_over_time(self) -> bool:
        """Has the page's `time:` passed?"""
        limit = self.programme.document.head.time
        return limit is not None and self.elapsed > limit

    @property
    def last_mark(self) -> str:
        """What became of the step that was judged last."""
        return self.carried.marks.get(self.judged, "")

    @property
    def has_failed(self) -> bool:
        """Did the last step not go as the page says?"""
        return self.last_mark == AMBER

    def layout(self, width: int) -> str:
        """How the panes lie in a window of that width."""
        names = self.programme.sessions()
        if len(names) < 2:
            return ONE
        if self.carried.layout:
            return self.carried.layout
        return COLUMNS if width >= NARROWEST * len(names) else ROWS

    def news(self) -> News:
        """The state for the notes."""
        cue, after = self.cue, self.programme.cue(self.at + 1)
        return News(
            step=self.at,
            steps=self.programme.count,
            state=self.state,
            title=self.programme.document.head.title,
            heading=self.words.heading,
            session=cue.session if cue else "",
            prompt=cue.step.prompt if cue else "",
            command=cue.step.command if cue else "",
            next_command=after.step.command if after else "",
            expected=tuple(line.source for line in cue.step.lines) if cue else (),
            notes=self.words.notes,
            judged=self.judged,
            verdict=self.last_mark,
            diff=self.diff,
            said=self.said,
            elapsed=self.elapsed,
            time=self.programme.document.head.time,
            typing=self.carried.typing,
        )
