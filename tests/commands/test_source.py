# SPDX-License-Identifier: MIT
"""source: lines from a file."""

from __future__ import annotations

from pathlib import Path

from tests.fake_session import Lines


def test_a_script_runs_in_this_session(tmp_path: Path) -> None:
    """Its variables stay, its arguments are its own, its path is that of the directory of host."""
    (tmp_path / "x.nsh").write_text("let y $1\necho $y\n")
    lines = Lines(tmp_path)

    assert lines("source x.nsh 'a b'; echo $y") == 0
    assert lines.ran == [["echo", "a b"], ["echo", "a b"]]


def test_a_failing_script_tells_its_line(tmp_path: Path) -> None:
    """And ends there; the line after it goes on as after any failure."""
    (tmp_path / "x.nsh").write_text("false\necho no\n")
    lines = Lines(tmp_path)

    assert lines("source x.nsh; echo $?") == 0
    assert lines.ran == [["false"], ["echo", "1"]]
    assert lines.err == "x.nsh:1: status 1: false\n"


def test_a_missing_script_is_a_refusal(tmp_path: Path) -> None:
    """Of open(2), status 1."""
    lines = Lines(tmp_path)

    assert lines("source none.nsh") == 1
    assert lines.err == 'open("none.nsh"): No such file or directory\n'


def test_two_scripts_that_read_each_other_are_stopped(tmp_path: Path) -> None:
    """By one line, not by the depth of a stack."""
    (tmp_path / "a.nsh").write_text("source b.nsh\n")
    (tmp_path / "b.nsh").write_text("source ./a.nsh\n")
    lines = Lines(tmp_path)

    assert lines("source a.nsh") == 2
    assert lines.err.startswith("b.nsh:1: ./a.nsh: this script is being read already")
