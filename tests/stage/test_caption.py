# SPDX-License-Identifier: MIT
"""The caption: the heading, and as many whole sentences as there is room for."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nsh.printable import columns
from nsh.stage.caption import caption
from nsh.stage.programme import Words


def shown(text: str, width: int = 40, height: int = 5) -> list[str]:
    """The lines below the heading `H`."""
    lines = ["".join(part for _, part in line) for line in caption(Words("H", text), width, height)]
    assert lines[0] == "H"
    return [line.rstrip() for line in lines[1:]]


def test_what_fits_is_shown_whole() -> None:
    """Paragraphs with a line between them."""
    assert shown("One\nline.\n\nAnother.") == ["One line.", "", "Another."]


def test_what_does_not_fit_ends_with_a_sentence() -> None:
    """And says that there is more."""
    assert shown("First sentence. The second one is much too long for all of it.", 20, 2) == ["First sentence. …"]
    assert shown("A. B.\n\nC.", 20, 2) == ["A. B."]


def test_markdown_is_taken_off_and_code_is_told_apart() -> None:
    """`code`, **bold**, *slanted* and [links](to)."""
    line = caption(Words("H", "Say `ls ns`, **now**, *please*: [a page](x.md)."), 60, 3)[1]
    assert "".join(text for _, text in line) == "Say ls ns, now, please: a page."
    assert ("class:stage.code", "ls ns") in line
    assert ("bold", "now") in line
    assert ("italic", "please") in line


def test_a_fenced_block_keeps_its_lines() -> None:
    """Too long ones are cut."""
    assert shown("```sh\nls -l\n" + "x" * 50 + "\n```") == ["ls -l", "x" * 39 + "…"]


@given(st.text(alphabet="ab `*[]()_#-|中\n.!", max_size=300), st.integers(4, 60), st.integers(1, 9))
def test_no_text_is_larger_than_its_room(text: str, width: int, height: int) -> None:
    """Whatever stands on a page, the panes below stay where they are."""
    lines = caption(Words("A heading", text), width, height)
    assert 1 <= len(lines) <= height
    for line in lines:
        assert columns("".join(part for _, part in line).rstrip()) <= width
