# SPDX-License-Identifier: MIT
"""pid: the processes of a pid namespace, with their number at every level."""

from __future__ import annotations

from nsh.registry import command
from nsh.results import Column, Quiet, Result, Table, Text
from nsh.session import describe, freezer, inventory

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


@command("pid signal <signal:text> <refs:ref>...", man=("kill(2)", "pid_namespaces(7)"), category="inside", shows=False)
def pid_signal(session: Session, signal: str, refs: list[str]) -> Result:
    """Send a signal to processes, or to what keeps a place, from outside.

    An init takes from outside only KILL and STOP, and what it has a handler
    for; from inside not even those. Pids are those of host.

        nsh> pid signal TERM box
        nsh> pid signal KILL box
    """
    number = freezer.signal_number(signal)
    for ref in refs:
        freezer.send(session, ref, number)
    return Quiet()


@command("pid freeze <ref:ref>", man=("signal(7)", "cgroups(7)"), category="inside")
def pid_freeze(session: Session, ref: str) -> Result:
    """Stop every process of a pid namespace, as pausing a container does.

    It is done by SIGSTOP to each member, from outside, where even the init
    obeys it; a container engine uses the cgroup freezer instead, which its
    processes cannot notice. `pid thaw` continues them.

        nsh> pid freeze box
        nsh> pid thaw box
    """
    pids = freezer.freeze(session, ref, thaw=False)
    return Text(f"stopped {len(pids)}: {' '.join(map(str, pids))}", {"pids": pids})


@command("pid thaw <ref:ref>", man=("signal(7)",), category="inside")
def pid_thaw(session: Session, ref: str) -> Result:
    """Continue what `pid freeze` has stopped.

    nsh> pid thaw box
    """
    pids = freezer.freeze(session, ref, thaw=True)
    return Text(f"continued {len(pids)}: {' '.join(map(str, pids))}", {"pids": pids})
