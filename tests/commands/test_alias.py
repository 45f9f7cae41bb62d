# SPDX-License-Identifier: MIT
"""alias and unalias: words that stand for lines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from nsh import aliases
from nsh.registry import REGISTRY
from tests.fake_session import FakePlace, Lines


@pytest.fixture
def lines(tmp_path: Path) -> Iterator[Lines]:
    """An engine with nsh's own commands; no alias outlives the test."""
    yield Lines(tmp_path)
    for name in (*aliases.aliases(REGISTRY), *aliases.ABBREVIATIONS):
        aliases.remove(REGISTRY, name)


def test_an_alias_stands_for_its_line(lines: Lines) -> None:
    """What is typed behind it follows, words and pipes and all."""
    lines("alias say 'echo hello'")
    assert lines("say you | wc -l") == 0
    assert lines.session.ran == [("host", [["echo", "hello", "you"], ["wc", "-l"]])]


def test_an_alias_of_a_command_takes_files_filters_and_json(lines: Lines, tmp_path: Path) -> None:
    """Also where no word follows it."""
    lines("alias mine set")
    lines("mine edit --json")
    assert json.loads(lines.out)[0]["name"] == "edit"
    lines("mine > all")
    assert "theme" in (tmp_path / "all").read_text()
    lines("mine | wc -l")
    assert "toolbar" in lines.session.stdin


def test_an_alias_works_in_a_place(lines: Lines) -> None:
    """`web say`, `on web say`."""
    lines.session.places["web"] = FakePlace("web")
    lines("alias say 'echo hello'")
    lines("web say")
    assert lines.session.ran == [("web", [["echo", "hello"]])]


def test_an_alias_may_give_a_program_of_its_name_more_words(lines: Lines) -> None:
    """Inside its own line the word means the program."""
    lines("alias ps 'ps -ef'")
    lines("ps aux")
    assert lines.ran == [["ps", "-ef", "aux"]]


def test_aliases_that_stand_for_each_other_come_to_an_end(lines: Lines) -> None:
    """With a message."""
    lines("alias aa bb")
    lines("alias bb aa")
    assert lines("aa") == 2
    assert "nested too deep" in lines.err


@pytest.mark.parametrize("name", ["a--", "@", "+", "a...", "_", "日本", "a.b", "x-y"])
def test_an_alias_may_have_any_name_that_a_place_may_have(lines: Lines, name: str) -> None:
    """Also one that would mean something in a synopsis."""
    assert lines(f"alias {name} 'echo hi'") == 0
    lines(f"{name} x")
    assert lines.ran == [["echo", "hi", "x"]]


def test_aliases_and_abbreviations_are_listed(lines: Lines) -> None:
    """In the order they were made; one by its name."""
    lines("alias nets ls ns")
    lines("alias --abbr nn 'new net'")
    lines("alias")
    assert [row.split() for row in lines.out.splitlines()[1:]] == [
        ["nets", "alias", "ls", "ns"],
        ["nn", "abbr", "new", "net"],
    ]
    assert lines("alias nn --json") == 0
    assert json.loads(lines.out) == [{"name": "nn", "kind": "abbr", "line": "new net"}]
    assert lines("alias zz") == 1


def test_an_alias_is_a_command_for_help(lines: Lines) -> None:
    """In the list of all, and by its name."""
    lines("alias nets 'ls ns --type net'")
    assert lines("help nets") == 0
    assert "Short for: ls ns --type net" in lines.out
    lines("help all")
    assert "aliases:\n  nets  Short for" in lines.out


def test_an_alias_may_be_made_anew_and_forgotten(lines: Lines) -> None:
    """Then a place may have the name again."""
    lines("alias say 'echo one'")
    lines("alias --abbr say 'echo two'")
    assert (aliases.aliases(REGISTRY), aliases.ABBREVIATIONS) == ({}, {"say": "echo two"})
    lines("alias say 'echo three'")
    assert aliases.aliases(REGISTRY) == {"say": "echo three"}
    assert "say" in REGISTRY.first_words()
    assert lines("unalias say") == 0
    assert "say" not in REGISTRY.first_words()
    assert lines("say") == 127


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("alias ls 'ls ns'", "is a command of nsh"),
        ("alias uts 'new uts'", "is a command of nsh"),
        ("alias net 'new net'", "is a type"),
        ("alias host 'leave'", "is a word of nsh"),
        ("alias 12 'leave'", "a number"),
        ("alias a/b 'leave'", "cannot be in a name"),
        ("alias web 'leave'", "a place of that name"),
        ('alias open "echo \'"', "the quote ' is open"),
        ("alias nothing '  '", "stands for nothing"),
        ("alias bad 'echo |'", "nothing stands after '|'"),
        ("alias ll='ls ns'", "alias ll 'ls ns'"),
        ("unalias kept zz", "no such alias"),
    ],
)
def test_what_cannot_be_an_alias_is_refused(lines: Lines, line: str, why: str) -> None:
    """With the reason; nothing is changed."""
    lines.session.places["web"] = FakePlace("web")
    lines("alias kept 'echo kept'")
    assert lines(line) != 0
    assert why in lines.err
    assert aliases.aliases(REGISTRY) == {"kept": "echo kept"}
