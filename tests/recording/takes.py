# SPDX-License-Identifier: MIT
"""Takes for tests, made by hand: `take("# Words", scene(shot("ls", "a", "b")))`."""

from __future__ import annotations

from dataclasses import replace

from nsh.recording.painted import painted_lines
from nsh.recording.take import Scene, Shot, Take
from nsh.transcript.prose import Prose


def shot(command: str, output: str = "", *, prompt: str = "nsh>", status: int = 0) -> Shot:
    """One step; its output as a terminal gets it."""
    return Shot(0, "host", 1, prompt, command, tuple(painted_lines(output)), status)


def scene(*shots: Shot, session: str = "host") -> Scene:
    """One block."""
    return Scene(1, session, "", tuple(replace(shot, session=session) for shot in shots))


def take(*parts: str | Scene, title: str = "A page", name: str = "page.md") -> Take:
    """A page of these parts, its steps numbered from 1."""
    found: list[Prose | Scene] = []
    number = 0
    for part in parts:
        if isinstance(part, str):
            found.append(Prose(1, 1, part))
            continue
        shots = tuple(replace(shot, number=number + at) for at, shot in enumerate(part.shots, start=1))
        number += len(shots)
        found.append(replace(part, shots=shots))
    return Take(name, title, "root", "0" * 64, tuple(found))
