# SPDX-License-Identifier: MIT
"""cgroup: the path of a cgroup, as seen from inside and outside."""

from __future__ import annotations

from nsh.registry import command
from nsh.results import Column, Result, Table
from nsh.session import cgroups

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.session import Session


@command("cgroup show [<ref:ref>]", man=("cgroup_namespaces(7)", "cgroups(7)"), category="inside")
def cgroup_show(session: Session, ref: str = ".") -> Result:
    """Show in which cgroups a process is, by the paths seen from inside and from outside.

    A cgroup namespace makes the cgroup of its creator the root of what is seen:
    inside, the path is `/`. Each hierarchy has a row: v2 is one, v1 one for each
    set of controllers, and a machine may have both (hybrid).

        nsh> new cgroup c
        nsh> cgroup show c
    """
    rows = cgroups.table(session, ref)
    columns = (
        Column("version", "version", align="right"),
        Column("controllers", "controllers"),
        Column("inside", "inside", style="path"),
        Column("outside", "outside", style="path"),
    )
    return Table(columns, rows, [f"this machine's cgroups: {cgroups.layout(rows)}"])
