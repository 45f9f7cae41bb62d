# SPDX-License-Identifier: MIT
"""After each kind of fault a terminal is as it was: its modes, its echo, and the next nsh prompts on it."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import termios
import tty
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nsh.session.terminal import in_lines
from tests.program import NSH, TIMEOUT, on_terminal, plain
from tests.safety.machine import children, is_traced, kill, until
from tests.safety.test_stopped import stop, titled
from tests.session.console import MARK_B, UNTIL_KILLED, Console

pytestmark = [pytest.mark.real, pytest.mark.terminal, pytest.mark.once]

PROMPT = "OUTER:"
RAW = "sh -c 'stty raw -echo; echo u\"\"p; exec sleep 1000'"


class Outer(Console):
    """A shell on a terminal, below which nsh is started again and again."""

    def __init__(self, environment: dict[str, str], cwd: Path, *argv: str) -> None:
        self.log = io.StringIO()
        self.child = on_terminal(argv, {**environment, "PS1": PROMPT, "HISTFILE": ""}, cwd, self.log)
        self.child.expect_exact(PROMPT)
        self.modes = self.say("stty -g")

    def say(self, line: str) -> str:
        """What the shell prints for a line, behind the line itself, which is echoed."""
        self.child.send(f"{line}\r")
        echoed, _, said = self.until_back().partition("\n")
        assert echoed.endswith(line)
        return said.strip()

    def until_back(self) -> str:
        """Wait until the shell is in front again; what was said meanwhile."""
        self.child.expect_exact(PROMPT)
        return plain(self.child.before or "")

    def begin(self, words: str = NSH) -> int:
        """Start nsh, and wait for its prompt; the pid."""
        self.child.send(f"{words}\r")
        self.child.expect_exact(MARK_B)
        self.child.waitnoecho(TIMEOUT)
        self.group = self.front()
        return self.group

    def quit(self) -> None:
        """End nsh in order."""
        self.type("quit")
        self.until_back()

    def check_prompt(self) -> None:
        """nsh prompts, and a program that it runs finds the modes from before; what is typed is echoed."""
        assert self.modes in self.do("stty -g").out.splitlines()  # news may be told beside it
        self.start("sh -c 'echo u\"\"p; read word; echo again: $word'")
        self.send("seen\r")
        assert self.finish().out == "\nseen\nagain: seen\n"

    def check(self) -> None:
        """So does the shell, and the next nsh."""
        self.child.send("echo in''deed\r")  # behind what nsh may have left unread
        self.child.expect_exact("indeed\r\n")
        self.until_back()
        assert self.say("stty -g") == self.modes
        assert self.say("echo o''k") == "ok"
        self.begin()
        self.check_prompt()
        self.quit()
        assert self.say("stty -g") == self.modes


@pytest.fixture
def outer(environment: dict[str, str], tmp_path: Path) -> Iterator[Outer]:
    """An interactive bash on a terminal."""
    opened = Outer(environment, tmp_path, "bash", "--norc", "--noprofile", "-i")
    yield opened
    opened.close()


# nsh lives.


def failing(outer: Outer, pid: int, call: str) -> None:
    """Its helper is refused a call, as often as it tries, for a line; EAGAIN is what a full table of processes says."""
    inject = ["-e", f"trace={call}", "-e", f"inject={call}:error=EAGAIN", "-o", os.devnull]
    host = titled(pid, "host")
    with subprocess.Popen(["strace", "-qq", *inject, f"-p{host}"]) as strace:
        until(lambda: is_traced(host), "strace has attached")
        assert outer.do("sh -c 'exit 3'").status not in (0, 3)
        strace.terminate()


def test_nsh_that_lives_through_a_fault_has_the_terminal_as_before(outer: Outer) -> None:
    """Killed: helpers, a holder, an init, one beneath a program in raw mode; stopped; a call that fails."""
    pid = outer.begin()
    assert outer.do("new -q user,uts a; new -q user,pid,mnt box; enter a").status == 0
    kill(titled(pid, "a"))
    outer.check_prompt()
    kill(titled(pid, "a (holder)"))
    outer.check_prompt()
    kill(titled(pid, "box (holder)"))
    outer.check_prompt()
    outer.start(RAW)
    kill(titled(pid, "host"))
    outer.finish()
    outer.check_prompt()
    stop(titled(pid, "host"))
    outer.check_prompt()
    failing(outer, pid, "clone3")
    outer.check_prompt()
    outer.quit()
    outer.check()


# nsh ends.


def killed_at_its_prompt(outer: Outer) -> None:
    """While a line is typed."""
    pid = outer.begin()
    outer.send("half")
    outer.see("half")
    kill(pid)


def killed_under_a_program(outer: Outer) -> None:
    """A program has the terminal."""
    pid = outer.begin()
    outer.start(UNTIL_KILLED)
    kill(pid)


def killed_under_a_raw_program(outer: Outer) -> None:
    """A program has the terminal, and has set it as an editor does."""
    pid = outer.begin()
    outer.start(RAW)
    kill(pid)


def terminated(outer: Outer) -> None:
    """SIGTERM."""
    os.kill(outer.begin(), signal.SIGTERM)


def without_its_zygote(outer: Outer) -> None:
    """It ends with a word."""
    (zygote,) = children(outer.begin())
    kill(zygote)
    outer.send("true\r")


def out_of_files(outer: Outer) -> None:
    """It cannot even prompt any more."""
    pid = outer.begin()
    subprocess.run(["prlimit", f"--pid={pid}", "--nofile=3:"], check=True)
    outer.send("true\r")


def never_with_files(outer: Outer) -> None:
    """It does not come to a prompt."""
    outer.child.send(f"prlimit --nofile=12:12 -- {NSH}\r")


@pytest.mark.parametrize(
    "end",
    [
        killed_under_a_raw_program,
        without_its_zygote,
        *(
            pytest.param(slow, marks=pytest.mark.slow)
            for slow in (killed_at_its_prompt, killed_under_a_program, terminated, out_of_files, never_with_files)
        ),
    ],
)
def test_after_an_end_that_nobody_wanted_the_terminal_is_as_before(end: Callable[[Outer], None], outer: Outer) -> None:
    """The shell from which nsh was started goes on in it, and another nsh."""
    end(outer)
    outer.until_back()
    outer.check()


def test_the_modes_that_a_killed_nsh_has_left_are_put_right_by_the_next(
    environment: dict[str, str], tmp_path: Path
) -> None:
    """Below a shell that does not do it: dash leaves a terminal as the dead one had it."""
    outer = Outer(environment, tmp_path, "dash", "-i")
    kill(outer.begin())
    outer.until_back()
    outer.child.send(f"{NSH}\n")
    outer.child.expect_exact(MARK_B)
    outer.group = outer.front()
    outer.check_prompt()
    outer.quit()
    outer.check()
    outer.close()


def test_a_terminal_that_is_raw_on_purpose_stays_so() -> None:
    """It is not as a prompt leaves it: its output is not processed either."""
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    modes = termios.tcgetattr(theirs)
    assert in_lines(modes) == modes
    os.close(ours)
    os.close(theirs)
