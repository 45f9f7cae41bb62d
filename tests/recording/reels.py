# SPDX-License-Identifier: MIT
"""Recordings for tests, made by hand: `reel("text", pause(1), step("host: ls"), …)`."""

from __future__ import annotations

from nsh.recording.events import Event, Reel

HOSTILE = (
    "</text><script>alert(1)</script>",
    "<!--",
    "]]>",
    "&lt;img src=x onerror=alert(1)&gt; <img src=x onerror=alert(1)>",
    '" onload="alert(1)',
    "{}</style><script>alert(2)</script>",
    "&#x3c;script&#x3e;",
    "javascript:alert(1)",
    "@import url(http://192.0.2.1/x.css);",
)
"""What a program may print, and a page may have as a command, and what must stay text."""


def reel(*parts: str | Event, columns: int = 80, rows: int = 24, title: str = "") -> Reel:
    """A recording of these outputs, a tenth of a second after each other where an event does not say else."""
    events = [part if isinstance(part, Event) else Event(0.1, "o", part) for part in parts]
    return Reel(columns, rows, tuple(events), title)


def pause(seconds: float) -> Event:
    """Nothing, for a while."""
    return Event(seconds, "o", "")


def step(label: str) -> Event:
    """The marker of a step."""
    return Event(0.1, "m", label)


def session(*steps: tuple[str, str], columns: int = 80, rows: int = 24) -> Reel:
    """Commands and their outputs, typed letter by letter, with the marks that nsh writes around them."""
    events = []
    for command, output in steps:
        events += [Event(0.1, "o", "\x1b[1mnsh>\x1b[0m "), step(f"host: {command}")]
        events += [Event(0.06, "o", character) for character in command]
        events += [Event(0.3, "o", "\r\n\x1b]133;C;aid=x\x07"), Event(0.1, "o", f"{output}\x1b]133;D;0;aid=x\x07")]
    return Reel(columns, rows, tuple(events))
