# SPDX-License-Identifier: MIT
"""For what is written beside its place first, and then renamed: a name that nobody has, and signals that wait."""

from __future__ import annotations

import _signal
import os

_ENDING = (_signal.SIGTERM, _signal.SIGHUP)
_LONGEST = 200  # bytes of 255 (NAME_MAX): the rest is for what is put around


def name_for(target: str) -> str:
    """A hidden name beside a path, another each time, so that nothing that was left over is in the way."""
    folder, name = os.path.split(target)
    start = os.fsencode(name)[:_LONGEST].decode("utf-8", "ignore")  # not half a letter at its end
    return os.path.join(folder, f".{start}.new-{os.urandom(4).hex()}")


class Held:
    """While this is entered the signals that end nsh wait: they cut short neither writing nor clearing up."""

    __slots__ = ("_before",)

    def __enter__(self) -> Held:
        self._before = _signal.pthread_sigmask(_signal.SIG_BLOCK, _ENDING)
        return self

    def let_in(self) -> None:
        """Where one that came may end all of it: raises what its handler raises."""
        try:
            _signal.pthread_sigmask(_signal.SIG_SETMASK, self._before)
        finally:
            _signal.pthread_sigmask(_signal.SIG_BLOCK, _ENDING)

    def __exit__(self, *_error: object) -> None:
        _signal.pthread_sigmask(_signal.SIG_SETMASK, self._before)
