# SPDX-License-Identifier: MIT
"""show: what the kernel says of a namespace (ioctl_ns(2))."""

from __future__ import annotations

from nsh.registry import command
from nsh.results import Column, Record, Result, Table
from nsh.session import describe, inventory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from nsh.session.session import Session


@command("show <ref:ref>", man=("ioctl_ns(2)",), category="look")
def show(session: Session, ref: str) -> Result:
    """Show what the kernel says of a namespace: id, owner, creator, parent.

    The owner is a user namespace; the creator is the uid that made it. The id
    is never used again (Linux 6.18), the inode is.

        nsh> show demo
        nsh> show uts:[4026532386]
    """
    target = session.resolve(ref)
    rows = [describe.facts_of(session, target, kind) for kind in target.types]
    if len(rows) == 1:
        row = rows[0]
        row["members"] = inventory.members_of(str(row["type"]), int(str(row["inode"])))
        return Record(list(_labelled(row).items()), row)
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
        ),
        rows,
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


def _labelled(row: dict[str, object]) -> dict[str, object]:
    shown = dict(row)
    shown["owner"] = f"user:[{row['owner']}]" if row["owner"] else None
    shown["parent"] = f"{row['type']}:[{row['parent']}]" if row["parent"] else None
    shown["creator"] = f"uid {row['creator']}" if row["creator"] is not None else None
    return shown
