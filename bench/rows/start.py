# SPDX-License-Identifier: MIT
"""Start until a line typed at the first prompt has answered, against a bare prompt_toolkit loop and other shells."""

from __future__ import annotations

import fcntl
import os
import pty
import signal
import struct
import sys
import termios
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.peers import SHELLS, Peer, program_of
from bench.row import Row, Sample, Side, timed
from tests.program import NSH, scratch_environment

BARE = """
import os
from prompt_toolkit import PromptSession
from prompt_toolkit.history import FileHistory
session = PromptSession(history=FileHistory(os.environ["HOME"] + "/bare-history"))
while True:
    line = session.prompt("nsh> ")
    print("node is", os.uname().nodename)
"""
"""The least one can have: a prompt with a history that answers a line from the kernel."""

PROMPT = b"nsh>"


class Terminal:
    """A program on a terminal of its own, read byte by byte as it comes."""

    def __init__(self, argv: list[str], environment: dict[str, str]) -> None:
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execve(argv[0], argv, environment)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))

    def read_until(self, sought: bytes) -> None:
        """Read until the program has written `sought`."""
        seen = b""
        while sought not in seen:
            seen += os.read(self.fd, 65536)

    def close(self) -> None:
        """Hang up, and wait for the end."""
        os.close(self.fd)
        os.kill(self.pid, signal.SIGHUP)
        os.waitpid(self.pid, 0)


def until_prompt(argv: list[str], prompt: bytes, environment: dict[str, str]) -> Sample:
    """Start, wait for the prompt."""
    terminals: list[Terminal] = []

    def act() -> bool:
        terminals.append(Terminal(argv, environment))
        terminals[0].read_until(prompt)
        return True

    sample = timed(act)
    terminals[0].close()
    return sample


def until_answered(argv: list[str], line: bytes, environment: dict[str, str]) -> Sample:
    """Start, wait for the prompt, type `line`, wait for the name of this machine."""
    name = os.uname().nodename.encode()
    terminals = []

    def act() -> bytes:
        terminals.append(Terminal(argv, environment))
        terminals[0].read_until(PROMPT)
        os.write(terminals[0].fd, line + b"\r")
        terminals[0].read_until(name)
        return name

    sample = timed(act)
    terminals[0].close()
    return sample


def surroundings(home: Path) -> dict[str, str]:
    """An environment in which nsh keeps a history, as it does."""
    return scratch_environment(home, PROMPT_TOOLKIT_NO_CPR="1", NSH_HISTFILE=str(home / "history"))


def sides(stack: ExitStack) -> tuple[Side, Side]:
    """Both have a history file and a home of their own, and are asked for the node name."""
    home = Path(stack.enter_context(TemporaryDirectory()))
    environment = surroundings(home)
    bare = home / "bare.py"
    bare.write_text(BARE)

    def ours() -> Sample:
        return until_answered([NSH], b"uts hostname", environment)

    def theirs() -> Sample:
        return until_answered([sys.executable, str(bare)], b"uts hostname", environment)

    return ours, theirs


def beside(stack: ExitStack, peer: Peer) -> tuple[Side, Side]:
    """Both until their first prompt, with an empty home of their own that the turn before has made warm."""
    homes = [Path(stack.enter_context(TemporaryDirectory())) for _ in range(2)]
    ours, theirs = map(surroundings, homes)
    argv = [str(program_of(peer)), *peer.arguments]
    if not program_of(peer).exists():
        raise FileNotFoundError(f"{peer.package} is not installed")
    return partial(until_prompt, [NSH], PROMPT, ours), partial(until_prompt, argv, peer.prompt, theirs)


ROWS = (
    Row("start: first prompt, line answered", "bare prompt_toolkit loop", budget=1.15, turns=25, sides=sides),
    *(
        Row("start: first prompt", peer.package, peer.budget, turns=9, sides=partial(beside, peer=peer))
        for peer in SHELLS
    ),
)
