# SPDX-License-Identifier: MIT
"""How far long work is: one line on the terminal, from half a second on, and gone at the end."""

from __future__ import annotations

import sys
import time

_PATIENCE = 0.5  # seconds before it shows
_PAUSE = 0.1  # seconds between two lines


class Progress:
    """Counts steps of something, 0 where nobody knows how many; where standard error is no terminal it says nothing."""

    __slots__ = ("_done", "_is_shown", "_next", "_total", "_what")

    def __init__(self, what: str, total: int) -> None:
        self._what = what
        self._total = total
        self._done = 0
        self._next = time.monotonic() + _PATIENCE
        self._is_shown = False

    def step(self, count: int = 1) -> None:
        """So much more is done."""
        self._done += count
        now = time.monotonic()
        if now >= self._next and sys.stderr.isatty():
            self._next = now + _PAUSE
            self._is_shown = True
            of = f" of {self._total}" if self._total else ""
            sys.stderr.write(f"\r{self._what}: {self._done}{of}\x1b[K")
            sys.stderr.flush()

    def end(self) -> None:
        """Take the line away."""
        if self._is_shown:
            self._is_shown = False
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
