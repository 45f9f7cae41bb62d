# SPDX-License-Identifier: MIT
"""Pieces of text with a time to appear and a time to go: all frames of a film, each piece once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from nsh.recording.inks import Style
from nsh.recording.screens import Film, Place, Row, Run
from nsh.recording.screens_escapes import is_mark

Cell = tuple[str, Style]


@dataclass(slots=True)
class Span:
    """A run of text that can be seen from `born` until `died` (None: to the end)."""

    run: Run
    born: float
    died: float | None = None

    @property
    def end(self) -> int:
        """The column behind it."""
        return self.run.column + self.run.width


def spans(film: Film) -> dict[Place, list[Span]]:
    """The spans of each line that is seen. Of one that grows, as when it is typed, only what is new is a new span."""
    seen = film.seen()
    alive: dict[Place, list[Span]] = defaultdict(list)
    every: dict[Place, list[Span]] = defaultdict(list)
    cells: dict[Place, list[Cell]] = defaultdict(list)
    for frame in film.frames:
        for place, row in frame.rows.items():
            if place not in seen:
                continue
            now = list(_cells(row))
            same = _common(cells[place], now)
            kept = [span for span in alive[place] if span.end <= same]
            for span in alive[place][len(kept) :]:
                span.died = frame.seconds
            new = list(_new(row, kept[-1].end if kept else 0, frame.seconds))
            alive[place] = kept + new
            every[place] += new
            cells[place] = now
    lasting = ((place, [span for span in found if span.died != span.born]) for place, found in every.items())
    return {place: found for place, found in lasting if found}


def chains(found: list[Span]) -> Iterator[list[Span]]:
    """Spans that stand side by side and go at the same time; wide and narrow ones apart, for their letters differ."""
    found = sorted(found, key=lambda span: (span.died is not None, span.died or 0, span.run.column, span.born))
    chain: list[Span] = []
    for span in found:
        if chain and not (chain[-1].end == span.run.column and _are_alike(chain[-1], span)):
            yield chain
            chain = []
        chain.append(span)
    if chain:
        yield chain


def _are_alike(one: Span, other: Span) -> bool:
    return one.died == other.died and one.run.is_wide == other.run.is_wide


def _common(before: list[Cell], now: list[Cell]) -> int:
    """How many cells at the beginning are the same."""
    pairs = enumerate(zip(before, now, strict=False))
    return next((at for at, (one, other) in pairs if one != other), min(len(before), len(now)))


def _new(row: Row, start: int, seconds: float) -> Iterator[Span]:
    """What stands from a column on."""
    for run in row:
        if run.column >= start:
            yield Span(run, seconds)
        elif run.column + run.width > start:
            text = "".join(text for text, _ in list(_cells((run,)))[start - run.column :])
            yield Span(Run(start, run.column + run.width - start, text, run.style), seconds)


def _cells(row: Row) -> Iterator[Cell]:
    """The line cell by cell; combining characters belong to the one before, a wide one has an empty cell behind it."""
    for run in row:
        clusters = ["".join(group) for group in _clusters(run.text)]
        for cluster in clusters:
            yield cluster, run.style
            if run.is_wide:
                yield "", run.style


def _clusters(text: str) -> Iterator[Iterable[str]]:
    number = 0

    def of(character: str) -> int:
        nonlocal number
        number += not is_mark(character)
        return number

    for _, group in groupby(text, key=of):
        yield group
