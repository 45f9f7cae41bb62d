# SPDX-License-Identifier: MIT
"""`nsh play` as a speaker starts it: a job of a shell on a terminal, which is looked at before and after it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pexpect
import pyte

from tests.program import NSH
from tests.stage.theatre import PATIENCE, Theatre

SHOW = "nsh.stage.show"
INIT = "nsh: sandbox (init)"


class Booth(Theatre):
    """A shell; `begin` starts a program in it and `end` waits until the shell has the terminal again."""

    def __init__(self, environment: Mapping[str, str], folder: Path, size: tuple[int, int] = (32, 120)) -> None:
        self.screen = pyte.Screen(size[1], size[0])
        self._stream = pyte.Stream(self.screen)
        self.raw = ""
        self._folder = folder
        self.child = pexpect.spawn(
            "bash",
            ["--norc"],
            env={**environment, "PS1": "ready: "},
            cwd=str(folder),
            dimensions=size,
            encoding="utf-8",
            timeout=PATIENCE,
        )
        self.child.delaybeforesend = None
        self.see("ready:")

    def begin(self, words: str) -> None:
        """Start `nsh WORDS`."""
        self.press(f"clear; stty -a > before; {NSH} {words}; echo ended with $?; stty -a > after\r")

    def end(self) -> int:
        """Wait for the end of what was begun: its exit status. The terminal has to be as it was."""
        self.see(r"ended with \d+")
        self.see(lambda: (self._folder / "after").exists() and self.rows[self.screen.cursor.y].startswith("ready:"))
        found = re.search(r"ended with (\d+)", self.text)
        assert found
        assert (self._folder / "before").read_text() == (self._folder / "after").read_text()
        during = self.raw[: self.raw.rindex(f"ended with {found[1]}")]
        assert last_of(during, "1049") in ("l", "")
        assert last_of(during, "25") in ("h", "")
        for mode in ("1000", "1002", "1003", "1006", "2004"):
            assert last_of(during, mode) in ("l", ""), mode
        (self._folder / "after").unlink()
        return int(found[1])

    def supervisor(self) -> int:
        """The process of `nsh play`."""
        return children(self.child.pid)[0]


def last_of(text: str, mode: str) -> str:
    """How a private mode of the terminal was set last: h, l, or '' for never."""
    return next(iter(re.findall(rf"\x1b\[\?{mode}([hl])", text)[::-1]), "")


def children(pid: int | None) -> list[int]:
    """The processes that this one started."""
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def below(pid: int) -> Iterator[int]:
    """All processes that come from this one."""
    for child in children(pid):
        yield child
        try:
            yield from below(child)
        except OSError:
            continue  # ended meanwhile


def named(pid: int, name: str) -> int:
    """The process below `pid` that is called so. ValueError for none."""
    for each in below(pid):
        try:
            words = Path(f"/proc/{each}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if name in words:
            return each
    raise ValueError(f"no {name}")


def is_gone(pid: int) -> bool:
    """Has it ended?"""
    return not os.path.exists(f"/proc/{pid}")
