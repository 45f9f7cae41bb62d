# SPDX-License-Identifier: MIT
"""pid: the processes of a pid namespace, with their number at every level."""

from __future__ import annotations

from nsh.registry import command
from nsh.results import Column, Result, Table
from nsh.session import describe, inventory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.session import Session


@command("pid ls [<ref:ref>]", man=("pid_namespaces(7)",), category="inside")
def pid_ls(session: Session, ref: str = ".") -> Result:
    """List the members of a pid namespace, with their pid at every level.

    The first of PIDS is the pid at host, the last the pid inside; a process
    with 1 there is the init. It reads the host's /proc, so it is right also
    where /proc is stale.

        nsh> pid ls box
    """
    inode = session.resolve(ref, "pid").ns["pid"]
    rows = [row for pid in inventory.members_of("pid", inode) if (row := describe.process_row(pid)) is not None]
    columns = (
        Column("pid", "pid", align="right", style="number"),
        Column("ppid", "ppid", align="right"),
        Column("state", "s"),
        Column("pids", "pids"),
        Column("init", "init"),
        Column("command", "command"),
    )
    return Table(columns, rows)
