# SPDX-License-Identifier: MIT
"""How an error looks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nsh.complaint import complaint
from nsh.errors import NshError, Refused, UsageError


def test_an_error_shows_the_line_and_marks_the_word() -> None:
    """Message, line, carets, hint; one line each."""
    error = UsageError("utz: no such type", "did you mean 'uts'?", (4, 7))

    assert complaint(error, "new utz x", "demo.nsh:12: ") == (
        "demo.nsh:12: utz: no such type\n  new utz x\n      ^^^\nhint: did you mean 'uts'?"
    )


def test_at_the_prompt_carets_stand_below_what_was_typed() -> None:
    """The line is there already, so it is not repeated."""
    error = UsageError("utz: no such type", None, (4, 7))

    assert complaint(error, "new utz x", under=5, width=80) == "         ^^^\nutz: no such type"


@pytest.mark.parametrize(("line", "width"), [("new utz " + "x" * 80, 80), ("new utz\tx", 80), ("new utz x", None)])
def test_a_line_that_does_not_stand_there_as_it_is_is_repeated(line: str, width: int | None) -> None:
    """Wrapped, with control characters, or on no terminal."""
    error = UsageError("utz: no such type", None, (4, 7))

    assert complaint(error, line, under=5, width=width).startswith("utz: no such type\n  new utz")


def test_of_several_lines_the_one_with_the_mistake_is_shown() -> None:
    """A line that goes on in others is not printed whole."""
    text = "new uts a &&\n  new utz b &&\n  ls ns"

    assert complaint(UsageError("bad", None, (19, 22)), text) == "bad\n    new utz b &&\n        ^^^"


def test_of_a_long_line_the_part_is_shown() -> None:
    """A megabyte is cut on both sides, and the carets still stand under the word."""
    text = "a " * 400_000 + "BAD" + " b" * 400_000
    _, line, carets = complaint(UsageError("bad", None, (800_000, 800_003)), text).split("\n")

    assert len(line) < 90
    assert line[carets.index("^") : carets.rindex("^") + 1] == "BAD"


def test_wide_and_hidden_characters_do_not_shift_the_carets() -> None:
    """CJK counts two columns, an escape is shown as text."""
    lines = complaint(UsageError("bad", None, (6, 9)), "echo 名bad \x1b[31m").split("\n")

    assert lines[2] == "         ^^^"
    assert lines[1] == "  echo 名bad \\x1b[31m"
    assert "\x1b" not in "\n".join(lines)


def test_each_line_of_a_hint_is_a_hint() -> None:
    """A kernel's refusal is one line, what to look at comes below."""
    error = Refused("unshare(CLONE_NEWUSER)", 28, "not the disk\nsee namespaces(7)")

    assert complaint(error, "unshare user") == (
        "unshare(CLONE_NEWUSER): No space left on device\nhint: not the disk\nhint: see namespaces(7)"
    )


@given(
    st.text(alphabet=st.characters(blacklist_categories=())),
    st.integers(min_value=0, max_value=50),
    st.integers(min_value=0, max_value=50),
    st.one_of(st.none(), st.integers(min_value=0, max_value=20)),
)
def test_any_error_can_be_shown(line: str, start: int, length: int, under: int | None) -> None:
    """Whatever the line and the span, there is a text without control characters."""
    start = min(start, len(line))
    text = complaint(UsageError("bad\x1b", None, (start, start + length)), line, under=under, width=40)

    assert "\x1b" not in text


def test_an_error_without_a_place_is_its_message() -> None:
    """Nothing is made up."""
    assert complaint(NshError("gone"), "ls ns") == "gone"
