# SPDX-License-Identifier: MIT
"""The C library: how a call is made and how its errno becomes an OSError."""

from __future__ import annotations

import ctypes
import os

# PyDLL keeps the interpreter lock: a clone must not come back in a process whose lock another thread has taken.
libc = ctypes.PyDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long

IS_ARM64 = os.uname().machine == "aarch64"


def check(result: int, what: str) -> int:
    """The result of a call, or OSError with its errno when the call answered -1."""
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), what)
    return result


def syscall(number: int, *arguments: object) -> int:
    """syscall(2) with every integer as a long: an unwrapped int would be passed as 32 bits."""
    wide = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    return int(libc.syscall(ctypes.c_long(number), *wide))


def text(value: str | None) -> bytes | None:
    """A string as the kernel wants it: bytes of the file system's encoding."""
    return None if value is None else os.fsencode(value)
