# SPDX-License-Identifier: MIT
"""The page as a programme: which steps are shown, in which order, under which words."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from nsh.transcript.document import Block, Document, Role, Step
from nsh.transcript.prose import Prose, parts

Holds = Callable[[Iterable[str]], bool]


class Words(NamedTuple):
    """What is read above a step: a heading, the Markdown below it, and the notes for the speaker only."""

    heading: str
    text: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cue:
    """One step to perform. `number` counts those that are shown from 1; it is 0 for setup and teardown."""

    number: int
    block: Block
    step: Step
    place: tuple[int, int]
    words: Words

    @property
    def session(self) -> str:
        """Whose prompt it is typed at."""
        return self.block.session


@dataclass(frozen=True, slots=True)
class Programme:
    """All that is performed: `cues` in their order, `teardown` at the end. `opening`: the first words of the page."""

    document: Document
    cues: tuple[Cue, ...]
    teardown: tuple[Cue, ...]
    opening: Words

    @property
    def count(self) -> int:
        """How many steps are shown."""
        return max((cue.number for cue in self.cues), default=0)

    def cue(self, number: int) -> Cue | None:
        """The step that is shown as that number; None behind the last."""
        return next((cue for cue in self.cues if cue.number == number), None)

    def sessions(self) -> list[str]:
        """The sessions that are shown, in the order of their first step."""
        return list(dict.fromkeys(cue.session for cue in self.cues if cue.number))

    def headings(self) -> list[tuple[str, int]]:
        """Each heading with its first step."""
        found: dict[str, int] = {}
        for cue in self.cues:
            if cue.number:
                found.setdefault(cue.words.heading or self.document.head.title, cue.number)
        return list(found.items())


def programme(document: Document, holds: Holds) -> Programme:
    """The programme of a page where `holds` tells which conditions do."""
    words = _words(document)
    cues: list[Cue] = []
    number = 0
    for block in document.played():
        if not holds(block.condition):
            continue
        for step in block.steps:
            if not holds(step.condition):
                continue
            number += block.role is Role.PLAY
            shown = number if block.role is Role.PLAY else 0
            place = (document.blocks.index(block), block.steps.index(step))
            cues.append(Cue(shown, block, step, place, words[block.first]))
    playing = tuple(cue for cue in cues if cue.block.role is not Role.TEARDOWN)
    teardown = tuple(cue for cue in cues if cue.block.role is Role.TEARDOWN)
    return Programme(document, playing, teardown, _opening(document))


def _words(document: Document) -> dict[int, Words]:
    """The words above each block, by its first line: what stands between it and the block before it on stage."""
    found: dict[int, Words] = {}
    last = Words(document.head.title, "")
    waiting: list[Prose] = []
    for part in parts(document):
        if isinstance(part, Prose):
            waiting.append(part)
        elif part.role is Role.NORUN:
            waiting.append(Prose(part.first, part.last, _fenced(document, part)))
        else:
            found[part.first] = new = _joined(waiting, last)
            if part.role is Role.PLAY:
                last, waiting = new, []
    return found


def _fenced(document: Document, block: Block) -> str:
    """A block that is only read."""
    lines = document.text.splitlines()[block.first : block.last - 1]
    return "\n".join(["```", *lines, "```"])


def _joined(waiting: list[Prose], last: Words) -> Words:
    """The words since the last block; the last ones where there are none."""
    if not waiting:
        return last
    text = "\n\n".join(part.text for part in waiting)
    heading, below = _below_heading(text)
    notes = tuple(note for part in waiting for note in part.notes)
    return Words(heading or last.heading, below.strip(), notes)


def _below_heading(text: str) -> tuple[str, str]:
    """The last heading in a text, and what stands below it."""
    heading, below, fenced = "", [""], False
    for line in text.splitlines():
        fenced ^= line.startswith("```")
        if line.startswith("#") and not fenced:
            heading, below = line.lstrip("#").strip(), [""]
        else:
            below.append(line)
    return heading, "\n".join(below)


def _opening(document: Document) -> Words:
    """The title and what stands right below it."""
    first = next((part for part in parts(document) if isinstance(part, Prose)), None)
    if first is None:
        return Words(document.head.title, "")
    heading, _, rest = first.text.strip().partition("\n")
    if not heading.startswith("#"):
        return Words(document.head.title, first.text.partition("\n#")[0].strip(), first.notes)
    return Words(heading.lstrip("#").strip(), rest.partition("\n#")[0].strip(), first.notes)
