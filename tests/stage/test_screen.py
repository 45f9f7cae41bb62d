# SPDX-License-Identifier: MIT
"""The screen of a session, and how a pane folds it."""

from __future__ import annotations

import pyte
from hypothesis import given
from hypothesis import strategies as st

from nsh.recording.screens_escapes import Cleaner
from nsh.stage.screen import StageScreen, View, folded


def fed(text: str) -> StageScreen:
    """A screen that shows a text."""
    screen = StageScreen(lambda _: None)
    pyte.Stream(screen).feed(Cleaner().cleaned(text))
    return screen


def plain(view: View) -> list[str]:
    """Without its colours."""
    return ["".join(text for _, text in line) for line in view.lines]


def test_long_lines_are_folded_and_the_cursor_with_them() -> None:
    """As a narrow terminal does."""
    view = folded(fed("a" * 25 + "\r\nnsh> "), 10, 20)
    assert plain(view) == ["a" * 10, "a" * 10, "a" * 5, "nsh>"]
    assert (view.row, view.column) == (3, 5)


def test_a_wide_letter_is_not_cut() -> None:
    """It goes to the next line whole."""
    assert plain(folded(fed("abc中文d"), 4, 9)) == ["abc", "中文", "d"]


def test_the_lowest_lines_are_shown_and_always_the_cursor() -> None:
    """Where not all have room."""
    screen = fed("\r\n".join(str(n) for n in range(30)))
    assert plain(folded(screen, 80, 3)) == ["27", "28", "29"]
    pyte.Stream(screen).feed("\x1b[H")
    view = folded(screen, 80, 3)
    assert (plain(view)[0], view.row) == ("0", 0)


def test_colours_are_kept() -> None:
    """In prompt_toolkit's words."""
    line = folded(fed("\x1b[1;33;44mx\x1b[0my\x1b[93mz\x1b[38;2;1;2;3mq"), 80, 3).lines[0]
    assert line == [
        ("fg:ansiyellow bg:ansiblue bold", "x"),
        ("", "y"),
        ("fg:ansibrightyellow", "z"),
        ("fg:#010203", "q"),
    ]


def test_a_program_that_fills_the_screen_leaves_it_as_it_was() -> None:
    """And has the pane's size."""
    screen = fed("before\r\nnsh> ")
    screen.pane = (10, 30)
    pyte.Stream(screen).feed("\x1b[?1049h\x1b[Hall mine")
    assert screen.is_filled
    assert (screen.lines, screen.columns) == (10, 30)
    assert plain(folded(screen, 30, 10))[0] == "all mine"
    pyte.Stream(screen).feed("\x1b[?1049l")
    assert plain(folded(screen, 30, 10)) == ["before", "nsh>"]
    assert screen.cursor.x == 5


def test_a_picture_can_be_shown_again() -> None:
    """With its cursor; that of before the prompt has none."""
    screen = fed("one\r\nnsh> ")
    picture, before = screen.picture(), screen.before_prompt()
    pyte.Stream(screen).feed("ls\r\nout\r\nnsh> ")
    screen.show(picture)
    assert plain(folded(screen, 80, 9)) == ["one", "nsh>"]
    screen.show(before)
    assert (plain(folded(screen, 80, 9)), screen.cursor.x) == (["one", ""], 0)


SEQUENCE = st.builds(
    "\x1b[{}{}{}".format,
    st.sampled_from(["", "?", ">"]),
    st.lists(st.sampled_from(["", "1", "2", "47", "99", "1049"]), max_size=4).map(";".join),
    st.sampled_from("@ABCDEFGHJKLMPSTXZ`abcdefghlmnrsux"),
)
"""A control sequence, also with numbers that it does not have."""


@given(st.lists(SEQUENCE | st.text(max_size=9), max_size=30), st.integers(1, 50), st.integers(1, 20))
def test_nothing_that_a_program_writes_breaks_the_pane(noise: list[str], width: int, height: int) -> None:
    """Not even its private sequences."""
    screen = fed("".join(noise) + "\x1b[>4;2m\x1b[?25$p\x1b[>c\x1b[c\x1b[6n")
    view = folded(screen, width, height)
    assert len(view.lines) <= height
    assert 0 <= view.row < height
    assert 0 <= view.column < width


def test_a_program_is_told_where_the_cursor_is() -> None:
    """It may wait for that."""
    told: list[str] = []
    pyte.Stream(StageScreen(told.append)).feed(Cleaner().cleaned("ab\x1b[6n\x1b[?6n"))
    assert told == ["\x1b[1;3R"]
