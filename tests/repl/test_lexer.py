# SPDX-License-Identifier: MIT
"""Colours of the line while it is typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prompt_toolkit.document import Document

from nsh.errors import HelperLost
from nsh.registry import Registry
from nsh.repl.lexer import NshLexer
from nsh.repl.style import rules
from tests.repl.fakes import FakeSession
from tests.repl.vocabulary import VOCABULARY

PLAIN = {"", "class:nsh.text"}


@pytest.fixture
def lexer(vocabulary: Registry, session: FakeSession) -> NshLexer:
    """Colours over the vocabulary."""
    return NshLexer(vocabulary, session)  # type: ignore[arg-type]


def colours(lexer: NshLexer, line: str) -> list[tuple[str, str]]:
    """The coloured pieces, each with its colour's name."""
    pieces = [(style, text) for pieces in lexer.lines(line) for style, text, *_ in pieces]
    return [(style.removeprefix("class:nsh."), text) for style, text in pieces if style not in PLAIN and text]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("new uts demo", "command:new uts:uts name:demo"),
        ("new zzz demo", "command:new unknown:zzz name:demo"),
        ("zzz", "unknown:zzz"),
        ("ps -ef", "program:ps option:-ef"),
        ("!ps; !new", "program:!ps operator:; unknown:!new"),
        ("! ps", "unknown:! word:ps"),
        ("ps | grep x > f", "program:ps operator:| program:grep operator:> path:f"),
        ("ps | new", "program:ps operator:| unknown:new"),
        ("ls ns --type uts", "command:ls command:ns option:--type uts:uts"),
        ("ipc mq ls", "command:ipc command:mq command:ls"),
        ("ipc mq zz", "command:ipc command:mq unknown:zz"),
        ("ls -l", "unknown:ls option:-l"),
        ("new uts web", "command:new uts:uts unknown:web"),
        ("new uts h[3..1]", "command:new uts:uts unknown:h[3..1]"),
        ("new uts h[1..3]", "command:new uts:uts name:h[1..3]"),
        ("new uts -5", "command:new uts:uts unknown:-5"),
        ("ls ns -tuts", "command:ls command:ns option:-tuts"),
        ("ls ns -t=uts -zuts", "command:ls command:ns option:-t=uts unknown:-zuts"),
        ("new uts --zzz", "command:new uts:uts unknown:--zzz"),
        (
            "new uts --map root -- bash -i",
            "command:new uts:uts option:--map number:root option:-- program:bash option:-i",
        ),
        ("enter box", "command:enter name:box"),
        ("enter uts box", "command:enter uts:uts name:box"),
        ("new uts,net,all", "command:new unknown:uts,net,all"),
        ("new uts,net", "command:new uts:uts net:net"),
        ("new all", "command:new type:all"),
        ("on box ps", "command:on name:box program:ps"),
        ("box ps", "name:box program:ps"),
        ("host zzz", "name:host unknown:zzz"),
        ("same uts a b c", "command:same uts:uts name:a name:b unknown:c"),
        ("new $home", "command:new variable:$home"),
        (
            "new uts; zzz && ps # note",
            "command:new uts:uts operator:; unknown:zzz operator:&& program:ps comment:# note",
        ),
    ],
)
def test_each_word_has_the_colour_of_what_it_is(lexer: NshLexer, line: str, expected: str) -> None:
    """As the engine would read it; what it would refuse is red before Enter."""
    assert " ".join(f"{style}:{text}" for style, text in colours(lexer, line)) == expected


def test_strings_and_variables_in_them_stand_out(lexer: NshLexer) -> None:
    """In double quotes a variable is one, in single quotes it is text."""
    assert colours(lexer, "ps \"a $home b\" '$home'")[1:] == [
        ("string", '"a '),
        ("variable", "$home"),
        ("string", ' b"'),
        ("string", "'$home'"),
    ]


def test_what_is_wrong_with_a_word_is_marked(lexer: NshLexer) -> None:
    """The quote that is open, the star that expands nothing."""
    assert ("error", "'") in colours(lexer, "ps 'open")
    assert ("error", "*") in colours(lexer, "ps *")


def test_each_line_of_a_block_is_coloured(lexer: NshLexer) -> None:
    """A pasted block is several commands."""
    get_line = lexer.lex_document(Document("new uts a\nzzz"))
    assert get_line(1)[0][:2] == ("class:nsh.unknown", "zzz")
    assert get_line(2) == []


def test_a_program_is_asked_for_once(lexer: NshLexer, session: FakeSession) -> None:
    """The question goes to the place we sit in; not with every key."""
    colours(lexer, "zzz a")
    colours(lexer, "zzz ab")
    assert session.asked == ["zzz"]


def test_a_lost_helper_costs_a_colour_only(
    lexer: NshLexer, session: FakeSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line will say it when it is run; typing goes on."""

    def lost(word: str) -> bool:
        raise HelperLost("the helper is gone")

    monkeypatch.setattr(session, "find_program", lost)
    assert colours(lexer, "ps") == [("unknown", "ps")]


def test_every_colour_is_in_the_style_sheet(vocabulary: Registry) -> None:
    """Word types name their colours; those that stand out are defined."""
    from nsh.words import TYPES

    assert {f"nsh.{kind.style}" for kind in TYPES.values()} - {"nsh.text"} <= set(rules())


@given(st.text(alphabet="new uts -|&;<>\"'\\$#!*\n日é\x00box", max_size=40))
def test_no_text_loses_a_letter(line: str) -> None:
    """Whatever is typed, the coloured pieces are the text."""
    lexer = NshLexer(VOCABULARY, FakeSession())  # type: ignore[arg-type]
    assert "\n".join("".join(text for _, text, *_ in pieces) for pieces in lexer.lines(line)) == line
