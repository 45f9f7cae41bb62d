# SPDX-License-Identifier: MIT
"""Which namespaces processes are in, by the links of /proc (proc(5)). What has no process is in `discovery`."""

from __future__ import annotations

import os

from nsh import nstypes
from nsh.kernel import proc

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    Links = tuple[bytes | None, ...]


LINKS_OF_ONE_TASK = 3  # st_nlink of /proc/PID/task: two, and one for each thread


class Found:
    """One namespace: how many processes are in it, and the lowest pid among them."""

    __slots__ = ("inode", "kind", "pid", "processes")

    def __init__(self, kind: str, inode: int, pid: int) -> None:
        self.kind = kind
        self.inode = inode
        self.pid = pid
        self.processes = 0


class Scan:
    """The links of all processes.

    `kinds` are the types of this kernel. `groups` has the pids of processes
    whose links are all equal, by those links: thousands of processes are a few
    groups. A zombie has only some links. `unreadable` are the pids of those
    that may not be looked at.
    """

    __slots__ = ("groups", "kinds", "unreadable_pids")

    def __init__(self, kinds: tuple[str, ...]) -> None:
        self.kinds = kinds
        self.groups: dict[Links, list[int]] = {}
        self.unreadable_pids: list[int] = []

    @property
    def found(self) -> dict[tuple[str, int], Found]:
        """{(type, inode): namespace}."""
        result: dict[tuple[str, int], Found] = {}
        for links, pids in self.groups.items():
            for kind, inode in self.namespaces(links):
                one = result.get((kind, inode))
                if one is None:
                    one = result[kind, inode] = Found(kind, inode, pids[0])
                one.processes += len(pids)
                one.pid = min(one.pid, pids[0])
        return result

    def namespaces(self, links: Links) -> Iterator[tuple[str, int]]:
        """(type, inode) of each of a process's links."""
        for kind, link in zip(self.kinds, links, strict=True):
            if link is not None:
                yield kind, inode_in(link)

    def members(self, kind: str, inode: int) -> list[int]:
        """The processes in a namespace, lowest first."""
        at, wanted = self.kinds.index(kind), b"%s:[%d]" % (kind.encode(), inode)
        return sorted(pid for links, pids in self.groups.items() if links[at] == wanted for pid in pids)

    def in_order(self) -> list[Found]:
        """By inode, as lsns(8)."""
        return sorted(self.found.values(), key=lambda one: (one.inode, one.kind))


def scan() -> Scan:
    """Read the namespace links of every process; one that ends meanwhile is passed over."""
    kinds = tuple(kind for kind in nstypes.NAMES if os.path.exists(f"/proc/self/ns/{kind}"))
    result, names = Scan(kinds), [kind.encode() for kind in kinds]
    here = _way_back()
    try:
        _read_all(result, names, may_move=here >= 0)
    finally:
        if here >= 0:
            os.fchdir(here)
            os.close(here)
    return result


def _way_back() -> int:
    """The directory we are in, open; -1 when there is no going back, or another thread would be moved along."""
    try:
        here = os.open(".", os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return -1
    try:
        os.fchdir(here)
        if os.stat("/proc/self/task").st_nlink == LINKS_OF_ONE_TASK:
            return here
    except OSError:
        pass
    os.close(here)
    return -1


def _read_all(result: Scan, names: list[bytes], *, may_move: bool) -> None:
    """This is done thousands of times: no calls but the kernel's, and one long path to walk instead of eight."""
    read, move, groups = os.readlink, os.chdir, result.groups
    for name in os.listdir(b"/proc"):
        if not name.isdigit():
            continue
        folder = b"/proc/" + name + b"/ns/"
        links: Links | None
        try:
            if may_move:
                move(folder)
                links = tuple(map(read, names))
            else:
                links = tuple([read(folder + kind) for kind in names])
        except OSError:
            links = _some_links(folder, names, int(name), result)
        if links is None:
            continue
        pids = groups.get(links)
        if pids is None:
            groups[links] = [int(name)]
        else:
            pids.append(int(name))


def _some_links(folder: bytes, names: list[bytes], pid: int, result: Scan) -> Links | None:
    """The links of a zombie, None for a process that is gone, or that may not be looked at."""
    links: list[bytes | None] = []
    for kind in names:
        try:
            links.append(os.readlink(folder + kind))
        except PermissionError:
            result.unreadable_pids.append(pid)
            return None
        except OSError:
            links.append(None)
    return tuple(links) if any(links) else None


def inode_in(link: bytes) -> int:
    """The number in `uts:[4026532386]`."""
    return int(link[link.index(b"[") + 1 : -1])


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
