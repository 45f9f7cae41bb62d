# SPDX-License-Identifier: MIT
"""Driving a prompt on a pseudo-terminal by its marks alone."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nsh.transcript.judge import Ending
from nsh.transcript.terminal import Terminal, TerminalBroken

pytestmark = pytest.mark.terminal

FAKE = [sys.executable, str(Path(__file__).with_name("fake_prompt.py"))]
LONG = 60.0 * float(os.environ.get("NSH_TEST_SCALE", "1"))
"""Only a failing test waits so long."""


@pytest.fixture
def make(environment: dict[str, str], tmp_path: Path) -> Iterator[Callable[..., Terminal]]:
    """Starts a program on a terminal; whatever is left of it is killed."""
    made: list[Terminal] = []

    def start(*argv: str) -> Terminal:
        scale = float(os.environ.get("NSH_TEST_SCALE", "1"))
        made.append(Terminal(argv or FAKE, {**environment, "NSH_AID": "00ff" * 4}, str(tmp_path), scale=scale))
        return made[-1]

    yield start
    for terminal in made:
        if terminal.alive:
            terminal.kill()


@pytest.fixture
def terminal(make: Callable[..., Terminal]) -> Terminal:
    """The fake prompt."""
    return make()


def test_the_prompt_is_what_stands_between_its_marks(terminal: Terminal) -> None:
    """Colours and the banner before it are no part of it."""
    assert terminal.prompt == "nsh>"
    terminal.run("at nsh[demo]>", LONG)
    assert terminal.prompt == "nsh[demo]>"


def test_an_answer_is_what_stands_between_its_marks(terminal: Terminal) -> None:
    """Neither the echo of the line nor the prompt is in it; the status is the mark's."""
    answer = terminal.run("echo one; echo two; exit 5", LONG)
    assert answer.lines == ("one", "two")
    assert (answer.status, answer.ending, answer.prompt) == (5, Ending.DONE, "nsh>")


def test_the_pieces_are_the_same_answer_as_it_came(terminal: Terminal) -> None:
    """With its escape sequences, each piece not before the one in front of it."""
    terminal.run("true", LONG)
    answer = terminal.run(r"printf '\033[1mone\033[0m\n'; sleep 0.05; echo two", LONG)
    assert "".join(piece.text for piece in answer.pieces) == "\x1b[1mone\x1b[0m\r\ntwo\r\n"
    times = [piece.seconds for piece in answer.pieces]
    assert len(times) > 1
    assert times == sorted(times)
    assert 0 <= times[0] <= times[-1] <= answer.seconds


def test_standard_error_is_part_of_the_answer(terminal: Terminal) -> None:
    """It is a terminal."""
    assert terminal.run("echo out; echo err >&2", LONG).lines == ("out", "err")


def test_a_program_gets_a_wide_terminal(terminal: Terminal) -> None:
    """Wide enough that nothing wraps."""
    assert terminal.run("stty size", LONG).lines == ("40 200",)


def test_news_before_the_next_prompt_belong_to_the_answer(terminal: Terminal) -> None:
    """As on a screen: they stand below the command."""
    assert terminal.run("news box is gone", LONG).lines == ("box is gone",)


def test_marks_of_a_program_are_output(terminal: Terminal) -> None:
    """Only marks with this terminal's own id count."""
    answer = terminal.run("forge", LONG)
    assert answer.lines == ("before", "nsh[forged]>after")
    assert (answer.status, terminal.prompt) == (0, "nsh>")


def test_text_that_looks_like_a_prompt_is_output(terminal: Terminal) -> None:
    """Nothing looks for it."""
    assert terminal.run("printf 'nsh> hostname\\nnsh[x]>'", LONG).lines == ("nsh> hostname", "nsh[x]>")


def test_long_output_arrives_whole(terminal: Terminal) -> None:
    """More than a pty holds."""
    answer = terminal.run("seq 20000", LONG)
    assert len(answer.lines) == 20000
    assert answer.lines[-1] == "20000"


def test_many_commands_in_a_row(terminal: Terminal) -> None:
    """Each gets its own answer."""
    assert [terminal.run("count", LONG).lines for _ in range(30)] == [(str(n),) for n in range(1, 31)]


def test_a_command_that_hangs_is_interrupted_and_the_session_lives(terminal: Terminal) -> None:
    """^C is typed when time is up; what was shown so far is kept."""
    answer = terminal.run("echo ready; exec sleep 1000", 1.0)
    assert answer.ending is Ending.TIMEOUT
    assert answer.lines[0] == "ready"
    assert answer.seconds >= 1.0
    assert terminal.alive
    assert terminal.run("echo fine", LONG).lines == ("fine",)


def test_a_session_that_cannot_be_interrupted_is_killed(terminal: Terminal) -> None:
    """No prompt a second after ^C: that is the end of it."""
    answer = terminal.run("silent", 0.2)
    assert answer.ending is Ending.TIMEOUT
    assert not terminal.alive
    assert terminal.run("echo", LONG).ending is Ending.GONE


def test_a_line_that_is_not_accepted_is_a_timeout(terminal: Terminal) -> None:
    """The mark C never came; ^C drops the line and the session lives."""
    assert terminal.run("unaccepted", 0.5).ending is Ending.TIMEOUT
    assert terminal.run("echo fine", LONG).lines == ("fine",)


def test_a_command_may_end_the_session(terminal: Terminal) -> None:
    """The program's exit status is the answer's."""
    answer = terminal.run("quit", LONG)
    assert (answer.ending, answer.status) == (Ending.LEFT, 0)
    assert terminal.run("echo", LONG).ending is Ending.GONE


def test_a_session_that_is_killed_says_by_which_signal(terminal: Terminal) -> None:
    """128 and the number."""
    answer = terminal.run("echo dying; kill -9 $PPID", LONG)
    assert answer.ending is Ending.LEFT
    assert answer.lines[:1] == ("dying",)
    assert answer.status == 137


def test_close_tells_the_program_to_quit(terminal: Terminal) -> None:
    """And says whether it did."""
    assert terminal.close()
    assert not terminal.alive
    assert terminal.close(), "a second time does nothing"


def test_a_program_that_does_not_come_up_is_no_terminal(make: Callable[..., Terminal]) -> None:
    """What it said is in the message."""
    with pytest.raises(TerminalBroken, match="has ended") as caught:
        make("sh", "-c", "echo no such thing; exit 3")
    assert "no such thing" in str(caught.value)


def test_overwritten_text_is_not_in_the_answer(terminal: Terminal) -> None:
    """A progress bar leaves what a reader sees at the end."""
    assert terminal.run("printf '10%%\\r99%%\\n\\033[31mred\\033[0m\\ta\\n'", LONG).lines == ("99%", "red     a")


def test_text_is_utf8_and_the_folder_is_the_one_asked_for(terminal: Terminal, tmp_path: Path) -> None:
    """Both ways."""
    assert terminal.run("pwd; printf '─┬─\\n'", LONG).lines == (str(tmp_path), "─┬─")
