# SPDX-License-Identifier: MIT
"""Colours: every theme, every word of them, and the user's own above."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from nsh import nstypes, palette


@pytest.fixture(autouse=True)
def dark_again(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Leave the colours as they were."""
    monkeypatch.setattr(palette, "_own", {})
    yield
    monkeypatch.undo()
    palette.use("dark")


@pytest.mark.parametrize("theme", palette.THEMES)
def test_a_theme_colours_every_role_and_every_type_differently(theme: str) -> None:
    """Eight types, eight colours, none of them that of a mistake; each is well written."""
    colours = palette.THEMES[theme]

    assert tuple(colours) == palette.ROLES
    assert [text for text in colours.values() if palette.problem(text)] == []
    types = [colours[name] for name in nstypes.NAMES]
    assert len({*types, colours["unknown"], colours["error"]}) == len(types) + 2


def test_the_theme_for_talks_dims_nothing() -> None:
    """Grey on grey is lost on a projector."""
    assert [text for text in palette.THEMES["talk"].values() if "dim" in text or "brightblack" in text] == []


@pytest.mark.parametrize(
    ("text", "codes"),
    [("", ""), ("green", "32"), ("bold", "1"), ("brightblue underline", "4;94"), ("black on cyan bold", "1;30;46")],
)
def test_a_colour_is_written_in_words(text: str, codes: str) -> None:
    """Ink, effects, and paper behind `on`."""
    assert palette.problem(text) is None
    assert palette.sgr(text) == codes


@pytest.mark.parametrize(
    ("text", "why"), [("gren", "'gren'"), ("red green", "two colours"), ("red on", "'on'"), ("red on bold", "'bold'")]
)
def test_what_is_no_colour_is_named(text: str, why: str) -> None:
    """The first word that does not fit."""
    assert why in (palette.problem(text) or "")


def test_own_colours_stay_above_every_theme() -> None:
    """Those of the configuration file."""
    palette.recolour({"uts": "red"})
    palette.use("light")

    assert (palette.colour("uts"), palette.colour("pid")) == ("red", palette.THEMES["light"]["pid"])
    assert palette.painted("uts,pid_for_children,x", "type") == "\x1b[31muts\x1b[0m,\x1b[32mpid_for_children\x1b[0m,x"
