# SPDX-License-Identifier: MIT
"""Declarations of commands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from nsh.commands import FIRST_WORDS
from nsh.loader import Loader
from nsh.registry import REGISTRY, Form, Registry, RegistryError, command
from nsh.results import Quiet, Result


def declared(synopsis: str, registry: Registry | None = None, **how: Any) -> Callable[..., Result]:
    """A command of no use, declared in a registry of its own."""

    @command(synopsis, registry=registry or Registry(), **how)
    def function(session: object, name: str | None = None) -> Result:
        """Do nothing.

        More of it.

            nsh> nothing
            done
        """
        return Quiet()

    return function


def test_a_declaration_becomes_a_form() -> None:
    """Summary, description and examples come from the docstring, its indentation taken away."""
    registry = Registry()
    declared("fly [<name:text>]", registry, man=("fly(1)",), category="wings", synonyms=("soar",))
    (form,) = registry.forms("fly")

    assert form.name == "fly"
    assert form.usage == "fly [NAME]"
    assert form.summary == "Do nothing."
    assert form.description == "More of it.\n\n    nsh> nothing\n    done"
    assert form.examples == ("nsh> nothing",)
    assert (form.man, form.category, form.shows) == (("fly(1)",), "wings", True)
    assert registry.forms("soar") == (form,)
    assert registry.all() == [form]


def test_the_form_with_most_literal_words_is_meant() -> None:
    """`uts show` is not `uts` with a word."""
    registry = Registry()
    declared("uts [<name:text>]", registry)
    declared("uts show [<name:text>]", registry)

    def matched(*texts: str) -> tuple[str, int] | None:
        found = registry.match(texts)
        return found and (found[0].name, found[1])

    assert matched("uts", "show", "x") == ("uts show", 2)
    assert matched("uts", "other") == ("uts", 1)
    assert matched("uts") == ("uts", 1)
    assert matched("pid") is None
    assert matched() is None
    assert registry.next_words(["uts"]) == ["show"]


def function_without_session(name: str) -> Result:
    """Do it.

    nsh> x
    """
    return Quiet()


def function_without_docstring(session: object) -> Result:
    return Quiet()


def function_without_example(session: object) -> Result:
    """Do it."""
    return Quiet()


def function_with_more(session: object, more: str) -> Result:
    """Do it.

    nsh> x
    """
    return Quiet()


@pytest.mark.parametrize(
    ("synopsis", "function", "why"),
    [
        ("x <name:text>", function_without_session, "session"),
        ("x", function_without_docstring, "docstring"),
        ("x", function_without_example, "example"),
        ("x", function_with_more, "'more' is not in the synopsis"),
        ("x <more:text> <name:text>", function_with_more, "'name' of the synopsis is no parameter"),
        ("x [<more:text>]", function_with_more, "needs a default"),
        ("x <more:nonsense>", function_with_more, "no word type 'nonsense'"),
    ],
)
def test_a_declaration_that_disagrees_with_its_function_cannot_be_imported(
    synopsis: str, function: Callable[..., Result], why: str
) -> None:
    """The mistake is found at import, not by the user."""
    with pytest.raises(RegistryError, match=why):
        command(synopsis, registry=Registry())(function)


def test_a_broken_synopsis_cannot_be_imported() -> None:
    """Its own error is passed on."""
    with pytest.raises(RegistryError, match="'\\['"):
        declared("x [<a:text>")


def test_one_word_cannot_be_shared_with_a_program() -> None:
    """Sharing is decided by the second word, so there must be one."""
    with pytest.raises(RegistryError, match="share"):
        declared("ls [<name:text>]", shares_program=True)


@pytest.mark.parametrize("synopsis", ["fly [<name:text>]", "soar [<name:text>]"])
def test_a_name_cannot_be_declared_twice(synopsis: str) -> None:
    """Neither as a word nor as a synonym; the first stays."""
    registry = Registry()
    declared("fly [<name:text>]", registry, synonyms=("soar",))
    with pytest.raises(RegistryError, match="two commands"):
        declared(synopsis, registry)
    assert len(registry.all()) == 1


def loaded() -> list[Form]:
    """Every form of nsh's own commands."""
    loader = Loader("/nonexistent")
    for word in FIRST_WORDS:
        loader.load(word)
    return [form for word in FIRST_WORDS for form in REGISTRY.forms(word)]


def test_the_table_of_first_words_is_what_the_modules_declare() -> None:
    """Each module is found by its first words, synonyms too, and by no other."""
    words = {words[0]: form.function.__module__ for form in loaded() for words in form.spellings()}

    assert words == {word: f"nsh.commands.{module}" for word, module in FIRST_WORDS.items()}


def test_every_command_is_ready_to_be_read_about() -> None:
    """A category, one line that fits, and a pointer into the manual where a system call is behind it."""
    assert [form.name for form in loaded() if not form.category] == []
    assert [form.name for form in loaded() if not form.summary.endswith(".")] == []


class FakeLoader:
    """Knows one word more than was declared."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry

    def load(self, first: str) -> None:
        """Declare it."""
        if first == "swim":
            declared("swim [<name:text>]", self.registry)

    def first_words(self) -> tuple[str, ...]:
        """The word."""
        return ("swim",)


def test_a_form_is_loaded_when_it_is_asked_for() -> None:
    """First words are known without an import; `all` loads the rest."""
    registry = Registry()
    registry.loader = FakeLoader(registry)
    declared("fly [<name:text>]", registry)

    assert registry.first_words() == ("swim", "fly")
    assert [form.name for form in registry.all()] == ["fly", "swim"]
