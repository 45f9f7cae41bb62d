# SPDX-License-Identifier: MIT
"""ioctl_ns(2): what an open namespace file can be asked; and the same through a pidfd, a socket, a tun device."""

from __future__ import annotations

import fcntl
import os

_NS_GET_USERNS = 0xB701
_NS_GET_PARENT = 0xB702
_NS_GET_NSTYPE = 0xB703
_NS_GET_OWNER_UID = 0xB704
_NS_MNT_GET_NEXT = 0x8010B70B
_NS_MNT_GET_PREV = 0x8010B70C
_NS_GET_ID = 0x8008B70D
_SIOCGSKNS = 0x894C
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

INITIAL = {
    "mnt": 0xEFFFFFF8,
    "net": 0xEFFFFFF9,
    "time": 0xEFFFFFFA,
    "cgroup": 0xEFFFFFFB,
    "pid": 0xEFFFFFFC,
    "user": 0xEFFFFFFD,
    "uts": 0xEFFFFFFE,
    "ipc": 0xEFFFFFFF,
}
"""Inodes of the initial namespaces (linux/proc_ns.h; mnt and net from Linux 6.18, which no other has before)."""


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


def of_socket(sock: int) -> int:
    """A new fd of the network namespace that a socket, or an open /dev/net/tun, was made in (SIOCGSKNS). Linux 4.9.

    Raises OSError (EPERM: wants CAP_NET_ADMIN over it).
    """
    return fcntl.ioctl(sock, _SIOCGSKNS)


def neighbour(mnt_fd: int, *, forward: bool) -> int:
    """A new fd of the mount namespace with the next higher id, or the next lower. Raises OSError. Linux 6.12.

    ENOENT at the end; EPERM but for CAP_SYS_ADMIN in the initial user and pid namespaces.
    """
    info = bytearray(16)  # struct mnt_ns_info: what the kernel tells of the neighbour
    return int(fcntl.ioctl(mnt_fd, _NS_MNT_GET_NEXT if forward else _NS_MNT_GET_PREV, info))


def device() -> tuple[int, int]:
    """Major and minor number of the file system that all namespace files are on."""
    number = os.stat("/proc/self/ns/uts").st_dev
    return os.major(number), os.minor(number)
