# SPDX-License-Identifier: MIT
"""Tells the notes what the show is at, over a descriptor that may be gone at any time."""

from __future__ import annotations

import os
from dataclasses import replace

from nsh.stage.orders import News


class Teller:
    """Writes news as lines of JSON. Who does not listen, or not in time, misses some of them; the show goes on."""

    def __init__(self, fd: int | None) -> None:
        self._fd = fd
        self._last: News | None = None
        self._unsent = b""
        if fd is not None:
            os.set_blocking(fd, False)
            os.set_inheritable(fd, False)

    def tell(self, news: News) -> None:
        """The state, if it is another one than before."""
        if self._fd is None or (self._last is not None and news == replace(self._last, elapsed=news.elapsed)):
            return
        if not self._unsent:  # a line that was begun has to be ended before another
            self._last = news
            self._unsent = f"{news.to_json()}\n".encode()
        self._write()

    def _write(self) -> None:
        if self._fd is None:
            return
        try:
            self._unsent = self._unsent[os.write(self._fd, self._unsent) :]
        except BlockingIOError:
            pass  # tried again with the next change
        except OSError:
            self._fd = None  # nobody listens any more
