# SPDX-License-Identifier: MIT
"""What programs write, passed on by nsh: in the background so that it does not tear the line being typed.

Their standard output is a pseudo-terminal without output processing, so they
still see a terminal of the right size, and `fg` gives what they write straight
through. Their standard error is a pipe: programs such as less(1) set the modes
of the terminal that they find there, and it must be the real one they find.

With `set record on` programs in front are heard in the same way. Their standard
error is then that pseudo-terminal too: what they write keeps its order, and a
shell that looks there is interactive, though without job control. Those that
draw (nsh.session.recorded) get the terminal itself.
"""

from __future__ import annotations

import fcntl
import os
import termios

_OFLAG = 1
_CHUNK = 65536


class Relay:
    """The output of one job; `out` and `err` are what its programs get, `as_one` the same for both."""

    def __init__(self, terminal: int, *, as_one: bool = False) -> None:
        self._terminal = terminal
        self._pty, self.out = os.openpty()
        self.fds = [self._pty]
        if as_one:
            self.err = os.dup(self.out)
        else:
            pipe, self.err = os.pipe2(os.O_CLOEXEC)
            self.fds.append(pipe)
        modes = termios.tcgetattr(self.out)
        modes[_OFLAG] &= ~termios.OPOST
        termios.tcsetattr(self.out, termios.TCSANOW, modes)
        self.take_size()
        for fd in self.fds:
            os.set_blocking(fd, False)

    def take_size(self) -> None:
        """Be as large as the terminal is now."""
        size = fcntl.ioctl(self._terminal, termios.TIOCGWINSZ, bytes(8))
        fcntl.ioctl(self._pty, termios.TIOCSWINSZ, size)

    def started(self) -> None:
        """The programs have their copies: the end of the last is the end of the output."""
        os.close(self.out)
        os.close(self.err)

    def read(self) -> bytes:
        """What there is to pass on now; an fd whose last writer is gone is closed."""
        return b"".join(self._read(fd) for fd in list(self.fds))

    def _read(self, fd: int) -> bytes:
        parts = []
        while True:
            try:
                part = os.read(fd, _CHUNK)
            except BlockingIOError:
                break
            except OSError:
                part = b""  # EIO is how a pseudo-terminal says that no writer is left
            if not part:
                os.close(fd)
                self.fds.remove(fd)
                break
            parts.append(part)
        return b"".join(parts)

    def close(self) -> None:
        """Be done with it."""
        for fd in self.fds:
            os.close(fd)
        self.fds = []
