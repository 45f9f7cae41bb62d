# SPDX-License-Identifier: MIT
"""What kind of word each piece of a prompt and of a typed line is; the palette's roles, for whoever paints them.

The prompt asks with its session, which knows places and programs. A page or a
recording is read about, in no session: `reading_about` takes what the page
itself tells.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Iterator
from typing import TYPE_CHECKING

from nsh import nstypes
from nsh.errors import NshError
from nsh.grammar import Token, tokenize
from nsh.repl.reading import Command, Reading, commands

if TYPE_CHECKING:
    from nsh.registry import Registry

Span = tuple[int, int, str]
"""From, to, role."""

Piece = tuple[str, str]
"""(role, text); the role is empty for what has no colour."""

Read = Callable[[Command], list[tuple[Token, str]]]
"""Gives the words of a command their roles."""

_NEW_PLACE = re.compile(r"\bnew\s+[a-z,]+\s+(?P<name>[A-Za-z_][\w.-]*)(?:\[(?P<first>\d+)\.\.(?P<last>\d+)\])?")
_PROMPT_PLACE = re.compile(r"^nsh\[(?P<name>[A-Za-z_][\w.-]*)\]>", re.MULTILINE)
_NETNS_ADD = re.compile(r"\bip netns add (?P<name>[A-Za-z_][\w.-]*)")
_LAB = re.compile(r"(?:^|> )lab \w", re.MULTILINE)
_LAB_PLACE = re.compile(r"\b[hs]\d+\b")
"""Hosts and switches, as labs call them."""
_LONGEST_RANGE = 1000


def prompt_pieces(text: str, has_failed: bool = False) -> list[Piece]:
    """`nsh[box]>` by its words, each type in its own role, with the blank behind it; the `>` tells of a failure."""
    before, bracket, rest = text.removesuffix(">").partition("[")
    inside, end = (rest.removesuffix("]"), "]") if bracket else ("", "")
    shown = [("prompt", before + bracket)]
    for number, part in enumerate(inside.split(",") if inside else []):
        kind = part.partition(":")[0]
        shown += [("prompt", ",")] if number else []
        shown += [(kind if kind in nstypes.BY_NAME else "place", part)]
    return [*shown, ("prompt", end), ("failed" if has_failed else "prompt", ">"), ("", " ")]


def line_pieces(text: str, read: Read) -> list[list[Piece]]:
    """The pieces of each line of a command."""
    lines: list[list[Piece]] = [[]]
    for start, end, role in _without_gaps(_spans(text, read), len(text)):
        first, *others = text[start:end].split("\n")
        lines[-1].append((role, first))
        lines += [[(role, other)] for other in others]
    return [[piece for piece in line if piece[1]] for line in lines]


def reading_about(registry: Registry, places: Container[str] = ()) -> Read:
    """For a line that somebody else typed: `places` are the names it may use; what is no command is a program."""

    def read(command: Command) -> list[tuple[Token, str]]:
        return Reading(registry, None, command, lambda _: True, places.__contains__).styles

    return read


def places_in(text: str) -> set[str]:
    """The names of the places that a page makes or sits in, as far as its lines tell."""
    found = {match["name"] for pattern in (_PROMPT_PLACE, _NETNS_ADD) for match in pattern.finditer(text)}
    if _LAB.search(text):
        found |= set(_LAB_PLACE.findall(text))
    for match in _NEW_PLACE.finditer(text):
        if match["first"] is None:
            found.add(match["name"])
        else:
            first, last = int(match["first"]), int(match["last"])
            found |= {f"{match['name']}{number}" for number in range(first, min(last, first + _LONGEST_RANGE) + 1)}
    return found


def _spans(text: str, read: Read) -> Iterator[Span]:
    tokens = tokenize(text, tolerant=True)
    roles = {token.start: "operator" if token.kind == "op" else token.kind for token in tokens}
    for command in commands(tokens):
        roles.update((target.start, "path") for target in command.targets)
        roles.update((word.start, role) for word, role in _read(command, read))
    for token in tokens:
        yield from _token_spans(token, roles[token.start])


def _read(command: Command, read: Read) -> list[tuple[Token, str]]:
    try:
        return read(command)
    except NshError:  # a command file of the user's that cannot be read; the engine will say why
        return []


def _token_spans(token: Token, role: str) -> Iterator[Span]:
    """The token in its role, with quotations, variables and what is wrong in theirs."""
    if role == "type" and token.raw == token.text:
        yield from _type_spans(token)
        return
    if token.quoted and role in ("text", "word", "error"):
        role = "string"
    inside = [(part.start, part.end, "variable") for part in token.parts if part.kind == "variable"]
    if token.problem is not None:
        start, end = token.problem.span
        is_here = start < token.end and token.start < end
        inside = [(max(start, token.start), min(end, token.end), "error")] if is_here else []
    at = token.start
    for start, end, name in inside:
        yield at, start, role
        yield start, end, name
        at = end
    yield at, token.end, role


def _type_spans(token: Token) -> Iterator[Span]:
    """Each type of a list in its own role."""
    at = token.start
    for word in token.raw.split(","):
        yield at, at + len(word), word if word in nstypes.BY_NAME else "type"
        at += len(word)
        yield at, min(at + 1, token.end), "text"
        at += 1


def _without_gaps(spans: Iterable[Span], length: int) -> Iterator[Span]:
    """The same spans, with what lies between them."""
    at = 0
    for start, end, role in spans:
        if start > at:
            yield at, start, ""
        if end > start:
            yield start, end, role
        at = end
    if at < length:
        yield at, length, ""
