# SPDX-License-Identifier: MIT
"""The speaker's terminal around a show: the alternate screen before it, everything as it was after it."""

from __future__ import annotations

import os
import termios
import tty
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from nsh.kernel.foreground import give_terminal, set_modes, stop_as_job

_UP = "\x1b[?1049h\x1b[2J\x1b[H"
"""The alternate screen, empty (xterm's control sequences)."""

_DOWN = (
    "\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l"  # no reports of the mouse
    "\x1b[?2004l\x1b[>4m\x1b[?1l\x1b>"  # no bracketed paste, the usual keys
    "\x1b[r\x1b[0m\x1b(B"  # no region that scrolls, no colour, no line drawing
    "\x1b[?7h\x1b[0 q\x1b[?25h"  # lines wrap, the usual cursor, shown
    "\x1b[?1049l"
)


class Curtain:
    """Remembers the terminal as it was. Of a terminal that has hung up nothing is wanted."""

    def __init__(self) -> None:
        self._modes = _modes()
        self.is_up = False

    @contextmanager
    def raised(self) -> Iterator[None]:
        """The terminal is the show's; whatever ends it, it is as before afterwards."""
        self._raise()
        try:
            yield
        finally:
            self.fall()

    def fall(self) -> None:
        """Leave the alternate screen, show the cursor, take the terminal and its modes back."""
        give_terminal(os.getpgrp())
        if self.is_up:
            self.is_up = False
            leave_screen()
        set_modes(self._modes)

    def stop(self) -> None:
        """Stop as a job, the terminal as the shell wants it; then go on with the show's own modes."""
        modes = _modes()
        self.fall()
        stop_as_job()
        self._modes = _modes()  # the shell's own may have changed meanwhile
        self._raise()
        set_modes(modes)

    def _raise(self) -> None:
        self.is_up = True
        _write(_UP)
        with suppress(termios.error):
            tty.setcbreak(0, termios.TCSADRAIN)  # between two shows no key is echoed either


def leave_screen() -> None:
    """Undo what a full-screen program may have asked of the terminal."""
    _write(_DOWN)


def _modes() -> list[object] | None:
    try:
        return list(termios.tcgetattr(0))
    except termios.error:
        return None


def _write(text: str) -> None:
    data = text.encode("ascii")
    with suppress(OSError):
        while data:
            data = data[os.write(1, data) :]
