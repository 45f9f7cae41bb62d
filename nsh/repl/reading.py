# SPDX-License-Identifier: MIT
"""What each word of an unfinished line is, and what may come next.

Colours and completion both ask here, and here only the registry's
declarations are asked: the line is read in the engine's order (command, place,
program), as far as it goes, without an error.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from nsh.arguments import HELP, looks_like_option
from nsh.errors import NshError
from nsh.grammar import tokenize
from nsh.session.places import is_pinned
from nsh.words import word_type

if TYPE_CHECKING:
    from nsh.grammar import Token
    from nsh.registry import Form, Registry
    from nsh.session.session import Session
    from nsh.synopsis import Option, Slot

_SEPARATORS = (";", "\n", "&&", "||", "&", "|")
_BEFORE_A_FILE = ("<", ">", ">>", "2>", "2>>")


class Command:
    """The words of one command in a line, and the files of its redirections.

    `is_filter`: it stands behind a `|`, where only a program can. `wants_file`:
    it ends in a redirection without its file.
    """

    __slots__ = ("is_filter", "targets", "wants_file", "words")

    def __init__(self, is_filter: bool = False) -> None:
        self.words: list[Token] = []
        self.targets: list[Token] = []
        self.is_filter = is_filter
        self.wants_file = False


def commands(tokens: Sequence[Token]) -> list[Command]:
    """The commands of an unfinished line; the last is the one being typed."""
    found = [Command()]
    for token in tokens:
        if token.kind == "op" and token.raw in _SEPARATORS:
            found.append(Command(is_filter=token.raw == "|"))
        elif token.kind == "op":
            found[-1].wants_file = token.raw in _BEFORE_A_FILE
        elif token.kind == "comment":
            continue
        elif found[-1].wants_file:
            found[-1].targets.append(token)
            found[-1].wants_file = False
        else:
            found[-1].words.append(token)
    return found


class Next:
    """What may stand at the end of the line.

    `first`: a line begins: commands, places, programs. `program`: a program's
    name. `arguments`: a program's arguments. `literals`: a further word of a
    command that begins with `words`. `slots`, `options`: what `form` declares
    and has not got yet. `value`: only an option's value. `given`: the words of
    the command so far, options not among them. `place`: where the line runs, if
    the words before say so.
    """

    __slots__ = (
        "arguments",
        "first",
        "form",
        "given",
        "literals",
        "options",
        "place",
        "program",
        "slots",
        "value",
        "words",
    )

    def __init__(self) -> None:
        self.first = False
        self.program = False
        self.arguments = False
        self.literals: list[str] = []
        self.slots: list[Slot] = []
        self.options: list[Option] = []
        self.value: Slot | None = None
        self.form: Form | None = None
        self.given: tuple[str, ...] = ()
        self.place: str | None = None
        self.words: tuple[str, ...] = ()


class Reading:
    """One command of a line, read: a style for each word, and what may come `next`.

    `is_program(word)` says whether the place we sit in has such a program. A line
    that is only read about has no session; `is_place` says then what is a place.
    """

    def __init__(
        self,
        registry: Registry,
        session: Session | None,
        command: Command,
        is_program: Callable[[str], bool],
        is_place: Callable[[str], bool] | None = None,
    ) -> None:
        self._registry = registry
        self._session = session
        self._is_program = is_program
        self._is_place = is_place or self._is_known_place
        self.styles: list[tuple[Token, str]] = []
        self.next = Next()
        self._expanded: set[str] = set()
        if command.is_filter:
            self._tail(command.words)
        else:
            self._line(command.words)

    def _line(self, words: Sequence[Token]) -> None:
        if not words:
            self.next.first = True
        elif words[0].raw.startswith("!"):
            self._forced(words)
        elif self._is_command(words):
            self._command(words)
        elif words[0].text == "host" or self._is_place(words[0].text):
            self._style(words[0], "name")
            self.next.place = words[0].text
            self._line(words[1:])
        else:
            self._program(words)

    def _is_known_place(self, word: str) -> bool:
        return self._session is not None and (word in self._session.places or is_pinned(word))

    def _is_command(self, words: Sequence[Token]) -> bool:
        first = words[0].text
        if first not in self._registry.first_words():
            return False
        return len(words) == 1 or any(
            not form.shares_program or form.words[1] == words[1].text for form in self._registry.forms(first)
        )

    def _forced(self, words: Sequence[Token]) -> None:
        """`!CMD`; after the mark alone a program may still be typed, behind a blank nothing is right."""
        if words[0].text != "!":
            self._program(words)
            return
        self._style(words[0], "unknown" if words[1:] else "operator")

    def _program(self, words: Sequence[Token]) -> None:
        name = words[0].text.removeprefix("!")
        self._style(words[0], "program" if self._is_program(name) else "unknown")
        self.next.arguments = True
        for word in words[1:]:
            self._style(word, "option" if word.raw.startswith("-") else "text")

    def _command(self, words: Sequence[Token]) -> None:
        texts = [word.text for word in words]
        found = self._registry.match(texts)
        if found is None:
            self._begun(words, texts)
            return
        form, count = found
        if form.expansion is not None:
            return self._alias(form, words)
        for word in words[:count]:
            self._style(word, "command")
        if len(words) == count:
            self._further(texts)
        self._bind(form, words[count:])

    def _alias(self, form: Form, words: Sequence[Token]) -> None:
        """What follows an alias follows the last command of its line."""
        self._style(words[0], "command")
        if form.name in self._expanded:  # it stands for itself, round about
            return
        self._expanded.add(form.name)
        mine, kept = self.styles, commands(tokenize(form.expansion or "", tolerant=True))[-1]
        self.styles = []
        line = self._tail if kept.is_filter else self._line
        line([*kept.words, *words[1:]])
        self.styles = [*mine, *(each for each in self.styles if each[0] not in kept.words)]

    def _begun(self, words: Sequence[Token], texts: list[str]) -> None:
        """The words begin a command that has further ones, or go on with what is none of them."""
        known = 1
        while known < len(words) and texts[known] in self._registry.next_words(texts[:known]):
            known += 1
        for at, word in enumerate(words):
            self._style(word, "command" if at < known else "unknown")
        if known == len(words):
            self._further(texts)

    def _further(self, texts: Sequence[str]) -> None:
        """A word of the command may follow; behind its first, arguments of a program that shares its name, too."""
        self.next.words = tuple(texts)
        self.next.literals = self._registry.next_words(texts)
        self.next.arguments = len(texts) == 1 and any(form.shares_program for form in self._registry.forms(texts[0]))

    def _bind(self, form: Form, words: Sequence[Token]) -> None:
        """Give each word of a form its slot or option."""
        line_at = next((at for at, slot in enumerate(form.pattern.slots) if slot.type == "line"), None)
        positional: list[Token] = []
        given: set[str] = set()
        pending: Option | None = None
        for at, word in enumerate(words):
            if pending is not None and pending.value is not None:
                self._style(word, _style_of(pending.value, word, self._session))
                pending = None
            elif len(positional) == line_at:
                self._positional(form, positional)
                self.next.place = positional[0].text if positional else None
                return self._line(words[at:])
            elif word.raw == "--" and form.pattern.tail is not None:
                self._style(word, "option")
                self._positional(form, positional)
                return self._tail(words[at + 1 :])
            elif looks_like_option(word) or form.pattern.option(word.text) is not None:
                pending = self._option(form, word, given)
            else:
                positional.append(word)
        self._positional(form, positional)
        self._then(form, positional, given, pending)

    def _positional(self, form: Form, words: Sequence[Token]) -> None:
        slots = form.pattern.slots_for(len(words))
        for at, word in enumerate(words):
            self._style(word, _style_of(slots[at], word, self._session) if at < len(slots) else "unknown")

    def _tail(self, words: Sequence[Token]) -> None:
        if words:
            self._program(words)
        else:
            self.next.program = True

    def _option(self, form: Form, word: Token, given: set[str]) -> Option | None:
        name, equals, _ = word.text.partition("=")
        option = form.pattern.option(name)
        if option is None and len(name) > 2 and name[1] != "-":  # `-c3`
            joined = form.pattern.option(name[:2])
            option, equals = (joined, "=") if joined is not None and joined.value is not None else (None, equals)
        known = option is not None or name in HELP or (name == "--json" and form.shows)
        self._style(word, "option" if known else "unknown")
        if option is None:
            return None
        given.update(option.names if not option.repeat else (), option.excludes)
        return option if option.value is not None and not equals else None

    def _then(self, form: Form, words: Sequence[Token], given: set[str], pending: Option | None) -> None:
        after = self.next
        after.form = form
        after.given = (*form.words, *(word.text for word in words))
        if pending is not None:
            after.value = pending.value
            return
        after.options = [option for option in form.pattern.options if not given.intersection(option.names)]
        at = len(words)
        # However many words are still to come: each number may give the next one another slot.
        for total in range(at + 1, at + 2 + len(form.pattern.slots)):
            slots = form.pattern.slots_for(total)
            if len(slots) > at and slots[at] not in after.slots and self._fit(slots, words):
                after.slots.append(slots[at])
        after.first = any(slot.type == "line" for slot in after.slots)

    def _fit(self, slots: Sequence[Slot], words: Sequence[Token]) -> bool:
        """Whether the words could stand in these slots."""
        return all(_style_of(slot, word, self._session) != "unknown" for slot, word in zip(slots, words, strict=False))

    def _style(self, word: Token, style: str) -> None:
        self.styles.append((word, style))


def _style_of(slot: Slot, word: Token, session: Session | None) -> str:
    """The colour of a word in its slot; `unknown` where it is known, without asking anybody, not to fit."""
    kind = word_type(slot.type)
    if kind.is_pure or (kind.is_known_here and session is not None):
        try:
            if session is None:
                kind.parse(word.text)
            else:
                kind.read(session, word.text, word)
        except NshError:
            return "text" if word.variables else "unknown"
    return kind.style
