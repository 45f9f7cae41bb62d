# SPDX-License-Identifier: MIT
"""Plays a document on terminals, step by step: up to the first that goes another way than the page says, or all."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from nsh.transcript.alive import Living
from nsh.transcript.document import Block, Document, Role, Step
from nsh.transcript.judge import Ending, Judge, Observation, Unbound, Verdict
from nsh.transcript.probes import Answer, answer
from nsh.transcript.report import Failure
from nsh.transcript.terminal import Answer as Shown
from nsh.transcript.update import Edit, Updater


class Prompt(Protocol):
    """What is played on: a terminal with an nsh, or a test's stand-in."""

    alive: bool

    @property
    def prompt(self) -> str:
        """The text of the prompt that is there."""

    def run(self, command: str, timeout: float) -> Shown:
        """Types a command and waits for the next prompt."""

    def close(self) -> bool:
        """Ends the session; False if it had to be killed."""

    def hand_over(self) -> None:
        """Gives the terminal to the user for a while."""


OpenPrompt = Callable[[str], Prompt]
"""Starts the nsh of the session with this name."""

POLL = 0.05
"""Seconds between two tries of a step that is to come true eventually."""


@dataclass(slots=True)
class Played:
    """What came of a document. `skipped` says why it was not played at all."""

    steps: int = 0
    failures: list[Failure] = field(default_factory=list)
    skipped: str = ""
    setup_failed: bool = False
    unbound: list[tuple[int, str]] = field(default_factory=list)
    """(line, why) of the steps that want a value of one that was left out, or failed."""
    left_behind: list[str] = field(default_factory=list)
    edits: list[Edit] = field(default_factory=list)
    observations: list[tuple[int, int, Observation]] = field(default_factory=list)
    """(index of the block, index of the step, what it showed), in the order in which they were played."""
    probes: dict[str, bool] = field(default_factory=dict)


class Player:
    """Plays one document once. `mode` is root or rootless; `to_end`: a step that fails is not the last one."""

    def __init__(
        self,
        document: Document,
        mode: str,
        open_prompt: OpenPrompt,
        living: Living,
        *,
        update: bool = False,
        to_end: bool = False,
    ) -> None:
        self._document = document
        self._mode = mode
        self._open = open_prompt
        self._terminals: dict[str, Prompt] = {}
        self._living = living
        self._played = Played()
        self._update = update
        self._to_end = to_end
        self._end = time.monotonic() + document.head.total
        self._judge = Judge(document, {})
        self.on_failure: Callable[[Prompt, str], None] | None = None
        """Called with the terminal of a step that failed, and its session, before the teardown."""

    def play(self) -> Played:
        """Raises TerminalBroken and ProbeBroke where no statement about the page is possible."""
        answers = {name: answer(name, self._mode) for name in self._document.probe_names()}
        self._played.probes = {name: found.holds for name, found in answers.items()}
        self._played.skipped = "; ".join(self._missing(answers))
        if self._played.skipped:
            return self._played
        self._judge = Judge(self._document, self._played.probes)
        updater = Updater(self._document, self._judge) if self._update else None
        try:
            for block in self._blocks():
                self._play_block(block, updater)
        finally:
            self._close()
        return self._played

    def _missing(self, answers: dict[str, Answer]) -> Iterator[str]:
        for name in self._document.head.requires:
            if not answers[name].holds:
                yield f"requires {name}: {answers[name].why}"

    def _blocks(self) -> Iterator[Block]:
        """The blocks to play: after a failure that ends it only the teardown is left."""
        for block in self._document.played():
            if self._judge.holds(block.condition) and (block.role is Role.TEARDOWN or not self._has_to_end()):
                yield block

    def _has_to_end(self) -> bool:
        """Has a step failed after which no other is played? Without its setup none means what the page says."""
        has_failed = bool(self._played.failures or self._played.unbound)
        return self._played.setup_failed or (has_failed and not self._to_end)

    def _play_block(self, block: Block, updater: Updater | None) -> None:
        for step in block.steps:
            if not self._judge.holds(step.condition):
                continue
            try:
                verdict = self._step(block, step)
            except Unbound as problem:
                self._played.unbound.append((problem.step.number, str(problem)))
            else:
                self._keep(block, step, verdict.observation)
                if verdict.passed or self._mended(block, verdict, updater) or block.role is Role.TEARDOWN:
                    continue
            if self._has_to_end():
                return

    def _keep(self, block: Block, step: Step, observation: Observation) -> None:
        self._played.steps += 1
        at = self._document.blocks.index(block)
        self._played.observations.append((at, block.steps.index(step), observation))

    def _mended(self, block: Block, verdict: Verdict, updater: Updater | None) -> bool:
        """Is the page to be changed where it is wrong? If not, that is a failure."""
        is_first = not self._played.failures and not self._played.unbound
        failure = Failure(self._document, block, verdict, self._judge.bindings, is_first)
        if updater and (edit := updater.edit(block, verdict, failure)):
            self._played.edits.append(edit)
            return True
        self._played.failures.append(failure)
        self._played.setup_failed |= block.role is Role.SETUP
        terminal = self._terminals[block.session]
        if self.on_failure is not None and terminal.alive:
            self.on_failure(terminal, block.session)
        return False

    def _step(self, block: Block, step: Step) -> Verdict:
        """The verdict on a step; one that is to come true eventually is tried until it does."""
        terminal = self._terminal(block)
        deadline = time.monotonic() + (step.eventually or 0.0)
        while True:
            verdict = self._judge.verdict(block, step, self._observe(terminal, step))
            hopeless = verdict.observation.ending is not Ending.DONE or verdict.observation.prompt != step.prompt
            if verdict.passed or hopeless or time.monotonic() >= deadline:
                return verdict
            time.sleep(POLL)

    def _observe(self, terminal: Prompt, step: Step) -> Observation:
        if not terminal.alive:
            return Observation(terminal.prompt, ending=Ending.GONE)
        if not step.command:
            return Observation(terminal.prompt)
        command = self._judge.command(step)
        if terminal.prompt != step.prompt:
            # Typed somewhere else it would mean something else: nothing is sent.
            return Observation(terminal.prompt, sent="")
        timeout = min(step.timeout or self._document.head.timeout, max(self._end - time.monotonic(), 0.1))
        shown = terminal.run(command, timeout)
        identities = self._living.identities(step.command, shown.lines)
        return Observation(
            shown.prompt, shown.lines, shown.status, shown.ending, command, shown.seconds, shown.pieces, identities
        )

    def _terminal(self, block: Block) -> Prompt:
        """The block's terminal, opened when it is first wanted; a teardown gets a new one for one that has died."""
        known = self._terminals.get(block.session)
        if known is None or (block.role is Role.TEARDOWN and not known.alive):
            self._terminals[block.session] = known = self._open(block.session)
        return known

    def _close(self) -> None:
        for name, terminal in self._terminals.items():
            if not terminal.close():
                self._played.left_behind.append(f"session {name} did not end when told to quit")
