# SPDX-License-Identifier: MIT
"""Command forms: one declaration feeds parser, completion, highlighting and help.

    @command("uts hostname [<name:text>]", man=("sethostname(2)",), category="uts")
    def hostname(session: Session, name: str | None = None) -> Result:
        \"""Show or set the hostname.

            nsh> uts hostname web1
        \"""

A form whose synopsis and parameters disagree, whose words are taken, or which
shows no example cannot be imported.
"""

from __future__ import annotations

import sys

from nsh.synopsis import SynopsisError, parse_synopsis
from nsh.words import is_word_type

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any, Protocol, TypeVar

    from nsh.results import Result

    class Loader(Protocol):
        """What imports command modules."""

        def load(self, first: str) -> None:
            """Import what declares this first word, if anything does."""

        def first_words(self) -> tuple[str, ...]:
            """The first words it can load."""

    Function = TypeVar("Function", bound=Callable[..., Result])


class RegistryError(Exception):
    """A command module declares what cannot be: a mistake in that module."""


class Form:
    """One form of a command, as declared.

    `summary` is the first line of the docstring, `description` the rest without
    its indentation, `examples` the lines in it that start with a prompt.
    `expansion` is the line that an alias stands for, None for a command.
    """

    __slots__ = (
        "category",
        "description",
        "examples",
        "expansion",
        "function",
        "man",
        "pattern",
        "shares_program",
        "shows",
        "summary",
        "synonyms",
    )

    def __init__(
        self,
        synopsis: str,
        function: Callable[..., Any],
        *,
        man: Iterable[str] = (),
        category: str = "",
        shares_program: bool = False,
        shows: bool = True,
        synonyms: Iterable[str] = (),
    ) -> None:
        self.pattern = parse_synopsis(synopsis)
        self.function = function
        self.man = tuple(man)
        self.category = category
        self.shares_program = shares_program
        self.shows = shows
        self.synonyms = tuple(synonyms)
        self.expansion: str | None = None
        self.summary, self.description, self.examples = _read_docstring(function.__doc__ or "")
        _check(self)

    def __repr__(self) -> str:
        return f"<Form {self.name}>"

    @property
    def words(self) -> tuple[str, ...]:
        """The literal words it begins with."""
        return self.pattern.words

    @property
    def name(self) -> str:
        """The literal words as typed: `ls ns`."""
        return " ".join(self.pattern.words)

    @property
    def usage(self) -> str:
        """The synopsis for people: `new TYPES [NAME] …`."""
        return self.pattern.usage

    def is_also_program(self, first: str) -> bool:
        """Is the word it was called by also a program's? A synonym is none."""
        return self.shares_program and first == self.words[0]

    def spellings(self) -> list[tuple[str, ...]]:
        """The literal words, and the same with each synonym of the first."""
        return [(first, *self.words[1:]) for first in (self.words[0], *self.synonyms)]


class Registry:
    """All forms known so far.

    `loader` knows more first words than those and imports what declares them
    when they are asked for (the engine sets it); without one, what was added is
    all.
    """

    def __init__(self) -> None:
        self._forms: dict[str, dict[tuple[str, ...], Form]] = {}
        self.loader: Loader | None = None

    def first_words(self) -> tuple[str, ...]:
        """Every first word there is; imports nothing."""
        more = self.loader.first_words() if self.loader is not None else ()
        return tuple(dict.fromkeys((*more, *self._forms)))

    def add(self, form: Form) -> None:
        """Take in a form. RegistryError where its words are taken by another."""
        for words in form.spellings():
            if words in self._forms.get(words[0], {}):
                raise RegistryError(f"two commands are called {' '.join(words)!r}")
        for words in form.spellings():
            self._forms.setdefault(words[0], {})[words] = form

    def remove(self, first: str) -> None:
        """Forget all forms that begin with this word."""
        self._forms.pop(first, None)

    def loaded(self, first: str) -> tuple[Form, ...]:
        """The forms that begin with this word, of those known so far; imports nothing."""
        return tuple(self._forms.get(first, {}).values())

    def forms(self, first: str) -> tuple[Form, ...]:
        """All forms that begin with this word, in the order they were declared."""
        if first not in self._forms and self.loader is not None:
            self.loader.load(first)
        return tuple(self._forms.get(first, {}).values())

    def match(self, texts: Sequence[str]) -> tuple[Form, int] | None:
        """The form with the most literal words at the start of `texts`, and how many they are."""
        if not texts:
            return None
        self.forms(texts[0])
        candidates = self._forms.get(texts[0], {})
        for count in range(min(len(texts), max(map(len, candidates), default=0)), 0, -1):
            form = candidates.get(tuple(texts[:count]))
            if form is not None:
                return form, count
        return None

    def next_words(self, texts: Sequence[str]) -> list[str]:
        """The literal words that can follow these ones."""
        start = tuple(texts)
        found = dict.fromkeys(
            words[len(start)]
            for words in self._forms.get(start[0], {})
            if len(words) > len(start) and words[: len(start)] == start
        )
        return list(found)

    def all(self) -> list[Form]:
        """Every form there is, each once; imports every command module."""
        for first in self.first_words():
            self.forms(first)
        forms = (form for forms in self._forms.values() for form in forms.values())
        return list(dict.fromkeys(forms))


