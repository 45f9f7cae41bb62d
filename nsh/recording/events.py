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
