# SPDX-License-Identifier: MIT
"""Kinds of words in lines that somebody else typed: without a session, a terminal or a question to the machine."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nsh.repl.colours import line_pieces, places_in, prompt_pieces, reading_about
from tests.repl.vocabulary import VOCABULARY

PAGE = "nsh> new uts demo\nnsh> new net h[1..3] -q\nnsh[box]> ls\nnsh[uts]> true\nnsh> ip netns add red\n"


def roles(line: str, *places: str) -> str:
    """The coloured pieces of a line, each with its role."""
    lines = line_pieces(line, reading_about(VOCABULARY, places))
    return " ".join(f"{role}:{text}" for pieces in lines for role, text in pieces if role not in ("", "text", "word"))


@pytest.mark.parametrize(
    ("line", "places", "expected"),
    [
        ("new uts demo", [], "command:new uts:uts name:demo"),
        ("demo ps -ef", ["demo"], "name:demo program:ps option:-ef"),
        ("demo ps -ef", [], "program:demo option:-ef"),
        ("host zzz", [], "name:host program:zzz"),
        ("enter nobody", [], "command:enter name:nobody"),
        ("new zzz demo", [], "command:new unknown:zzz name:demo"),
        ("zzz 'a b' $x > f # c", [], "program:zzz string:'a b' variable:$x operator:> path:f comment:# c"),
    ],
)
def test_a_line_is_read_without_a_session(line: str, places: list[str], expected: str) -> None:
    """What is no command and no place that was named is a program; nobody is asked whether it is there."""
    assert roles(line, *places) == expected


def test_the_places_of_a_page_are_those_that_it_makes_or_sits_in() -> None:
    """Ranges, names of iproute2 and the prompt's own word; types in a prompt are no names that anybody types."""
    assert {"demo", "h1", "h2", "h3", "box", "red"} <= places_in(PAGE)
    assert "h4" not in places_in(PAGE)
    assert {"h12", "s1"} <= places_in("nsh> lab star 20\nnsh> h12 ping s1\n")
    assert "h12" not in places_in("nsh> echo h12\n")


def test_the_prompt_by_its_words() -> None:
    """Types and places each in their role, the last sign that of a failure."""
    assert prompt_pieces("nsh[uts:web,net]>", has_failed=True) == [
        ("prompt", "nsh["),
        ("uts", "uts:web"),
        ("prompt", ","),
        ("net", "net"),
        ("prompt", "]"),
        ("failed", ">"),
        ("", " "),
    ]


@given(st.text(max_size=60))
def test_the_pieces_are_the_line(text: str) -> None:
    """Whatever it is, finished or not."""
    lines = line_pieces(text, reading_about(VOCABULARY, {"demo"}))
    assert "\n".join("".join(piece for _, piece in pieces) for pieces in lines) == text


def test_no_terminal_toolkit_is_needed() -> None:
    """Pages and highlighters load the colours alone."""
    code = "import sys, nsh.repl.colours; print([name for name in sys.modules if name.startswith('prompt_toolkit')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
