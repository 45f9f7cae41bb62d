# SPDX-License-Identifier: MIT
"""^C while nsh works: counted, never thrown into the middle of a request."""

from __future__ import annotations

import _signal

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

    def let_through(self) -> _LetThrough:
        """A context in which ^C raises KeyboardInterrupt at once: while a person is asked something."""
        return _LetThrough(self)

    def check(self) -> None:
        """Before something is started: raise KeyboardInterrupt when ^C has come meanwhile."""
        if self.count:
            self.count = 0
            raise KeyboardInterrupt

    def forget(self) -> None:
        """A program had the ^C: it was not meant for nsh."""
        self.count = 0


class _LetThrough:
    def __init__(self, interrupts: Interrupts) -> None:
        self._interrupts = interrupts
        self._depth = 0

    def __enter__(self) -> None:
        self._depth, self._interrupts.depth = self._interrupts.depth, 0
        try:
            self._interrupts.check()  # one that came before
        except KeyboardInterrupt:
            self._interrupts.depth = self._depth
            raise

    def __exit__(self, *_error: object) -> None:
        self._interrupts.depth = self._depth
