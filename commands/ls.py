# SPDX-License-Identifier: MIT
"""ls: lists of types, namespaces, places and processes."""

from __future__ import annotations

from nsh import nstypes
from nsh.registry import command
from nsh.results import Column, Result, Table
from nsh.session import catalogue, describe, filters, inventory, pins

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
    columns = [Column(key, key, style="type" if key == "type" else None, wraps=key == "isolates") for key in headings]
    return Table(columns, rows)


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

    Bind mounts under /run, and open files of this nsh. A stale placeholder is a
    file that pins nothing: its mount is gone, or was made in another mount
    namespace.

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
    "ls ns [--quick] [-t|--type <kinds:types>] [-p|--pid <pid:pid>] [-o|--output <output:text>] [--sort <sort:text>] "
    "[--where <where:text>]",
    man=("lsns(8)", "namespaces(7)", "ioctl_ns(2)"),
    category="look",
    shares_program=True,
    synonyms=("list",),
)
def ls_ns(
    session: Session,
    *,
    quick: bool = False,
    kinds: tuple[str, ...] | None = None,
    pid: int | None = None,
    output: str | None = None,
    sort: str | None = None,
    where: str | None = None,
) -> Result:
    """List every namespace that can be found, also those that no process is in.

    NPROCS counts the member processes that can be seen; PID is the lowest. Where
    there is none, COMMAND says in parentheses what keeps the namespace; `why`
    says more. Looked at are the links of all processes and threads, their open
    files and sockets, bind mounts in every mount namespace, and what owns or
    contains what was found. `--quick` looks at the links of processes alone.

    -o takes fields in place of the usual columns, with a + in front beside them:
    type inode id name nprocs pid ppid uid user command owner parent creator
    kept_by path. --sort takes one of them, with a - in front downwards. --where
    keeps the rows of which an expression is true: FIELD OP VALUE with
    == != < <= > >= ~ (contains), joined by and, or, not.

        nsh> ls ns
        nsh> ls ns --type uts,net -o +owner,id
        nsh> ls ns --where 'nprocs==0'
        nsh> ls ns --quick --sort=-nprocs
    """
    shown = _columns(output)
    test = filters.parse(where, catalogue.FIELDS) if where is not None else None
    found = catalogue.quick(session) if quick else catalogue.complete(session)
    rows = found.rows
    if kinds is not None:
        rows = [row for row in rows if row["type"] in kinds]
    if pid is not None:
        rows = catalogue.of_process(rows, pid)
    if test is not None:
        rows = [row for row in rows if test(row)]
    if sort is not None:
        rows = catalogue.sort(rows, sort)
    notes = [f"not seen: {'; '.join(found.not_seen)}"] if found.not_seen else []
    return Table(shown, [{**row, "_what": _what(row)} for row in rows], notes)


def _what(row: dict[str, object]) -> object:
    """Its command; of a namespace without processes what keeps it, which is in the JSON as `kept_by`."""
    kept_by = row["kept_by"]
    if row["command"] is not None or not isinstance(kept_by, list):
        return row["command"]
    return f"({', '.join(kept_by) or 'nothing that can be seen'})"


_NS = {
    "inode": Column("inode", "ns", align="right", style="number"),
    "type": Column("type", "type", style="type"),
    "nprocs": Column("nprocs", "nprocs", align="right"),
    "pid": Column("pid", "pid", align="right"),
    "user": Column("user", "user"),
    "name": Column("name", "name", style="name"),
    "command": Column("_what", "command"),
}


def _columns(output: str | None) -> list[Column]:
    """The usual columns, those asked for, or both. Raises UsageError."""
    if output is None:
        return list(_NS.values())
    wanted = [catalogue.checked(word, "-o") for word in output.removeprefix("+").split(",")]
    if output.startswith("+"):
        usual = [key for key in _NS if key not in wanted]
        wanted = [*usual[:-1], *wanted, *usual[-1:]]
    numbers = ("id", "ppid", "uid", "owner", "parent", "creator")
    return [
        _NS.get(key) or Column(key, key.replace("_", " "), align="right" if key in numbers else "left")
        for key in dict.fromkeys(wanted)
    ]


@command("ls procs [<ref:ref>]", man=("proc(5)",), category="look", shares_program=True, synonyms=("list",))
def ls_procs(session: Session, ref: str = ".") -> Result:
    """List the processes that are where you are, or in a place.

    Those are in it that share all its namespaces. PIDS shows the pid at every
    level of pid namespaces, from here down.

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
