# SPDX-License-Identifier: MIT
"""ioctl_ns(2): what an open namespace file can be asked; and the same through a pidfd."""

from __future__ import annotations

import fcntl

_NS_GET_USERNS = 0xB701
_NS_GET_PARENT = 0xB702
_NS_GET_NSTYPE = 0xB703
_NS_GET_OWNER_UID = 0xB704
_NS_GET_ID = 0x8008B70D
_PIDFD_GET = {
    "cgroup": 0xFF01,
    "ipc": 0xFF02,
    "mnt": 0xFF03,
    "net": 0xFF04,
    "pid": 0xFF05,
    "pid_for_children": 0xFF06,
    "time": 0xFF07,
    "time_for_children": 0xFF08,
    "user": 0xFF09,
    "uts": 0xFF0A,
}


def owner_of(fd: int) -> int:
    """A new fd of the owning user namespace. Raises OSError (EPERM: out of our scope). Linux 4.9."""
    return fcntl.ioctl(fd, _NS_GET_USERNS)


def parent_of(fd: int) -> int:
    """A new fd of the parent (user and pid only). Raises OSError (EPERM: top, or out of our scope). Linux 4.9."""
    return fcntl.ioctl(fd, _NS_GET_PARENT)


def nstype(fd: int) -> int:
    """The CLONE_NEW* bit of the namespace. Raises OSError (ENOTTY: no namespace file). Linux 4.11."""
    return fcntl.ioctl(fd, _NS_GET_NSTYPE)


def creator_uid(fd: int) -> int:
    """The uid that created a user namespace, as the caller's user namespace maps it. Raises OSError. Linux 4.11."""
    answer = bytearray(4)
    fcntl.ioctl(fd, _NS_GET_OWNER_UID, answer)
    return int.from_bytes(answer, "little")


def never_reused_id(fd: int) -> int | None:
    """The 64-bit id that no other namespace ever gets, or None before Linux 6.18."""
    answer = bytearray(8)
    try:
        fcntl.ioctl(fd, _NS_GET_ID, answer)
    except OSError:
        return None
    return int.from_bytes(answer, "little")


def of_pidfd(pidfd: int, link: str) -> int:
    """A new fd of a process's namespace, by the name of its /proc/PID/ns link. Raises OSError. Linux 6.11."""
    return fcntl.ioctl(pidfd, _PIDFD_GET[link], 0)
