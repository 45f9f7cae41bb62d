# SPDX-License-Identifier: MIT
"""One row of the table: what is measured, against what, and how far apart they may be."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import NamedTuple

Side = Callable[[], "Sample"]


class Sample(NamedTuple):
    """One turn of one side: how long it took, and what it answered."""

    seconds: float
    answer: object


class Row(NamedTuple):
    """One comparison.

    `sides` makes what both need (it lives until the row is done) and returns
    our side and the peer's. `budget` is the highest ratio, ours to theirs,
    that is good enough. `turns` is how often each side is measured. A row that
    shows how something grows says of which `series` it is, at which `number`,
    and what its `peer` is called there.
    """

    what: str
    against: str
    budget: float
    turns: int
    sides: Callable[[ExitStack], tuple[Side, Side]]
    series: str = ""
    number: int = 0
    peer: str = ""


class Verdict(NamedTuple):
    """How a row came out: the median of the pairs' ratios, between what half of them lie, and the median seconds."""

    ratio: float
    low: float
    high: float
    ours: float
    theirs: float


class AnswersDiffer(Exception):
    """The two sides did not do the same thing, so their times mean nothing."""


def judge(row: Row) -> Verdict:
    """Measure a row. AnswersDiffer where the sides do not agree, in any turn."""
    with ExitStack() as stack:
        ours, theirs = row.sides(stack)
        pair(ours, theirs)  # not counted: fills the caches, byte-compiles
        pairs = [pair(*order) for order in alternating(ours, theirs, row.turns)]
    ratios = sorted(our_seconds / their_seconds for our_seconds, their_seconds in pairs)
    quarter = len(ratios) // 4
    ours_median, theirs_median = (statistics.median(side) for side in zip(*pairs, strict=True))
    return Verdict(statistics.median(ratios), ratios[quarter], ratios[-1 - quarter], ours_median, theirs_median)


def alternating(ours: Side, theirs: Side, turns: int) -> list[tuple[Side, Side, bool]]:
    """The turns; every second one begins with the peer."""
    return [(ours, theirs, bool(turn % 2)) for turn in range(turns)]


def pair(ours: Side, theirs: Side, peer_first: bool = False) -> tuple[float, float]:
    """One turn of both sides, whose answers must be equal."""
    second = theirs() if peer_first else None
    first = ours()
    second = second or theirs()
    if first.answer != second.answer:
        raise AnswersDiffer(f"nsh: {first.answer!r}\npeer: {second.answer!r}")
    return first.seconds, second.seconds


def timed(act: Callable[[], object]) -> Sample:
    """Do something once, and say how long it took."""
    start = time.perf_counter()
    answer = act()
    return Sample(time.perf_counter() - start, answer)
