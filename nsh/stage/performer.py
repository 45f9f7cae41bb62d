# SPDX-License-Identifier: MIT
"""Performs one step in its session: types it, lets it run with the keys its own, and judges what it showed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from nsh.stage.board import RUNNING, TYPING, Board
from nsh.stage.keyboard import INTERRUPT, Key, Keyboard
from nsh.stage.live import LiveSession
from nsh.stage.orders import INSTANT
from nsh.stage.programme import Cue
from nsh.stage.typist import DROP_LINE, Typist
from nsh.transcript.alive import Living
from nsh.transcript.document import Step
from nsh.transcript.judge import Ending, Judge, Observation, Verdict
from nsh.transcript.marks import Phase
from nsh.transcript.normal import lines_of

FOR_A_STUCK_STEP = frozenset("rfsugq")
"""What the speaker may press when a command does not answer; every other key is still the command's."""
POLL = 0.2
"""Seconds between two tries of a step that is to come true: a person is watching."""


class Performer:
    """Performs steps in the sessions of a board; `open_session` makes one that is not there yet."""

    def __init__(
        self,
        board: Board,
        keyboard: Keyboard,
        judge: Judge,
        living: Living,
        open_session: Callable[[str], LiveSession],
    ) -> None:
        self._board = board
        self._keyboard = keyboard
        self.judge = judge
        self._living = living
        self._open = open_session

    async def session(self, name: str) -> LiveSession:
        """The session of that name with its prompt, opened where it is new."""
        sessions = self._board.sessions
        if name not in sessions:
            sessions[name] = self._open(name)
            if not self._board.job.all_recorded:
                sessions[name].start()
        if sessions[name].alive:
            await sessions[name].ready()
        return sessions[name]

    async def perform(self, cue: Cue, how: str, *, alone: bool = False) -> Verdict | None:
        """The verdict on a step; None if the speaker took it back. Raises Unbound.

        A step that is to come true eventually is tried until it does, each
        time in the same place of the screen. `alone`: of the speaker's keys it gets ^C only.
        """
        live = await self.session(cue.session)
        before = live.screen.picture()
        deadline = time.monotonic() + (cue.step.eventually or 0.0)
        while True:
            seen = await self._observe(live, cue, how, alone)
            if seen is None:
                return None
            verdict = self.judge.verdict(cue.block, cue.step, seen)
            hopeless = seen.ending is not Ending.DONE or seen.prompt != cue.step.prompt
            if verdict.passed or hopeless or time.monotonic() >= deadline:
                return verdict
            await asyncio.sleep(POLL)
            live.screen.show(before)
            how = INSTANT

    async def perform_edited(self, cue: Cue) -> Verdict | None:
        """The same for a command that the speaker changes at the prompt; None if he drops it."""
        live = await self.session(cue.session)
        if not live.is_ready:
            return self.judge.verdict(cue.block, cue.step, Observation(live.prompt, ending=Ending.GONE))
        command = self.judge.command(cue.step)
        self._state(TYPING)
        live.begin()
        await self._type(live, command, INSTANT)
        self._keyboard.give_to(lambda key: _send(live, key))
        await live.until(lambda: live.dialogue.accepted or live.dialogue.answered)
        if not live.dialogue.accepted and live.alive:
            self._keyboard.give_to(None)
            await live.ready()
            return None
        seen = await self._finish(live, cue.step, "", live.prompt, alone=False)
        return self.judge.verdict(cue.block, cue.step, seen)

    async def _observe(self, live: LiveSession, cue: Cue, how: str, alone: bool) -> Observation | None:
        step = cue.step
        if not await live.ready():
            return Observation(live.prompt, ending=Ending.GONE)
        if not step.command:
            return Observation(live.prompt)
        command = self.judge.command(step)
        if live.prompt != step.prompt:
            return Observation(live.prompt)  # typed somewhere else it would mean something else
        self._state(TYPING)
        if not await self._type(live, command, how):
            return None
        live.begin()
        live.send("\r")
        return await self._finish(live, step, command, step.prompt, alone)

    async def _type(self, live: LiveSession, command: str, how: str) -> bool:
        if not live.line_is_empty:
            live.send(DROP_LINE)
        typist = Typist(self._keyboard, live.send, self._left)
        return await typist.type(command, how, self._board.carried.speed)

    def _left(self, count: int) -> None:
        """So many characters are still to be typed."""
        self._board.say("" if count else "Enter runs it")

    async def _finish(self, live: LiveSession, step: Step, command: str, prompt: str, alone: bool) -> Observation:
        """Waits for the answer of what was just run."""
        self._board.said = ""
        self._state(RUNNING)
        limit = step.timeout or self._board.programme.document.head.timeout
        ending = await self._answer(live, limit, alone)
        self._keyboard.give_to(None)
        seconds = live.seconds
        await live.ready()
        if not live.alive and ending is Ending.DONE:
            ending = Ending.LEFT
        status = live.status if ending is Ending.LEFT else live.dialogue.status
        pieces = tuple(live.dialogue.pieces)
        lines = tuple(lines_of("".join(piece.text for piece in pieces)))
        identities = self._living.identities(step.command, lines)
        return Observation(prompt, lines, status, ending, command, seconds, pieces, identities)

    async def _answer(self, live: LiveSession, limit: float, alone: bool) -> Ending:
        """Waits while the command runs, with the keys its own; what counts is the time since the last of them."""
        last = [time.monotonic()]

        def take(key: Key) -> bool:
            if alone and key.name != INTERRUPT:
                return False
            last[0] = time.monotonic()
            live.send_to_command(key.data)
            return True

        self._keyboard.give_to(take)
        while (left := last[0] + limit - time.monotonic()) > 0:
            if await live.until(lambda: live.dialogue.answered, left) or not live.alive:
                return Ending.DONE
        if not alone and await self._wait_on(live, limit):
            return Ending.DONE
        await live.interrupt()
        return Ending.TIMEOUT

    async def _wait_on(self, live: LiveSession, limit: float) -> bool:
        """The command does not answer: until it does, or the speaker has had enough (False)."""
        self._board.say(f"no answer for {limit:g} s:  r again  f recorded  s skip  ^C ends it")
        self._keyboard.give_to(lambda key: key.name not in FOR_A_STUCK_STEP and _send(live, key))
        answer = asyncio.ensure_future(live.until(lambda: live.dialogue.answered))
        press = asyncio.ensure_future(self._keyboard.next())
        await asyncio.wait({answer, press}, return_when=asyncio.FIRST_COMPLETED)
        answer.cancel()
        press.cancel()
        if not answer.cancelled() and answer.done():
            return True
        self._keyboard.give_to(None)
        self._keyboard.again(press.result())
        return False

    def _state(self, state: str) -> None:
        self._board.state = state
        self._board.changed()


def _send(live: LiveSession, key: Key) -> bool:
    """The key is the session's."""
    live.send(key.data)
    return True


def is_running(live: LiveSession) -> bool:
    """Is something in front of the prompt?"""
    return live.alive and live.dialogue.phase is Phase.RUNNING
