# SPDX-License-Identifier: MIT
"""mnt: the mount table of a place."""

from __future__ import annotations

from nsh.errors import Refused, SessionError, UsageError
from nsh.kernel.mountflags import (
    MNT_DETACH,
    MS_BIND,
    MS_NODEV,
    MS_NOEXEC,
    MS_NOSUID,
    MS_PRIVATE,
    MS_RDONLY,
    MS_REC,
    MS_SHARED,
    MS_SLAVE,
    MS_UNBINDABLE,
)
from nsh.ops import Mount, Op
from nsh.registry import command
from nsh.results import Column, Quiet, Result, Table
from nsh.session import mounting, mounts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.session import Session

_MODES = {"private": MS_PRIVATE, "slave": MS_SLAVE, "shared": MS_SHARED, "unbindable": MS_UNBINDABLE}
_KERNELS_OWN = ("proc", "sysfs", "mqueue", "cgroup2")


@command("mnt ls [<ref:ref>] [--differs]", man=("mount_namespaces(7)", "proc(5)"), category="inside")
def mnt_ls(session: Session, ref: str = ".", *, differs: bool = False) -> Result:
    """List the mounts of a place, as a tree.

    PROPAGATION is private, or the number of the peer group: shared:N passes
    mounts on in both ways, master:N only takes them in. PEERS are the places
    with a mount in that group, as far as nsh knows them. A mount that no path
    leads to, because another is on top, is marked as covered. --differs lists
    only what host does not have, and what only host has.

        nsh> mnt ls box --differs
    """
    target = session.resolve(ref, "mnt")
    if target.pid is None:
        raise SessionError(f"{ref}: no process is in it whose mounts could be read", "enter it, then `mnt ls`")
    rows = mounts.tree(target.pid)
    if differs:
        rows = mounts.differing(rows, mounts.tree(session.host.peer.pid))
    others = _other_tables(session, target.ns["mnt"])
    found = [_row(one, names, flat=differs) for one, names in zip(rows, mounts.peers(rows, others), strict=True)]
    columns = [
        Column("_point", "mountpoint", style="path"),
        Column("fstype", "type", style="type"),
        Column("source", "source"),
        Column("propagation", "propagation"),
        Column("peers", "peers", style="name"),
        Column("options", "options"),
    ]
    return Table([*([Column("only", "only")] if differs else []), *columns], found)


def _row(one: dict[str, object], peers: list[str], *, flat: bool) -> dict[str, object]:
    """One mount with its peers; how deep it is in the tree is drawn, for people."""
    known = dict(one)
    indent = "  " * int(str(known.pop("depth")))
    point = f"{'' if flat else indent}{one['mountpoint']}{' (covered)' if one['covered'] else ''}"
    return {**known, "peers": peers, "_point": point}


def _other_tables(session: Session, inode: int) -> dict[str, list[dict[str, object]]]:
    """The mounts of host and of each place with a mount namespace of its own, but for the one that is shown."""
    pids = {"host": (session.host.ns.get("mnt"), session.host.peer.pid)}
    pids |= {place.name: (place.ns.get("mnt"), place.pid) for place in session.places.values() if place.pid is not None}
    tables = {}
    for name, (other, pid) in pids.items():
        if other not in (None, inode):
            try:
                tables[name] = mounts.table(pid)
            except Refused:
                continue  # a place that has just ended has no mounts
    return tables


@command(
    "mnt add <kind:choice(tmpfs,proc,sysfs,overlay,bind,mqueue,devpts,ramfs,cgroup2)> <target:path>"
    " [--source <source:path>] [--options <options:text>] [--read-only]",
    man=("mount(2)", "mount_namespaces(7)"),
    category="inside",
    shows=False,
)
def mnt_add(
    session: Session,
    kind: str,
    target: str,
    *,
    source: str | None = None,
    options: str | None = None,
    read_only: bool = False,
) -> Result:
    """Mount something where you are, with one mount(2) (two for a read-only bind).

    bind wants --source, the directory or file to see there as well; overlay
    wants --options lowerdir=…,upperdir=…,workdir=….

        nsh> new mnt m
        nsh> on m mnt add tmpfs /mnt
        nsh> on m mnt add bind /mnt --source /etc --read-only
    """
    if (kind == "bind") != (source is not None):
        raise UsageError("--source goes with bind, and bind with --source", "mnt add bind TARGET --source PATH")
    session.guard("mnt", "the mount table")
    ops = _mounts(kind, target, source, options, read_only)
    mounting.do(session, ops, kind=kind, paths=(target, source) if source is not None else (target,))
    return Quiet()


def _mounts(kind: str, target: str, source: str | None, options: str | None, read_only: bool) -> list[Op]:
    only = MS_RDONLY if read_only else 0
    if source is not None:
        bind: list[Op] = [Mount(source, target, None, MS_BIND | MS_REC)]
        return [*bind, Op("mount_setattr", target, MS_RDONLY)] if read_only else bind
    safe = MS_NOSUID | MS_NODEV | MS_NOEXEC if kind in _KERNELS_OWN else 0
    return [Mount(kind, target, kind, safe | only, options)]


@command("mnt rm <target:path> [--lazy]", man=("umount(2)",), category="inside", shows=False)
def mnt_rm(session: Session, target: str, *, lazy: bool = False) -> Result:
    """Unmount; --lazy takes it out of sight at once and lets go when nothing uses it.

    nsh> on m mnt rm /mnt
    """
    session.guard("mnt", "the mount table")
    mounting.do(session, [Op("umount2", target, MNT_DETACH if lazy else 0)], paths=(target,))
    return Quiet()


@command(
    "mnt propagation <mode:choice(private,slave,shared,unbindable)> [<target:path>] [--one]",
    man=("mount_namespaces(7)", "mount(2)"),
    category="inside",
    shows=False,
)
def mnt_propagation(session: Session, mode: str, target: str = "/", *, one: bool = False) -> Result:
    """Change whether mounts spread to and from peers: of a mount and all below it, or with --one of it alone.

    nsh> on m mnt propagation shared /mnt
    """
    session.guard("mnt", "the propagation of mounts")
    mounting.do(session, [Mount("none", target, None, _MODES[mode] | (0 if one else MS_REC))], paths=(target,))
    return Quiet()
