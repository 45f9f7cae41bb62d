# SPDX-License-Identifier: MIT
"""The list of headings and steps that `g` shows: typing filters it, Enter goes there."""

from __future__ import annotations

from nsh.stage.board import Board, Jump
from nsh.stage.keyboard import BACK, ENTER, INTERRUPT, NEXT, Keyboard
from nsh.stage.programme import Programme
from nsh.stage.typist import counts

_UP, _DOWN = ("up", "c-p", BACK), ("down", "c-n", NEXT)


def entries(programme: Programme) -> list[tuple[str, int]]:
    """Each heading, and below it its steps."""
    first = {number: heading for heading, number in programme.headings()}
    found: list[tuple[str, int]] = []
    for cue in programme.cues:
        if cue.number in first:
            found.append((first[cue.number], cue.number))
        if cue.number:
            found.append((f"{cue.number:>5}  {cue.step.prompt} {cue.step.command}".splitlines()[0], cue.number))
    return found


async def choose(board: Board, keyboard: Keyboard, jump: Jump) -> int | None:
    """The step that is chosen; None for Escape or ^C."""
    jump.picked = next((at for at, (_, number) in enumerate(jump.entries) if number >= board.at), 0)
    while True:
        board.changed()
        key = await keyboard.next()
        shown = jump.shown()
        if key.name in ENTER and shown:
            return shown[min(jump.picked, len(shown) - 1)][1]
        if key.name in ("escape", INTERRUPT):
            return None
        if key.name in _UP:
            jump.picked = max(jump.picked - 1, 0)
        elif key.name in _DOWN:
            jump.picked = min(jump.picked + 1, max(len(shown) - 1, 0))
        elif key.name == "c-h":
            jump.filter, jump.picked = jump.filter[:-1], 0
        elif counts(key):
            jump.filter, jump.picked = jump.filter + key.data, 0
