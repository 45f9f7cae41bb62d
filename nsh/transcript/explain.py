# SPDX-License-Identifier: MIT
"""`nsh test --explain`: which parts of a page are not taken literally, and what each is held to."""

from __future__ import annotations

import re
from collections.abc import Iterator

from nsh.transcript.captures import Capture, captures
from nsh.transcript.document import Document, How, Line, Status, Step
from nsh.transcript.tokens import Scanner, Token
from nsh.transcript.typed import mentions

Known = dict[tuple[str, str], int]
"""(name of the kind, sample) → the line that shows it first; captures are of the kind `%`."""

Told = tuple[int, str, str, str]
"""Line, kind, value, what it is held to."""

_FREE = re.compile(r"link-netns \S+|\.\.\.")


def explained(document: Document) -> Iterator[str]:
    """A line for each token that is treated as variable: `FILE:LINE: KIND VALUE: HOW`."""
    known: Known = {}
    for block in document.played():
        for step in block.steps:
            for number, kind, value, how in _step(step, known):
                yield f"{document.path}:{number}: {kind:8} {value}: {how}"


def _step(step: Step, known: Known) -> Iterator[Told]:
    if not step.verbatim:
        yield from _typed(step, known)
    scanner = Scanner(step.command)
    for line in step.lines:
        if line.how is How.SAMPLE:
            yield from _sample_line(line, scanner.find(line.text), known)
        elif line.how is How.ANY:
            yield line.number, "lines", line.text, "any lines, as few as possible"
        elif line.how is not How.EQUAL:
            yield line.number, line.how.value, line.text, "a pattern for the whole line"
        if how := _how_often(line):
            yield line.number, "line", line.text, how
    for status in step.statuses:
        yield from _status(status)


def _typed(step: Step, known: Known) -> Iterator[Told]:
    for mention in mentions(step.command):
        if first := known.get((mention.kind.name, mention.value)):
            yield step.number, mention.kind.name, mention.value, f"typed as the value bound in line {first}"
    for capture in captures(step.command):
        if first := known.get(("%", capture.name)):
            yield step.number, "named", f"%{{{capture.name}}}", f"typed as the value bound in line {first}"


def _sample_line(line: Line, tokens: list[Token], known: Known) -> Iterator[Told]:
    for token in tokens:
        yield line.number, token.kind.name, token.value, _held_to(token, line, known)
    for capture in captures(line.text):
        yield line.number, "named", line.text[capture.start : capture.end], _captured(capture, line, known)
    for match in _FREE.finditer(line.text):
        how = "any run of characters" if match[0] == "..." else "this, or the number of that namespace"
        yield line.number, "text", match[0], how


def _held_to(token: Token, line: Line, known: Known) -> str:
    if not token.kind.bound:
        return "any of this shape"
    first = known.setdefault((token.kind.name, token.value), line.number)
    if first != line.number:
        return f"the value bound in line {first}"
    alive = " that is alive" if token.kind.mortal else ""
    return f"bound here, another than every other sample{alive}" if token.kind.distinct else "bound here"


def _captured(capture: Capture, line: Line, known: Known) -> str:
    first = known.get(("%", capture.name))
    if capture.differs:
        return f"another value than the one bound in line {first}"
    if first is None:
        known["%", capture.name] = line.number
        return "bound here"
    return f"the value bound in line {first}"


def _how_often(line: Line) -> str:
    """What the line's suffixes allow."""
    if line.absent:
        return "must not be there"
    often = {(True, False): "may be missing", (False, True): "once or more", (True, True): "any number of times"}
    said = [often[line.optional, line.repeated]] if line.optional or line.repeated else []
    said += [f"needed only where {' and '.join(line.probes)} holds"] if line.probes else []
    return ", ".join(said)


def _status(status: Status) -> Iterator[Told]:
    where = f" where {' and '.join(status.probes)} holds" if status.probes else ""
    if status.code is None or where:
        value = "[!0]" if status.code is None else f"[{status.code}]"
        yield status.number, "status", value, f"{'any but 0' if status.code is None else 'this'}{where}"
