# SPDX-License-Identifier: MIT
"""What a recording is made of (asciicast v3): text, markers, changes of size, the exit; each after an interval."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

Code = Literal["o", "m", "r", "x"]
"""Output, marker, resize (`COLSxROWS`), exit status."""


class Event(NamedTuple):
    """`data` came `interval` seconds after the event before it."""

    interval: float
    code: Code
    data: str


@dataclass(frozen=True, slots=True)
class Reel:
    """Events for a terminal of this size. `timestamp`: seconds since the epoch, for recordings of real time."""

    columns: int
    rows: int
    events: tuple[Event, ...]
    title: str = ""
    command: str = ""
    timestamp: int | None = None
    comments: dict[int, str] = field(default_factory=dict)
    """Index of an event → a comment to stand before it."""
    term: str = "xterm-256color"
    """The terminal's type."""
    theme: dict[str, str] = field(default_factory=dict)
    """Its colours, if known: `fg`, `bg` as `#rrggbb`, `palette` as 8 or 16 of them with `:` between."""
    idle_time_limit: float | None = 2.0
    """Seconds to which a player shortens pauses."""
