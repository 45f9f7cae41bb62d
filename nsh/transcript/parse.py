# SPDX-License-Identifier: MIT
"""Reads a page into a Document; whatever cannot be read is an error with its line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from nsh.grammar import tokenize
from nsh.transcript.check import check
from nsh.transcript.document import BadDocument, Block, Document, Line, Role, Status, Step
from nsh.transcript.frontmatter import BadHead, duration, read_head
from nsh.transcript.markdown import Fence, fences
from nsh.transcript.suffixes import read_line, read_status

PROMPT = re.compile(r"^(?P<prompt>nsh(?:\[[^\[\]\s]+\])?>)(?: (?P<command>.*))?$")
CONTINUATION = "...> "
HOST_SESSION = "host"
_ROLES = {role.value: role for role in Role if role is not Role.PLAY}
_BLOCK_KEYS = ("session", "if", "timeout", "eventually", "proves")
_STEP_KEYS = ("if", "timeout", "eventually")


class _Wrong(Exception):
    """A line of a block is wrong."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(why)
        self.line = line
        self.why = why


def read_document(path: Path) -> Document:
    """The transcript in a file. Raises BadDocument, and OSError if there is no such file."""
    data = path.read_bytes()
    try:
        return parse(path, data.decode("utf-8-sig"))
    except UnicodeDecodeError as problem:
        line = data.count(b"\n", 0, problem.start) + 1
        raise BadDocument(path, line, f"not UTF-8: {problem.reason}") from None


def parse(path: Path, text: str) -> Document:
    """The transcript that `text` is. Raises BadDocument."""
    lines = text.splitlines()
    try:
        head, start = read_head(lines)
        blocks = tuple(_block(fence) for fence in fences(lines, start) if fence.info.split()[:1] == ["nsh"])
        document = Document(path, text, head, blocks)
    except (BadHead, _Wrong) as problem:
        raise BadDocument(path, problem.line, problem.why) from None
    check(document)
    return document


def _block(fence: Fence) -> Block:
    if not fence.closed:
        raise _Wrong(fence.first, "this fence has no end")
    roles, options = _attributes(fence)
    role = _ROLES[roles[0]] if roles else Role.PLAY
    defaults = {key: options[key] for key in _STEP_KEYS if key in options and key != "if"}
    steps = tuple(_steps(fence, defaults))
    return Block(
        first=fence.first,
        last=fence.last,
        session=options.get("session", HOST_SESSION),
        role=role,
        steps=steps,
        heading=fence.heading,
        condition=tuple(options["if"].split(",")) if "if" in options else (),
        proves=tuple(options["proves"].split(",")) if "proves" in options else (),
    )


def _attributes(fence: Fence) -> tuple[list[str], dict[str, str]]:
    """The role words and the `key=value` words behind `nsh`."""
    roles: list[str] = []
    options: dict[str, str] = {}
    for word in fence.info.split()[1:]:
        key, equals, value = word.partition("=")
        if not equals and key in _ROLES and not roles:
            roles.append(key)
        elif equals and key in _BLOCK_KEYS and value and key not in options:
            options[key] = value
        else:
            known = ", ".join([*_ROLES, *(f"{key}=" for key in _BLOCK_KEYS)])
            raise _Wrong(fence.first, f"{word!r} is no attribute of a block, or one too many (known: {known})")
    return roles, options


def _steps(fence: Fence, defaults: dict[str, str]) -> list[Step]:
    """The block cut at its prompts."""
    starts = [at for at, line in enumerate(fence.lines) if PROMPT.match(line)]
    first = starts[0] if starts else len(fence.lines)
    for at, line in enumerate(fence.lines[:first]):
        if line.strip():
            raise _Wrong(fence.first + 1 + at, "output before the first prompt, which is `nsh>` or `nsh[PLACE]>`")
    if not starts:
        raise _Wrong(fence.first, "no prompt in this block")
    ends = [*starts[1:], len(fence.lines)]
    number = fence.first + 1
    return [_step(number + at, fence.lines[at:end], defaults) for at, end in zip(starts, ends, strict=True)]


def reread_step(number: int, lines: Sequence[str]) -> Step:
    """One step from its lines alone. Raises ValueError where they cannot be read."""
    try:
        return _step(number, lines, {})
    except _Wrong as problem:
        raise ValueError(f"line {problem.line}: {problem.why}") from None


def _step(number: int, lines: Sequence[str], defaults: dict[str, str]) -> Step:
    match = PROMPT.match(lines[0])
    if match is None:
        raise _Wrong(number, "a step begins with a prompt")
    typed = [match["command"] or ""]
    while len(typed) < len(lines) and lines[len(typed)].startswith(CONTINUATION):
        typed.append(lines[len(typed)].removeprefix(CONTINUATION))
    command, options, verbatim = _with_options(number, typed, defaults)
    body = _body(number + len(typed), lines[len(typed) :])
    shown = tuple(item for item in body if isinstance(item, Line))
    statuses = tuple(item for item in body if isinstance(item, Status))
    if not command.strip() and (shown or statuses):
        raise _Wrong(number, "a bare prompt shows nothing: there is no command")
    return Step(
        number=number,
        last=max([number + len(typed) - 1, *(item.number for item in body)]),
        prompt=match["prompt"],
        command=command,
        lines=shown,
        statuses=statuses,
        eventually=_seconds(number, options, "eventually"),
        timeout=_seconds(number, options, "timeout"),
        condition=tuple(options["if"].split(",")) if "if" in options else (),
        verbatim=verbatim,
    )


def _with_options(number: int, typed: list[str], defaults: dict[str, str]) -> tuple[str, dict[str, str], bool]:
    """What is typed without its `#: key=value` comment, and what that comment says."""
    options, verbatim = dict(defaults), False
    text = "\n".join(typed)
    comment = next((token for token in tokenize(text, tolerant=True) if token.kind == "comment"), None)
    if comment is None or not comment.raw.startswith("#:"):
        return text.rstrip(), options, verbatim
    for word in comment.raw.removeprefix("#:").split():
        key, _, value = word.partition("=")
        if key in _STEP_KEYS and value:
            options[key] = value
        elif word == "eq":
            verbatim = True
        else:
            known = ", ".join([*(f"{key}=" for key in _STEP_KEYS), "eq"])
            raise _Wrong(number, f"{word!r} is no option of a command (known: {known})")
    return text[: comment.start].rstrip(), options, verbatim


def _body(number: int, lines: Sequence[str]) -> list[Line | Status]:
    """The expected lines without the blank ones at the end; the last ones may be exit statuses."""
    kept = list(lines)
    while kept and not kept[-1].strip():
        kept.pop()
    body: list[Line | Status] = []
    ending = True
    for at, source in reversed(list(enumerate(kept))):
        status = read_status(number + at, source) if ending else None
        # Only the very last line may be a status without a condition.
        ending = status is not None and (not body or bool(status.probes))
        body.append(status if status is not None and ending else _line(number + at, source))
    return body[::-1]


def _line(number: int, source: str) -> Line:
    try:
        return read_line(number, source.expandtabs())
    except ValueError as problem:
        raise _Wrong(number, str(problem)) from None


def _seconds(number: int, options: dict[str, str], key: str) -> float | None:
    try:
        return duration(options[key]) if key in options else None
    except ValueError as problem:
        raise _Wrong(number, f"{key}: {problem}") from None
