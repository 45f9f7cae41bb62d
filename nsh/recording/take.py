# SPDX-License-Identifier: MIT
"""What one run of a page showed: the page's words and blocks in order, each block with the steps as they went.

A take holds what a reader may see and nothing else: no setup, no teardown, no
speaker's notes. Writers need to look at nothing but a take.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from nsh.commandline import Broke, NotForHere
from nsh.errors import NshError, UsageError
from nsh.recording.painted import Line, painted_lines
from nsh.recording.samples import Samples, stand_in
from nsh.transcript.document import BadDocument, Block, Document, Role, Step
from nsh.transcript.judge import Observation
from nsh.transcript.outcome import Kind, Outcome
from nsh.transcript.outside import Options, cannot_be, modes, own_mode, play_document
from nsh.transcript.parse import read_document
from nsh.transcript.prose import Prose, parts


@dataclass(frozen=True, slots=True)
class Shot:
    """One step as it went. `number` counts the shots of the take from 1; `line` is the page's.

    `after_failure`: the command before it in its session had failed, which its
    prompt tells. What is not `is_played` stands as the page has it.
    """

    number: int
    session: str
    line: int
    prompt: str
    command: str
    output: tuple[Line, ...] = ()
    status: int = 0
    after_failure: bool = False
    is_played: bool = True


@dataclass(frozen=True, slots=True)
class Scene:
    """One block of the page, with the steps that are shown. `line`: where the block begins."""

    line: int
    session: str
    heading: str
    shots: tuple[Shot, ...]


@dataclass(frozen=True, slots=True)
class Take:
    """One page, played once in one mode. `name` is its file's, `seed` a digest of its text."""

    name: str
    title: str
    mode: str
    seed: str
    parts: tuple[Prose | Scene, ...]

    def scenes(self) -> Iterator[Scene]:
        """The blocks in the order of the page."""
        yield from (part for part in self.parts if isinstance(part, Scene))

    def shots(self) -> Iterator[Shot]:
        """All steps that are shown, in the order of the page."""
        for scene in self.scenes():
            yield from scene.shots

    def sessions(self) -> list[str]:
        """The names of the sessions that are shown."""
        return list(dict.fromkeys(scene.session for scene in self.scenes()))


def read_page(path: Path) -> Document:
    """The page in a file. UsageError where it cannot be read."""
    try:
        return read_document(path)
    except BadDocument as problem:
        raise UsageError(str(problem)) from None
    except OSError as problem:
        raise UsageError(f"{path}: {problem.strerror}") from None


def play_page(document: Document, mode: str = "") -> Outcome:
    """Play a page in a sandbox of its own, in `mode` or in the one that fits best.

    UsageError where it is not for this, NshError where it did not go as it
    says, NotForHere where it asks for what is not here.
    """
    path, known = document.path, modes(document)
    if mode and mode not in known:
        raise UsageError(f"{path}: the page is not for the mode {mode}", f"--mode {known[0]}")
    if document.head.host == "real":
        raise UsageError(f"{path}: a page of a real host is not played in a sandbox, so nothing is made of it")
    chosen = mode or (own_mode() if own_mode() in known else known[0])
    outcome = play_document(document, chosen, Options())
    if outcome.kind is not Kind.PASSED:
        raise _refusal(path, outcome)
    return outcome


def take_of(document: Document, outcome: Outcome, *, samples: bool = False) -> Take:
    """The take of a run that went as the page says; with `samples`, its values are those that the page shows."""
    page = Samples(document, outcome) if samples else None
    seen = {(each.block, each.step): each.observation for each in outcome.seen}
    failed = _failures(document, outcome)
    found: list[Prose | Scene] = []
    number = 0
    for part in parts(document):
        if isinstance(part, Prose):
            found += [replace(part, notes=())] if part.text else []
        elif shots := _shots(document, part, seen, failed, page):
            numbered = [replace(shot, number=number + at) for at, shot in enumerate(shots, start=1)]
            number += len(shots)
            found.append(Scene(part.first, part.session, part.heading, tuple(numbered)))
    seed = hashlib.sha256(document.text.encode("utf-8", "surrogatepass")).hexdigest()
    return Take(document.path.name, document.head.title, outcome.mode, seed, tuple(found))


def _refusal(path: Path, outcome: Outcome) -> NshError:
    """Why nothing can be made of a page that was not played to its end, in one line."""
    first = outcome.text.partition("\n")[0].removeprefix(f"{path}:").strip()
    if outcome.kind is Kind.SKIPPED:
        others = [f"--mode {own_mode()}"] if cannot_be(outcome.mode) else []
        return NotForHere(f"{path}: skipped: {first}", *others)
    where = f"{path}:{first}: not as the page says" if outcome.kind is Kind.FAILED else f"{path}: {first}"
    kind = Broke if outcome.kind is Kind.BROKEN else NshError
    return kind(where, f"nsh test --mode {outcome.mode} {path}")


def _failures(document: Document, outcome: Outcome) -> set[tuple[int, int]]:
    """The steps before which a command of the same session had failed."""
    found: set[tuple[int, int]] = set()
    status: dict[str, int] = {}
    for each in outcome.seen:
        session = document.blocks[each.block].session
        if status.get(session):
            found.add((each.block, each.step))
        if each.observation.sent:
            status[session] = each.observation.status
    return found


def _shots(
    document: Document,
    block: Block,
    seen: dict[tuple[int, int], Observation],
    failed: set[tuple[int, int]],
    page: Samples | None,
) -> list[Shot]:
    if block.role is Role.NORUN:
        return list(_unplayed(block))
    if block.role is not Role.PLAY:
        return []
    index = document.blocks.index(block)
    found = []
    for at, step in enumerate(block.steps):
        if (observation := seen.get((index, at))) is None:
            continue
        raw = "".join(piece.text for piece in observation.pieces)
        output = tuple(painted_lines(raw)) if page is None else page.output(index, at)
        command = observation.sent if page is None else stand_in(step.command, verbatim=step.verbatim)
        shot = Shot(0, block.session, step.number, step.prompt, command, output, observation.status)
        found.append(replace(shot, after_failure=(index, at) in failed))
    return found


def _unplayed(block: Block) -> Iterator[Shot]:
    has_failed = False
    for step in block.steps:
        output = tuple(Samples.as_written(step))
        status = _wanted(step)
        yield Shot(
            0, block.session, step.number, step.prompt, step.command, output, status, has_failed, is_played=False
        )
        has_failed = bool(status)


def _wanted(step: Step) -> int:
    """The status that a step which is not played would end with."""
    return next((1 if status.code is None else status.code for status in step.statuses), 0)
