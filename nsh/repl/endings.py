# SPDX-License-Identifier: MIT
"""The signals that end nsh: they unwind it, so that what it made is removed."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType


class Endings:
    """TERM and HUP raise SystemExit(128+N) while this is entered; who ignores them (nohup) goes on.

    An exception out of nowhere is not for everybody: asyncio, for one, may
    wait for ever for the task that it hit. `tell` is called instead of raising
    while it is set; who sets it ends in its own way, and soon.
    """

    def __init__(self) -> None:
        self.tell: Callable[[SystemExit], None] | None = None
        self._before: dict[int, signal._HANDLER] = {}

    def __enter__(self) -> Endings:
        """Take the signals."""
        for number in (signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) != signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._end)
        return self

    def __exit__(self, *_: object) -> None:
        """Give them back."""
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _end(self, number: int, _: FrameType | None) -> None:
        signal.signal(number, signal.SIG_IGN)
        ending = SystemExit(128 + number)
        if self.tell is None:
            raise ending
        self.tell(ending)
