# SPDX-License-Identifier: MIT
"""The speaker's own prompt in the middle of a page: his keys go to the session until Tab leads back."""

from __future__ import annotations

import asyncio

from nsh.stage.board import FREE, Board
from nsh.stage.keyboard import BACK_TAB, TAB, Key, Keyboard
from nsh.stage.live import LiveSession
from nsh.stage.performer import is_running
from nsh.stage.typist import DROP_LINE


async def improvise(board: Board, keyboard: Keyboard, live: LiveSession) -> None:
    """The prompt is the speaker's, until Tab on an empty line, or Shift-Tab; then it is said where he came back to."""
    board.state, board.said = FREE, ""
    board.changed()
    keyboard.give_to(lambda key: not _leads_back(live, key) and _sent(live, key))
    await _until_back(board, keyboard, live)
    keyboard.give_to(None)
    if not live.line_is_empty:
        live.send(DROP_LINE)  # what stands there is not part of the page
    board.said = _elsewhere(board, live)


async def _until_back(board: Board, keyboard: Keyboard, live: LiveSession) -> None:
    while live.alive:
        ended = asyncio.ensure_future(live.until(lambda: not live.alive))
        press = asyncio.ensure_future(keyboard.next())
        await asyncio.wait({ended, press}, return_when=asyncio.FIRST_COMPLETED)
        ended.cancel()
        press.cancel()
        if not is_running(live):
            return
        board.say("something still runs here: end it first (^C)")


def _elsewhere(board: Board, live: LiveSession) -> str:
    cue = board.cue
    if cue is None or cue.session != live.name or live.prompt == cue.step.prompt or not live.alive:
        return ""
    return f"this is {live.prompt}, the page goes on at {cue.step.prompt}:  Tab go there  u g fresh sandbox"


def _leads_back(live: LiveSession, key: Key) -> bool:
    return key.name == BACK_TAB or (key.name == TAB and live.line_is_empty)


def _sent(live: LiveSession, key: Key) -> bool:
    live.send(key.data)
    return True
