# SPDX-License-Identifier: MIT
"""The namespaces that were found, what is known of each, and what keeps it: the answer of `discovery`."""

from __future__ import annotations

import os

from nsh import nstypes
from nsh.kernel import nsfs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from nsh.session.inventory import Scan

    Key = tuple[str, int]
    Way = Callable[[], int]


class Known:
    """One namespace, by (type, inode).

    `id` is never used again (Linux 6.18). `owner` and `parent` are (type, inode)
    of namespaces, None where there is none or it is out of our scope; `creator`
    is a uid. `pid` is the lowest of its `processes`, or None. `way` opens it.
    """

    __slots__ = ("creator", "id", "inode", "kind", "owner", "parent", "pid", "processes", "way")

    def __init__(self, kind: str, inode: int) -> None:
        self.kind = kind
        self.inode = inode
        self.id: int | None = None
        self.owner: Key | None = None
        self.parent: Key | None = None
        self.creator: int | None = None
        self.pid: int | None = None
        self.processes = 0
        self.way: Way | None = None

    @property
    def key(self) -> Key:
        """(type, inode)."""
        return self.kind, self.inode


class Hold:
    """One thing other than a member process that keeps a namespace.

    `how` is zombie, thread, children (pid_for_children, time_for_children),
    fd, socket, tun, mount, proc, child or owned. `pid` is the process that has it;
    `number` its fd or thread; `path` a mount point and `where` the inode of the
    mount namespace it is in; `other` the namespace (type, inode) that is a child
    or owned.
    """

    __slots__ = ("how", "number", "other", "path", "pid", "where")

    def __init__(
        self,
        how: str,
        pid: int | None = None,
        number: int | None = None,
        path: str | None = None,
        where: int | None = None,
        other: Key | None = None,
    ) -> None:
        self.how = how
        self.pid = pid
        self.number = number
        self.path = path
        self.where = where
        self.other = other


class Blind:
    """What could not be looked at, and why.

    `sockets` counts those that the kernel would not show; `mount_walk` is the
    errno of asking for mount namespaces without processes, 0 when it was
    answered; `stale_procs` are mounts of proc, as (path, mount namespace, pid of
    a process that sees it), whose pid namespace has no process any more.
    """

    __slots__ = ("mount_tables", "mount_walk", "sockets", "stale_procs")

    def __init__(self) -> None:
        self.sockets = 0
        self.mount_tables = 0
        self.mount_walk = 0
        self.stale_procs: list[tuple[str, int | None, int]] = []


class World:
    """Everything that was found: `known` by (type, inode), `holds` beside the member processes of `scan`."""

    def __init__(self, scan: Scan) -> None:
        self.scan = scan
        self.known: dict[Key, Known] = {}
        self.holds: dict[Key, list[Hold]] = {}
        self.blind = Blind()
        self.sockets: list[tuple[int, int]] = []  # (pid, fd)
        self.kind_of: dict[int, str] = {}  # inodes of one file system: a number belongs to one type

    def note(self, key: Key) -> Known:
        """A namespace by its key, from now on known."""
        one = self.known.get(key)
        if one is None:
            one = self.known[key] = Known(*key)
            self.kind_of[key[1]] = key[0]
        return one

    def hold(self, key: Key, hold: Hold) -> None:
        """Something keeps a namespace."""
        self.holds.setdefault(key, []).append(hold)

    def meet(self, fd: int, way: Way) -> Known | None:
        """Ask the kernel about the namespace of an open file, which is closed; None when it is none."""
        try:
            (kind,) = nstypes.names_of(nsfs.nstype(fd))
            one = self.note((kind, os.fstat(fd).st_ino))
            if one.way is None:
                one.way = way
                self._ask(one, fd)
            return one
        except (OSError, ValueError):
            return None
        finally:
            os.close(fd)

    def meet_path(self, path: str) -> Known | None:
        """The same of a namespace file; None when it cannot be opened."""
        fd = opened(path)
        return self.meet(fd, lambda: os.open(path, os.O_RDONLY | os.O_CLOEXEC)) if fd >= 0 else None

    def _ask(self, one: Known, fd: int) -> None:
        """Id, owner, parent, creator, of this one and of those above it that are new."""
        one.id = nsfs.never_reused_id(fd)
        owner = self._above(one, fd, nsfs.owner_of)
        if owner is not None:
            one.owner = owner.key
        if one.kind == "user":
            one.parent, one.creator = one.owner, nsfs.creator_uid(fd)
        elif owner is not None:
            one.creator = owner.creator
        if one.kind == "pid":
            parent = self._above(one, fd, nsfs.parent_of)
            one.parent = parent.key if parent is not None else None

    def _above(self, one: Known, fd: int, ask: Callable[[int], int]) -> Known | None:
        try:
            above = ask(fd)
        except OSError:
            return None  # EPERM: the top, or out of our scope
        return self.meet(above, lambda: _through(one, ask))

    def link_kin(self) -> None:
        """A namespace keeps its owner and its parent: note that, when all are known."""
        for one in list(self.known.values()):
            if one.parent is not None:
                self.hold(one.parent, Hold("child", other=one.key))
            if one.owner is not None and one.kind != "user":
                self.hold(one.owner, Hold("owned", other=one.key))

    def in_order(self) -> list[Known]:
        """By inode, as lsns(8)."""
        return sorted(self.known.values(), key=lambda one: (one.inode, one.kind))


def _through(one: Known, ask: Callable[[int], int]) -> int:
    if one.way is None:
        raise FileNotFoundError
    fd = one.way()
    try:
        return ask(fd)
    finally:
        os.close(fd)


def opened(path: str) -> int:
    """A file opened for reading, or -1."""
    try:
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
    except OSError:
        return -1
