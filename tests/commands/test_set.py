# SPDX-License-Identifier: MIT
"""set: settings."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nsh.settings import SETTINGS, defaults
from tests.fake_session import Lines


def test_settings_are_shown_with_their_defaults_and_choices(tmp_path: Path) -> None:
    """All of them, or one."""
    lines = Lines(tmp_path)

    lines("set --json")
    assert {row["name"]: row["value"] for row in json.loads(lines.out)} == defaults()
    lines("set edit")
    assert lines.out.splitlines()[1].split() == ["edit", "emacs", "emacs,vi", "key", "bindings", "of", "the", "prompt"]


def test_a_setting_is_changed(tmp_path: Path) -> None:
    """Without a word."""
    lines = Lines(tmp_path)

    assert lines("set edit vi") == 0
    assert (lines.session.settings["edit"], lines.out, lines.err) == ("vi", "", "")


@pytest.mark.parametrize(
    ("line", "hint"), [("set edti vi", "edit"), ("set edit vii", "vi"), ("set color purple", "auto, always, never")]
)
def test_what_is_no_setting_or_no_value_is_refused(tmp_path: Path, line: str, hint: str) -> None:
    """With the word that was meant, or all there are, and carets under it."""
    lines = Lines(tmp_path)

    assert lines(line) == 2
    assert hint in lines.err
    assert "^" in lines.err
    assert lines.session.settings == {}


def test_the_first_choice_is_the_default() -> None:
    """So that a declaration is all there is to know."""
    assert defaults()["suggest"] == SETTINGS["suggest"].choices[0] == "on"


def test_colour_follows_its_setting(tmp_path: Path) -> None:
    """`always` also into files and pipes, `never` also on a terminal."""
    lines = Lines(tmp_path, color=True)

    lines("set edit")
    assert "\x1b" in lines.out
    lines("set color never")
    lines("set edit")
    assert "\x1b" not in lines.out
