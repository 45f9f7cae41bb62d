# SPDX-License-Identifier: MIT
"""However a show ends, or something in it does: the terminal is as before and nothing runs on."""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path

import pytest

from nsh.stage.orders import QUIT
from tests.stage.booth import below
from tests.stage.conftest import Start
from tests.stage.test_keys import FOUR
from tests.stage.theatre import Theatre

pytestmark = pytest.mark.terminal

TEARDOWN = "```nsh\nnsh> true\n```\n```nsh teardown\nnsh> bash -c 'echo done >/dev/shm/x; sleep 0.1'\n```\n"


def showing(show: Theatre) -> int:
    """The pid of the process that shows."""
    found = [pid for pid in _descendants(show.child.pid or 0) if b"nsh.stage.show" in _words(pid)]
    return found[-1]  # behind the sandbox's own, which carry the same words until they have others


def _words(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _descendants(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [each for child in map(int, children) for each in (child, *_descendants(child))]


def sessions(show: Theatre) -> list[int]:
    """The pids of the nsh in its panes."""
    return [pid for pid in _descendants(showing(show)) if _words(pid).endswith(b"\0-m\0nsh\0")]


def test_quit_goes_through_the_teardown_and_leaves_the_terminal_sane(start: Start) -> None:
    """As it was before, cursor and all."""
    show = start(TEARDOWN)
    before = show.modes()
    show.see("Space begins")
    show.press(" ")
    show.see_step(1)
    show.press("q")
    show.see("q again")
    show.press("q")
    assert show.end() == 0
    assert show.result().ending == QUIT
    assert "clearing the stage" in show.raw
    assert show.modes() == before
    assert "\x1b[?25h" in show.raw.rpartition("\x1b[?25l")[2]


@pytest.mark.parametrize("number", [signal.SIGTERM, pytest.param(signal.SIGHUP, marks=pytest.mark.slow)])
def test_a_signal_ends_the_show(start: Start, number: signal.Signals) -> None:
    """At once, without a result; the terminal is as before."""
    show = start(FOUR)
    before = show.modes()
    show.see("Space begins")
    os.kill(showing(show), number)
    assert show.end() == 128 + number
    assert show.modes() == before


def test_a_closed_window_ends_everything(start: Start) -> None:
    """Nothing is left, which the test's own watch sees."""
    show = start("```nsh\nnsh> sleep 1000\n```\n").begun()
    show.press(" ")
    show.see("keys go to it")
    show.child.close(force=False)


def test_a_session_that_is_killed_is_said_to_be(start: Start) -> None:
    """A new one can be had, and the page goes on."""
    show = start(FOUR).begun()
    os.kill(sessions(show)[0], signal.SIGKILL)
    show.see("nsh has ended here:  r another one")
    show.press("r")
    show.see("a new nsh")
    show.press(" ")
    show.see_step(2, "✓")
    show.press("q", "q")
    assert show.end() == 0


def test_a_session_that_is_killed_under_a_command_fails_the_step(start: Start) -> None:
    """And the show goes on."""
    show = start("```nsh\nnsh> sleep 1000\nnsh> true\n```\n").begun()
    show.press(" ")
    show.see("keys go to it")
    os.kill(sessions(show)[0], signal.SIGKILL)
    show.see_step(2, "!")
    show.press("q")
    show.see("q again")
    show.press("q")
    assert show.end() == 0


def test_nothing_more_is_promised_of_a_session_that_has_ended(start: Start) -> None:
    """Space, pressed there, says what helps, and not that it goes on."""
    show = start(FOUR).begun()
    os.kill(sessions(show)[0], signal.SIGKILL)
    show.see("nsh has ended here:  r another one")
    show.press(" ")
    show.see("the session has ended:  r another one  u g fresh sandbox")
    show.press("q")
    show.see("q again")
    show.press("q")
    assert show.end() == 0


def test_a_step_that_hangs_behind_the_curtain_is_ended_by_an_interrupt(start: Start) -> None:
    """Whoever goes past a ping that has no end need not wait until its time is up."""
    page = "---\nnsh: 1\ntimeout: 1000s\n---\n```nsh\nnsh> sleep 1234\nnsh> true\n```\n"
    show = start(page, start_at=2)
    show.see(r"\^C ends a step that hangs")
    show.see(lambda: any(b"sleep\x001234" in _words(pid) for pid in below(show.child.pid or 0)))
    show.press("\x03")
    show.see_step(2, "!")
    show.press("q")
    show.see("q again")
    show.press("q")
    assert show.end() == 0


def test_a_mistake_of_ours_is_one_line(start: Start) -> None:
    """The terminal is as before."""
    show = start("no transcript", start_at=1, theme="unknown")
    before = show.modes()
    assert show.end() == 1
    assert "broke off" in show.raw
    assert "Traceback" not in show.raw
    assert show.modes() == before


def test_a_window_may_become_tiny_and_large_again(start: Start) -> None:
    """It says that it is too small, and nothing is lost."""
    show = start(FOUR).begun()
    show.press(" ")
    show.see_step(2, "✓")
    show.resize(3, 20)
    show.see("too small")
    show.resize(1, 1)
    show.resize(24, 80)
    show.see_step(2, "✓")
    show.see(r"nsh> echo one\none\nnsh>\n")
    show.press(" ")
    show.see_step(3, "✓")
    show.press("q", "q")
    assert show.end() == 0


def test_a_program_that_fills_the_screen_has_the_size_of_its_pane(start: Start) -> None:
    """And the page's lines are there again when it ends."""
    show = start(
        "```nsh\nnsh> echo before\nbefore\nnsh> bash -c 'tput smcup; read; stty size; read; tput rmcup'\n...\n```\n"
    ).begun()
    show.press(" ")
    show.see_step(2, "✓")
    show.press(" ")
    show.see("keys go to it")
    show.see(lambda: "before" not in show.text)
    show.press("\r")
    show.see(r"\n\d+ 120\n")
    show.press("\r")
    show.see("the end")
    show.see(r"\nbefore\n")
    show.press("q")
    assert show.end() == 0


def test_a_hidden_setup_is_not_seen(start: Start) -> None:
    """Its prompt is."""
    page = "```nsh setup\nnsh> new uts box\nbox ...\nnsh> enter box\n```\n```nsh\nnsh[box]> echo yes\nyes\n```\n"
    show = start(page).begun()
    assert re.search(r"\nnsh\[box\]>\n", show.text)
    assert "new uts" not in show.text
    show.press(" ")
    show.see("the end")
    assert re.search(r"\nnsh\[box\]> echo yes\nyes\nnsh\[box\]>\n", show.text)
    show.press("q")
    assert show.end() == 0


def test_what_comes_true_later_is_shown_once(start: Start) -> None:
    """Each try stands in the same place."""
    page = (
        "```nsh\nnsh> bash -c 'sleep 1; touch /tmp/there' &\n...\n"
        "nsh> ls /tmp/there   #: eventually=20s\n/tmp/there\n```\n"
    )
    show = start(page).begun()
    show.press(" ")
    show.see_step(2, "✓")
    show.press(" ")
    show.see("the end")
    assert " ✓ " in show.status
    assert show.text.count("nsh> ls /tmp/there") == 1
    assert "No such file" not in show.text
    show.press("q")
    assert show.end() == 0


def test_on_the_real_host_nothing_is_undone(start: Start) -> None:
    """Back is refused, with the reason; forward goes."""
    show = start(FOUR, sandbox=False).begun()
    show.press(" ")
    show.see_step(2, "✓")
    show.press("u")
    show.see("played on the real host, where nothing is undone")
    show.press("q", "q")
    assert show.end() == 0
