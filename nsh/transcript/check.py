# SPDX-License-Identifier: MIT
"""What must hold in a page before it is run: samples known before they are typed, ids proved, probes known."""

from __future__ import annotations

from collections.abc import Iterator

from nsh.transcript.captures import captures
from nsh.transcript.document import BadDocument, Block, Document, How, Role, Step
from nsh.transcript.probes import unknown
from nsh.transcript.tokens import Scanner
from nsh.transcript.typed import mentions


def check(document: Document) -> None:
    """Raises BadDocument for the first thing that is wrong."""
    for line, why in _problems(document):
        raise BadDocument(document.path, line, why)


def _problems(document: Document) -> Iterator[tuple[int, str]]:
    if not document.blocks:
        yield 1, "no ```nsh block in this transcript"
    yield from _probe_problems(document)
    yield from _seed_problems(document)
    known: set[tuple[str, str]] = set()
    for block in document.played():
        for step in block.steps:
            yield from _step_problems(step, known)


def _probe_problems(document: Document) -> Iterator[tuple[int, str]]:
    for name in document.head.requires:
        if why := unknown(name):
            yield document.head.requires_line, why
    for block in document.blocks:
        for number, names in _conditions(block):
            for name in names:
                if why := unknown(name):
                    yield number, why


def _conditions(block: Block) -> Iterator[tuple[int, tuple[str, ...]]]:
    yield block.first, block.condition
    for step in block.steps:
        yield step.number, step.condition
        yield from ((line.number, line.probes) for line in step.lines)
        yield from ((status.number, status.probes) for status in step.statuses)


def _seed_problems(document: Document) -> Iterator[tuple[int, str]]:
    """Every id of `seeds:` is proved by a block that really runs, and no other is."""
    proved: set[str] = set()
    for block in document.blocks:
        for ident in block.proves:
            if ident not in document.head.seeds:
                yield block.first, f"proves={ident}: the id is not among the page's seeds"
            if block.role is Role.NORUN or block.condition:
                yield block.first, f"proves={ident}: a block that may not run proves nothing"
            if not _compares(block):
                yield block.first, f"proves={ident}: no line of this block is compared, and no status"
            proved.add(ident)
    for ident in document.head.seeds:
        if ident not in proved:
            yield 1, f"seeds: no block says proves={ident}"


def _compares(block: Block) -> bool:
    """Is anything in this block sure to be held against what comes?"""
    lines = [line for step in block.steps for line in step.lines if line.how is not How.ANY and not line.optional]
    return bool(lines) or any(step.statuses for step in block.steps)


def _step_problems(step: Step, known: set[tuple[str, str]]) -> Iterator[tuple[int, str]]:
    """`known` grows with what the step's output shows."""
    if not step.verbatim:
        for mention in mentions(step.command):
            key = (mention.kind.name, mention.value)
            if mention.certain and key not in known:
                yield step.number, f"{mention.value} is not shown by an earlier output (`#: eq` sends it as it is)"
            elif not mention.certain:
                known.add(key)
    if not step.verbatim:
        yield from _typed_capture_problems(step, known)
    scanner = Scanner(step.command)
    for line in step.lines:
        if line.how is not How.SAMPLE:
            continue
        known |= {(token.kind.name, token.value) for token in scanner.find(line.text)}
        yield from _capture_problems(line.number, line.text, known)


def _typed_capture_problems(step: Step, known: set[tuple[str, str]]) -> Iterator[tuple[int, str]]:
    try:
        found = captures(step.command)
    except ValueError as problem:
        yield step.number, str(problem)
        return
    for capture in found:
        if capture.pattern is not None or ("%", capture.name) not in known:
            yield step.number, f"%{{{capture.name}}} is not captured by an earlier output"


def _capture_problems(number: int, text: str, known: set[tuple[str, str]]) -> Iterator[tuple[int, str]]:
    try:
        found = captures(text)
    except ValueError as problem:
        yield number, str(problem)
        return
    for capture in found:
        if capture.pattern is not None and not capture.differs:
            known.add(("%", capture.name))
        elif ("%", capture.name) not in known:
            yield number, f"%{{{capture.name}}} is not captured before this line"
