# SPDX-License-Identifier: MIT
"""Colours for the line being typed, from the tokens and declarations that will read it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.lexers import Lexer

from nsh import nstypes
from nsh.errors import NshError
from nsh.grammar import Token, tokenize
from nsh.repl.reading import Command, Reading, commands

if TYPE_CHECKING:
    from nsh.registry import Registry
    from nsh.session.session import Session

Span = tuple[int, int, str]
"""From, to, style."""


class NshLexer(Lexer):
    """Good for one prompt: what a word is may be another thing at the next."""

    def __init__(self, registry: Registry, session: Session) -> None:
        self._registry = registry
        self._session = session
        self._programs: dict[str, bool] = {}

    def lex_document(self, document: Document) -> Callable[[int], StyleAndTextTuples]:
        """The styled pieces of each line of the document."""
        lines = self.lines(document.text)
        return lambda number: lines[number] if number < len(lines) else []

    def lines(self, text: str) -> list[StyleAndTextTuples]:
        """The styled pieces of each line of a text."""
        lines: list[StyleAndTextTuples] = [[]]
        for start, end, style in _without_gaps(self._spans(text), len(text)):
            first, *others = text[start:end].split("\n")
            lines[-1].append((style, first))
            lines += [[(style, other)] for other in others]
        return [[piece for piece in line if piece[1]] for line in lines]

    def _spans(self, text: str) -> Iterator[Span]:
        tokens = tokenize(text, tolerant=True)
        styles = {token.start: "operator" if token.kind == "op" else token.kind for token in tokens}
        for command in commands(tokens):
            styles.update((target.start, "path") for target in command.targets)
            styles.update((word.start, style) for word, style in self._read(command))
        for token in tokens:
            yield from _token_spans(token, styles[token.start])

    def _read(self, command: Command) -> list[tuple[Token, str]]:
        try:
            return Reading(self._registry, self._session, command, self._is_program).styles
        except NshError:  # a command file of the user's that cannot be read; the engine will say why
            return []

    def _is_program(self, word: str) -> bool:
        """Asked once for each word: behind it is a question to the place we sit in."""
        if word not in self._programs:
            try:
                self._programs[word] = bool(word) and self._session.find_program(word)
            except NshError:  # the engine will say it, when the line is run
                self._programs[word] = False
        return self._programs[word]


def _token_spans(token: Token, style: str) -> Iterator[Span]:
    """The token in its style, with quotations, variables and what is wrong in theirs."""
    if style == "type" and token.raw == token.text:
        yield from _type_spans(token)
        return
    if token.quoted and style in ("text", "word", "error"):
        style = "string"
    inside = [(part.start, part.end, "variable") for part in token.parts if part.kind == "variable"]
    if token.problem is not None:
        start, end = token.problem.span
        is_here = start < token.end and token.start < end
        inside = [(max(start, token.start), min(end, token.end), "error")] if is_here else []
    at = token.start
    for start, end, name in inside:
        yield at, start, style
        yield start, end, name
        at = end
    yield at, token.end, style


def _type_spans(token: Token) -> Iterator[Span]:
    """Each type of a list in its own colour."""
    at = token.start
    for word in token.raw.split(","):
        yield at, at + len(word), word if word in nstypes.BY_NAME else "type"
        at += len(word)
        yield at, min(at + 1, token.end), "text"
        at += 1


def _without_gaps(spans: Sequence[Span] | Iterator[Span], length: int) -> Iterator[Span]:
    """The same spans as style classes, with what lies between them."""
    at = 0
    for start, end, style in spans:
        if start > at:
            yield at, start, ""
        if end > start:
            yield start, end, f"class:nsh.{style}"
        at = end
    if at < length:
        yield at, length, ""