REGISTRY = Registry()


def command(
    synopsis: str,
    *,
    man: Iterable[str] = (),
    category: str = "",
    shares_program: bool = False,
    shows: bool = True,
    synonyms: Iterable[str] = (),
    registry: Registry = REGISTRY,
) -> Callable[[Function], Function]:
    """Declare the function below as a command form.

    `shares_program`: the first word is also a program's, which is meant unless
    the second is one of ours. `shows=False`: returns nothing showable, so no
    `--json`. `synonyms`: other first words for the same form. RegistryError
    where declaration and function disagree.
    """

    def declare(function: Function) -> Function:
        try:
            form = Form(
                synopsis,
                function,
                man=man,
                category=category,
                shares_program=shares_program,
                shows=shows,
                synonyms=synonyms,
            )
        except SynopsisError as error:
            raise RegistryError(str(error)) from error
        registry.add(form)
        return function

    return declare


def _read_docstring(text: str) -> tuple[str, str, tuple[str, ...]]:
    """Summary, the rest without its common indentation, the examples in it."""
    lines = text.expandtabs().strip().split("\n")
    summary, rest = lines[0].strip(), lines[1:]
    margin = min((len(line) - len(line.lstrip()) for line in rest if line.strip()), default=0)
    description = "\n".join(line[margin:].rstrip() for line in rest).strip("\n")
    examples = (line.strip() for line in rest)
    return summary, description, tuple(line for line in examples if line.startswith("nsh") and "> " in line)


def _check(form: Form) -> None:
    """Synopsis, parameters and docstring must tell the same story."""
    where = f"{form.name} ({form.function.__module__}.{form.function.__name__})"
    if sys.flags.optimize < 2:  # else Python has thrown the docstrings away
        _check_docstring(form, where)
    if form.shares_program and len(form.words) < 2:
        raise RegistryError(f"{where}: only a form of two words can share its first with a program")
    for kind in form.pattern.types():
        if not is_word_type(kind):
            raise RegistryError(f"{where}: there is no word type {kind!r}")
    _check_parameters(form, where)


def _check_docstring(form: Form, where: str) -> None:
    if not form.summary:
        raise RegistryError(f"{where} has no docstring")
    if not any(line.startswith("nsh> ") for line in form.examples):
        raise RegistryError(f"{where}: no 'nsh> ' example in the docstring")


def _check_parameters(form: Form, where: str) -> None:
    code = form.function.__code__
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    positional = names[: code.co_argcount]
    defaults = form.function.__defaults__ or ()
    with_default = {*positional[len(positional) - len(defaults) :], *(form.function.__kwdefaults__ or {})}
    if names[:1] != ("session",):
        raise RegistryError(f"{where}: the first parameter must be session")
    declared = dict(form.pattern.parameters())
    for name in names[1:]:
        if name not in declared:
            raise RegistryError(f"{where}: parameter {name!r} is not in the synopsis")
    for name, optional in declared.items():
        if name not in names[1:]:
            raise RegistryError(f"{where}: {name!r} of the synopsis is no parameter")
        if optional and name not in with_default:
            raise RegistryError(f"{where}: {name!r} may be missing, so the parameter needs a default")
