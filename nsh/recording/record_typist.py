# SPDX-License-Identifier: MIT
"""Types the lines of standard input at a prompt, one when the one before it has answered."""

from __future__ import annotations

import os
from collections.abc import Callable

_CHUNK = 65536


class Typist:
    """For a standard input that is no terminal. At its end `quit` is typed."""

    def __init__(self, prompts: Callable[[], int]) -> None:
        self._prompts = prompts
        self._lines = 0
        self._read = b""
        self._is_at_end = False
        self._has_quit = False

    @property
    def wants_more(self) -> bool:
        """Is there more to be read before a line is whole?"""
        return not self._is_at_end and b"\n" not in self._read

    def hear(self) -> None:
        """Read what there is."""
        data = os.read(0, _CHUNK)
        self._read += data
        self._is_at_end = not data

    def due(self) -> bytes:
        """The next line, if a prompt waits for one."""
        if self._has_quit or self.wants_more or self._prompts() == self._lines:
            return b""
        self._lines = self._prompts()
        line, _, self._read = self._read.partition(b"\n")
        self._has_quit = self._is_at_end and not line and not self._read
        return b"quit\r" if self._has_quit else line.removesuffix(b"\r") + b"\r"
