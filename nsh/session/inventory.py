# SPDX-License-Identifier: MIT
"""Which namespaces there are: those that some process is in, by the links of /proc (proc(5))."""

from __future__ import annotations

import os

from nsh import nstypes
from nsh.kernel import proc


class Found:
    """One namespace: how many processes are in it, the lowest pid among them and that process's owner."""

    __slots__ = ("inode", "kind", "pid", "processes")

    def __init__(self, kind: str, inode: int, pid: int) -> None:
        self.kind = kind
        self.inode = inode
        self.pid = pid
        self.processes = 0


class Scan:
    """The namespaces of all processes, and how many processes could not be read."""

    __slots__ = ("found", "unreadable")

    def __init__(self) -> None:
        self.found: dict[tuple[str, int], Found] = {}
        self.unreadable = 0

    def in_order(self) -> list[Found]:
        """By inode, as lsns(8)."""
        return sorted(self.found.values(), key=lambda one: (one.inode, one.kind))


def scan() -> Scan:
    """Read the namespace links of every process; one that ends meanwhile is passed over."""
    result = Scan()
    for pid in proc.all_pids():
        links = _links(pid)
        if links is None:
            result.unreadable += 1
            continue
        for kind, inode in links:
            one = result.found.setdefault((kind, inode), Found(kind, inode, pid))
            one.processes += 1
    return result


def _links(pid: int) -> list[tuple[str, int]] | None:
    """(type, inode) of a process, None when it may not be looked at, empty when it is gone."""
    links = []
    for kind in nstypes.NAMES:
        try:
            target = os.readlink(f"/proc/{pid}/ns/{kind}")
        except PermissionError:
            return None
        except OSError:
            continue  # ended, a zombie, or a kernel without that type
        links.append((kind, int(target[target.index("[") + 1 : -1])))
    return links


def member_of(kind: str, inode: int) -> int | None:
    """A process in that namespace, the lowest pid, or None."""
    wanted = f"{kind}:[{inode}]"
    for pid in proc.all_pids():
        try:
            if os.readlink(f"/proc/{pid}/ns/{kind}") == wanted:
                return pid
        except OSError:
            continue
    return None


def members_of(kind: str, inode: int) -> list[int]:
    """All processes in that namespace that can be seen."""
    return [pid for pid in proc.all_pids() if proc.namespace(pid, kind) == inode]
