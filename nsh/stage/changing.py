# SPDX-License-Identifier: MIT
"""The keys that change how the show looks and types, and nothing else."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from nsh.stage.board import BLANK, Board
from nsh.stage.keyboard import Keyboard
from nsh.stage.orders import LAYOUTS, MANUAL, TYPINGS

FASTEST = 9

Change = Callable[[Board, Keyboard], Awaitable[None]]


async def _lay_out(board: Board, _keyboard: Keyboard) -> None:
    now = LAYOUTS.index(board.carried.layout) if board.carried.layout else -1
    board.carried.layout = LAYOUTS[(now + 1) % len(LAYOUTS)]
    board.say("" if len(board.programme.sessions()) > 1 else "this page has one session")


async def _blank(board: Board, keyboard: Keyboard) -> None:
    board.state = BLANK
    board.changed()
    await keyboard.next()


async def _help(board: Board, keyboard: Keyboard) -> None:
    board.help = True
    board.changed()
    await keyboard.next()
    board.help = False


async def _change_typing(board: Board, _keyboard: Keyboard) -> None:
    board.carried.typing = TYPINGS[(TYPINGS.index(board.carried.typing) + 1) % len(TYPINGS)]
    board.say("")


async def _faster(board: Board, _keyboard: Keyboard) -> None:
    _change_speed(board, 1)


async def _slower(board: Board, _keyboard: Keyboard) -> None:
    _change_speed(board, -1)


def _change_speed(board: Board, by: int) -> None:
    speed = board.carried.speed = min(max(board.carried.speed + by, 1), FASTEST)
    manual = board.carried.typing == MANUAL
    board.say(f"{speed} characters a key" if manual else f"{10 * speed} characters a second")


CHANGES: dict[str, Change] = {
    "p": _lay_out,
    "b": _blank,
    "?": _help,
    "t": _change_typing,
    "+": _faster,
    "-": _slower,
}
"""Each key with what it changes."""
