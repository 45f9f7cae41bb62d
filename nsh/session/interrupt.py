# SPDX-License-Identifier: MIT
"""^C while nsh works: counted, never thrown into the middle of a request."""

from __future__ import annotations

import _signal
import os
import select

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType


class Interrupts:
    """Turns SIGINT into a count while something must not be cut short, else into KeyboardInterrupt."""

    def __init__(self) -> None:
        self.count = 0
        self.depth = 0
        self.on_each: Callable[[int], None] | None = None
        self._before: object = None

    def install(self) -> None:
        """Take SIGINT from Python's own handler."""
        self._before = _signal.signal(_signal.SIGINT, self._arrived)

    def uninstall(self) -> None:
        """Give SIGINT back."""
        if callable(self._before):
            _signal.signal(_signal.SIGINT, self._before)

    def _arrived(self, _number: int, _frame: FrameType | None) -> None:
        if self.depth == 0:
            raise KeyboardInterrupt
        self.count += 1
        if self.on_each is not None:
            self.on_each(self.count)

    def __enter__(self) -> Interrupts:
        self.depth += 1
        return self

    def __exit__(self, *_error: object) -> None:
        self.depth -= 1
        if self.depth == 0 and self.count:
            self.count = 0
            if _error[0] is None:
                raise KeyboardInterrupt

    def wait(self, fds: list[int], seconds: float | None = None, writable: list[int] | None = None) -> list[int]:
        """Wait until one of the fds can be read, or of the others written; those that can, none after `seconds`.

        Raises KeyboardInterrupt at ^C, whenever it comes: the signal writes to
        a pipe, so that one which comes just before the wait ends it too.
        """
        read_end, write_end = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        before = _signal.set_wakeup_fd(write_end, warn_on_full_buffer=False)
        try:
            self.check()
            watch = select.poll()
            for fd in (*fds, read_end):
                watch.register(fd, select.POLLIN)
            for fd in writable or ():
                watch.register(fd, select.POLLOUT)
            found = watch.poll(None if seconds is None else max(seconds, 0) * 1000)
            self.check()
            return [fd for fd, _event in found]
        finally:
            _signal.set_wakeup_fd(before)
            os.close(read_end)
            os.close(write_end)

    def check(self) -> None:
        """Before something is started: raise KeyboardInterrupt when ^C has come meanwhile."""
        if self.count:
            self.count = 0
            raise KeyboardInterrupt

    def forget(self) -> None:
        """A program had the ^C: it was not meant for nsh."""
        self.count = 0
