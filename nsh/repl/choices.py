# SPDX-License-Identifier: MIT
"""The words that could stand at the end of a line, each with a remark."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from nsh.errors import NshError
from nsh.repl import view
from nsh.words import word_type

if TYPE_CHECKING:
    from nsh.registry import Form, Registry
    from nsh.repl.reading import Next
    from nsh.session.session import Session
    from nsh.synopsis import Option, Slot

_LISTS = ("types",)
"""Word types after which a comma may follow."""


class Choice(NamedTuple):
    """A word, the remark beside it, and whether a blank may follow it."""

    text: str
    remark: str
    is_whole: bool = True


class Choices:
    """Candidates from the registry's declarations and the session's state."""

    def __init__(self, registry: Registry, session: Session) -> None:
        self._registry = registry
        self._session = session

    def after(self, following: Next, prefix: str) -> Iterator[Choice]:
        """What `following` allows and `prefix` begins, commands before places before programs, options last."""
        if following.value is not None:
            yield from self._slot(following.value, following, prefix)
            return
        if following.first:
            yield from self._first(prefix)
        if following.program:
            yield from self.programs(prefix)
        yield from self._literals(following, prefix)
        if following.arguments and (prefix or not following.literals):
            yield from self.files(prefix)
        for slot in following.slots:
            yield from self._slot(slot, following, prefix)
        if following.form is not None and not following.first:
            yield from _options(following.form, following.options, prefix)

    def programs(self, prefix: str) -> Iterator[Choice]:
        """Programs on PATH, or files where the prefix is a path."""
        if "/" in prefix:
            yield from self.files(prefix)
        else:
            yield from (Choice(name, folder) for name, folder in view.programs(self._session, prefix))

    def files(self, prefix: str) -> Iterator[Choice]:
        """Files and directories where we sit."""
        for path, kind in view.files(self._session, prefix):
            yield Choice(path, kind, not path.endswith("/"))

    def _first(self, prefix: str) -> Iterator[Choice]:
        """Commands and places; programs, of which there are thousands, where no other word begins so."""
        ours = [word for word in sorted(self._registry.first_words()) if word.startswith(prefix)]
        for word in ours:
            yield from self._command(word, prefix)
        places = list(self._typed("place", (), prefix))
        yield from places
        if not ours and not places:
            yield from self.programs(prefix)

    def _command(self, first: str, prefix: str) -> Iterator[Choice]:
        """A command with what it does, or its further words; a synonym only where its beginning was typed."""
        try:
            forms = self._registry.forms(first)
        except NshError as error:  # a command file of the user's
            yield Choice(first, error.message)
            return
        if prefix or not any(first in form.synonyms for form in forms):
            words = self._registry.next_words([first])
            yield Choice(first, ", ".join(words) if words and len(forms) > 1 else _summary(forms[:1]))

    def _literals(self, following: Next, prefix: str) -> Iterator[Choice]:
        for word in following.literals:
            if word.startswith(prefix):
                words = (*following.words, word)
                form, count = self._registry.match(words) or (None, 0)
                more = ", ".join(self._registry.next_words(words))
                yield Choice(word, _summary([form]) if form is not None and count == len(words) else more)

    def _slot(self, slot: Slot, following: Next, prefix: str) -> Iterator[Choice]:
        if slot.type == "path":  # of the place we sit in, whose files they are
            yield from self.files(prefix)
            return
        found = self._typed(slot.type, following.given, prefix)
        if slot.type == "endpoint" and following.place is not None and ":" not in prefix:  # `on web link up eth0`
            there = f"{following.place}:"
            for choice in self._typed(slot.type, following.given, there + prefix):
                yield Choice(choice.text.removeprefix(there), choice.remark)
            found = (choice for choice in found if choice.text.endswith(":"))
        yield from found

    def _typed(self, name: str, before: tuple[str, ...], prefix: str) -> Iterator[Choice]:
        kind = word_type(name)
        by_letters = kind.by_letters and "/" not in prefix and not prefix.isdecimal()
        found = kind.complete_after(self._session, before, "" if by_letters else prefix)
        if by_letters:
            found = nearest_first(prefix, found)
        for text, remark in found:
            is_path = "/" in prefix
            yield Choice(
                text,
                remark or ("" if not is_path else "directory" if text.endswith("/") else "file"),
                name not in _LISTS and not text.endswith(("/", ":")),
            )


def _summary(forms: Sequence[Form]) -> str:
    """The first line of help, without its full stop."""
    return "".join(form.summary.rstrip(".") for form in forms)


def nearest_first(typed: str, choices: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """The choices that have the typed letters in this order: at their start, together, anywhere."""
    typed = typed.lower()
    ranked: list[tuple[int, int, tuple[str, str]]] = []
    for order, choice in enumerate(choices):
        rank = _distance(typed, choice[0].lower())
        if rank is not None:
            ranked.append((rank, order, choice))
    return [choice for _, _, choice in sorted(ranked)]


def _distance(typed: str, text: str) -> int | None:
    if text.startswith(typed):
        return 0
    if typed in text:
        return 1
    letters = iter(text)
    return 2 if all(letter in letters for letter in typed) else None


def _options(form: Form, options: Iterable[Option], prefix: str) -> Iterator[Choice]:
    """Options are offered for a `-`, or where nothing was typed yet."""
    for option in options:
        long = option.names[-1]
        for name in option.names:
            if name.startswith(prefix) and (name == long or prefix == name):
                yield Choice(name, _about_option(form, option))
    if prefix and form.shows and "--json".startswith(prefix):
        yield Choice("--json", "the same as JSON")
    if prefix and "--help".startswith(prefix):
        yield Choice("--help", f"about {form.name}")
    if form.pattern.tail is not None and "--".startswith(prefix):
        yield Choice("--", "then a program and its arguments")


def _about_option(form: Form, option: Option) -> str:
    """What the description says of the option: the clause that names it; else how it is written."""
    named = re.compile(rf"(?<![-\w])({'|'.join(map(re.escape, option.names))})(?![-\w])")
    prose = "\n".join(line for line in form.description.splitlines() if not line.startswith(" "))
    for clause in re.split(r"[.;:]\s", prose):
        if named.search(clause):
            return " ".join(clause.split()).rstrip(".;:")
    return option.usage.strip("[].")
