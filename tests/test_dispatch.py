# SPDX-License-Identifier: MIT
"""Pipelines: command, place or program; files and filters."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.fake_session import Lines
from tests.sample_commands import sample_lines


@pytest.fixture
def lines(tmp_path: Path) -> Lines:
    """An engine with the sample commands and a place called web."""
    return sample_lines(tmp_path)


def test_a_command_prints_its_result_and_its_notes(lines: Lines) -> None:
    """Data on standard output, talk on standard error."""
    assert lines("list-things") == 0
    assert (lines.out, lines.err) == ("A\n1\n2\n", "a note\n")


def test_json_is_one_value_with_a_row_on_each_line(lines: Lines) -> None:
    """The same rows, unknown is null, control characters are escaped."""
    assert lines("list-things --json") == 0
    assert lines.out == '[{"a": 1, "b": null},\n {"a": 2, "b": "\\u007f"}]\n'
    assert json.loads(lines.out) == [{"a": 1, "b": None}, {"a": 2, "b": "\x7f"}]


def test_a_result_that_grows_is_printed_once_and_says_at_the_end_how_it_went(lines: Lines) -> None:
    """Lines, then notes, and the status that it has come to; as JSON the one value that is known at the end."""
    assert lines("count") == 4
    assert (lines.out, lines.err) == ("1\n2\n", "counted\n")
    assert lines("count --json") == 4
    assert json.loads(lines.out) == {"counted": 2}


def test_json_can_be_asked_for_once_for_all(tmp_path: Path) -> None:
    """`nsh --json`: results and errors."""
    lines = sample_lines(tmp_path, json=True)

    assert lines("compare a b") == 1
    assert json.loads(lines.out) == {"same": False}
    assert lines("compare a") == 2
    assert set(json.loads(lines.err)) == {"error", "op", "errno", "hint"}


def test_a_place_before_a_line_runs_it_there(lines: Lines) -> None:
    """With its pipe, its files and its own reading of variables; up to the next `;`."""
    assert lines("web ps -ef | wc -l > f; echo $?") == 0
    assert lines.session.ran == [("web", [["ps", "-ef"], ["wc", "-l"]]), ("host", [["echo", "0"]])]
    assert lines.session.redirects[0] == [(1, "w", "f")]


@pytest.mark.parametrize("line", ["web 'echo a; echo b'", "at web 'echo a; echo b'", "host 'echo a; echo b'"])
def test_one_quoted_word_is_a_line_itself(lines: Lines, line: str) -> None:
    """So that it can hold a `;`."""
    lines(line)

    assert lines.ran == [["echo", "a"], ["echo", "b"]]


def test_a_place_alone_is_a_mistake_with_a_way_out(lines: Lines) -> None:
    """The hint says what one may have meant."""
    assert lines("web") == 2
    assert "hint: enter web, or web CMD" in lines.err


def test_a_line_for_a_place_keeps_its_ampersand(lines: Lines) -> None:
    """The program runs beside the prompt, there."""
    lines("at web ps &")

    assert lines.session.ran == [("web", [["ps"]])]
    assert lines.session.background


def test_anything_else_is_a_program(lines: Lines) -> None:
    """With its words as they are and its redirections."""
    assert lines("echo 'a  b' $HOME --json > f 2>&1") == 0
    assert lines.ran == [["echo", "a  b", "/home/me", "--json"]]
    assert lines.session.redirects == [[(1, "w", "f"), (2, "dup", "1")]]


@pytest.mark.parametrize("line", ["!rm web", "!echo rm web"])
def test_a_bang_forces_a_program(lines: Lines, line: str) -> None:
    """Whatever nsh calls so itself."""
    lines(line)

    assert lines.ran == [line.replace("!", " ").split()]


@pytest.mark.parametrize("line", ["! true", "!", "true | ! cat", "true && ! false"])
def test_a_bang_alone_is_refused(lines: Lines, line: str) -> None:
    """In a shell it would turn the status round; what did not shall not look as if it had."""
    lines.session.programs |= {"true": 0, "false": 1, "cat": 0}
    assert lines(line) == 2
    assert "'!' makes no failure a success" in lines.err


def test_a_shared_word_is_ours_only_before_our_own_words(lines: Lines) -> None:
    """`link up` is a command, `link a b` is the program."""
    lines.session.programs["link"] = 0

    assert lines("link up veth0") == 0
    assert lines.err == "up\n"
    lines("link a b")
    lines("link")
    assert lines.ran == [["link", "a", "b"], ["link"]]


@pytest.mark.parametrize("line", ["", "   ", "# only a comment", ";".join([])])
def test_an_empty_line_does_nothing(lines: Lines, line: str) -> None:
    """And leaves `$?` alone."""
    lines("false")

    assert lines(line) == 1
    assert (lines.out, lines.err) == ("", "")


def test_an_unknown_word_is_127_with_one_suggestion(lines: Lines) -> None:
    """Never guessed and run."""
    assert lines("mkae uts") == 127
    assert lines.err == "unknown command: 'mkae'\n  mkae uts\n  ^^^^\nhint: did you mean 'make'?\n"
    assert lines("ech x") == 127
    assert lines.ran == []


def test_a_place_that_has_ended_says_so(lines: Lines) -> None:
    """Its name is unknown now, and the hint tells what became of it."""
    lines.session.ended["box"] = "box is gone: its init (pid 1) was killed"

    assert lines("box ps") == 127
    assert "hint: box is gone" in lines.err


def test_a_filter_is_a_program(lines: Lines) -> None:
    """A command behind a pipe says why that cannot be."""
    assert lines("echo x | list-things") == 127
    assert "after '|' stand programs only" in lines.err
    assert lines.ran == []


def test_a_noun_without_its_verb_lists_the_verbs(lines: Lines) -> None:
    """Missing or unknown."""
    assert lines("noun") == 2
    assert "noun: a word is missing" in lines.err
    assert "one of: verb" in lines.err
    assert lines("noun vreb") == 2
    assert "did you mean 'verb'?" in lines.err


def test_whoever_meant_the_program_is_told_how(lines: Lines) -> None:
    """`rm FILE` is a mistake with a way out."""
    assert lines("rm file") == 1
    assert lines.err.splitlines() == ["file: no such place", "hint: the program of that name is !rm"]


def test_a_result_goes_into_a_file(lines: Lines, tmp_path: Path) -> None:
    """Opened by the process one sits in; notes and errors stay on the screen."""
    assert lines("list-things > f") == 0
    assert (tmp_path / "f").read_text() == "A\n1\n2\n"
    assert (lines.out, lines.err) == ("", "a note\n")
    lines("list-things --json >> f 2>> f")
    assert (tmp_path / "f").read_text().endswith('"\\u007f"}]\n')


def test_a_file_that_cannot_be_opened_stops_the_command(lines: Lines) -> None:
    """Nothing is made when its result has nowhere to go."""
    assert lines("break bug > none/f") == 1
    assert lines.err == 'open("none/f"): No such file or directory\n'


def test_a_full_disk_is_an_error_of_the_command(lines: Lines) -> None:
    """Not a lost session."""
    lines.session.open_file = lambda path, mode: os.open("/dev/full", os.O_WRONLY)  # type: ignore[method-assign]

    assert lines("list-things > f") == 1
    assert 'write("f"): No space left on device' in lines.err


def test_a_result_goes_through_filters(lines: Lines) -> None:
    """They read it on standard input; a failure of either side is the status."""
    assert lines("list-things | wc -l") == 0
    assert lines.session.stdin == "A\n1\n2\n"
    assert lines("compare a b | wc -l") == 1
    assert lines("list-things | false") == 1


def test_a_command_reads_no_standard_input(lines: Lines) -> None:
    """Nor does it run in the background."""
    assert lines("list-things < f") == 2
    assert lines("list-things &") == 2
    assert "only programs run in the background" in lines.err


def test_what_follows_the_dashes_is_one_program(lines: Lines) -> None:
    """Its output cannot be taken away; the hint says how to write it."""
    assert lines("make uts -- ps") == 3
    for line in ("make uts -- ps | wc -l", "make uts -- ps > f"):
        assert lines(line) == 2
        assert "hint: make … -- sh -c" in lines.err


def test_a_redirection_belongs_behind_the_command_that_runs(lines: Lines) -> None:
    """Before it, it would be lost."""
    assert lines("at > f web ps") == 2
    assert lines("web > f ps") == 2
    assert lines.ran == []
