# SPDX-License-Identifier: MIT
"""show: all that is known of a namespace (ioctl_ns(2)), and what belongs to its type."""

from __future__ import annotations

from nsh.registry import command
from nsh.results import Column, Record, Result, Table
from nsh.session import clocks, describe, inventory, within
from nsh.session.refs import chosen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from nsh.session.session import Session

_MOST = 8  # items of a list that people see


@command("show [<types:types>] <ref:ref>", man=("ioctl_ns(2)", "namespaces(7)"), category="look")
def show(session: Session, ref: str, types: tuple[str, ...] | None = None) -> Result:
    """Show what the kernel says of a namespace: id, owner, creator, parent, and what is in it.

    The owner is a user namespace, and has one above it: the last of OWNERS is as
    far up as one may look. The creator is the uid that made it. The id is never
    used again (Linux 6.18), the inode is. Below stands what belongs to the type:
    hostname, mounts, devices, maps, offsets, queues, init, cgroup; for a UTS,
    IPC or cgroup namespace a process of nsh goes in and asks.

        nsh> show demo
        nsh> show net host
        nsh> show uts:[4026532386]
    """
    target = session.resolve(ref)
    kinds = chosen(target, types)
    rows = [describe.facts_of(session, target, kind) for kind in kinds]
    for row in rows:
        row["members"] = inventory.members_of(str(row["type"]), int(str(row["inode"])))
    facts = within.look(session, target, ref, kinds)
    for row in rows:
        row.update(facts[str(row["type"])])
    if len(rows) == 1:
        return Record(list(_labelled(session, rows[0]).items()), rows[0])
    return _Whole(
        ref,
        (
            Column("type", "type", style="type"),
            Column("inode", "inode", align="right", style="number"),
            Column("id", "id", align="right"),
            Column("owner", "owner", align="right"),
            Column("creator", "creator", align="right"),
            Column("parent", "parent", align="right"),
            Column("name", "name", style="name"),
            Column("_members", "members", align="right"),
            Column("_within", "in it"),
        ),
        [{**row, "_members": _count(row["members"]), "_within": _brief(row)} for row in rows],
    )


class _Whole(Table):
    """A table for people, one object for programs."""

    __slots__ = ("_ref",)

    def __init__(self, ref: str, columns: Iterable[Column], rows: Sequence[Mapping[str, object]]) -> None:
        super().__init__(columns, rows)
        self._ref = ref

    def json(self) -> object:
        """The reference, and its namespaces."""
        return {"ref": self._ref, "namespaces": super().json()}


def _labelled(session: Session, row: dict[str, object]) -> dict[str, object]:
    shown = dict(row)
    owners = row["owners"] if isinstance(row["owners"], list) else []
    del shown["owners"]
    shown["owner"] = " < ".join(_named(session, "user", inode) for inode in owners) or None
    shown["parent"] = _named(session, str(row["type"]), row["parent"]) if row["parent"] else None
    shown["creator"] = f"uid {row['creator']}" if row["creator"] is not None else None
    members = row["members"]
    if isinstance(members, list) and members:
        shown["members"] = f"{len(members)}: pid {_joined(members)}"
    for key in ("monotonic", "boottime"):
        if key in row:
            shown[key] = clocks.offset(row[key])
    return {key.replace("_", " "): _few(value) for key, value in shown.items()}


def _named(session: Session, kind: str, inode: object) -> str:
    name = describe.name_of(session, kind, inode) if isinstance(inode, int) else None
    return f"{kind}:[{inode}]{f' {name}' if name else ''}"


def _few(value: object) -> object:
    """A list as text, a long one by its beginning."""
    return _joined(value) if isinstance(value, list) else value


def _count(value: object) -> object:
    return len(value) if isinstance(value, list) else None


def _brief(row: dict[str, object]) -> str | None:
    """What belongs to the type, in a few words."""
    kind = row["type"]
    facts = [row[key] for key in within.FIELDS[str(kind)]]
    if all(fact is None for fact in facts):
        return None
    if kind == "mnt":
        return f"{_count(row['mounts'])} mounts, / is {row['propagation']}"
    if kind == "ipc":
        return f"{_count(facts[0])} mq, {_count(facts[1])} sem, {_count(facts[2])} shm"
    if kind == "pid":
        return f"init is pid {row['init']}" if row["init"] is not None else "no init"
    if kind == "net":
        return _joined(row["devices"])
    if kind == "user":
        return f"uid {_joined(row['uid_map'])}"
    if kind == "time":
        return f"boottime {clocks.offset(row['boottime'])}"
    return str(row["hostname" if kind == "uts" else "inside"])


def _joined(values: object) -> str:
    """A list, its beginning where it is long."""
    found = [str(value) for value in values] if isinstance(values, list) else []
    more = f" and {len(found) - _MOST} more" if len(found) > _MOST else ""
    return (", ".join(found[:_MOST]) or "none") + more
