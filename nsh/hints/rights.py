# SPDX-License-Identifier: MIT
"""Who may do what to whom: the kernel's own rule for capabilities over a namespace (user_namespaces(7), ns_capable()).

A process has a capability over a user namespace when it has it in that very
one; when it is in the parent and its effective uid created it; or when it has
it over one further up. What another user namespace owns is judged by its owner.
"""

from __future__ import annotations

import os

from nsh.hints import probes
from nsh.kernel import nsfs
from nsh.kernel.capabilities import BITS

INITIAL_USER = nsfs.INITIAL["user"]
_MOST_LEVELS = 34


class Level:
    """One user namespace on the way up: its inode, and who created it (a uid as nsh counts)."""

    __slots__ = ("creator", "inode")

    def __init__(self, inode: int, creator: int) -> None:
        self.inode = inode
        self.creator = creator

    def __str__(self) -> str:
        return f"user:[{self.inode}]"


class Doer:
    """A process as the kernel sees it when it wants something: user namespace, effective uid and capabilities."""

    __slots__ = ("bits", "gid", "pid", "uid", "user")

    def __init__(self, pid: int, user: int, uid: int, gid: int, bits: int) -> None:
        self.pid = pid
        self.user = user
        self.uid = uid
        self.gid = gid
        self.bits = bits

    def has(self, capability: str) -> bool:
        """Has it a capability in its own user namespace?"""
        return bool(self.bits >> BITS[capability] & 1)

    def has_over(self, levels: list[Level], capability: str) -> bool:
        """Has it a capability over the first of these user namespaces? The others are those above it."""
        for at, level in enumerate(levels):
            if level.inode == self.user:
                return self.has(capability)
            above = levels[at + 1].inode if at + 1 < len(levels) else None
            if above == self.user and level.creator == self.uid:
                return True
        return False

    def is_above(self, levels: list[Level]) -> bool:
        """Is its user namespace the first of these, or further up?"""
        return any(level.inode == self.user for level in levels)

    def __str__(self) -> str:
        return f"user:[{self.user}]"


def doer(pid: int) -> Doer | None:
    """A process and its rights, None when it is gone or not ours to look at."""
    found = probes.link(pid, "ns/user")
    fields = probes.status(pid)
    if not found or "CapEff" not in fields:
        return None
    uid, gid = (int(fields[name].split()[1]) for name in ("Uid", "Gid"))
    return Doer(pid, int(found[6:-1]), uid, gid, int(fields["CapEff"], 16))


def owners(pid: int, kind: str) -> list[Level]:
    """The user namespace that owns a process's namespace, and those above it as far as we see. Empty: none is seen."""
    try:
        fd = os.open(f"{probes.PROC}/{pid}/ns/{kind}", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return []
    try:
        return itself(fd) if kind == "user" else owners_of(fd)
    finally:
        os.close(fd)


def owners_of(fd: int) -> list[Level]:
    """The same for an open namespace file that is not of type user (for one of type user: those above it)."""
    try:
        owner = nsfs.owner_of(fd)
    except OSError:
        return []  # EPERM: it lies above the user namespace that nsh is in
    try:
        return itself(owner)
    finally:
        os.close(owner)


def itself(fd: int) -> list[Level]:
    """A user namespace by an open file, and those above it as far as we see."""
    found: list[Level] = []
    current = os.dup(fd)
    try:
        while len(found) < _MOST_LEVELS:
            found.append(Level(os.fstat(current).st_ino, nsfs.creator_uid(current)))
            above = nsfs.parent_of(current)
            os.close(current)
            current = above
    except OSError:
        pass  # EPERM: the top, or out of our scope
    finally:
        os.close(current)
    return found
