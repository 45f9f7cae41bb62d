# SPDX-License-Identifier: MIT
"""Open files of other processes: what they are, without waking the disk or network they lie on; and copies of them."""

from __future__ import annotations

import ctypes
import os
import struct

from nsh.kernel.libc import check, libc, syscall

_SYS_PIDFD_OPEN = 434
_SYS_OPENAT2 = 437
_SYS_PIDFD_GETFD = 438
_PIDFD_THREAD = os.O_EXCL
_AT_FDCWD = -100
_AT_STATX_DONT_SYNC = 0x4000
_RESOLVE_NO_SYMLINKS, _RESOLVE_IN_ROOT = 0x04, 0x10
_SOL_SOCKET, _SO_NETNS_COOKIE = 1, 71

_statx = libc.statx
_statx.argtypes = (ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_uint, ctypes.c_void_p)
_answer = ctypes.create_string_buffer(256)
_where = ctypes.addressof(_answer)
_OPEN_HOW = struct.Struct("=QQQ")  # flags, mode, resolve: struct open_how
_MODE_AND_INODE = struct.Struct("=H2xQ")  # struct statx, from byte 28
_DEVICES = struct.Struct("=IIII")  # from byte 128: the device that it is, the device that it is on


class Identity:
    """What a file is: `mode`, `inode`, the `device` that it is on, and `special`, the device that it is."""

    __slots__ = ("device", "inode", "mode", "special")

    def __init__(self, mode: int, inode: int, device: tuple[int, int], special: tuple[int, int]) -> None:
        self.mode = mode
        self.inode = inode
        self.device = device
        self.special = special


def identify(path: bytes) -> Identity:
    """What is behind a path, as far as the kernel knows without asking a disk or a server. Raises OSError.

    See statx(2), AT_STATX_DONT_SYNC: a dead file server does not stop us.
    """
    check(_statx(_AT_FDCWD, path, _AT_STATX_DONT_SYNC, 0, _where), "statx")
    mode, inode = _MODE_AND_INODE.unpack_from(_answer, 28)
    special_major, special_minor, major, minor = _DEVICES.unpack_from(_answer, 128)
    return Identity(mode, inode, (major, minor), (special_major, special_minor))


def point_in(root: int, path: str) -> int:
    """An O_PATH fd of what a path of mountinfo(5) leads to below an open root. Raises OSError.

    Such a path has no link in it, so none is followed: whoever owns the mounts
    there cannot lead us out by putting one in its place. See openat2(2); Linux 5.6.
    """
    how = _OPEN_HOW.pack(os.O_PATH | os.O_CLOEXEC, 0, _RESOLVE_NO_SYMLINKS | _RESOLVE_IN_ROOT)
    return check(syscall(_SYS_OPENAT2, root, os.fsencode(path), how, _OPEN_HOW.size), "openat2")


def pidfd_of_thread(tid: int) -> int:
    """A pidfd of one thread, of a process's first as of any other. Raises OSError. See pidfd_open(2); Linux 6.9."""
    return check(syscall(_SYS_PIDFD_OPEN, tid, _PIDFD_THREAD), "pidfd_open")


def copy_of(pidfd: int, number: int) -> int:
    """A copy of another process's open file. Raises OSError. See pidfd_getfd(2); Linux 5.6."""
    return check(syscall(_SYS_PIDFD_GETFD, pidfd, number, 0), "pidfd_getfd")


def netns_cookie(sock: int) -> int | None:
    """The never-reused number of a socket's network namespace, for everybody to read, or None before Linux 5.14."""
    value, size = ctypes.c_uint64(), ctypes.c_uint(8)
    if libc.getsockopt(sock, _SOL_SOCKET, _SO_NETNS_COOKIE, ctypes.byref(value), ctypes.byref(size)):
        return None
    return value.value
