# SPDX-License-Identifier: MIT
"""A process that is refused something and waits, so that the hint can look at it while it is alive.

What nsh itself takes care never to be refused (it forks first, it has one
thread) is produced so: by the kernel, in a process of the test's own.
"""

from __future__ import annotations

import ctypes
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from nsh import hints
from nsh.errors import Where

if TYPE_CHECKING:
    from nsh.errors import Into

LIBC = ctypes.CDLL(None, use_errno=True)


def call(result: int) -> None:
    """Raise the errno of a call of the C library."""
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


class Refused:
    """Who was refused: its pid, the errno (0: it was not), and its eyes."""

    def __init__(self, pid: int, number: int, ask: int, answer: int) -> None:
        self.pid = pid
        self.errno = number
        self._ask = ask
        self._answer = answer

    def read(self, path: str) -> str:
        """A file as that process reads it."""
        os.write(self._ask, path.encode() + b"\n")
        return os.read(self._answer, 65536).decode(errors="replace")[1:]

    def hint(self, shown: str, *, types: tuple[str, ...] = (), into: Into | None = None) -> str:
        """What nsh says of that call and errno, on one line."""
        op = shown.partition("(")[0]
        op = "timens_offsets" if "timens_offsets" in shown else op
        found = hints.explain(op, shown, self.errno, Where(self.pid, types, read=self.read, into=into))
        return " ".join((found or "").split())


@contextmanager
def refused(action: Callable[[], object], *, before: Callable[[], object] | None = None) -> Iterator[Refused]:
    """Have a child do something; it stays as it is until the end of the block."""
    told, tell = os.pipe()
    asked, ask = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(told)
        os.close(ask)
        _live(action, before, tell, asked)
    os.close(tell)
    os.close(asked)
    try:
        number = int(os.read(told, 16) or b"-1")
        yield Refused(child, number, ask, told)
    finally:
        os.close(ask)
        os.close(told)
        os.waitpid(child, 0)


def _live(action: Callable[[], object], before: Callable[[], object] | None, tell: int, asked: int) -> None:
    """In the child: say the errno, then read what is asked for until nobody asks."""
    try:
        if before is not None:
            before()
        number = 0
        try:
            action()
        except OSError as error:
            number = error.errno or 0
        os.write(tell, str(number).encode())
        while path := os.read(asked, 4096).decode().strip():
            os.write(tell, b"." + _text(path))
    finally:
        os._exit(0)


def _text(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read(60000)
    except OSError:
        return b""


def unshare(flags: int) -> None:
    """unshare(2)."""
    call(LIBC.unshare(flags))


def setns(fd: int, flags: int) -> None:
    """setns(2)."""
    call(LIBC.setns(fd, flags))


def mount(source: str | None, target: str, fstype: str | None, flags: int) -> None:
    """mount(2)."""
    texts = [None if text is None else text.encode() for text in (source, target, fstype)]
    call(LIBC.mount(*texts, ctypes.c_ulong(flags), None))


def write(path: str, text: str) -> None:
    """One write(2) to a file that is there."""
    fd = os.open(path, os.O_WRONLY)
    try:
        os.write(fd, text.encode())
    finally:
        os.close(fd)


def a_thread() -> None:
    """Have two threads from now on."""
    threading.Thread(target=threading.Event().wait, daemon=True).start()
