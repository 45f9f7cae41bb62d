# SPDX-License-Identifier: MIT
"""Colours for the line being typed, from the tokens and declarations that will read it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.lexers import Lexer

from nsh.errors import NshError
from nsh.grammar import Token
from nsh.repl.colours import line_pieces
from nsh.repl.reading import Command, Reading

if TYPE_CHECKING:
    from nsh.registry import Registry
    from nsh.session.session import Session


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
        return [
            [(f"class:nsh.{role}" if role else "", piece) for role, piece in pieces]
            for pieces in line_pieces(text, self._read)
        ]

    def _read(self, command: Command) -> list[tuple[Token, str]]:
        return Reading(self._registry, self._session, command, self._is_program).styles

    def _is_program(self, word: str) -> bool:
        """Asked once for each word: behind it is a question to the place we sit in."""
        if word not in self._programs:
            try:
                self._programs[word] = bool(word) and self._session.find_program(word)
            except NshError:  # the engine will say it, when the line is run
                self._programs[word] = False
        return self._programs[word]
