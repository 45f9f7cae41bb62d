# SPDX-License-Identifier: MIT
"""A take as Markdown to hand out, or as the text of its terminals; a recording as the text it left."""

from __future__ import annotations

from collections.abc import Iterator

from nsh.recording.painted import plain
from nsh.recording.take import Scene, Shot, Take
from nsh.transcript.markdown import fenced
from nsh.transcript.parse import CONTINUATION, HOST_SESSION
from nsh.transcript.prose import Prose

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.recording.screens import Film  # with a terminal in memory, for recordings only


def markdown(take: Take) -> str:
    """The page as its readers want it: no front matter, no notes, no setup, and what was really shown."""
    lines: list[str] = []
    for part in take.parts:
        lines += [part.text, ""] if isinstance(part, Prose) else _block(part)
    return "\n".join(lines).strip("\n") + "\n"


def text(take: Take) -> str:
    """What was typed and shown; where there are several terminals, with a line before each change."""
    lines: list[str] = []
    session = ""
    for scene in take.scenes():
        if len(take.sessions()) > 1 and scene.session != session:
            lines += [*([""] if lines else []), label_of(scene.session)]
        session = scene.session
        for shot in scene.shots:
            lines += _lines(shot)
    return "\n".join(lines) + "\n"


def text_of(film: Film) -> str:
    """All lines that a recording wrote to its terminal, as they were in the end."""
    lines = ["".join(run.text for run in row).rstrip() for row in film.lines()]
    return "\n".join(lines).rstrip("\n") + "\n"


def label_of(session: str) -> str:
    """The line that says whose prompt comes next."""
    return f"── terminal: {session} ──"


def _block(scene: Scene) -> Iterator[str]:
    session = "" if scene.session == HOST_SESSION else f" session={scene.session}"
    lines = [line for shot in scene.shots for line in (*_lines(shot), *([f"[{shot.status}]"] if shot.status else []))]
    return fenced(lines, f"nsh{session}")


def _lines(shot: Shot) -> Iterator[str]:
    first, *others = shot.command.split("\n")
    yield f"{shot.prompt} {first}".rstrip()
    yield from (f"{CONTINUATION}{other}" for other in others)
    yield from map(plain, shot.output)
