# SPDX-License-Identifier: MIT
"""What was pasted, as lines."""

from __future__ import annotations

import pytest

from nsh.repl.block import goes_on, split_block


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", []),
        ("  \n\n", []),
        ("new uts a", ["new uts a"]),
        ("new uts a\nnew uts b\n", ["new uts a", "new uts b"]),
        ("a\r\n\r\nb", ["a", "b"]),
        ("new \\\n uts a\nb", ["new \\\n uts a", "b"]),
        ("a \\\\\nb", ["a \\\\", "b"]),
        ("a &&\nb\nc |\nd", ["a &&\nb", "c |\nd"]),
        ("echo 'a\nb'\nc", ["echo 'a\nb'", "c"]),
        ("  kept blanks", ["  kept blanks"]),
    ],
)
def test_a_block_is_its_lines(text: str, lines: list[str]) -> None:
    """Blank lines are dropped, an unfinished line goes on in the next, blanks in front are kept."""
    assert split_block(text) == lines


@pytest.mark.parametrize("text", ["\\", "a \\", "a |", "a && ", "a ||"])
def test_some_endings_ask_for_one_more_line(text: str) -> None:
    """A backslash, and what joins two commands."""
    assert goes_on(text)


@pytest.mark.parametrize("text", ["", "a", "a \\\\", "a;", "a &", "echo 'open", 'echo "open |', "# a |"])
def test_an_open_quote_asks_for_nothing(text: str) -> None:
    """It is an error with a caret, at once; as is whatever else is finished."""
    assert not goes_on(text)
