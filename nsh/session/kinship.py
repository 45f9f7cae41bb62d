# SPDX-License-Identifier: MIT
"""Namespaces as trees: user namespaces with what they own, pid namespaces with their processes (ioctl_ns(2))."""

from __future__ import annotations

from nsh import nstypes
from nsh.errors import Refused
from nsh.session import describe, identity

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from nsh.session.session import Session
    from nsh.session.world import Key, Known, World

    Row = dict[str, object]

_KTHREADD = 2
FIELDS = (
    "depth",
    "relation",
    "type",
    "inode",
    "id",
    "name",
    "nprocs",
    "creator",
    "uid_map",
    "gid_map",
    "pid",
    "pids",
    "command",
)


class Node:
    """One line of a tree: a namespace, a process, or (`row` without inode and pid) what is out of sight.

    `is_faint`: a namespace that no process is in.
    """

    __slots__ = ("below", "is_faint", "row")

    def __init__(self, row: Row, *, is_faint: bool = False) -> None:
        self.row = row
        self.is_faint = is_faint
        self.below: list[Node] = []

    def rows(self, depth: int = 0) -> Iterator[Row]:
        """It and all below it, each with its depth."""
        yield {**self.row, "depth": depth}
        for node in self.below:
            yield from node.rows(depth + 1)


def _row(relation: str, **known: object) -> Row:
    return {**dict.fromkeys(FIELDS), "relation": relation, **known}


class Family:
    """Builds the trees of what was found; `only` leaves out what is not on the way to one of those, nor below it."""

    def __init__(self, session: Session, world: World, only: set[Key] | None = None, *, deep: bool = True) -> None:
        self.session = session
        self.world = world
        self.names = describe.names(session)
        self.deep = deep
        self.only = only

    def users(self) -> list[Node]:
        """The user namespaces, each with its children and with what it owns; and what has an owner out of sight."""
        owned: dict[Key | None, list[Known]] = {}
        for one in self.world.in_order():
            owned.setdefault(one.owner, []).append(one)
        tops = [one for one in owned.get(None, []) if one.kind == "user"]
        orphans = [one for one in owned.get(None, []) if one.kind != "user"]
        found = [node for one in tops if (node := self._user(one, owned, "top")) is not None]
        lost = [node for one in orphans if (node := self._user(one, owned, "owned")) is not None]
        if lost:
            unseen = remark("owners out of sight")
            unseen.below = lost
            found.append(unseen)
        return found

    def _user(
        self, one: Known, owned: dict[Key | None, list[Known]], relation: str, *, all_of: bool = False
    ) -> Node | None:
        """A namespace and those that it owns, types in the usual order, children last."""
        is_meant = self.only is not None and one.key in self.only
        node = Node(self._namespace(one, relation), is_faint=not one.processes)
        order = {kind: at for at, kind in enumerate(kind for kind in nstypes.NAMES if kind != "user")}
        inner = sorted(owned.get(one.key, []), key=lambda each: (order.get(each.kind, len(order)), each.inode))
        for each in inner:
            below = self._user(
                each, owned, "child" if each.kind == "user" else "owned", all_of=all_of or (is_meant and self.deep)
            )
            if below is not None:
                node.below.append(below)
        return node if self.only is None or all_of or is_meant or node.below else None

    def _namespace(self, one: Known, relation: str) -> Row:
        maps = self._maps(one) if one.kind == "user" else {}
        return _row(
            relation,
            type=one.kind,
            inode=one.inode,
            id=one.id,
            name=self.names.get(one.key),
            nprocs=one.processes,
            creator=one.creator,
            **maps,
        )

    def _maps(self, one: Known) -> Row:
        """The ID maps, where a process shows them."""
        if one.pid is None:
            return {}
        try:
            return {f"{kind}_map": [str(line) for line in identity.read_map(one.pid, kind)] for kind in ("uid", "gid")}
        except (Refused, ValueError):
            return {}  # it has ended meanwhile

    def pids(self) -> list[Node]:
        """The pid namespaces, each with its processes and then its children."""
        below: dict[Key | None, list[Known]] = {}
        for one in self.world.in_order():
            if one.kind == "pid":
                parent = one.parent if one.parent in self.world.known else None
                below.setdefault(parent, []).append(one)
        found = (self._pid(one, below, "top", all_of=False) for one in below.get(None, []))
        return [node for node in found if node is not None]

    def _pid(self, one: Known, below: dict[Key | None, list[Known]], relation: str, *, all_of: bool) -> Node | None:
        is_meant = self.only is None or one.key in self.only
        node = Node(self._namespace(one, relation), is_faint=not one.processes)
        wanted = all_of or is_meant
        if wanted:
            node.below = self._processes(one)
        for each in below.get(one.key, []):
            inner = self._pid(each, below, "child", all_of=wanted)
            if inner is not None:
                node.below.append(inner)
        return node if wanted or node.below else None

    def _processes(self, one: Known) -> list[Node]:
        """By pid; the kernel's own threads in one line."""
        rows = [describe.process_row(pid) for pid in self.world.scan.members(*one.key)]
        there = [row for row in rows if row is not None]  # else it has ended meanwhile
        threads = [row for row in there if _is_of_kernel(row)]
        found = [_process(row["pid"], row["pids"], row["command"]) for row in there if row not in threads]
        if threads:
            found.insert(
                0, _process(_KTHREADD, [_KTHREADD], f"[kthreadd] and {len(threads) - 1} threads of the kernel")
            )
        return found


def _process(pid: object, pids: object, command: object) -> Node:
    return Node(_row("process", type="pid", pid=pid, pids=pids, command=command))


def remark(text: str) -> Node:
    """A line that is no namespace and no process."""
    return Node(_row("remark", command=text))


def _is_of_kernel(row: Row) -> bool:
    """A thread of the kernel has no arguments: its name is shown in brackets."""
    return _KTHREADD in (row["pid"], row["ppid"]) and str(row["command"]).startswith("[")


def tree_of(session: Session, world: World, what: str) -> list[Node]:
    """`user`, `pid`, or the branch of a reference. Raises NoSuchName, Refused, SessionError."""
    if what == "user":
        return Family(session, world).users()
    if what == "pid":
        return Family(session, world).pids()
    target = session.resolve(what)
    meant = {(kind, target.ns[kind]) for kind in target.types}
    if target.types == ("pid",):
        return Family(session, world, meant).pids()
    is_whole = target.place is not None or len(target.types) == 1 or what in (".", "host")
    return Family(session, world, meant, deep=is_whole).users()
