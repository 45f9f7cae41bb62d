# SPDX-License-Identifier: MIT
"""The colours of pictures and pages can be read on both papers."""

from __future__ import annotations

from itertools import product

import pytest

from nsh.recording.inks import DARK, ENOUGH, LIGHT, Sheet, Style, Theme, contrast, legible, seen

COLOURS = ["", *map(str, range(16)), "#000000", "#ffffff", "#808080", "#00005f", "#ffff00"]


def test_black_on_white_has_the_largest_contrast() -> None:
    """The two ends of WCAG's scale."""
    assert contrast("#000000", "#ffffff") == contrast("#ffffff", "#000000") == 21
    assert contrast("#777777", "#777777") == 1


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])
def test_every_style_can_be_read(theme: Theme) -> None:
    """All inks on all papers, dim and reversed: never less than WCAG asks for."""
    for ink, paper, dim, reverse in product(COLOURS, COLOURS, (False, True), (False, True)):
        front, behind = seen(Style(ink, paper, dim=dim, reverse=reverse), theme)
        assert contrast(front, behind or theme.paper) >= ENOUGH, (ink, paper, dim, reverse)


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])
def test_the_sixteen_are_taken_as_they_were_chosen(theme: Theme) -> None:
    """Those of a terminal need no mending on the window's own paper, and differ from its plain text."""
    assert [seen(Style(str(number)), theme)[0] for number in range(16)] == list(theme.inks)
    assert min(contrast(colour, theme.paper) for colour in (theme.ink, theme.dim)) >= ENOUGH
    assert contrast(theme.dim, theme.bar) >= ENOUGH


def test_an_ink_that_can_be_read_stays_as_it_is() -> None:
    """Nothing is moved further than it must be."""
    assert legible("#123456", "#ffffff") == "#123456"
    assert legible("#eeeeee", "#ffffff") != "#eeeeee"


def test_a_style_has_one_class_and_plain_text_has_none() -> None:
    """In the order of first use, so that the same recording gives the same file."""
    sheet = Sheet()
    bold, red = Style(bold=True), Style("1", "4", underline=True, strike=True)
    assert [sheet.name(style) for style in (bold, Style(), red, bold)] == ["s0", "", "s1", "s0"]
    assert sheet.effects() == ".s0{font-weight:700}.s1{text-decoration:underline line-through}"
    assert sheet.html(DARK).startswith(f".s0{{color:{DARK.ink}}}.s1{{color:#")
    assert ".s1p{fill:#1f5fbf}" in sheet.svg(LIGHT)
