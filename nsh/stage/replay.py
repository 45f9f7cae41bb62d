# SPDX-License-Identifier: MIT
"""The fallback: what a step showed in the rehearsal, played into its pane and marked as what it is."""

from __future__ import annotations

import asyncio
import contextlib

from nsh import palette
from nsh.repl.colours import prompt_pieces
from nsh.stage.board import RUNNING, TYPING, Board
from nsh.stage.keyboard import ENTER, NEXT, Keyboard
from nsh.stage.live import LiveSession
from nsh.stage.orders import AUTO, INSTANT, Recording
from nsh.stage.programme import Cue
from nsh.stage.typist import Typist

_LONGEST_PAUSE = 2.0


def recording_of(board: Board, cue: Cue) -> Recording | None:
    """The recording of a step, if there is one."""
    found = (each for each in board.job.recordings if (each.block, each.step) == cue.place)
    return next(found, None)


async def replay(board: Board, keyboard: Keyboard, live: LiveSession, cue: Cue, recording: Recording) -> None:
    """Plays it as if it were typed now; Enter or a next key hurries. The real prompt is there again afterwards."""
    live.stamp = f"recorded {recording.date}"
    board.state, board.said = TYPING, live.stamp
    board.changed()
    is_live = live.is_ready
    row, column = live.screen.line(), live.screen.cursor.x
    if not is_live:
        live.paint(_painted_prompt(recording.prompt or cue.step.prompt))
    how = INSTANT if board.carried.typing == INSTANT else AUTO
    typist = Typist(keyboard, lambda keys: live.paint(_visible(keys)), lambda _left: None, takes_back=())
    await typist.type(cue.step.command, how, board.carried.speed)
    live.paint(f"  \x1b[{palette.sgr('black on yellow')}m {live.stamp} \x1b[0m\r\n")
    board.state = RUNNING
    board.changed()
    await _play(keyboard, live, recording, at_once=how == INSTANT)
    live.paint("\x1b[0m" + ("\r\n" if live.screen.cursor.x else ""))
    if is_live:
        live.screen.put_line(row, column)
    keyboard.forget()


async def _play(keyboard: Keyboard, live: LiveSession, recording: Recording, *, at_once: bool) -> None:
    at = 0.0
    for piece in recording.pieces:
        pause = 0.0 if at_once else min(piece.seconds - at, _LONGEST_PAUSE)
        at = piece.seconds
        if pause > 0:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await keyboard.one_of((*ENTER, NEXT, " "))
                    at_once = True
        live.paint(piece.text)


def _painted_prompt(prompt: str) -> str:
    return "".join(palette.painted(text, role) if role else text for role, text in prompt_pieces(prompt))


def _visible(keys: str) -> str:
    """What is seen of the keys of a command: of a pasted line's end, the next line."""
    return keys.replace("\x1b[200~\n\x1b[201~", "\r\n...> ")
