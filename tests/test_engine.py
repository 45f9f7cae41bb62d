# SPDX-License-Identifier: MIT
"""Lines: status, variables, errors, help, the user's own commands."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nsh.engine import BUG, INTERRUPTED
from nsh.outlets import OutputLost
from nsh.registry import REGISTRY, Registry
from tests.fake_session import Lines
from tests.sample_commands import sample_lines


@pytest.fixture
def lines(tmp_path: Path) -> Lines:
    """An engine with the sample commands and a place called web."""
    return sample_lines(tmp_path)


def test_the_status_is_known_at_once(lines: Lines) -> None:
    """`$?` behind `||` is that of the command before it."""
    lines("false || echo $? $$")

    assert lines.ran == [["false"], ["echo", "1", "4242"]]


def test_variables_are_ours_first_then_the_environments(lines: Lines) -> None:
    """One that is not set is an error and nothing runs."""
    lines.session.variables["x"] = "a b"

    lines("echo $x $HOME")
    assert lines.ran == [["echo", "a b", "/home/me"]]
    assert lines("echo $y; echo after") == 0
    assert "$y is not set" in lines.err
    assert lines.ran[1:] == [["echo", "after"]]


@pytest.mark.parametrize(
    ("line", "ran"),
    [
        ("true && echo a", ["true", "echo"]),
        ("false && echo a", ["false"]),
        ("false || echo a", ["false", "echo"]),
        ("true || echo a", ["true"]),
        ("false && echo a || echo b", ["false", "echo"]),
        ("false; echo a", ["false", "echo"]),
    ],
)
def test_and_or_and_semicolon_are_those_of_the_shell(lines: Lines, line: str, ran: list[str]) -> None:
    """From left to right."""
    lines(line)

    assert [argv[0] for argv in lines.ran] == ran


def test_a_line_that_cannot_be_read_runs_not_even_in_part(lines: Lines) -> None:
    """An open quote at the end: nothing was tried."""
    assert lines("echo a; echo 'b") == 2
    assert lines.ran == []
    assert "the quote ' is open" in lines.err


def test_a_refusal_is_the_call_the_reason_and_what_to_look_at(lines: Lines) -> None:
    """Status 1, and the session lives."""
    assert lines("break refusal") == 1
    assert lines.err == ("unshare(CLONE_NEWUSER): No space left on device\nhint: not the disk\nhint: look here\n")
    assert lines("echo on") == 0


def test_an_error_is_json_where_json_was_asked_for(lines: Lines) -> None:
    """One object with the call, its errno, the hint."""
    assert lines("break refusal --json") == 1
    assert json.loads(lines.err) == {
        "error": "unshare(CLONE_NEWUSER): No space left on device",
        "op": "unshare(CLONE_NEWUSER)",
        "errno": 28,
        "hint": "not the disk\nlook here",
    }


def test_a_bug_says_so_and_the_session_lives(lines: Lines) -> None:
    """The only traceback there is."""
    assert lines("break bug") == BUG
    first, second, third, *_ = lines.err.splitlines()
    assert first.startswith("this is a bug in nsh")
    assert (second, third) == ("  break bug", "Traceback (most recent call last):")
    assert lines.err.endswith("ZeroDivisionError: oops\n")
    assert lines("echo on") == 0


@pytest.mark.parametrize("how", ["ended", "gone"])
def test_a_process_that_ends_while_it_is_looked_at_is_no_bug(how: str, lines: Lines) -> None:
    """/proc/PID is not there any more, or a file of it says ESRCH: what that line has done is not known."""
    assert lines(f"break {how}") == 1
    assert lines.err == "a process ended while this line looked at it: whether all is done is unknown\n"


def test_a_file_of_proc_that_is_of_no_process_is_no_end_of_one(lines: Lines) -> None:
    """A kernel without that setting: that nobody expected it is our fault, and said so."""
    assert lines("break unset") == BUG
    assert "/proc/sys/kernel/nothing" in lines.err


def test_an_interrupt_drops_the_rest_of_the_line(lines: Lines) -> None:
    """Status 130; what was begun before stays."""
    assert lines("break interrupt; echo after") == INTERRUPTED
    assert lines.ran == []


def test_output_that_nobody_reads_ends_nsh(lines: Lines) -> None:
    """It is passed up, for there is nobody to tell."""
    with pytest.raises(OutputLost):
        lines("break pipe")


def test_at_the_prompt_carets_stand_below_the_typed_line(tmp_path: Path) -> None:
    """In a line inside a line they cannot, so that line is shown."""
    lines = sample_lines(tmp_path, interactive=True)

    assert lines("make utz") == 2
    assert lines.err.startswith("          ^^^\nutz: no such type")
    assert lines("web make utz") == 2
    assert lines.err.startswith("utz: no such type of namespace\n  make utz\n       ^^^\n")


@pytest.mark.parametrize(
    "line", ["a\0b", "\udcff", "'" * 1_000_001, "x" * 1_000_000, "web " * 500, "at web " * 500 + "ps"]
)
def test_nonsense_is_one_clear_line(lines: Lines, line: str) -> None:
    """NUL bytes, invalid UTF-8, a megabyte, thousands of places inside each other: a usage error, nothing runs."""
    assert lines(line) in (2, 127)
    assert len(lines.err) < 500
    assert "Traceback" not in lines.err
    assert lines.ran == []


@pytest.mark.parametrize(
    "line", ["help new", "new --help", "new -h | wc -l", "uts --help", "help -k hostname", "help uts", "help inside"]
)
def test_help_comes_from_the_declarations(tmp_path: Path, line: str) -> None:
    """In each of its forms."""
    lines = Lines(tmp_path)

    assert lines(line) == 0
    assert "hostname" in lines.out + lines.session.stdin


def test_a_users_own_command_is_a_file_of_the_same_form(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In $XDG_CONFIG_HOME/nsh/commands, found by its name."""
    folder = tmp_path / "nsh" / "commands"
    folder.mkdir(parents=True)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (folder / "greet.py").write_text(
        "from nsh.registry import command\n"
        "from nsh.results import Text\n"
        '@command("greet <name:text>")\n'
        "def greet(session, name):\n"
        '    """Greet.\n\n    nsh> greet me\n    """\n'
        "    return Text(f'hello {name}', name)\n"
    )
    (folder / "broken.py").write_text(
        "from nsh.registry import command\n@command('broken <x:nonsense>')\ndef f(s): 1\n"
    )
    lines = Lines(tmp_path, Registry())
    lines("greet me")
    assert "greet" in lines.engine.registry.first_words()
    assert [form.name for form in REGISTRY.forms("greet")] == ["greet"]
    assert lines("broken x") == 1
    assert f"{folder}/broken.py:2: " in lines.err


