# SPDX-License-Identifier: MIT
"""Leads through the show: between two steps it waits for the speaker, and does what his key says."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable

from nsh.stage.board import OVER, REPLAYING, WAITING, Board, Jump
from nsh.stage.changing import CHANGES, Change
from nsh.stage.improvising import improvise
from nsh.stage.jumping import choose, entries
from nsh.stage.keyboard import BACK, ENTER, INTERRUPT, NEXT, TAB, Keyboard
from nsh.stage.orders import (
    AMBER,
    AUTO,
    GOOD,
    INSTANT,
    QUIT,
    REBUILD,
    RECORDED,
    SKIPPED,
    Result,
)
from nsh.stage.performer import Performer
from nsh.stage.programme import Cue
from nsh.stage.replay import recording_of, replay
from nsh.stage.typist import counts
from nsh.transcript.judge import Ending, Unbound, Verdict
from nsh.transcript.report import Failure, failure_text

Action = Callable[[], Awaitable[Result | None]]


class Director:
    """One show, from the raising of the curtain to its end. `stop` stops it as ^Z does, and returns when it goes on."""

    def __init__(self, board: Board, keyboard: Keyboard, performer: Performer, stop: Callable[[], None]) -> None:
        self._board = board
        self._stop_show = stop
        self._keyboard = keyboard
        self._performer = performer
        self._done: set[tuple[int, int]] = set()
        self._strayed = False
        """Has the speaker done things of his own?"""
        self._actions: dict[str, Action] = {
            " ": self._next,
            NEXT: self._type_and_run,
            BACK: self._back,
            TAB: self._improvise,
            INTERRUPT: self._explain_quit,
            "c-z": self._stop,
            **dict.fromkeys(ENTER, self._next),
            "r": self._retry,
            "e": self._edit,
            "s": self._skip,
            "g": self._jump,
            "u": self._back,
            "f": self._fall_back,
            "q": self._quit,
            **{name: self._changing(change) for name, change in CHANGES.items()},
        }

    async def direct(self) -> Result:
        """Plays the page with the speaker; how it ended."""
        await self._open()
        while True:
            self._board.state = WAITING if self._board.cue else OVER
            self._board.changed()
            key = await self._keyboard.next()
            if self._board.opening and (counts(key) or key.name in (*ENTER, NEXT)) and key.name not in "qtpb?+-g":
                self._begin()
            elif action := self._actions.get(key.name):
                if result := await action():
                    return result
            elif counts(key) and self._board.cue:
                await self._next()

    async def close(self) -> None:
        """The teardown of the page, and the end of all sessions."""
        board = self._board
        board.curtain, board.state, board.said = "clearing the stage", OVER, ""
        self._keyboard.give_to(lambda _: True)
        board.changed()
        await self._perform_hidden(board.programme.teardown)
        await asyncio.gather(*(live.close() for live in board.sessions.values() if live.alive))

    # Before the first step, and between two.

    async def _open(self) -> None:
        board = self._board
        board.opening = board.carried.began is None and board.job.start_at == 1
        board.active = next(iter(board.programme.sessions()), "")
        board.curtain = "setting the stage"
        board.changed()
        if board.job.all_recorded:
            board.at = board.job.start_at
        else:
            await self._forward(board.job.start_at)
        await self._arrive()
        board.curtain = ""
        if not board.opening:
            self._begin()
        self._keyboard.forget()

    def _begin(self) -> None:
        """The talk begins, where it has not yet: from here the clock runs."""
        board = self._board
        board.opening = False
        if board.carried.began is None:
            board.carried.began = time.monotonic()

    async def _arrive(self) -> None:
        """What stands before the next step on the page is done, and its session is there."""
        board = self._board
        if not board.job.all_recorded:
            await self._perform_hidden(cue for cue in self._before(board.at) if not cue.number)
        if cue := board.cue:
            board.active = cue.session
            await self._performer.session(cue.session)

    def _before(self, number: int) -> list[Cue]:
        """What is not done of all that comes before a step."""
        cues = self._board.programme.cues
        end = next((at for at, cue in enumerate(cues) if cue.number == number), len(cues))
        return [cue for cue in cues[:end] if cue.place not in self._done]

    async def _perform_hidden(self, cues: Iterable[Cue]) -> None:
        """Setup and teardown: done, and not shown."""
        for cue in cues:
            self._done.add(cue.place)
            live = await self._performer.session(cue.session)
            if not live.alive and cue in self._board.programme.teardown:
                live.start()
                await live.ready()
            live.hide()
            verdict = await self._verdict(cue, INSTANT, alone=True)
            live.unhide()
            if verdict is not None and not verdict.passed:
                self._board.diff = self._failure(cue, verdict)
                self._board.say(f"not as the page says: {cue.step.command}")

    async def _forward(self, number: int) -> None:
        """All steps before that one, at full speed and unseen."""
        board = self._board
        board.state = REPLAYING
        cues = [cue for cue in self._before(number) if board.carried.marks.get(cue.number) != SKIPPED]
        for at, cue in enumerate(cues, start=1):
            board.progress = (at, len(cues)) if number > 1 else None
            board.changed()
            if cue.number:
                self._done.add(cue.place)
                self._note(cue, await self._verdict(cue, INSTANT, alone=True))
            else:
                await self._perform_hidden([cue])
        board.progress = None
        board.at = number

    # One step.

    async def _verdict(self, cue: Cue, how: str, *, alone: bool = False) -> Verdict | None:
        """The verdict on a step; None where it was taken back, or could not be typed at all."""
        return await self._unless_unbound(cue, self._performer.perform(cue, how, alone=alone))

    async def _unless_unbound(self, cue: Cue, performance: Awaitable[Verdict | None]) -> Verdict | None:
        try:
            return await performance
        except Unbound as problem:
            self._unbound(cue, problem)
            return None

    def _unbound(self, cue: Cue, problem: Unbound) -> None:
        self._board.diff = str(problem)
        if not cue.number:
            self._board.say(f"{cue.step.command}: needs a value of a step that was left out")
            return
        self._board.carried.marks[cue.number] = AMBER
        self._board.judged = cue.number
        self._board.say("this step needs a value of a step that was left out:  u  g  f  s")

    def _note(self, cue: Cue, verdict: Verdict | None) -> None:
        """Keeps how a step went."""
        board = self._board
        if verdict is None:
            return
        board.judged = cue.number
        if board.carried.marks.get(cue.number) != RECORDED or verdict.passed:
            board.carried.marks[cue.number] = GOOD if verdict.passed else AMBER
        board.diff = "" if verdict.passed else self._failure(cue, verdict)
        if verdict.passed:
            board.said = ""
        elif not board.progress:
            board.said = _in_short(cue, verdict, recording_of(board, cue) is not None)

    def _failure(self, cue: Cue, verdict: Verdict) -> str:
        return failure_text(Failure(self._board.programme.document, cue.block, verdict, self._performer.judge.bindings))

    async def _next(self, how: str = "") -> None:
        """The step at hand, typed as the speaker likes it."""
        cue = self._board.cue
        if cue is None:
            self._board.say("that was the last step:  q quit  u back  g go to")
        elif self._board.job.all_recorded or cue.number in self._board.carried.from_recording:
            await self._replay(cue)
        else:
            await self._perform(cue, lambda: self._verdict(cue, how or self._board.carried.typing))

    async def _type_and_run(self) -> None:
        await self._next(INSTANT if self._board.carried.typing == INSTANT else AUTO)

    async def _edit(self) -> None:
        cue = self._board.cue
        if cue is None or self._board.job.all_recorded:
            self._board.say("there is no command to edit")
            return
        self._strayed = True
        self._board.said = "edit the line: Enter runs it, ^C drops it"
        await self._perform(cue, lambda: self._unless_unbound(cue, self._performer.perform_edited(cue)))

    async def _perform(self, cue: Cue, perform: Callable[[], Awaitable[Verdict | None]]) -> None:
        """One step, and what stands behind it."""
        self._board.sessions[cue.session].stamp = ""
        verdict = await perform()
        if verdict is None:
            self._board.said = self._board.said if self._board.has_failed else ""
            return
        self._note(cue, verdict)
        if cue.number == self._board.at and was_typed(cue, verdict):
            await self._on(cue)

    async def _on(self, cue: Cue) -> None:
        self._done.add(cue.place)
        self._board.at = cue.number + 1
        await self._arrive()

    async def _retry(self) -> None:
        board = self._board
        live = board.sessions.get(board.active)
        if live is not None and not live.alive and not board.job.all_recorded:
            live.paint("\r\n")
            live.start()
            await live.ready()
            board.say("a new nsh, which knows nothing of before:  u or g for a fresh sandbox")
            if not board.has_failed:
                return
        cue = board.programme.cue(board.judged)
        if cue is None or board.job.all_recorded:
            board.say("nothing has been run yet")
            return
        board.active = cue.session
        await self._perform(cue, lambda: self._verdict(cue, INSTANT))

    async def _skip(self) -> None:
        if cue := self._board.cue:
            self._board.carried.marks[cue.number] = SKIPPED
            self._board.judged, self._board.diff = cue.number, ""
            self._board.said = f"step {cue.number} was skipped"
            await self._on(cue)

    async def _fall_back(self) -> None:
        """The recording of the step that has just failed, else of the one at hand."""
        board = self._board
        cue = board.programme.cue(board.judged) if board.has_failed else board.cue
        if cue is not None:
            await self._replay(cue)

    async def _replay(self, cue: Cue) -> None:
        board = self._board
        recording = recording_of(board, cue)
        if recording is None:
            board.say("no recording of this step: `nsh play --rehearse` makes them")
            return
        live = await self._performer.session(cue.session)
        board.active = cue.session
        await replay(board, self._keyboard, live, cue, recording)
        board.carried.marks[cue.number] = RECORDED
        board.judged, board.diff = cue.number, ""
        if cue.number == board.at:
            await self._on(cue)

    # Elsewhere.

    async def _back(self) -> Result | None:
        if self._board.at == 1:
            self._board.say("this is the first step")
            return None
        return await self._go_to(self._board.at - 1)

    async def _jump(self) -> Result | None:
        board = self._board
        board.jump = Jump(entries(board.programme))
        number = await choose(board, self._keyboard, board.jump)
        board.jump = None
        return None if number is None else await self._go_to(number)

    async def _go_to(self, number: int) -> Result | None:
        """Forward here, if all went well so far; else in a fresh sandbox."""
        board = self._board
        all_good = all(board.carried.marks.get(each) == GOOD for each in range(1, board.at))
        if board.job.all_recorded:
            board.at = number
            await self._arrive()
            self._begin()
        elif number >= board.at and (not board.job.sandbox or (all_good and not self._strayed)):
            board.opening = False
            board.curtain = "going there"
            await self._forward(number)
            await self._arrive()
            board.curtain = ""
            self._begin()
        elif not board.job.sandbox:
            board.say("this page is played on the real host, where nothing is undone: there is no way back")
        else:
            board.carried.marks = {at: mark for at, mark in board.carried.marks.items() if at < number}
            return Result(REBUILD, number, board.carried)
        return None

    async def _improvise(self) -> None:
        board = self._board
        live = board.sessions.get(board.active)
        if live is None or not live.alive:
            board.say("there is no prompt:  r starts another nsh  u or g a fresh sandbox")
            return
        self._strayed = True
        await improvise(board, self._keyboard, live)

    # The picture, and the way out.

    def _changing(self, change: Change) -> Action:
        """An action that only changes how things look, or are typed."""
        return lambda: change(self._board, self._keyboard)

    async def _explain_quit(self) -> None:
        self._board.say("nothing runs:  q quits")

    async def _stop(self) -> None:
        """^Z: who made the sandbox gives the terminal back to the shell, and continues us."""
        self._stop_show()

    async def _quit(self) -> Result | None:
        board = self._board
        if board.carried.began is not None and board.cue is not None:
            board.say("quit?  q again to quit, any other key goes on")
            if (await self._keyboard.next()).name != "q":
                board.say("")
                return None
        return Result(QUIT, board.at, board.carried)


def was_typed(cue: Cue, verdict: Verdict) -> bool:
    """Was anything done? Not where there is no prompt, or another one than the page's: the step is still at hand."""
    return verdict.observation.ending is not Ending.GONE and verdict.observation.prompt == cue.step.prompt


def _in_short(cue: Cue, verdict: Verdict, is_recorded: bool) -> str:
    """What went another way, as briefly as an audience may read it, and what can be done."""
    note = f"{verdict.notes[0]}:  " if verdict.notes else ""
    recorded = "  f recorded" if is_recorded else ""
    if verdict.observation.ending is Ending.GONE:
        return f"{note}r another one{recorded}  u g fresh sandbox"
    return f"{note}r again{recorded}  {'Space goes on' if was_typed(cue, verdict) else 's skip  u g fresh sandbox'}"
