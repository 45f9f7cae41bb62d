# SPDX-License-Identifier: MIT
"""What one run of a page showed: the page's parts in order, each block with the steps that were played."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from nsh.transcript.document import Block, Document, Step
from nsh.transcript.judge import Observation
from nsh.transcript.outcome import Outcome
from nsh.transcript.prose import Prose, parts


@dataclass(frozen=True, slots=True)
class Shot:
    """One step as it went. `number` counts the shots of the take from 1."""

    number: int
    block: Block
    step: Step
    seen: Observation

    @property
    def raw(self) -> str:
        """What came to the terminal, escape sequences and all."""
        return "".join(piece.text for piece in self.seen.pieces)


@dataclass(frozen=True, slots=True)
class Scene:
    """One block of the page; steps that were not played, such as those for another mode, have no shot."""

    block: Block
    shots: tuple[Shot, ...]


@dataclass(frozen=True, slots=True)
class Take:
    """One page, played once in one mode."""

    document: Document
    mode: str
    scenes: tuple[Scene, ...]

    def parts(self) -> Iterator[Prose | Scene]:
        """The page from top to bottom."""
        by_block = {scene.block: scene for scene in self.scenes}
        for part in parts(self.document):
            yield part if isinstance(part, Prose) else by_block.get(part, Scene(part, ()))

    def shots(self) -> Iterator[Shot]:
        """All shots in the order in which they were played."""
        for scene in self.scenes:
            yield from scene.shots


def take_of(document: Document, outcome: Outcome) -> Take:
    """The take of a run that played the page."""
    shots: dict[int, list[Shot]] = {}
    for number, seen in enumerate(outcome.seen, start=1):
        block = document.blocks[seen.block]
        shots.setdefault(seen.block, []).append(Shot(number, block, block.steps[seen.step], seen.observation))
    scenes = tuple(Scene(document.blocks[index], tuple(found)) for index, found in shots.items())
    return Take(document, outcome.mode, scenes)
