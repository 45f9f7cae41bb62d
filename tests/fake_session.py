# SPDX-License-Identifier: MIT
"""A session without processes: it remembers what it was asked, and answers as the test wants."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from nsh.engine import Engine
from nsh.errors import NoSuchName, Refused
from nsh.registry import REGISTRY, Registry
from nsh.session.interrupt import Interrupts
from nsh.session.programs import Program
from nsh.session.session import Session
from nsh.session.story import Story
from nsh.traced import Call


class FakePlace:
    """A place with its types and nothing behind it."""

    def __init__(self, name: str, types: tuple[str, ...] = ("uts",)) -> None:
        self.name = name
        self.types = types


class FakeSeat:
    """Where one sits: an environment and a directory."""

    def __init__(self, cwd: str) -> None:
        self.environment = {"HOME": "/home/me", "PATH": "/bin"}
        self.cwd = cwd


class FakeSession:
    """What engine and commands see of a session.

    `programs` are those that `find_program` finds, with the status each ends
    with; `ran` is what was run: where, the words, the redirections, the text on
    standard input. Files are opened below `folder`.
    """

    def __init__(self, folder: Path) -> None:
        self.status = 0
        self.variables: dict[str, str] = {}
        self.settings: dict[str, str] = {}
        self.history: list[str] = []
        self.places: dict[str, FakePlace] = {}
        self.ended: dict[str, str] = {}
        self.interactive = False
        self.interrupts = Interrupts()
        self.interpret: Callable[[str], int] = lambda line: 0
        self.recent: list[Call] = []
        self.story = Story()
        self.rehearse: Callable[[str, object], int] = lambda line, session: 0
        self.seat = self.host = FakeSeat(str(folder))
        self.programs = {"echo": 0, "true": 0, "false": 1, "wc": 0, "ps": 0, "rm": 0}
        self.ran: list[tuple[str, list[list[str]]]] = []
        self.redirects: list[list[tuple[int, str, str]]] = []
        self.stdin = ""
        self.background = False
        self.sits_in: list[str] = []
        self._folder = folder

    def about_to(self, words: tuple[str, ...]) -> None:
        """A command is going to run."""

    def names(self) -> list[str]:
        """The names in use."""
        return list(self.places)

    def happened(self) -> list[str]:
        """Nothing ends behind the back of a fake."""
        return []

    def prompt(self) -> str:
        """The prompt."""
        return "nsh>"

    def shell_pid(self) -> int:
        """`$$`."""
        return 4242

    def find_program(self, word: str) -> bool:
        """Is there such a program?"""
        return word in self.programs

    def run(self, programs: list[Program], *, background: bool = False, stdin: int | None = None) -> int:
        """Remember the programs; the status of the last."""
        place = self.sits_in[-1] if self.sits_in else "host"
        self.ran.append((place, [program.argv for program in programs]))
        self.redirects.append([redirect for program in programs for redirect in program.redirects])
        self.background = background
        if stdin is not None:
            self.stdin = os.read(stdin, 1 << 20).decode()
        return self.programs.get(programs[-1].argv[0], 0)

    def open_file(self, path: str, mode: str) -> int:
        """A file below the folder."""
        flags = {"r": os.O_RDONLY, "w": os.O_WRONLY | os.O_CREAT | os.O_TRUNC, "a": os.O_WRONLY | os.O_APPEND}
        try:
            return os.open(self._folder / path.lstrip("/"), flags[mode] | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise Refused(f'open("{path}")', error.errno or 0) from error

    @contextmanager
    def on(self, ref: str) -> Iterator[None]:
        """Sit in a place for a while."""
        if ref not in self.places and ref != "host":
            raise NoSuchName(f"{ref}: no such place")
        self.sits_in.append(ref)
        try:
            yield
        finally:
            self.sits_in.pop()


class Lines:
    """An engine over a fake session, and what it printed: `lines("help").out`."""

    def __init__(
        self,
        folder: Path,
        registry: Registry = REGISTRY,
        *,
        color: bool = False,
        width: int | None = None,
        interactive: bool = False,
        json: bool = False,
    ) -> None:
        self.session = FakeSession(folder)
        self.out = ""
        self.err = ""
        self.engine = Engine(
            cast(Session, self.session),
            registry,
            self._write_out,
            self._write_err,
            color=color,
            width=lambda: width,
            interactive=interactive,
            json=json,
        )

    def __call__(self, line: str) -> int:
        """Run one line and forget what was printed before; its status."""
        self.out = self.err = ""
        return self.engine.run_line(line)

    def script(self, text: str, filename: str | None = "x.nsh", *, keep_going: bool = False, echo: bool = False) -> int:
        """Run a script and forget what was printed before; its status."""
        self.out = self.err = ""
        return self.engine.run_script(text, filename, keep_going, echo)

    @property
    def ran(self) -> list[list[str]]:
        """The words of every program that was run, wherever it was."""
        return [argv for _, programs in self.session.ran for argv in programs]

    def _write_out(self, text: str) -> None:
        self.out += text

    def _write_err(self, text: str) -> None:
        self.err += text
