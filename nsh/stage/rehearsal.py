# SPDX-License-Identifier: MIT
"""The tape of a rehearsal: a cast that players can play, in which each step can be found again.

The comment before a step's marker ends in a JSON object that says which step
of which page it is; the first output behind the marker is prompt and command,
what follows is what the command showed, in real time.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from nsh.errors import UsageError
from nsh.recording.cast import read_cast
from nsh.recording.events import Event, Reel
from nsh.stage.orders import Recording
from nsh.transcript.document import Document, Role
from nsh.transcript.judge import Piece
from nsh.transcript.outcome import Seen
from nsh.transcript.terminal import COLUMNS, ROWS

_AROUND = 0.5
"""Seconds before a step, and between its command and what that shows."""


_TO_LEFT_EDGE = " " * COLUMNS + "\r"
"""Written before each prompt; on a terminal of another width it would be more than one line."""


@dataclass(frozen=True, slots=True)
class Tape:
    """What is left of a rehearsal for this page. `is_current`: of this very version of the page; `steps`: of all."""

    date: str
    is_current: bool
    recordings: tuple[Recording, ...]
    steps: int


def tape_of(page: Path) -> Path:
    """Where the rehearsal of a page is kept: beside it."""
    return page.with_suffix(".cast")


def digest(document: Document) -> str:
    """What tells one version of a page from another."""
    return hashlib.sha256(document.text.encode("utf-8", "surrogateescape")).hexdigest()[:16]


def reel_of_rehearsal(document: Document, seen: list[Seen]) -> Reel:
    """These steps as a recording in real time."""
    events: list[Event] = []
    comments: dict[int, str] = {}
    now = time.time()
    version = {"page": digest(document), "date": time.strftime("%Y-%m-%d", time.localtime(now))}
    for number, each in enumerate(seen, start=1):
        step = document.blocks[each.block].steps[each.step]
        about = version | {
            "block": each.block,
            "step": each.step,
            "prompt": each.observation.prompt,
            "status": each.observation.status,
            "command": _key(document, each.block, each.step),
        }
        comments[len(events)] = f"step {number} {document.path.name}:{step.number} passed {json.dumps(about)}"
        events += _events(f"{document.blocks[each.block].session}: {step.command}", each)
    return Reel(
        COLUMNS,
        ROWS,
        tuple(events),
        title=document.head.title,
        command=f"nsh play {document.path.name} --rehearse",
        timestamp=int(now),
        comments=comments,
    )


def _events(label: str, seen: Seen) -> Iterator[Event]:
    """One step: its marker, prompt and command, what it showed."""
    observation = seen.observation
    command = (observation.sent or "").replace("\n", "\r\n")
    yield Event(_AROUND, "m", label)
    yield Event(0.0, "o", f"{observation.prompt} {command}\r\n")
    before = 0.0
    for piece in observation.pieces:
        if text := piece.text.replace(_TO_LEFT_EDGE, ""):
            yield Event(max(0.0, piece.seconds - before), "o", text)
            before = max(before, piece.seconds)


def read_tape(path: Path, document: Document) -> Tape | None:
    """What of the tape can stand in for steps of the page; None where there is none.

    Raises UsageError where the file is no recording, or one of something else.
    """
    if not path.exists():
        return None
    found = list(_steps(read_cast(path)))
    if not found:
        raise UsageError(f"{path}: is a recording, but of no rehearsal", "--tape ANOTHER.cast")
    places = _places(document)
    is_current = found[0][0].get("page") == digest(document)
    recordings = []
    for about, pieces in found:
        if waiting := places.get(about["command"]):
            block, step = waiting.pop(0)
            recordings.append(Recording(block, step, about["date"], pieces, about["prompt"], about["status"]))
    return Tape(found[0][0]["date"], is_current, tuple(recordings), sum(map(len, _places(document).values())))


def _steps(reel: Reel) -> Iterator[tuple[dict[str, Any], tuple[Piece, ...]]]:
    """What each step of the tape says about itself, and what it showed."""
    starts = [at for at, comment in reel.comments.items() if _about(comment)]
    for start, end in pairwise([*starts, len(reel.events)]):
        seconds, pieces = 0.0, []
        for event in reel.events[start + 2 : end]:
            seconds += event.interval
            if event.code == "o":
                pieces.append(Piece(seconds, event.data))
        yield _about(reel.comments[start]), tuple(pieces)


def _about(comment: str) -> dict[str, Any]:
    """What the comment of a step says; nothing for any other comment."""
    _, brace, rest = comment.partition("{")
    try:
        value = json.loads(brace + rest)
    except (ValueError, RecursionError):
        return {}
    wanted = {"page": str, "date": str, "block": int, "step": int, "prompt": str, "status": int, "command": str}
    is_ours = isinstance(value, dict) and all(isinstance(value.get(key), kind) for key, kind in wanted.items())
    return value if is_ours else {}


def _places(document: Document) -> dict[str, list[tuple[int, int]]]:
    """Where each command of the page stands, in the order of the page."""
    found: dict[str, list[tuple[int, int]]] = {}
    for at, block in enumerate(document.blocks):
        if block.role is not Role.NORUN:
            for number in range(len(block.steps)):
                found.setdefault(_key(document, at, number), []).append((at, number))
    return found


def _key(document: Document, block: int, step: int) -> str:
    """What a step and its recording have in common: where it is typed, and what."""
    there = document.blocks[block]
    text = f"{there.session}\n{there.steps[step].prompt}\n{there.steps[step].command}"
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:16]
