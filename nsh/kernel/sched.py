# SPDX-License-Identifier: MIT
"""clone3(2), unshare(2), setns(2): the calls that make and join namespaces."""

from __future__ import annotations

import _signal
import ctypes
import os

from nsh.kernel.libc import check, libc, syscall

CLONE_PARENT = 0x00008000
_CLONE_PIDFD = 0x00001000
_CLONE_CHILD_SETTID = 0x01000000
_CLONE_CHILD_CLEARTID = 0x00200000
_SYS_CLONE3 = 435
_PR_GET_TID_ADDRESS = 40

_ALL_SIGNALS = _signal.valid_signals()


def _tid_address() -> int:
    """Where glibc keeps this thread's id (0 where the kernel cannot say, without CONFIG_CHECKPOINT_RESTORE)."""
    where = ctypes.c_ulong()
    if libc.prctl(_PR_GET_TID_ADDRESS, ctypes.byref(where), 0, 0, 0) != 0:
        return 0
    return where.value


_TID_ADDRESS = _tid_address()


def clone3(flags: int) -> tuple[int, int]:
    """Make a child in new namespaces: (pid, pidfd) in the caller, (0, -1) in the child.

    With CLONE_PARENT the child is a sibling of the caller. The child starts
    with SIGCHLD and SIGTERM at their default, no wakeup fd and the caller's signal mask.
    Raises OSError. See clone(2); Linux 5.3.
    """
    pidfd = ctypes.c_int(-1)
    # A raw clone goes past glibc's fork: without these two flags the child's pthread_self() keeps the parent's id.
    tid_flags = _CLONE_CHILD_SETTID | _CLONE_CHILD_CLEARTID if _TID_ADDRESS else 0
    exit_signal = 0 if flags & CLONE_PARENT else _signal.SIGCHLD
    arguments = (ctypes.c_uint64 * 11)(
        flags | _CLONE_PIDFD | tid_flags, ctypes.addressof(pidfd), _TID_ADDRESS, 0, exit_signal
    )
    # A signal that arrives between the call and the child's first line would run its handler in both processes.
    mask = _signal.pthread_sigmask(_signal.SIG_BLOCK, _ALL_SIGNALS)
    ctypes.pythonapi.PyOS_BeforeFork()
    pid = syscall(_SYS_CLONE3, ctypes.byref(arguments), ctypes.sizeof(arguments))
    number = ctypes.get_errno()
    if pid == 0:
        _begin_life(mask)
        return pid, -1
    ctypes.pythonapi.PyOS_AfterFork_Parent()
    _signal.pthread_sigmask(_signal.SIG_SETMASK, mask)
    if pid < 0:
        raise OSError(number, os.strerror(number), "clone3")
    return pid, pidfd.value


def _begin_life(mask: set[int]) -> None:
    """In the child. Where that fails it ends: an exception would make it a second parent on the same sockets."""
    is_ready = False
    try:
        ctypes.pythonapi.PyOS_AfterFork_Child()
        _signal.signal(_signal.SIGCHLD, _signal.SIG_DFL)
        _signal.signal(_signal.SIGTERM, _signal.SIG_DFL)  # the zygote's handler sweeps: not the child's business
        _signal.set_wakeup_fd(-1)
        _signal.pthread_sigmask(_signal.SIG_SETMASK, mask)
        is_ready = True
    finally:
        if not is_ready:
            os._exit(125)


def unshare(flags: int) -> None:
    """Move the caller into new namespaces (pid and time: its children). Raises OSError. See unshare(2)."""
    check(libc.unshare(ctypes.c_int(flags)), "unshare")


def setns(fd: int, flags: int) -> None:
    """Move the caller into existing namespaces, by an nsfs fd or a pidfd. Raises OSError. See setns(2)."""
    check(libc.setns(ctypes.c_int(fd), ctypes.c_int(flags)), "setns")
