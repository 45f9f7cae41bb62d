# SPDX-License-Identifier: MIT
"""Sets the lines of a page beside the real ones when they differ, for the report and for `--update`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches

from nsh.transcript.bindings import Bindings, Identities
from nsh.transcript.document import How
from nsh.transcript.expected import Expected
from nsh.transcript.match import present_but_absent

_WRONG, _RIGHT = 1000, -1
"""Costs: as few wrong lines as possible, and of those scripts one that keeps many lines."""

_LIKE = 0.7
"""How much two lines have in common, of 1, that are called alike (difflib)."""

LONGEST = 2000
"""Real lines beyond this are not compared one by one any more: every pair of lines costs."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a comparison: a page line, a real line, or both where they are the same.

    With only one of the two the line is missing or unexpected, unless the
    row is `idle`: a page line that asks for nothing here (`...`, an optional
    or absent line), or a real line that such a line took in.
    """

    expected: Expected | None
    actual: str | None
    reason: str = ""
    idle: bool = False

    @property
    def is_wrong(self) -> bool:
        """Does this row make the step fail?"""
        return not self.idle and (self.expected is None or self.actual is None)


@dataclass(frozen=True, slots=True)
class _Unit:
    """A page line in the search: a line that may repeat is one that must be there and one that may go on."""

    item: Expected
    free: bool
    goes_on: bool

    @property
    def takes_all(self) -> bool:
        return self.item.line.how is How.ANY


@dataclass(frozen=True, slots=True)
class _Move:
    cost: int
    down: int
    right: int


def align(expected: Sequence[Expected], actual: Sequence[str], bindings: Bindings, alive: Identities) -> list[Row]:
    """The page's lines beside the real ones with as few differences as possible, in the order of the page."""
    rows: list[Row] = []
    known = bindings
    for unit, text in _script(_units(expected), actual[:LONGEST], bindings, alive):
        if unit is None or text is None or unit.takes_all:
            rows += _lone(unit, text)
        elif (after := unit.item.match(text, known, alive)) is None:
            rows += [Row(unit.item, None, idle=unit.free), Row(None, text)]
        else:
            rows.append(Row(unit.item, text))
            known = after
    rows += [Row(None, text) for text in actual[LONGEST:]]
    return _with_nearest(_with_clashes(_with_absent(rows, expected, actual, known, alive), known, alive), known, alive)


def _lone(unit: _Unit | None, text: str | None) -> Iterator[Row]:
    if unit is None:
        yield Row(None, text)
    elif text is not None:
        yield Row(None, text, idle=True)
    elif not unit.goes_on or unit.takes_all:
        yield Row(unit.item, None, idle=unit.free)


def _units(expected: Sequence[Expected]) -> list[_Unit]:
    units = []
    for item in expected:
        line = item.line
        if line.how is How.ANY:
            units.append(_Unit(item, free=True, goes_on=True))
            continue
        units.append(_Unit(item, free=line.optional or line.absent, goes_on=False))
        if line.repeated:
            units.append(_Unit(item, free=True, goes_on=True))
    return units


def _script(
    units: Sequence[_Unit], actual: Sequence[str], bindings: Bindings, alive: Identities
) -> list[tuple[_Unit | None, str | None]]:
    """An edit script of least cost; the lines are compared one by one, under the bindings of before the step."""
    best, moves = _costs(units, actual, bindings, alive)
    script: list[tuple[_Unit | None, str | None]] = []
    i = j = 0
    while i < len(units) or j < len(actual):
        move = min(moves[i][j], key=lambda move: move.cost + best[i + move.down][j + move.right])
        takes = move.cost != _WRONG and move.right
        script.append((units[i] if move.down or takes else None, actual[j] if move.right else None))
        i, j = i + move.down, j + move.right
    return script


def _costs(
    units: Sequence[_Unit], actual: Sequence[str], bindings: Bindings, alive: Identities
) -> tuple[list[list[int]], list[list[list[_Move]]]]:
    """The least number of wrong lines from each state on, and what can be done there."""
    rows, columns = len(units), len(actual)
    best = [[0] * (columns + 1) for _ in range(rows + 1)]
    moves: list[list[list[_Move]]] = [[[] for _ in range(columns + 1)] for _ in range(rows + 1)]
    for i in range(rows, -1, -1):
        for j in range(columns, -1, -1):
            unit = units[i] if i < rows else None
            text = actual[j] if j < columns else None
            moves[i][j] = list(_moves(unit, text, bindings, alive))
            if moves[i][j]:
                best[i][j] = min(move.cost + best[i + move.down][j + move.right] for move in moves[i][j])
    return best, moves


def _moves(unit: _Unit | None, text: str | None, bindings: Bindings, alive: Identities) -> Iterator[_Move]:
    """What can be done with the next page line and the next real line; of equally good ones the first is taken."""
    if unit is not None and text is not None:
        if unit.takes_all:
            yield _Move(0, 0, 1)
        elif not unit.item.line.absent and unit.item.match(text, bindings, alive) is not None:
            yield _Move(_RIGHT, 0 if unit.goes_on else 1, 1)
    if unit is not None and not unit.free:
        yield _Move(_WRONG, 1, 0)
    if text is not None:
        yield _Move(_WRONG, 0, 1)
    if unit is not None and unit.free:
        yield _Move(0, 1, 0)


def _with_absent(
    rows: list[Row], expected: Sequence[Expected], actual: Sequence[str], known: Bindings, alive: Identities
) -> list[Row]:
    """The rows with each absent line that is there all the same marked as wrong."""
    broken = [item for item, _ in present_but_absent(expected, actual, known, alive)]
    return [
        replace(row, idle=False, reason="must not be there") if row.expected in broken and row.actual is None else row
        for row in rows
    ]


def _with_clashes(rows: list[Row], known: Bindings, alive: Identities) -> list[Row]:
    """Missing lines that a real line would be but for a value: both rows say which."""
    found = list(rows)
    taken: set[int] = set()
    for at, row in enumerate(rows):
        if row.expected is None or row.actual is not None or not row.is_wrong or row.reason:
            continue
        for other, candidate in enumerate(rows):
            if candidate.expected is not None or not candidate.is_wrong or other in taken or candidate.actual is None:
                continue
            if clashes := row.expected.clashes(candidate.actual, known, alive):
                taken.add(other)
                found[at] = replace(row, reason=clashes[0].wanted())
                found[other] = replace(candidate, reason=clashes[0].found())
                break
    return found


def _with_nearest(rows: list[Row], known: Bindings, alive: Identities) -> list[Row]:
    """Missing lines for which nothing was said yet: what their captures are, or which line under `...` is like them."""
    hidden = [row.actual.strip() for row in rows if row.expected is None and row.idle and row.actual is not None]
    return [
        replace(row, reason=row.expected.wanted(known) or _nearest(row.expected, hidden, known, alive))
        if row.expected is not None and row.is_wrong and not row.reason
        else row
        for row in rows
    ]


def _nearest(expected: Expected, hidden: Sequence[str], known: Bindings, alive: Identities) -> str:
    for text in hidden:
        if clashes := expected.clashes(text, known, alive):
            return f"{clashes[0].wanted()}; there is: {text}"
    found = get_close_matches(expected.line.text.strip(), hidden, 1, _LIKE)
    return f"there is: {found[0]}" if found else ""
