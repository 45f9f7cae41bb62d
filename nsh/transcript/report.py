# SPDX-License-Identifier: MIT
"""What a run says about a document: a line when it passed, the whole story of the first wrong step when not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from nsh.printable import printable
from nsh.transcript.align import Row
from nsh.transcript.bindings import Bindings
from nsh.transcript.document import Block, Document
from nsh.transcript.judge import Verdict

_LINES_SHOWN = 40
"""A longer output is folded: so many differences, and a few lines around each."""
_AROUND = 3


@dataclass(frozen=True, slots=True)
class Failure:
    """A step that went wrong, in the place where it stands."""

    document: Document
    block: Block
    verdict: Verdict
    bindings: Bindings = field(default_factory=Bindings)
    is_first: bool = True
    """Did all steps before it go as the page says?"""


def failure_text(failure: Failure) -> str:
    """The failure as a reader wants it: where, what was typed, which lines differ, what stood for what."""
    return "\n".join(_failure_lines(failure))


def _failure_lines(failure: Failure) -> Iterator[str]:
    verdict, block = failure.verdict, failure.block
    step = verdict.step
    at = block.steps.index(step) + 1
    heading = f'  "{block.heading}"' if block.heading else ""
    place = f"{failure.document.path}:{_line_of(verdict)}: session {block.session}, step {at}/{len(block.steps)}"
    yield f"{place}  ({verdict.observation.seconds:.1f} s){heading}"
    yield f"  {step.prompt} {step.command}".rstrip().replace("\n", "\n  ...> ")
    if verdict.observation.sent != step.command and verdict.observation.sent:
        yield f"  typed: {printable(verdict.observation.sent)}"
    yield from _folded([_row_text(row) for row in verdict.rows] or list(_shown(verdict)))
    for note in verdict.notes:
        yield f"! {note}"
    yield f"  {_bound(failure.bindings)}{_passed_before(at) if failure.is_first else ''}".rstrip()


def _line_of(verdict: Verdict) -> int:
    """The first wrong page line, or the command's."""
    wrong = (row.expected.line.number for row in verdict.rows if row.is_wrong and row.expected is not None)
    return next(wrong, verdict.step.number)


def _shown(verdict: Verdict) -> Iterator[str]:
    """All that a step showed whose lines are right, or were never finished."""
    for text in verdict.observation.lines:
        yield f"  {printable(text)}"


def _row_text(row: Row) -> str:
    if not row.is_wrong:
        if row.actual is None and row.expected is not None:
            return f"  {row.expected.line.source}"
        return f"  {printable(row.actual or '')}"
    mark, text = ("-", row.expected.line.source) if row.expected else ("+", printable(row.actual or ""))
    return f"{mark} {text}{' ' * max(2, 24 - len(text))}{row.reason}".rstrip()


def _folded(lines: list[str]) -> Iterator[str]:
    """Lines near a difference; long stretches of equal ones are counted."""
    if len(lines) <= _LINES_SHOWN:
        yield from lines
        return
    different = [at for at, line in enumerate(lines) if line[:1] in "-+"][:_LINES_SHOWN] or [0, len(lines) - 1]
    shown = sorted(
        {near for at in different for near in range(at - _AROUND, at + _AROUND + 1) if 0 <= near < len(lines)}
    )
    before = -1
    for at in shown:
        yield from _hidden(at - before - 1)
        yield lines[at]
        before = at
    yield from _hidden(len(lines) - before - 1)


def _hidden(count: int) -> Iterator[str]:
    if count:
        yield f"  ({count} more lines)"


def _bound(bindings: Bindings) -> str:
    pairs = [f"{kind} {sample}→{bound.value}" for (kind, sample), bound in bindings.items() if kind != "%"]
    pairs += [f"%{{{name}}}→{bound.value}" for (kind, name), bound in bindings.items() if kind == "%"]
    return f"bound: {', '.join(pairs)}      " if pairs else ""


def _passed_before(at: int) -> str:
    if at == 1:
        return ""
    return "(step 1 ok, folded)" if at == 2 else f"(steps 1-{at - 1} ok, folded)"
