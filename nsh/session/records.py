# SPDX-License-Identifier: MIT
"""Which names under /run/netns nsh has pinned: others pin there too, and theirs are not ours to take away.

A record is a file /run/nsh/net/NAME with the inode and, where the kernel has
it, the id that is never used again (Linux 6.18).
"""

from __future__ import annotations

import os

from nsh.errors import Refused
from nsh.kernel import nsfs

FOLDER = "/run/nsh/net"
_NETNS = "/run/netns"


def write(name: str, fd: int) -> None:
    """Remember, beyond the session, that a name is ours; `fd` is the namespace. Raises Refused."""
    path = f"{FOLDER}/{name}"
    try:
        os.makedirs(FOLDER, mode=0o755, exist_ok=True)
        flags = os.O_CREAT | os.O_TRUNC | os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC
        with os.fdopen(os.open(path, flags, 0o644), "w", encoding="ascii") as file:
            file.write(f"{_identity(fd)}\n")
    except OSError as error:
        raise Refused(f'open("{path}")', error.errno or 0) from error


def _identity(fd: int) -> str:
    return f"{os.fstat(fd).st_ino} {nsfs.never_reused_id(fd)}"


def is_ours(name: str) -> bool:
    """Is what is bound at /run/netns/NAME the namespace that nsh, this one or another, bound there?"""
    try:
        with open(f"{FOLDER}/{name}", encoding="ascii", errors="replace") as file:
            recorded = file.read(64).strip()
        fd = os.open(f"{_NETNS}/{name}", os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        return _identity(fd) == recorded
    finally:
        os.close(fd)


def forget(name: str) -> None:
    """The name is ours no more; it may never have been."""
    try:
        os.unlink(f"{FOLDER}/{name}")
    except OSError:
        pass


def _names() -> list[str]:
    try:
        return os.listdir(FOLDER)
    except OSError:
        return []


def drop_stale() -> None:
    """Forget names that somebody else has taken away, or has given to another namespace."""
    for name in _names():
        if not is_ours(name):
            forget(name)


def are_there() -> bool:
    """Is any name ours?"""
    return bool(_names())
