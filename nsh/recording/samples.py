# SPDX-License-Identifier: MIT
"""A run told with the page's own values instead of the run's, so that it is told in the same words every time.

A line that matched is shown as the page has it, in the colours it came in;
what stands under `...`, or was matched by a pattern, is shown as `...`.
"""

from __future__ import annotations

from collections.abc import Iterator

from nsh.recording.painted import Line, Run, painted_lines, plain, recoloured
from nsh.transcript import document as pages
from nsh.transcript.align import align
from nsh.transcript.captures import captures
from nsh.transcript.document import Document, How, Step
from nsh.transcript.judge import Judge, Observation
from nsh.transcript.match import prepared
from nsh.transcript.outcome import Outcome

LEFT_OUT = "..."


class Samples:
    """The output of each step of one run, in the page's values."""

    def __init__(self, document: Document, outcome: Outcome) -> None:
        self._judge = Judge(document, outcome.probes)
        self._probes = outcome.probes
        self._outputs: dict[tuple[int, int], tuple[Line, ...]] = {}
        for seen in outcome.seen:
            block = document.blocks[seen.block]
            step = block.steps[seen.step]
            known, alive = self._judge.bindings, self._judge.alive(block, step, seen.observation)
            rows = align(prepared(step, self._probes), seen.observation.lines, known, alive)
            shown = [(row.expected.line if row.expected else None, row.actual) for row in rows]
            self._outputs[seen.block, seen.step] = tuple(_once(_told(shown, seen.observation)))
            self._judge.verdict(block, step, seen.observation)  # it learns what the samples stand for

    def output(self, block: int, step: int) -> tuple[Line, ...]:
        """What a step that was played showed; the indexes are those of the document."""
        return self._outputs[block, step]

    @staticmethod
    def as_written(step: Step) -> Iterator[Line]:
        """What a step that is never played shows: the page's lines."""
        for line in step.lines:
            if not line.absent:
                yield _plain(_text(line))


def stand_in(text: str, *, verbatim: bool = False) -> str:
    """A text with each `%{name:type}` as `{name}`: no sample is known for it."""
    if verbatim:
        return text
    for capture in reversed(captures(text)):
        text = f"{text[: capture.start]}{{{capture.name}}}{text[capture.end :]}"
    return text.replace("%%{", "%{")


def _told(rows: list[tuple[pages.Line | None, str | None]], seen: Observation) -> Iterator[Line]:
    """The page's lines that matched, each in its colours; a line that may come often stands once."""
    coloured = {plain(line): line for line in painted_lines("".join(piece.text for piece in seen.pieces))}
    told: set[int] = set()
    for line, actual in rows:
        if line is None or line.absent or line.number in told:
            continue
        if actual is None and line.how is not How.ANY:
            continue
        told.add(line.number)
        text = _text(line)
        yield _plain(text) if actual is None else recoloured(text, coloured.get(actual, _plain(actual)))


def _once(lines: Iterator[Line]) -> Iterator[Line]:
    """One line for all that is left out in one place."""
    before: Line = ()
    for line in lines:
        if plain(line) != LEFT_OUT or plain(before) != LEFT_OUT:
            yield line
        before = line


def _text(line: pages.Line) -> str:
    """What a line of the page shows a reader."""
    if line.how in (How.ANY, How.REGEX):
        return LEFT_OUT
    if line.how is How.GLOB:
        return line.text.replace("*", LEFT_OUT)
    return line.text if line.how is How.EQUAL else stand_in(line.text)


def _plain(text: str) -> Line:
    return (Run(text),) if text else ()
