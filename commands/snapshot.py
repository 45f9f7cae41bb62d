# SPDX-License-Identifier: MIT
"""snapshot: remember how things are, for `diff`."""

from __future__ import annotations

from nsh.registry import command
from nsh.results import Column, Result, Table, Text
from nsh.session import moments

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.session import Session


@command("snapshot [<name:newname>] [<ref:ref>]", man=("namespaces(7)",), category="look")
def snapshot(session: Session, name: str | list[str] | None = None, ref: str = ".") -> Result:
    """Remember the namespaces you are in, or of a reference, and what is in them; without a name, list what is kept.

    Remembered are the identity of each namespace and its hostname, mounts,
    devices, addresses, routes, maps, offsets, queues, init, cgroup. A name that
    was used is used again. Snapshots end with nsh.

        nsh> snapshot before
        nsh> diff before .
    """
    if name is None:
        columns = (Column("name", "name", style="name"), Column("ref", "ref"), Column("namespaces", "namespaces"))
        return Table(columns, [moment.as_json() for moment in moments.snapshots(session).values()])
    chosen = name if isinstance(name, str) else name[0]
    moment = moments.take(session, chosen, ref)
    found = moment.as_json()
    return Text(f"{chosen}  {' '.join(moment.namespace(kind) for kind in moment.inodes)}", found)