def test_notes_and_talk_send_no_escapes(lines: Lines) -> None:
    """Whatever a name holds that is told about."""
    lines.engine.say("a\x1b[31m\nb")

    assert lines.err == "a\\x1b[31m\nb\n"


PIECES = st.sampled_from(
    [
        *(
            "make",
            "uts",
            "utz",
            "web",
            "at",
            "compare",
            "rm",
            "noun",
            "verb",
            "link",
            "up",
            "help",
            "bye",
            "echo",
            "false",
        ),
        *(
            "--json",
            "-h",
            "--",
            "-k",
            "--nope",
            "''",
            "'a b'",
            '"',
            "'",
            "$x",
            "$?",
            "$",
            "\\",
            "!",
            "*",
            "a=b",
            "\0",
            "ü",
        ),
        *(";", "&&", "||", "|", "&", ">", ">>", "2>&1", "<", "f", "#", "\n", "nsh>", "x" * 300),
    ]
)


@given(st.lists(PIECES, max_size=9).map(" ".join) | st.text(max_size=40))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_line_is_a_bug(tmp_path: Path, line: str) -> None:
    """Whatever is typed ends in a status, with every line of talk fit for a terminal, and in no traceback."""
    lines = sample_lines(tmp_path)

    assert lines(line) != BUG
    assert lines(line) in range(256)
    assert "Traceback" not in lines.err
    assert "\x1b" not in lines.err
