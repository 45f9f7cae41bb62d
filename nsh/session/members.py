# SPDX-License-Identifier: MIT
"""The members of a pid namespace, and what is remarkable about each (pid_namespaces(7))."""

from __future__ import annotations

from nsh.session import describe, inventory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.session import Session

    Row = dict[str, object]


def table(session: Session, inode: int) -> list[Row]:
    """A row for each member that can be seen, by the pids of host."""
    rows = [row for pid in inventory.members_of("pid", inode) if (row := describe.process_row(pid)) is not None]
    holders = {place.pid for place in session.places.values() if place.how == "holder"}
    return [{**row, **_family(row, rows, holders)} for row in rows]


def _family(row: Row, rows: list[Row], holders: set[int | None]) -> Row:
    """Zombie, child of somebody outside, adopted: a holder makes no children, so all it has it took in as an init.

    Of another init's children it cannot be told which are its own: null.
    """
    parent = next((one for one in rows if one["pid"] == row["ppid"]), None)
    is_child_of_init = parent is not None and parent["init"] is True
    is_adopted = None if is_child_of_init and row["ppid"] not in holders else is_child_of_init
    return {
        "zombie": row["state"] == "Z",
        "adopted": is_adopted,
        "parent_outside": parent is None,
    }


def remark(row: Row) -> str:
    """What a person should notice about a member, in words."""
    words = [
        ("init", row["init"]),
        ("zombie: ended, not yet waited for", row["zombie"]),
        ("orphan: adopted by the init", row["adopted"]),
        ("parent outside: 0 to itself", row["parent_outside"] and not row["init"]),
    ]
    return "; ".join(word for word, holds in words if holds)
