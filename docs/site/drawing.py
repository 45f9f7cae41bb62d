# SPDX-License-Identifier: MIT
"""The drawing of a page's network: the page is played with two more lines in it, which nobody sees."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from nsh.transcript.document import Block, Document, Role, Step
from nsh.transcript.outcome import Outcome, Seen
from nsh.transcript.parse import parse

_FILE = "/tmp/nsh-drawing.svg"  # in the page's sandbox
_GRAPH = re.compile(r"graph(?P<rest>(?: [\w:.@-]+)*)\s*")
_OTHER_FORMS = ("--ascii", "--dot", "--mermaid", "--svg", "--json")
_SVG = re.compile(r"<svg\b.*</svg>", re.DOTALL)
_ADDED = 2


@dataclass(frozen=True, slots=True)
class Drawn:
    """A page that draws its network into a file behind the last `graph` that it types itself, and shows the file."""

    page: Document
    original: Document
    block: int
    step: int
    """Index of the last `graph` in its block."""

    def svg(self, outcome: Outcome) -> str:
        """The drawing, from a run of `page`; '' where that line was not run."""
        shown = [seen for seen in outcome.seen if (seen.block, seen.step) == (self.block, self.step + _ADDED)]
        raw = "".join(piece.text for seen in shown for piece in seen.observation.pieces)
        found = _SVG.search(raw.replace("\r\n", "\n"))
        return found[0] + "\n" if found else ""

    def without(self, outcome: Outcome) -> Outcome:
        """The run as if it had been one of `original`."""
        return replace(outcome, seen=list(self._kept(outcome)))

    def _kept(self, outcome: Outcome) -> Iterator[Seen]:
        for seen in outcome.seen:
            later = seen.step - self.step if seen.block == self.block else 0
            if later > _ADDED:
                yield replace(seen, step=seen.step - _ADDED)
            elif later <= 0:
                yield seen


def drawn(document: Document) -> Drawn | None:
    """The page with its drawing; None where it draws no network."""
    found = [
        (number, at, rest)
        for number, block in enumerate(document.blocks)
        if block.role is Role.PLAY
        for at, step in enumerate(block.steps)
        if (rest := _asked(step)) is not None
    ]
    if not found:
        return None
    number, at, rest = found[-1]
    page = parse(document.path, _with_lines(document, document.blocks[number], document.blocks[number].steps[at], rest))
    return Drawn(page, document, number, at)


def _asked(step: Step) -> str | None:
    """What a plain `graph` is asked to draw."""
    match = _GRAPH.fullmatch(step.command)
    if match is None or any(word in match["rest"].split() for word in _OTHER_FORMS):
        return None
    return match["rest"]


def _with_lines(document: Document, block: Block, step: Step, rest: str) -> str:
    lines = document.text.splitlines()
    first = lines[step.number - 1]
    indent = first[: len(first) - len(first.lstrip())]
    more = [f"{step.prompt} graph{rest} --svg {_FILE}", "...", f"{step.prompt} cat {_FILE}", "..."]
    end = step.last
    return "\n".join([*lines[:end], *(indent + line for line in more), *lines[end:]]) + "\n"
