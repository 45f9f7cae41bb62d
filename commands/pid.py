# SPDX-License-Identifier: MIT
"""pid: the processes of a pid namespace, with their number at every level."""

from __future__ import annotations

from nsh.registry import command
from nsh.results import Column, Quiet, Result, Table, Text
from nsh.session import freezer, members

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.session import Session


@command("pid ls [<ref:ref>]", man=("pid_namespaces(7)", "proc(5)"), category="inside")
def pid_ls(session: Session, ref: str = ".") -> Result:
    """List the members of a pid namespace, with their pid at every level.

    The first of PIDS is the pid at host, the last the pid inside. The remark
    names the init, zombies, orphans that the init adopted, and processes that
    were put in from outside. It reads the host's /proc, so it is right also
    where /proc is stale.

        nsh> pid ls box
    """
    rows = members.table(session, session.resolve(ref, "pid").ns["pid"])
    columns = (
        Column("pid", "pid", align="right", style="number"),
        Column("ppid", "ppid", align="right"),
        Column("state", "s"),
        Column("pids", "pids"),
        Column("_remark", "remark"),
        Column("command", "command"),
    )
    return Table(columns, [{**row, "_remark": members.remark(row) or None} for row in rows])


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


@command("pid freeze <ref:ref>", man=("cgroups(7)", "signal(7)"), category="inside")
def pid_freeze(session: Session, ref: str) -> Result:
    """Stop every process of a pid namespace, as pausing a container does; `pid thaw` continues them.

    Where nsh may make a cgroup (`--host`, and the right to write there) it is
    done by the cgroup freezer, which the processes cannot notice. Else by
    SIGSTOP to each from outside, where even the init obeys it; parents then see
    their children stop, and what was stopped before will go on with the rest.

        nsh> pid freeze box
        nsh> pid thaw box
    """
    done = freezer.freeze(session, ref)
    notes = [f"by SIGSTOP to each, not by a cgroup: {done.why_not}"] if done.why_not else []
    return _told("frozen", done, notes)


@command("pid thaw <ref:ref>", man=("cgroups(7)", "signal(7)"), category="inside")
def pid_thaw(session: Session, ref: str) -> Result:
    """Continue what `pid freeze` has stopped.

    nsh> pid thaw box
    """
    return _told("thawed", freezer.thaw(session, ref), [])


def _told(word: str, done: freezer.Done, notes: list[str]) -> Result:
    data = {"pids": done.pids, "how": done.how}
    return Text(f"{word} {len(done.pids)}: {' '.join(map(str, done.pids)) or 'nobody'}", data, notes=notes)
