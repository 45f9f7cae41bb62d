# SPDX-License-Identifier: MIT
"""The prompt on a real terminal: keys that are signals, modes, marks, ways out."""

from __future__ import annotations

import re
import signal
import termios
from collections.abc import Callable
from pathlib import Path

import pexpect
import pytest

from tests.program import AID, MARK_C, NSH, TIMEOUT, Shell

pytestmark = pytest.mark.terminal

MARK_A, MARK_B = f"\x1b]133;A;aid={AID}\x07", f"\x1b]133;B;aid={AID}\x07"
PROMPT = re.compile(rf"{re.escape(MARK_A)}.*?(nsh[^>]*>).*?{re.escape(MARK_B)}", re.DOTALL)
MakeShell = Callable[..., Shell]


def prompt(shell: Shell) -> str:
    """The prompt that comes next, once it reads keys."""
    shell.child.expect(PROMPT)
    found = shell.child.match
    assert isinstance(found, re.Match)
    shell.child.waitnoecho(TIMEOUT)
    return re.sub(r"\x1b\[[0-9;]*m", "", found.group(1))


def modes(shell: Shell) -> list[object]:
    """How the terminal is set."""
    return list(termios.tcgetattr(shell.child.child_fd))


def paste(*lines: str) -> str:
    """As a terminal sends what is pasted, and Enter."""
    return "\x1b[200~" + "\r".join(lines) + "\x1b[201~\r"


def test_ctrl_c_drops_a_line_and_ends_a_program_but_never_nsh(shell: Shell) -> None:
    """Status 130 both times."""
    prompt(shell)
    shell.child.send("new uts never\x03")
    assert shell.finish().status == 130
    shell.type("sh -c 'echo READY; exec sleep 1000'")
    shell.child.expect_exact("READY\r\n")
    shell.child.send("\x03")
    assert shell.finish().status == 130
    assert shell.do("ls places").out == ""


def test_ctrl_d_leaves_a_place_and_ends_nsh_at_host(shell: Shell) -> None:
    """The word for it is on the screen: `exit`."""
    shell.do("new user,uts demo")
    shell.do("enter demo")
    assert prompt(shell) == "nsh[demo]>"
    shell.child.send("\x04")
    assert shell.finish().status == 0
    assert prompt(shell) == "nsh>"
    shell.child.send("\x04")
    assert shell.wait_end() == 0
    assert shell.log.getvalue().count("exit") == 2


def test_ctrl_z_stops_nsh_for_the_shell_around_it(environment: dict[str, str], tmp_path: Path) -> None:
    """`fg` of that shell brings the prompt back with the line that was being typed."""
    outer = pexpect.spawn(
        "/bin/bash",
        ["--norc", "--noediting"],
        env={**environment, "PS1": "outer$ ", "NSH_AID": AID, "PROMPT_TOOLKIT_NO_CPR": "1"},
        cwd=str(tmp_path),
        encoding="utf-8",
        timeout=TIMEOUT,
    )
    outer.delaybeforesend = None
    try:
        outer.sendline(NSH)
        outer.expect(PROMPT)
        outer.waitnoecho(TIMEOUT)
        outer.send("echo half\x1a")
        outer.expect("Stopped")
        outer.sendline("fg")
        outer.expect("nsh>")
        outer.waitnoecho(TIMEOUT)
        outer.send(" way\r")
        outer.expect_exact(MARK_C)
        outer.expect("half way\r\n")
        outer.waitnoecho(TIMEOUT)
        outer.send("\x04")
        outer.expect_exact("outer$ ")
    finally:
        outer.close(force=True)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_deadly_signal_leaves_the_terminal_as_it_was(make_shell: MakeShell, number: signal.Signals) -> None:
    """Also in the middle of a line; the status tells the signal."""
    shell = make_shell()
    before = modes(shell)
    prompt(shell)
    shell.child.send("new uts")
    shell.child.expect_exact("uts")
    assert modes(shell) != before
    shell.child.kill(number)
    shell.child.expect(pexpect.EOF)
    assert modes(shell) == before
    assert shell.wait_end() == 128 + number


def test_a_deadly_signal_ends_nsh_under_a_program(shell: Shell) -> None:
    """The program ends with it; nothing is left."""
    prompt(shell)
    shell.type("sh -c 'echo READY; exec sleep 1000'")
    shell.child.expect_exact("READY\r\n")
    shell.child.kill(signal.SIGTERM)
    assert shell.wait_end() == 128 + signal.SIGTERM


def test_quit_leaves_the_terminal_as_it_was(make_shell: MakeShell) -> None:
    """Whatever a program did to it."""
    shell = make_shell()
    before = modes(shell)
    shell.do("stty raw -echo")
    shell.do("printf no-newline")
    prompt(shell)
    shell.child.send("quit\r")
    shell.wait_end()
    assert modes(shell) == before


