# SPDX-License-Identifier: MIT
"""Scripts: where they stop, what they say, how they nest, what -n finds."""

from __future__ import annotations

from pathlib import Path

import pytest

from nsh.checking import check_script
from nsh.engine import INTERRUPTED
from tests.fake_session import Lines
from tests.sample_commands import COMMANDS, sample_lines


@pytest.fixture
def lines(tmp_path: Path) -> Lines:
    """An engine with the sample commands and a place called web."""
    return sample_lines(tmp_path)


def test_a_script_stops_at_the_first_failure_and_says_where(lines: Lines) -> None:
    """FILE:LINE, and the status of that line."""
    assert lines.script("echo a\n\nfalse\necho b\n") == 1
    assert lines.ran == [["echo", "a"], ["false"]]
    assert lines.err == "x.nsh:3: status 1: false\n"


def test_an_error_in_a_script_has_its_place(lines: Lines) -> None:
    """Said once."""
    assert lines.script("echo a\nmake utz\n") == 2
    assert lines.err.startswith("x.nsh:2: utz: no such type")
    assert "status" not in lines.err


def test_a_failure_before_a_semicolon_stops_a_script_too(lines: Lines) -> None:
    """`;` is a line end; `||` is not a failure."""
    assert lines.script("false || true; false; echo b") == 1
    assert lines.ran == [["false"], ["true"], ["false"]]


def test_a_dash_ignores_a_failure(lines: Lines) -> None:
    """As in a makefile; `$?` still tells."""
    assert lines.script("- false\necho $?\n") == 0
    assert lines.ran == [["false"], ["echo", "1"]]


def test_keep_going_goes_on_and_still_fails(lines: Lines) -> None:
    """The last failure is the status."""
    assert lines.script("false\nmake utz\necho b\n", keep_going=True) == 2
    assert lines.ran == [["false"], ["echo", "b"]]


def test_an_interrupt_stops_a_script_also_with_keep_going(lines: Lines) -> None:
    """Whoever presses ^C means all of it."""
    assert lines.script("break interrupt\necho b", keep_going=True) == INTERRUPTED
    assert lines.ran == []


def test_lines_can_be_shown_before_they_run(lines: Lines) -> None:
    """On standard error, as sh -x does."""
    lines.script("echo a\n# b\n", echo=True)

    assert lines.err == "+ echo a\n+ # b\n"


def test_quit_ends_a_script_with_its_status(lines: Lines) -> None:
    """And the session."""
    assert lines.script("bye 7\necho b") == 7
    assert lines.engine.ended
    assert lines.ran == []
    assert lines.err == "gone\n"


def test_lines_of_the_command_line_fail_without_a_name(lines: Lines) -> None:
    """`nsh -c 'false'` is as silent as sh -c."""
    assert lines.script("false", filename=None) == 1
    assert lines.err == ""


def test_a_script_has_its_arguments(lines: Lines, tmp_path: Path) -> None:
    """`$1` in a sourced script is its own, afterwards ours again."""
    (tmp_path / "in.nsh").write_text("echo $0 $1\n")

    assert lines("read " + str(tmp_path / "in.nsh") + " one") == 0
    assert lines.ran == [["echo", str(tmp_path / "in.nsh"), "one"]]
    assert lines("echo $1") == 2
    assert lines.engine.run_script("echo $1 $2", "x", args=("a", "b c")) == 0
    assert lines.ran[1:] == [["echo", "a", "b c"]]


def test_a_failure_in_a_sourced_script_is_said_once(lines: Lines, tmp_path: Path) -> None:
    """Where it happened, with the file's own line."""
    (tmp_path / "in.nsh").write_text("\nfalse\n")

    assert lines.script(f"read {tmp_path}/in.nsh\necho b") == 1
    assert lines.err == f"{tmp_path}/in.nsh:2: status 1: false\n"


def test_a_script_that_reads_itself_is_stopped(lines: Lines, tmp_path: Path) -> None:
    """By whatever path, at once."""
    (tmp_path / "loop.nsh").write_text(f"read {tmp_path}/./loop.nsh\n")

    assert lines(f"read {tmp_path}/loop.nsh") == 2
    assert "being read already" in lines.err


def test_a_script_can_be_checked_without_running_it(tmp_path: Path) -> None:
    """Every line that is wrong in any session is told; names are not looked at."""
    found = check_script(
        ["make uts", "make utz", "compare a", "nonsense a", "at web 'make utz'", "- noun vreb", "at web ps", "x 'y"],
        "f",
        COMMANDS,
    )

    assert [message.split(": ")[0] for message in found] == ["f:2", "f:3", "f:5", "f:6", "f:8"]


def test_a_slip_in_a_first_word_is_told_without_running_it() -> None:
    """A place that was named, a program, and what is like no command are none."""
    found = check_script(
        ["mkae uts", "at web true", "at web mkae", "wbe x", "at mkea true", "mkea x", "true", "./mkae", "!mkae"],
        "f",
        COMMANDS,
    )

    assert [message.split(": ")[0] for message in found] == ["f:1", "f:3"]
    assert found[0].splitlines()[-1] == "hint: did you mean 'make'?"
    assert found[1].splitlines()[1:3] == ["  at web mkae", "         ^^^^"]


@pytest.mark.parametrize("line", ["lab load net.json", "source more.nsh"])
def test_behind_a_line_that_reads_names_from_a_file_no_first_word_is_a_slip(line: str) -> None:
    """`router` may be a host of that lab; before that line, and behind an empty word, it is like `route`."""
    found = check_script(["echo ''", "router true", line, "router true"], "f")

    assert [message.split(": ")[0] for message in found] == ["f:2"]


def test_a_pin_is_no_slip(monkeypatch: pytest.MonkeyPatch) -> None:
    """It may have been made by another session, and is a place."""
    monkeypatch.setattr("nsh.checking.is_pinned", lambda name: name == "router")

    assert check_script(["router true"], "f") == []
