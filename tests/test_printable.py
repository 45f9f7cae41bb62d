# SPDX-License-Identifier: MIT
"""Text on its way to a terminal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nsh.printable import clip, columns, excerpt, folded, printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("a\nb\tc\rd", "a\\nb\\tc\\rd"),
        ("\x7f\x9b", "\\x7f\\x9b"),
        ("\udcff", "\\xff"),
        ("\ud800", "\\ud800"),
        ("a\u202eb", "a\\u202eb"),
        ("名前", "名前"),
        ("a\u00a0b", "a\u00a0b"),
        ("\U000e0001", "\\U000e0001"),
    ],
)
def test_what_would_move_the_cursor_is_made_visible(text: str, shown: str) -> None:
    """Control characters, direction marks and undecodable bytes are spelled out; all else stays."""
    assert printable(text) == shown


@given(st.text(alphabet=st.characters(blacklist_categories=())))
def test_no_text_carries_a_control_character_through(text: str) -> None:
    """Whatever goes in, no C0 or C1 control and no surrogate comes out."""
    assert not [char for char in printable(text) if ord(char) < 32 or 0x7F <= ord(char) < 0xA0]
    printable(text).encode()


@pytest.mark.parametrize(("text", "width"), [("abc", 3), ("名前", 4), ("e\u0301", 1), ("é", 1), ("", 0)])
def test_width_is_counted_in_columns(text: str, width: int) -> None:
    """CJK takes two columns, a combining mark none."""
    assert columns(text) == width


@given(st.text(), st.integers(min_value=1, max_value=30))
def test_a_clipped_text_fits(text: str, width: int) -> None:
    """However wide the characters are, the result is never wider than asked."""
    assert columns(clip(text, width)) <= width


def test_an_excerpt_keeps_both_ends() -> None:
    """A long word is cut in the middle, where the mark says so."""
    shown = excerpt("a" * 500 + "b" * 500, 20)

    assert shown == "aaaaaaaaaa…bbbbbbbbbb"


def test_talk_is_folded_at_blanks_to_the_width_of_the_terminal() -> None:
    """What is indented (a line with carets below) stays; off a terminal all does."""
    text = "one two three four\n  kept as it is, whatever it is\nfive"
    assert folded(text, 10) == "one two\nthree four\n  kept as it is, whatever it is\nfive"
    assert folded(text, None) == folded(text, 80) == text
