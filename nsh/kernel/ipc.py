# SPDX-License-Identifier: MIT
"""System V IPC objects and POSIX message queues (sysvipc(7), mq_overview(7))."""

from __future__ import annotations

import ctypes
import os

from nsh.kernel.libc import IS_ARM64, check, libc, syscall

_IPC_RMID = 0
_SYS_MQ_OPEN, _SYS_MQ_UNLINK = (180, 181) if IS_ARM64 else (240, 241)


def msgget(key: int, flags: int) -> int:
    """The id of a message queue. Raises OSError. See msgget(2)."""
    return check(libc.msgget(ctypes.c_int(key), ctypes.c_int(flags)), "msgget")


def semget(key: int, count: int, flags: int) -> int:
    """The id of a set of semaphores. Raises OSError. See semget(2)."""
    return check(libc.semget(ctypes.c_int(key), ctypes.c_int(count), ctypes.c_int(flags)), "semget")


def shmget(key: int, size: int, flags: int) -> int:
    """The id of a shared memory segment of `size` bytes. Raises OSError. See shmget(2)."""
    return check(libc.shmget(ctypes.c_int(key), ctypes.c_size_t(size), ctypes.c_int(flags)), "shmget")


def remove(kind: str, number: int) -> None:
    """Remove an object by its id; `kind` is msg, sem or shm. Raises OSError. See msgctl(2), semctl(2), shmctl(2)."""
    if kind == "sem":
        check(libc.semctl(ctypes.c_int(number), ctypes.c_int(0), ctypes.c_int(_IPC_RMID)), "semctl")
    else:
        call = libc.msgctl if kind == "msg" else libc.shmctl
        check(call(ctypes.c_int(number), ctypes.c_int(_IPC_RMID), None), f"{kind}ctl")


def mq_create(name: str, most: int, size: int, mode: int) -> None:
    """Make a POSIX message queue; the name without its slash. Raises OSError. See mq_open(3)."""
    attributes = (ctypes.c_long * 8)(0, most, size)
    flags = os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC
    number = syscall(_SYS_MQ_OPEN, os.fsencode(name), flags, mode, ctypes.byref(attributes))
    os.close(check(number, "mq_open"))


def mq_unlink(name: str) -> None:
    """Remove a POSIX message queue. Raises OSError. See mq_unlink(3)."""
    check(syscall(_SYS_MQ_UNLINK, os.fsencode(name)), "mq_unlink")
