# SPDX-License-Identifier: MIT
"""What keeps a namespace, running beside a test: a scenario of tests/session/keeper.py in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent


class Kept:
    """A running scenario."""

    def __init__(self, name: str) -> None:
        argv = [sys.executable, "-m", "tests.session.keeper", name]
        self.process = subprocess.Popen(
            argv, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
        )
        self._facts: dict[str, Any] = {}

    @property
    def facts(self) -> dict[str, Any]:
        """What it has made; waits until it has."""
        self._facts = self._facts or self.answer()
        return self._facts

    def answer(self) -> dict[str, Any]:
        """The next line that it prints."""
        assert self.process.stdout is not None
        found: dict[str, Any] = json.loads(self.process.stdout.readline())
        return found

    def go_on(self) -> None:
        """Let it end its children, and wait until they have ended."""
        assert self.process.stdin is not None
        self.process.stdin.write(b"\n")
        self.process.stdin.flush()
        self.answer()

    def close(self) -> None:
        """End it and all that it made."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.communicate()


def keeping() -> Iterator[Callable[[str], Kept]]:
    """For a fixture: `kept("thread")` makes that pin; it is gone with the test."""
    started: list[Kept] = []

    def start(name: str) -> Kept:
        started.append(Kept(name))
        assert started[-1].facts
        return started[-1]

    yield start
    for one in started:
        one.close()
