# SPDX-License-Identifier: MIT
"""The prompt on a terminal, with an eye on who has the terminal: waits for states, never for time."""

from __future__ import annotations

import os
import re
import select
import time
from collections.abc import Callable
from pathlib import Path

import pexpect

from tests.program import AID, NSH, TIMEOUT, Done, Shell, on_terminal, plain

MARK_B = f"\x1b]133;B;aid={AID}\x07"
UNTIL_KILLED = "sh -c 'echo u\"\"p; exec sleep 1000'"
BASH = "env PS1=B: HISTFILE= bash --norc --noprofile"
INTERRUPT, QUIT, SUSPEND, END = "\x03", "\x1c", "\x1a", "\x04"


class Console(Shell):
    """A Shell that knows the foreground group. With `outer`, nsh runs under an interactive bash."""

    def __init__(self, environment: dict[str, str], cwd: Path, *argv: str, outer: bool = False) -> None:
        if not outer:
            super().__init__(environment, cwd, *argv)
            self.child.expect_exact(MARK_B)
            self.group = int(self.child.pid or 0)
            return
        super().__init__(environment, cwd, "--version")  # its log and settings; the child is replaced
        self.child.expect(pexpect.EOF)
        self.child.close()
        bash = ["bash", "--norc", "--noprofile", "-i"]
        self.child = on_terminal(bash, {**environment, "PS1": "OUTER:", "HISTFILE": ""}, cwd, self.log)
        self.child.expect_exact("OUTER:")
        self.child.send(" ".join((NSH, *argv)) + "\r")
        self.child.expect_exact(MARK_B)
        self.group = self.front()

    def until_prompt(self) -> str:
        """What is on the screen up to the end of the next prompt."""
        self.child.expect_exact(MARK_B)
        return plain(self.child.before or "")

    def prompt(self) -> str:
        """The prompt that comes next."""
        return self.until_prompt().splitlines()[-1].strip()

    def front(self) -> int:
        """The foreground group of the terminal."""
        return os.tcgetpgrp(self.child.child_fd)

    def wait_front(self, other_than: int) -> int:
        """Wait until another group has the terminal, and return it."""
        wait_until(lambda: self.front() not in (other_than, 0))
        return self.front()

    def start(self, line: str, *, until: str = "up") -> None:
        """Type a line whose program takes the terminal, and wait until it has it and has said a word."""
        self.type(line)
        self.wait_front(self.group)
        self.child.expect_exact(until)

    def send(self, *keys: str) -> None:
        """Press keys, or type what a program in front reads."""
        for key in keys:
            self.child.send(key)

    def press_until(self, key: str, what: str | re.Pattern[str]) -> None:
        """Press a key again and again until that is on the screen: the kernel makes one signal of two that wait."""
        patience = TIMEOUT
        while patience > 0:
            self.send(key)
            if self.child.expect([what, pexpect.TIMEOUT], timeout=0.3) == 0:
                return
            patience -= 0.3
        raise AssertionError(f"{what} never came")

    def ended_with(self) -> int:
        """The status in the mark that was seen last."""
        found = self.child.match
        assert isinstance(found, re.Match)
        return int(found.group(1))

    def see(self, text: str) -> None:
        """Wait until that text is on the screen."""
        self.child.expect_exact(text)

    def end_by(self, line: str, *keys: str) -> Done:
        """Run a program that says `up`, press keys, and wait for its end."""
        self.start(line)
        self.send(*keys)
        return self.finish()

    def wait_up_to(self, seconds: float) -> None:
        """Let a moment pass, for tests of what may come at any moment."""
        select.select([], [], [], seconds)

    def is_ours(self) -> bool:
        """Is nsh in front again?"""
        return self.front() == self.group


Start = Callable[..., Console]


def modes(console: Console) -> str:
    """How a program finds the terminal, which also proves that one can run and that nsh has it back."""
    done = console.do("stty -g")
    assert done.status == 0, done
    assert console.is_ours()
    return done.out.splitlines()[0]  # news may be told below it


def wait_until(state: Callable[[], object], seconds: float = TIMEOUT) -> None:
    """Wait until `state()` is true."""
    deadline = time.monotonic() + seconds
    while not state():
        assert time.monotonic() < deadline, "it never came to that"
        select.select([], [], [], 0.002)
