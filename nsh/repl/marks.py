# SPDX-License-Identifier: MIT
"""The marks around prompt and output that terminals and transcripts read (OSC 133).

`A` stands before the prompt, `B` after it, `C` before a line's output and
`D;STATUS` after it, so a terminal can jump from prompt to prompt, and a
program that drives nsh need not guess where an answer ends. Each carries
`aid=ID`: the session's own, so that a nested shell's marks are told apart.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping


def session_id(environ: Mapping[str, str]) -> str:
    """`$NSH_AID` if it is 16 or more hexadecimal digits, else random."""
    given = environ.get("NSH_AID", "")
    if len(given) >= 16 and all(digit in "0123456789abcdefABCDEF" for digit in given):
        return given
    return os.urandom(8).hex()


class Marks:
    """Writes the four marks through `write`; nothing at all when `write` is None."""

    def __init__(self, write: Callable[[str], None] | None, aid: str = "") -> None:
        self._write = write
        self._aid = aid

    def prompt_begins(self) -> None:
        """`A`: the prompt comes next."""
        self._mark("A")

    def input_begins(self) -> None:
        """`B`: what comes next is typed by the user."""
        self._mark("B")

    def output_begins(self) -> None:
        """`C`: the line was accepted, what comes next is its output."""
        self._mark("C")

    def output_ends(self, status: int) -> None:
        """`D;STATUS`: the line is done; after `B` without `C`, it was dropped."""
        self._mark(f"D;{status}")

    def _mark(self, what: str) -> None:
        if self._write is not None:
            self._write(f"\x1b]133;{what};aid={self._aid}\x07")
