# SPDX-License-Identifier: MIT
"""The terminal while programs have it: lent to a job, taken back on every path (tcsetpgrp(3), termios(3))."""

from __future__ import annotations

import _signal
import os
import termios

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Modes = list[Any]


SANE = "\x1b[?1047l\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1l\x1b>\x1b[m\x0f"
"""The screen itself, no mouse, ordinary keys, colours and letters: nothing where it is so already."""


class Terminal:
    """The controlling terminal of a prompt."""

    def __init__(self) -> None:
        self.fd = os.open("/dev/tty", os.O_RDWR | os.O_CLOEXEC | os.O_NOCTTY)
        found = termios.tcgetattr(self.fd)
        self.modes: Modes = in_lines(found)
        if self.modes != found:
            self.set_modes(self.modes)
        if os.getpgrp() == 0:
            os.setpgid(0, 0)  # in a pid namespace whose shell lives outside, our group has no number: have one
            self.take_back()

    def modes_now(self) -> Modes:
        """How the terminal is set at this moment."""
        return termios.tcgetattr(self.fd)

    def set_modes(self, modes: Modes) -> None:
        """Set the terminal as a stopped program had it."""
        _with_ttou_blocked(lambda: termios.tcsetattr(self.fd, termios.TCSADRAIN, modes))

    def take_back(self) -> None:
        """Be the foreground group again and restore the modes, whatever a program left behind.

        An inner shell that dies in a pid namespace cannot give the terminal
        back to a group it cannot see, so this is not optional.
        """

        def take() -> None:
            os.tcsetpgrp(self.fd, os.getpgrp())
            termios.tcsetattr(self.fd, termios.TCSADRAIN, self.modes)

        _with_ttou_blocked(take)

    def give_to(self, group: int) -> None:
        """Put a group in front and continue it, if it is still there."""

        def give() -> None:
            os.tcsetpgrp(self.fd, group)
            os.killpg(group, _signal.SIGCONT)

        _with_ttou_blocked(give)

    def clean_up(self) -> None:
        """Switch off what a killed program had switched on, before anything is said on a screen that will go."""
        if os.environ.get("TERM", "dumb") not in ("dumb", "unknown"):
            _with_ttou_blocked(lambda: os.write(self.fd, SANE.encode()))

    def is_ours(self) -> bool:
        """Are we the foreground group? Also when the terminal has hung up and nobody is."""
        try:
            return os.tcgetpgrp(self.fd) == os.getpgrp()
        except OSError:
            return True

    def close(self) -> None:
        """Let go of the terminal."""
        os.close(self.fd)


def in_lines(modes: Modes) -> Modes:
    """The modes as programs expect them, where they are those of a prompt: nsh was killed there, and left them so.

    Whoever wants every byte as it is switches the processing of output off too (cfmakeraw, termios(3)).
    """
    kept = termios.ICANON | termios.ECHO | termios.ISIG | termios.IEXTEN
    if modes[3] & kept or not modes[1] & termios.OPOST:
        return modes
    return [modes[0] | termios.ICRNL | termios.IXON, modes[1], modes[2], modes[3] | kept, *modes[4:]]


def put_right(fd: int, modes: Modes) -> None:
    """Set the modes of a terminal, if it is ours to set: not from the background."""

    def put() -> None:
        if os.tcgetpgrp(fd) == os.getpgrp():
            termios.tcsetattr(fd, termios.TCSADRAIN, modes)

    _with_ttou_blocked(put)


def _with_ttou_blocked(act: Callable[[], object]) -> None:
    mask = _signal.pthread_sigmask(_signal.SIG_BLOCK, (_signal.SIGTTOU,))
    try:
        act()
    except (OSError, termios.error):
        pass  # the terminal has hung up: there is nothing left to restore
    finally:
        _signal.pthread_sigmask(_signal.SIG_SETMASK, mask)
