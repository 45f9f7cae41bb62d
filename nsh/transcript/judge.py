# SPDX-License-Identifier: MIT
"""Says of each step whether it went as the page says, and keeps what the samples stand for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

from nsh.transcript.align import Row, align
from nsh.transcript.bindings import OF_THE_SANDBOX, Bindings, Bound, Identities
from nsh.transcript.captures import filled_in
from nsh.transcript.document import Block, Document, Status, Step
from nsh.transcript.kinds import Kind
from nsh.transcript.match import Probes, match_output, prepared
from nsh.transcript.typed import Mention, mentions

_PLACE_MADE = re.compile(r"^\s*new\s+[a-z,]+\s+(?P<name>[^\s-]\S*)", re.MULTILINE)


class Ending(Enum):
    """How a command came to its end."""

    DONE = "done"
    TIMEOUT = "timeout"
    LEFT = "left"
    """The session ended with this command."""
    GONE = "gone"
    """There was no session any more."""


class Piece(NamedTuple):
    """What came to the terminal in one go, escape sequences and all, `seconds` after the command was typed."""

    seconds: float
    text: str


@dataclass(frozen=True, slots=True)
class Observation:
    """What a step really showed: the prompt before it, its lines and its exit status."""

    prompt: str
    lines: tuple[str, ...] = ()
    status: int = 0
    ending: Ending = Ending.DONE
    sent: str = ""
    seconds: float = 0.0
    pieces: tuple[Piece, ...] = ()
    identities: dict[tuple[str, str], str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The comparison of one step. `rows` is there when lines differ, `notes` says everything else in words."""

    step: Step
    observation: Observation
    rows: tuple[Row, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Did the step go as the page says?"""
        return not self.notes and not any(row.is_wrong for row in self.rows)


class Unbound(Exception):
    """A command names a sample whose step was left out, so nothing is known about its value."""

    def __init__(self, step: Step, sample: str) -> None:
        super().__init__(f"{sample} stands for nothing yet: the step that shows it was skipped")
        self.step = step


class Judge:
    """Holds observations against one document, in the order in which it is played."""

    def __init__(self, document: Document, probes: Probes) -> None:
        self.document = document
        self.bindings = Bindings()
        self._probes = probes
        steps = [step for block in document.blocks for step in block.steps]
        self._places = {match["name"] for step in steps for match in _PLACE_MADE.finditer(step.command)}

    def holds(self, names: Iterable[str]) -> bool:
        """Do all these probes hold?"""
        return all(self._probes.get(name, False) for name in names)

    def command(self, step: Step) -> str:
        """What is really typed: samples and captures replaced by their values. Raises Unbound."""
        if step.verbatim:
            return step.command
        text = step.command
        for mention in reversed(mentions(text)):
            text = text[: mention.start] + self._value(step, mention) + text[mention.end :]
        return filled_in(text, lambda name: self._captured(step, name))

    def _value(self, step: Step, mention: Mention) -> str:
        bound = self.bindings.get(mention.kind, mention.value)
        if bound is None and mention.certain:
            raise Unbound(step, mention.value)
        if bound is None:
            self._keep_literal(mention.kind, mention.value, step.number)
            return mention.value
        return bound.value

    def _keep_literal(self, kind: Kind, value: str, line: int) -> None:
        """An address that the page itself chooses stands for itself from then on."""
        if kind.name != "pid":
            self.bindings = self.bindings.extended({(kind.name, value): Bound(value, line)})

    def _captured(self, step: Step, name: str) -> str:
        bound = self.bindings.capture(name)
        if bound is None:
            raise Unbound(step, f"%{{{name}}}")
        return bound.value

    def place(self, block: Block, step: Step) -> str:
        """Where the step's program runs, as far as the page tells."""
        words = step.command.split()
        place = f"{block.session} {step.prompt}"
        if words[:1] == ["on"] or words[:1] == ["new"]:
            return f"{place} {' '.join(words[:3])}"
        return f"{place} {words[0]}" if words and words[0] in self._places else place

    def alive(self, block: Block, step: Step, observation: Observation) -> Identities:
        """What the numbers in an output stand for. Small pids count in the place that shows them only."""
        scope = self.place(block, step)
        return {
            key: name if name is None or key[0] != "pid" or name.startswith(OF_THE_SANDBOX) else f"{name} in {scope}"
            for key, name in observation.identities.items()
        }

    def verdict(self, block: Block, step: Step, observation: Observation) -> Verdict:
        """The comparison; a step that passed leaves its bindings behind."""
        if elsewhere := _elsewhere(step, observation):
            return Verdict(step, observation, notes=(elsewhere,))
        notes = list(self._notes(step, observation))
        alive = self.alive(block, step, observation)
        expected = prepared(step, self._probes)
        after = match_output(expected, observation.lines, self.bindings, alive)
        rows: list[Row] = []
        if after is None:
            rows = align(expected, observation.lines, self.bindings, alive)
            if not any(row.is_wrong for row in rows):
                notes.append("the lines are right one by one, but not all together")
        elif not notes:
            self.bindings = after
        return Verdict(step, observation, tuple(rows), tuple(notes))

    def _notes(self, step: Step, observation: Observation) -> Iterable[str]:
        if observation.ending is Ending.TIMEOUT:
            yield f"no answer within {observation.seconds:.1f} s"
        elif problem := self._status_problem(step, observation):
            yield problem

    def _status_problem(self, step: Step, observation: Observation) -> str | None:
        wanted = self.status(step)
        if wanted is None or wanted.code is None:
            found = observation.status == 0 if wanted else observation.status != 0
        else:
            found = observation.status != wanted.code
        if not found:
            return None
        said = "0" if wanted is None else "any but 0" if wanted.code is None else str(wanted.code)
        return f"the exit status is {observation.status}, not {said}"

    def status(self, step: Step) -> Status | None:
        """The status line that counts in this run; None: the step has to end with 0."""
        return next((status for status in step.statuses if self.holds(status.probes)), None)


def _elsewhere(step: Step, observation: Observation) -> str:
    """Why the command could not even be typed."""
    if observation.ending is Ending.GONE:
        return "the session has ended"
    if observation.prompt != step.prompt:
        return f"the prompt is {observation.prompt or 'not there'}, not {step.prompt}"
    return ""
