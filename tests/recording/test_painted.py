# SPDX-License-Identifier: MIT
"""Output as lines in colours."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nsh.recording.painted import Run, painted_lines, plain, recoloured, replaced, written
from nsh.transcript.normal import lines_of

RAW = st.lists(
    st.one_of(
        st.text(alphabet="ab \t\r\n\b\x00\x07é漢", max_size=4),
        st.sampled_from(
            [
                "\x1b[31m",
                "\x1b[0m",
                "\x1b[1;38;5;9m",
                "\x1b[K",
                "\x9b31m",
                "\x9d0;t\x9c",
                "\x1b]0;t\x07",
                "\x1b[m",
                "\x1b[;1m",
            ]
        ),
    ),
    max_size=12,
).map("".join)


@given(RAW)
def test_the_text_is_that_which_a_page_is_compared_with(raw: str) -> None:
    """Whatever a program wrote, an export shows the lines that `nsh test` saw."""
    assert [plain(line) for line in painted_lines(raw)] == lines_of(raw)


@given(RAW)
def test_what_is_written_for_a_terminal_reads_back_as_the_same_lines(raw: str) -> None:
    """Colours are written so that they begin and end in their line."""
    lines = painted_lines(raw)
    assert painted_lines("".join(f"{written(line)}\n" for line in lines)) == lines


@pytest.mark.parametrize(
    ("raw", "runs"),
    [
        ("\x1b[31mred\x1b[0m plain", [("red", "31"), (" plain", "")]),
        ("\x1b[1m\x1b[31mboth\x1b[22mred", [("both", "1;31"), ("red", "31")]),
        ("\x1b[31;1mx\x1b[39my", [("x", "1;31"), ("y", "1")]),
        ("\x1b[38;5;196mx\x1b[92my", [("x", "38;5;196"), ("y", "92")]),
        ("\x1b[38;2;1;2;3;4mx", [("x", "4;38;2;1;2;3")]),
        ("\x1b[41mx\x1b[49my\x1b[mz", [("x", "41"), ("yz", "")]),
        ("\x1b[32mab\rX", [("Xb", "32")]),
        ("\x1b[32ma\x1b[0mb\rX", [("Xb", "")]),
        ("\x1b[4ma\tb", [("a       b", "4")]),
    ],
)
def test_colours_are_those_in_force(raw: str, runs: list[tuple[str, str]]) -> None:
    """SGR sets and takes back one effect, one ink, one paper at a time (ECMA-48 8.3.117)."""
    assert [tuple(run) for line in painted_lines(raw) for run in line] == runs


def test_a_colour_goes_on_in_the_next_line() -> None:
    """Until it is taken back."""
    assert painted_lines("\x1b[31ma\nb\x1b[0m\nc") == [(Run("a", "31"),), (Run("b", "31"),), (Run("c"),)]


def test_a_replaced_text_has_the_colour_of_what_stood_there_first() -> None:
    """Also where a colour began in its middle."""
    line = (Run("a se"), Run("cre", "31"), Run("t b"))
    assert replaced(line, 2, 8, "X") == (Run("a X b"),)
    assert replaced(line, 4, 8, "X") == (Run("a se"), Run("X", "31"), Run(" b"))


@pytest.mark.parametrize(
    ("text", "like", "runs"),
    [
        ("demo pid 8187", "\x1b[1mdemo\x1b[0m pid \x1b[34m43\x1b[0m", [("demo", "1"), (" pid ", ""), ("8187", "34")]),
        ("  8187 x", "\x1b[34m43\x1b[0m x", [("  8187", "34"), (" x", "")]),
        ("net,uts", "\x1b[31mnet\x1b[0m,\x1b[32muts\x1b[0m", [("net", "31"), (",", ""), ("uts", "32")]),
        ("a b c", "\x1b[31ma b", [("a b c", "")]),
        ("", "x", []),
    ],
)
def test_another_text_takes_the_colours_word_by_word(text: str, like: str, runs: list[tuple[str, str]]) -> None:
    """Where the words are as many; else it has none."""
    assert [tuple(run) for run in recoloured(text, painted_lines(like)[0])] == runs


def test_a_number_too_long_for_a_colour_is_none() -> None:
    """A program may write anything."""
    assert painted_lines(f"\x1b[{'9' * 5000}mx") == [(Run("x"),)]
