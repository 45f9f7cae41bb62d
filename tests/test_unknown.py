# SPDX-License-Identifier: MIT
"""What an unknown first word may have meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from nsh.unknown import meant_command, meant_filter
from tests.sample_commands import sample_lines

KNOWN = ("new", "enter", "web")


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("nwe", "did you mean 'new'?"),
        ("NEW", "did you mean 'new'?"),
        ("wbe", "did you mean 'web'?"),
        ("net", "new net"),
        ("X=1", "let X 1, or for one program: env X=1 CMD"),
        ("for", "bash -c"),
        ("(cd", "no subshells"),
        ("export", "env set"),
        ("$", "leave the $ away"),
        ("sudo", "unshare user --map root"),
    ],
)
def test_habits_of_the_shell_are_answered(word: str, hint: str) -> None:
    """One hint, which can be typed."""
    assert hint in (meant_command(word, KNOWN) or "")


def test_nothing_is_made_up() -> None:
    """A word like no other gets no hint."""
    assert meant_command("frobnicate", KNOWN) is None
    assert meant_filter("frobnicate", KNOWN, False) is None


def test_a_command_where_only_programs_stand_is_recognised() -> None:
    """Behind a pipe and behind a bang."""
    assert meant_filter("new", KNOWN, False) == "after '|' stand programs only"
    assert meant_filter("new", KNOWN, True) == "without the '!' it is one of nsh: new"


@pytest.mark.parametrize("line", ["nsh> make uts", "nsh[web]> make uts", "  nsh[uts:a,net]> make uts"])
def test_a_pasted_prompt_writes_no_file(tmp_path: Path, line: str) -> None:
    """It would be the program nsh with its output in a file: refused, and the line is shown without it."""
    lines = sample_lines(tmp_path)
    lines.session.programs["nsh"] = 0

    assert lines(line) == 2
    assert "hint: make uts" in lines.err
    assert lines.ran == []
