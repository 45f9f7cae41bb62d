# SPDX-License-Identifier: MIT
"""Completion at the prompt: where the word begins, what could be there, how it is spelled."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from nsh.errors import NshError
from nsh.grammar import Token, quote, tokenize
from nsh.repl.choices import Choice, Choices
from nsh.repl.reading import Reading, commands

if TYPE_CHECKING:
    from nsh.registry import Registry
    from nsh.session.session import Session


class NshCompleter(Completer):
    """Commands, sub-words, options and values where they may stand; places of the right type; files; programs."""

    def __init__(self, registry: Registry, session: Session) -> None:
        self._registry = registry
        self._session = session
        self._choices = Choices(registry, session)

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterator[Completion]:
        """All that fits; a blank follows where there is only one and the word is whole."""
        text = document.text_before_cursor
        tokens = tokenize(text, tolerant=True)
        if tokens and tokens[-1].kind == "comment":
            return
        word = _word_at_end(tokens, text)
        prefix = word.text if word else ""
        start = (word.start if word else len(text)) - len(text)
        found = self._find(tokens[:-1] if word else tokens, prefix)
        for choice in found:
            blank = " " if len(found) == 1 and choice.is_whole else ""
            yield Completion(_spelled(choice, prefix) + blank, start, _shown(choice), choice.remark)

    def _find(self, before: list[Token], prefix: str) -> list[Choice]:
        command = commands(before)[-1]
        if prefix.startswith("$"):
            names = {**self._session.seat.environment, **self._session.variables}
            ours = [*self._session.variables, *sorted(names)] if prefix != "$" else [*self._session.variables]
            return [Choice(f"${name}", names[name]) for name in dict.fromkeys(ours) if f"${name}".startswith(prefix)]
        if command.wants_file:
            return list(self._choices.files(prefix))
        try:
            following = Reading(self._registry, self._session, command, lambda _: True).next
        except NshError:  # a command file of the user's that cannot be read; the engine will say why
            return []
        if following.first and prefix.startswith("!"):
            return list(self._choices.programs(prefix[1:]))
        found: dict[str, Choice] = {}
        for choice in self._choices.after(following, prefix):
            found.setdefault(choice.text, choice)
        return list(found.values())


def _word_at_end(tokens: list[Token], text: str) -> Token | None:
    """The word that the cursor stands behind, if it stands behind one."""
    last = tokens[-1] if tokens else None
    return last if last is not None and last.kind in ("word", "error") and last.end == len(text) else None


def _spelled(choice: Choice, prefix: str) -> str:
    """The word as it must be typed, behind what the prefix began with."""
    if prefix.startswith("!"):
        return f"!{quote(choice.text)}"
    return choice.text if prefix.startswith("$") else quote(choice.text)


def _shown(choice: Choice) -> str:
    """Of a path, its last part."""
    _, slash, tail = choice.text.rstrip("/").rpartition("/")
    return f"{tail}/" if slash and choice.text.endswith("/") else tail