def test_a_program_that_is_killed_leaves_a_usable_terminal(shell: Shell) -> None:
    """It had the terminal in raw mode and could not put that back."""
    assert shell.do("sh -c 'stty raw -echo; kill -9 $$'").status == 128 + signal.SIGKILL
    out = shell.do("stty -a").out
    assert re.search(r" icanon .* echo ", out.replace("\n", " "))
    assert shell.do("echo fine").out == "fine\n"


def test_each_line_has_its_four_marks_in_order(shell: Shell) -> None:
    """A and B around the prompt, C and D around the output, with the id that we were given."""
    shell.do("echo hello")
    prompt(shell)
    marks = re.findall(r"\x1b\]133;([ABCD])(?:;(\d+))?;aid=([0-9a-f]+)\x07", shell.log.getvalue())
    assert marks == [("A", "", AID), ("B", "", AID), ("C", "", AID), ("D", "0", AID), ("A", "", AID), ("B", "", AID)]


def test_a_pasted_block_runs_line_by_line_up_to_an_error(shell: Shell) -> None:
    """Each line has a prompt, its marks and its output, as if it had been typed."""
    prompt(shell)
    shell.child.send(paste("echo one", "zzz", "echo never"))
    shell.child.expect_exact(MARK_C)
    assert shell.finish().out == "one\n"
    shell.child.expect_exact(MARK_C)
    refused = shell.finish()
    assert refused.status == 127
    assert refused.out.startswith("     ^^^\nunknown command: 'zzz'\n")
    shell.child.expect_exact("1 more pasted line was not run")
    assert shell.do("echo after").out == "after\n"


def test_lines_sent_without_waiting_all_run(shell: Shell) -> None:
    """A terminal without bracketed paste sends lines as if they were typed fast."""
    prompt(shell)
    shell.child.send("echo one\recho two\r")
    for word in ("one\n", "two\n"):
        shell.child.expect_exact(MARK_C)
        assert shell.finish().out.endswith(word)


def test_a_line_is_in_the_file_at_once_and_comes_back_in_the_next_session(
    make_shell: MakeShell, tmp_path: Path
) -> None:
    """`history` shows it, the up arrow brings it."""
    file = tmp_path / "history"
    first = make_shell(NSH_HISTFILE=str(file))
    first.do("echo remembered")
    assert "\n+echo remembered\n" in file.read_text()
    second = make_shell(NSH_HISTFILE=str(file))
    assert "  echo remembered\n" in second.do("history").out
    second.child.waitnoecho(TIMEOUT)
    second.child.send("\x1b[A\x1b[A\r")
    second.child.expect_exact(MARK_C)
    assert second.finish().out == "remembered\n"


def test_no_color_means_no_colour(make_shell: MakeShell) -> None:
    """Neither in the line nor in the prompt."""
    shell = make_shell(NO_COLOR="1")
    shell.do("zzz")
    shell.do("new uts demo")
    shell.do("enter demo")
    prompt(shell)
    assert re.findall(r"\x1b\[[0-9;]*\b(?:3[0-9]|4[0-9]|9[0-7])[0-9;]*m", shell.log.getvalue()) == []


def test_an_unknown_word_is_red_before_enter(shell: Shell) -> None:
    """A known one is not."""
    prompt(shell)
    shell.child.send("zz")
    shell.child.expect(r"\x1b\[0;31m")
    shell.child.send("\x15new")
    shell.child.expect(r"\x1b\[0;32m")


def test_a_terminal_that_draws_nothing_gets_plain_text(make_shell: MakeShell) -> None:
    """TERM=dumb: prompt, line, answer; not one escape sequence."""
    shell = make_shell(TERM="dumb")
    shell.child.expect_exact("nsh> ")
    shell.child.send("new user,uts demo\r")
    shell.child.expect_exact("nsh> ")
    shell.child.send("enter demo\r")
    shell.child.expect_exact("nsh[demo]> ")
    shell.child.send("\x04")
    shell.child.expect_exact("nsh> ")
    shell.child.send("half a line\x03")
    shell.child.expect_exact("nsh> ")
    shell.child.send("\x04")
    assert shell.wait_end() == 0
    assert "\x1b" not in shell.log.getvalue()


def test_a_hung_up_terminal_ends_nsh(make_shell: MakeShell) -> None:
    """The window is closed: nsh goes, and what it made."""
    shell = make_shell()
    shell.do("new uts demo")
    prompt(shell)
    shell.child.close()
    assert shell.child.exitstatus == 128 + signal.SIGHUP
