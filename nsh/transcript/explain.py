# SPDX-License-Identifier: MIT
"""`nsh test --explain`: which parts of a page are not taken literally, and what each is held to."""

from __future__ import annotations

from collections.abc import Iterator

from nsh.transcript.document import Document, How, Line, Step
from nsh.transcript.tokens import Scanner, Token
from nsh.transcript.typed import mentions

Known = dict[tuple[str, str], int]
"""(name of the kind, sample) → the line that shows it first."""


def explained(document: Document) -> Iterator[str]:
    """A line for each token that is treated as variable: `FILE:LINE: KIND VALUE: HOW`."""
    known: Known = {}
    for block in document.played():
        for step in block.steps:
            for number, kind, value, how in _step(step, known):
                yield f"{document.path}:{number}: {kind:8} {value}: {how}"


def _step(step: Step, known: Known) -> Iterator[tuple[int, str, str, str]]:
    for mention in mentions(step.command) if not step.verbatim else ():
        if first := known.get((mention.kind.name, mention.value)):
            yield step.number, mention.kind.name, mention.value, f"typed as the value bound in line {first}"
    scanner = Scanner(step.command)
    for line in step.lines:
        if line.how is How.SAMPLE:
            for token in scanner.find(line.text):
                yield line.number, token.kind.name, token.value, _held_to(token, line, known)
        elif line.how is not How.EQUAL:
            yield line.number, line.how.value, line.text, "a pattern"


def _held_to(token: Token, line: Line, known: Known) -> str:
    if not token.kind.bound:
        return "any of this shape"
    first = known.setdefault((token.kind.name, token.value), line.number)
    if first != line.number:
        return f"the value bound in line {first}"
    return "bound here, another than every other sample" if token.kind.distinct else "bound here"
