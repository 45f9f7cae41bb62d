# SPDX-License-Identifier: MIT
"""ls: lists of types, namespaces, places and processes."""

from __future__ import annotations

from nsh import nstypes
from nsh.registry import command
from nsh.results import Column, Result, Table
from nsh.session import describe, inventory, pins

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.session import Session


@command("ls types", man=("namespaces(7)",), category="look", shares_program=True, synonyms=("list",))
def ls_types(session: Session) -> Result:
    """List the eight types, and whether this kernel has them.

    nsh> ls types
    """
    rows = [
        {
            "type": row.name,
            "flag": row.constant,
            "since": row.since,
            "here": row.name in session.host.ns,
            "isolates": row.isolates,
            "man": row.man,
        }
        for row in nstypes.ALL
    ]
    headings = ("type", "flag", "since", "here", "isolates")
    return Table([Column(key, key, style="type" if key == "type" else None) for key in headings], rows)


@command("ls places", category="look", shares_program=True, synonyms=("list",))
def ls_places(session: Session) -> Result:
    """List the places of this session, and what keeps each.

    nsh> ls places
    """
    session.handle_events()
    columns = (
        Column("name", "name", style="name"),
        Column("pid", "pid", align="right", style="number"),
        Column("how", "kept by"),
        Column("types", "types", style="type"),
    )
    return Table(columns, [place.as_json() for place in session.places.values()])


@command("ls pins", man=("namespaces(7)",), category="look", shares_program=True, synonyms=("list",))
def ls_pins(session: Session) -> Result:
    """List what keeps namespaces alive without a process.

    Bind mounts under /run, and open files of this nsh.
    A stale placeholder is a file that pins nothing: its mount is gone, or was
    made in another mount namespace.

        nsh> ls pins
    """
    rows: list[dict[str, object]] = [
        {"name": one.name, "type": one.kind, "inode": one.inode, "path": one.path, "state": _state(one)}
        for one in pins.all_pins()
    ]
    for place in session.places.values():
        for kind in place.fds:
            inode = place.whole.get(kind)
            rows.append({"name": place.name, "type": kind, "inode": inode, "path": None, "state": "open file"})
    columns = (
        Column("name", "name", style="name"),
        Column("type", "type", style="type"),
        Column("inode", "ns", align="right", style="number"),
        Column("state", "state"),
        Column("path", "path", style="path"),
    )
    return Table(columns, rows)


def _state(one: pins.Pin) -> str:
    return "pinned" if one.inode is not None else "stale"


@command(
    "ls ns [-t|--type <kind:type>]",
    man=("lsns(8)", "namespaces(7)"),
    category="look",
    shares_program=True,
    synonyms=("list",),
)
def ls_ns(session: Session, *, kind: str | None = None) -> Result:
    """List the namespaces that there are: those with processes, and what places keep.

    NPROCS counts the member processes that can be seen; PID is the lowest.

        nsh> ls ns
        nsh> ls ns --type uts
    """
    scan = inventory.scan()
    rows = [_namespace_row(session, one) for one in scan.in_order() if kind in (None, one.kind)]
    seen = {(one.kind, one.inode) for one in scan.in_order()}
    rows += [
        row for row in _kept_open(session) if kind in (None, row["type"]) and (row["type"], row["inode"]) not in seen
    ]
    notes = []
    if scan.unreadable:
        count = f"{scan.unreadable} process{'es' if scan.unreadable > 1 else ''}"
        notes.append(f"{count} unreadable: looking at another user's needs CAP_SYS_PTRACE")
    columns = (
        Column("inode", "ns", align="right", style="number"),
        Column("type", "type", style="type"),
        Column("nprocs", "nprocs", align="right"),
        Column("pid", "pid", align="right"),
        Column("uid", "uid", align="right"),
        Column("name", "name", style="name"),
        Column("command", "command"),
    )
    return Table(columns, rows, notes)


def _namespace_row(session: Session, one: inventory.Found) -> dict[str, object]:
    first = describe.process_row(one.pid) or {}
    return {
        **describe.with_id(session, one.kind, one.inode, f"/proc/{one.pid}/ns/{one.kind}"),
        "nprocs": one.processes,
        "pid": one.pid,
        "uid": first.get("uid"),
        "command": first.get("command"),
    }


def _kept_open(session: Session) -> list[dict[str, object]]:
    """Namespaces that only open files of this session keep."""
    rows = []
    for place in session.places.values():
        for kind, fd in place.fds.items():
            row = describe.namespace_object(session, kind, place.ns[kind], fd)
            rows.append({**row, "nprocs": 0, "pid": None, "uid": None, "command": None})
    return rows


@command("ls procs [<ref:ref>]", man=("proc(5)",), category="look", shares_program=True, synonyms=("list",))
def ls_procs(session: Session, ref: str = ".") -> Result:
    """List the processes that are where you are, or in a place.

    Those are in it that share all its namespaces.
    PIDS shows the pid at every level of pid namespaces, from here down.

        nsh> ls procs demo
    """
    target = session.resolve(ref)
    wanted = {kind: target.ns[kind] for kind in target.types}
    rows = []
    for pid in _members(wanted):
        row = describe.process_row(pid)
        if row is not None:
            rows.append(row)
    columns = (
        Column("pid", "pid", align="right", style="number"),
        Column("ppid", "ppid", align="right"),
        Column("uid", "uid", align="right"),
        Column("state", "s"),
        Column("pids", "pids"),
        Column("command", "command"),
    )
    return Table(columns, rows)


def _members(wanted: dict[str, int]) -> list[int]:
    found: set[int] | None = None
    for kind, inode in wanted.items():
        members = set(inventory.members_of(kind, inode))
        found = members if found is None else found & members
    return sorted(found or ())
