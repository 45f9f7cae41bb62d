# SPDX-License-Identifier: MIT
"""Host names, prctl(2) and what a process is called."""

from __future__ import annotations

import ctypes
import os

from nsh.kernel.libc import check, libc

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_NAME = 15
PR_SET_CHILD_SUBREAPER = 36


def sethostname(name: str) -> None:
    """Set the hostname of the UTS namespace, at most 64 bytes. Raises OSError. See sethostname(2)."""
    raw = os.fsencode(name)
    check(libc.sethostname(raw, ctypes.c_size_t(len(raw))), "sethostname")


def setdomainname(name: str) -> None:
    """Set the NIS domain name of the UTS namespace. Raises OSError. See setdomainname(2)."""
    raw = os.fsencode(name)
    check(libc.setdomainname(raw, ctypes.c_size_t(len(raw))), "setdomainname")


def getdomainname() -> str:
    """The NIS domain name of the UTS namespace, `(none)` when never set. See getdomainname(2)."""
    buffer = ctypes.create_string_buffer(65)
    check(libc.getdomainname(buffer, ctypes.c_size_t(65)), "getdomainname")
    return os.fsdecode(buffer.value)


def prctl(option: int, value: int) -> None:
    """One of the prctl(2) operations that take a number. Raises OSError."""
    zero = ctypes.c_ulong(0)
    check(libc.prctl(ctypes.c_int(option), ctypes.c_ulong(value), zero, zero, zero), "prctl")


def set_comm(name: str) -> None:
    """Set the name that /proc/PID/comm shows, cut to 15 bytes. See PR_SET_NAME(2const)."""
    libc.prctl(ctypes.c_int(PR_SET_NAME), os.fsencode(name)[:15] + b"\0", 0, 0, 0)


def argv_area() -> tuple[int, int]:
    """Where this process's argument strings lie: (address, length), or (0, 0) without a readable /proc."""
    try:
        with open("/proc/self/stat", "rb") as stat:
            fields = stat.read().rpartition(b")")[2].split()
    except OSError:
        return 0, 0
    start, end = int(fields[45]), int(fields[46])  # fields 48 and 49 of proc(5), counted after the command's name
    return (start, end - start) if start else (0, 0)


def set_title(area: tuple[int, int], title: str) -> None:
    """Write over the arguments that ps(1) shows."""
    address, length = area
    if length > 1:
        raw = os.fsencode(title)[: length - 1]
        ctypes.memmove(address, raw.ljust(length, b"\0"), length)
