# SPDX-License-Identifier: MIT
"""The synopsis of a form."""

from __future__ import annotations

import pytest

from nsh.synopsis import SynopsisError, parse_synopsis

NEW = (
    "new <types:types> [<name:newname>] [--map <map:map>]... [--hostname <hostname:text>] [--proc|--no-proc]"
    " [-q|--quiet] [-- <cmd:words>]"
)


def test_a_synopsis_reads_into_words_slots_options_and_tail() -> None:
    """Every part of the mini-language is there, with its parameter."""
    pattern = parse_synopsis(NEW)

    assert pattern.words == ("new",)
    assert [(slot.name, slot.type, slot.optional) for slot in pattern.slots] == [
        ("types", "types", False),
        ("name", "newname", True),
    ]
    assert [option.parameter for option in pattern.options] == ["map", "hostname", "proc", "no_proc", "quiet"]
    assert [option.names for option in pattern.options if option.repeat] == [("--map",)]
    assert pattern.tail is not None
    assert pattern.tail.name == "cmd"


def test_an_option_that_must_be_there_is_a_literal_word() -> None:
    """Without brackets it makes a form of its own, with its own help: `save --oci PLACE FOLDER`."""
    pattern = parse_synopsis("save --oci <place:ref> [--strict]")

    assert pattern.words == ("save", "--oci")
    assert [option.names for option in pattern.options] == [("--strict",)]
    assert pattern.usage == "save --oci PLACE [--strict]"


def test_the_usage_is_the_synopsis_in_capitals() -> None:
    """Help shows no word types; flags that exclude each other stand together."""
    assert parse_synopsis(NEW).usage == (
        "new TYPES [NAME] [--map MAP]... [--hostname HOSTNAME] [--proc|--no-proc] [-q|--quiet] [-- CMD...]"
    )


def test_a_word_without_a_choice_is_shown_as_it_is_typed() -> None:
    """`via` in the middle; where there are several, the name of the parameter stands for them."""
    assert parse_synopsis("nat add <ref> <via:choice(via)> <device:device>").usage == "nat add REF via DEVICE"
    assert parse_synopsis("route add <how:choice(via,dev)>").usage == "route add via|dev"


def test_a_placeholder_without_a_type_has_the_type_of_its_name() -> None:
    """`<ref>` is `<ref:ref>`."""
    assert parse_synopsis("show <ref>").slots[0].type == "ref"


@pytest.mark.parametrize(
    ("synopsis", "count", "names"),
    [
        ("enter [<types:types>] <ref:ref>", 1, ["ref"]),
        ("enter [<types:types>] <ref:ref>", 2, ["types", "ref"]),
        ("enter [<types:types>] <ref:ref>", 3, ["types", "ref"]),
        ("rm <names:place>...", 3, ["names", "names", "names"]),
        ("help [<words:text>...]", 0, []),
        ("help [<words:text>...]", 2, ["words", "words"]),
        ("cp <from:path>... <to:path>", 3, ["from_", "from_", "to"]),
        ("x [<a:text>] [<b:text>] <c:text>", 2, ["a", "c"]),
    ],
)
def test_words_find_their_slots(synopsis: str, count: int, names: list[str]) -> None:
    """Those that must be there first, then the others from the left; too many are left over."""
    synopsis = synopsis.replace("<from:", "<from_:")

    assert [slot.name for slot in parse_synopsis(synopsis).slots_for(count)] == names


@pytest.mark.parametrize(
    "synopsis",
    [
        "",
        "<a:text>",
        "new [<a:text>",
        "new <a:text>]",
        "new <a-b:text>",
        "new <a:text> word",
        "new <a:text> <a:text>",
        "new [--a <b:text>] [--b <b:text>]",
        "new [--a] [--a]",
        "new <a:text>... <b:text>...",
        "on <line:line> <ref:ref>",
        "on [<ref:ref>] <line:line>",
        "on <line:line> [-- <cmd:words>]",
        "new [- <a:text>]",
        "new -- cmd",
    ],
)
def test_a_synopsis_that_cannot_be_is_refused(synopsis: str) -> None:
    """A mistake in a declaration is found when the module is imported."""
    with pytest.raises(SynopsisError):
        parse_synopsis(synopsis)
