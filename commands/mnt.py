# SPDX-License-Identifier: MIT
"""mnt: the mount table of a place."""

from __future__ import annotations

from nsh.errors import SessionError, UsageError
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
from nsh.session import mounts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.session import Session

_MODES = {"private": MS_PRIVATE, "slave": MS_SLAVE, "shared": MS_SHARED, "unbindable": MS_UNBINDABLE}
_KERNELS_OWN = ("proc", "sysfs", "mqueue", "cgroup2")


@command("mnt ls [<ref:ref>] [--new]", man=("mount_namespaces(7)", "proc(5)"), category="inside")
def mnt_ls(session: Session, ref: str = ".", *, new: bool = False) -> Result:
    """List the mounts of a place, as a tree.

    --new lists only those that host does not have. PROPAGATION is private, or
    shared:N, master:N with the number of the peer group. A mount that another
    one on the same place hides is marked as covered.

        nsh> mnt ls box --new
    """
    target = session.resolve(ref, "mnt")
    if target.pid is None:
        raise SessionError(f"{ref}: no process is in it whose mounts could be read", "enter it, then `mnt ls`")
    rows = mounts.tree(target.pid)
    if new:
        known = {_identity(row) for row in mounts.tree(session.host.peer.pid)}
        rows = [{**row, "depth": 0} for row in rows if _identity(row) not in known]
    for row in rows:
        row["shown"] = "  " * int(str(row["depth"])) + str(row["mountpoint"]) + (" (covered)" if row["covered"] else "")
    columns = (
        Column("shown", "mountpoint", style="path"),
        Column("fstype", "type", style="type"),
        Column("source", "source"),
        Column("propagation", "propagation"),
        Column("options", "options"),
    )
    return Table(columns, [{key: value for key, value in row.items() if key != "depth"} for row in rows])


def _identity(row: dict[str, object]) -> tuple[object, ...]:
    return row["mountpoint"], row["fstype"], row["source"], row["device"], row["covered"]


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
    session.do(*_mounts(kind, target, source, options, read_only), types=("mnt",))
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
    session.do(Op("umount2", target, MNT_DETACH if lazy else 0), types=("mnt",))
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
    session.do(Mount("none", target, None, _MODES[mode] | (0 if one else MS_REC)), types=("mnt",))
    return Quiet()
