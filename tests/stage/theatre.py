# SPDX-License-Identifier: MIT
"""A show on a real terminal, watched as an audience watches it: by what is on the screen."""

from __future__ import annotations

import os
import re
import signal
import sys
import termios
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self

import pexpect
import pyte

from nsh.stage.orders import Result, result_from_json

ROOT = Path(__file__).resolve().parents[2]
BUSY = "keys go to it|setting the stage|going there|edit the line|your prompt"
"""What the screen shows while the show is not between two steps."""
PATIENCE = 40.0 * float(os.environ.get("NSH_TEST_SCALE", "1"))
"""Only a failing test waits so long."""


class Theatre:
    """One show: `press` keys, `see` what is there."""

    def __init__(
        self,
        page: Path,
        environment: Mapping[str, str],
        folder: Path,
        job: str = "{}",
        size: tuple[int, int] = (32, 120),
    ) -> None:
        self.screen = pyte.Screen(size[1], size[0])
        self._stream = pyte.Stream(self.screen)
        self._result = folder / "result.json"
        self.raw = ""
        self.child = pexpect.spawn(
            sys.executable,
            ["-m", "tests.stage.trial", str(page), str(self._result), job],
            env={**environment, "PYTHONPATH": str(ROOT)},
            cwd=str(ROOT),
            dimensions=size,
            encoding="utf-8",
            timeout=PATIENCE,
        )
        self.child.delaybeforesend = None

    @property
    def rows(self) -> list[str]:
        """The screen, row by row."""
        return [row.rstrip() for row in self.screen.display]

    @property
    def text(self) -> str:
        """The whole screen."""
        return "\n".join(self.rows)

    @property
    def status(self) -> str:
        """The status line."""
        return self.rows[-1]

    def press(self, *keys: str) -> None:
        """These keys."""
        for key in keys:
            self.child.send(key)

    def see(self, what: str | Callable[[], bool]) -> None:
        """Wait until the screen shows a text that matches, or until that is so."""
        deadline = time.monotonic() + PATIENCE
        while not (re.search(what, self.text) if isinstance(what, str) else what()):
            if time.monotonic() > deadline:
                raise AssertionError(f"never seen: {what}\n{self.text}")
            self.take(0.2)

    def take(self, seconds: float) -> None:
        """What comes within that time."""
        try:
            new = self.child.read_nonblocking(65536, timeout=seconds)
        except pexpect.TIMEOUT:
            return
        self.raw += new
        self._stream.feed(new)

    def see_step(self, number: int, mark: str = "") -> None:
        """Wait for the boundary before a step: of a mark, too, if one is given."""
        wanted = rf" {number}/\d+ +{mark}"
        self.see(lambda: bool(re.match(wanted, self.status)) and not re.search(BUSY, self.text))

    def begun(self) -> Self:
        """The talk begins: at its first step."""
        self.see("Space begins")
        self.press(" ")
        self.see_step(1)
        return self

    def leave(self) -> None:
        """From the middle: asked once; and it ends well."""
        self.press("q")
        self.see("q again to quit")
        self.press("q")
        assert self.end() == 0

    def resize(self, rows: int, columns: int) -> None:
        """Another window."""
        self.screen.resize(rows, columns)
        self.child.setwinsize(rows, columns)

    def end(self) -> int:
        """Wait for the end of the show: its exit status."""
        try:
            while True:
                self.raw += (new := self.child.read_nonblocking(65536, timeout=PATIENCE))
                self._stream.feed(new)
        except pexpect.EOF:
            pass
        self.child.wait()
        return 128 + self.child.signalstatus if self.child.signalstatus else int(self.child.exitstatus or 0)

    def result(self) -> Result:
        """What the show left behind."""
        return result_from_json(self._result.read_text())

    def modes(self) -> list[Any]:
        """How the terminal is set."""
        return termios.tcgetattr(self.child.child_fd)

    def close(self) -> None:
        """Whatever is left of it."""
        if self.child.isalive():
            self.child.kill(signal.SIGKILL)
        self.child.close(force=True)
