# SPDX-License-Identifier: MIT
"""The rows of `ls ns`: each namespace with its members, names, kin and what keeps it."""

from __future__ import annotations

import os

from nsh.errors import NoSuchName, UsageError
from nsh.kernel import proc
from nsh.session import describe, doubts, inventory
from nsh.spelling import did_you_mean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.session import Session
    from nsh.session.world import Known, World

    Row = dict[str, object]

FIELDS = (
    "type",
    "inode",
    "id",
    "name",
    "nprocs",
    "pid",
    "ppid",
    "uid",
    "user",
    "command",
    "owner",
    "parent",
    "creator",
    "kept_by",
    "path",
)


class Listing:
    """The rows, and what could not be looked at, in words."""

    __slots__ = ("not_seen", "rows")

    def __init__(self, rows: list[Row], not_seen: list[str]) -> None:
        self.rows = rows
        self.not_seen = not_seen


def quick(session: Session) -> Listing:
    """The namespaces of processes, by their links alone: the columns of lsns(8); all else is null."""
    scan, users, names = inventory.scan(), _Users(with_parents=False), describe.names(session)
    rows: list[Row] = []
    found = scan.found
    for key, one in found.items():
        rows.append(
            {
                "type": one.kind,
                "inode": one.inode,
                "id": None,
                "name": names.get(key),
                "nprocs": one.processes,
                **users.of(one.pid),
                "owner": None,
                "parent": None,
                "creator": None,
                "kept_by": ["member"],
                "path": f"/proc/{one.pid}/ns/{one.kind}",
            }
        )
    return Listing(sorted(rows, key=_in_order), doubts.quick(scan))


def complete(session: Session) -> Listing:
    """Every namespace that can be found."""
    from nsh.session import discovery

    world, users, names = discovery.look(), _Users(), describe.names(session)
    rows = [_row(world, one, users, names.get(one.key)) for one in world.in_order()]
    return Listing(rows, doubts.not_seen(session, world))


def _row(world: World, one: Known, users: _Users, name: str | None) -> Row:
    return {
        "type": one.kind,
        "inode": one.inode,
        "id": one.id,
        "name": name,
        "nprocs": one.processes,
        **users.of(one.pid),
        "owner": one.owner[1] if one.owner is not None else None,
        "parent": one.parent[1] if one.parent is not None else None,
        "creator": one.creator,
        "kept_by": _kept_by(world, one),
        "path": _path(world, one),
    }


def _kept_by(world: World, one: Known) -> list[str]:
    """The kinds of things that keep it, as `why` calls them."""
    from nsh.session.lifetime import HOW

    holds = world.holds.get(one.key, ())
    zombies = sum(hold.how == "zombie" for hold in holds)
    found = ["member"] if one.processes > zombies else []
    return list(dict.fromkeys([*found, *(HOW[hold.how] for hold in holds)]))


def _path(world: World, one: Known) -> str | None:
    """A file of it that nsh could open: of a member, of an open file, a mount where nsh is."""
    if one.pid is not None:
        return f"/proc/{one.pid}/ns/{one.kind}"
    here = proc.namespace("self", "mnt")
    for hold in world.holds.get(one.key, ()):
        if hold.how == "mount" and hold.where == here:
            return hold.path
        if hold.how == "fd":
            return f"/proc/{hold.pid}/fd/{hold.number}"
        if hold.how == "thread":
            return f"/proc/{hold.pid}/task/{hold.number}/ns/{one.kind}"
    return None


class _Users:
    """What rows say of the lowest member process; each is asked once."""

    __slots__ = ("_names", "_rows", "_with_parents")

    def __init__(self, *, with_parents: bool = True) -> None:
        self._with_parents = with_parents
        self._rows: dict[int | None, Row] = {
            None: dict.fromkeys(("pid", "ppid", "uid", "user", "command")),
        }
        self._names: dict[int, str] = {}

    def of(self, pid: int | None) -> Row:
        """pid, ppid, uid, user, command."""
        if pid not in self._rows:
            self._rows[pid] = self._ask(pid or 0)
        return self._rows[pid]

    def _ask(self, pid: int) -> Row:
        try:
            uid: int | None = os.stat(f"/proc/{pid}").st_uid
        except OSError:
            uid = None  # it has ended
        user = self._name(uid) if uid is not None else None
        parent = proc.parent_of(pid) if self._with_parents else None
        return {"pid": pid, "ppid": parent, "uid": uid, "user": user, "command": _command(pid)}

    def _name(self, uid: int) -> str:
        if uid not in self._names:
            import pwd

            try:
                self._names[uid] = pwd.getpwuid(uid).pw_name
            except KeyError:
                self._names[uid] = str(uid)
        return self._names[uid]


def _command(pid: int) -> str | None:
    return proc.command_of(pid) or None


def _in_order(row: Row) -> tuple[object, ...]:
    return row["inode"], row["type"]


def of_process(rows: list[Row], pid: int) -> list[Row]:
    """Those that a process is in. Raises NoSuchName."""
    own = proc.namespaces(pid)
    if not own:
        raise NoSuchName(f"{pid}: no such process, or not one to look at", "`ls procs` lists those where you are")
    return [row for row in rows if own.get(str(row["type"])) == row["inode"]]


def sort(rows: list[Row], field: str) -> list[Row]:
    """By a field, with a `-` in front downwards; what is not known comes last. Raises UsageError."""
    downwards = field.startswith("-")
    key = checked(field.lstrip("-"), "--sort")
    known = [row for row in rows if row[key] is not None]
    numbers = all(isinstance(row[key], int) for row in known)
    known.sort(key=lambda row: row[key] if numbers else str(row[key]), reverse=downwards)  # type: ignore[arg-type,return-value]
    return [*known, *(row for row in rows if row[key] is None)]


def checked(field: str, option: str) -> str:
    """The name of a field; `ns` is lsns's for inode. Raises UsageError."""
    name = {"ns": "inode", "pns": "parent", "ons": "owner"}.get(field.lower(), field.lower())
    if name not in FIELDS:
        hint = did_you_mean(name, FIELDS) or f"fields: {', '.join(FIELDS)}"
        raise UsageError(f"{option}: there is no field {field!r}", hint)
    return name
