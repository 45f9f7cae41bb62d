# SPDX-License-Identifier: MIT
"""mnt: the mount table of a place."""

from __future__ import annotations

from nsh.errors import SessionError
from nsh.registry import command
from nsh.results import Column, Result, Table
from nsh.session import mounts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.session import Session


@command("mnt ls [<ref:ref>] [--new]", man=("mount_namespaces(7)", "proc(5)"), category="inside")
def mnt_ls(session: Session, ref: str = ".", *, new: bool = False) -> Result:
    """List the mounts of a place; --new only those that host does not have.

    PROPAGATION is private, or shared:N, master:N with the number of the peer
    group.

        nsh> mnt ls box --new
    """
    target = session.resolve(ref, "mnt")
    if target.pid is None:
        raise SessionError(f"{ref}: no process is in it whose mounts could be read", "enter it, then `mnt ls`")
    rows = mounts.table(target.pid)
    if new:
        known = {(row["mountpoint"], row["fstype"], row["source"]) for row in mounts.table(session.host.peer.pid)}
        rows = [row for row in rows if (row["mountpoint"], row["fstype"], row["source"]) not in known]
    columns = (
        Column("mountpoint", "mountpoint", style="path"),
        Column("fstype", "type", style="type"),
        Column("source", "source"),
        Column("propagation", "propagation"),
        Column("options", "options"),
    )
    return Table(columns, rows)
