# SPDX-License-Identifier: MIT
"""Mounting where you sit, and why it was refused, as it can be seen from here (mount(2), mount_namespaces(7))."""

from __future__ import annotations

import errno

from nsh.errors import Refused
from nsh.kernel.mountflags import MNT_DETACH
from nsh.ops import Op
from nsh.session import mounts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.session import Session

_LOCKED = (
    "what is mounted there was locked when this mount namespace was made in a user namespace of its own\n"
    "(mount_namespaces(7))"
)


def do(session: Session, ops: list[Op], *, kind: str = "", paths: tuple[str, ...] = ()) -> None:
    """Mount or unmount by these ops; `paths` are those that must be there. Raises Refused; then nothing is mounted."""
    try:
        session.do(*ops, types=("mnt",))
    except Refused as refusal:
        if refusal.op.startswith("mount_setattr("):
            session.do(Op("umount2", paths[0], MNT_DETACH))  # bound, and could not be made read-only
        hint = _cause(session, refusal, kind, paths) or refusal.hint
        raise Refused(refusal.op, refusal.errno, hint) from refusal


def _cause(session: Session, refusal: Refused, kind: str, paths: tuple[str, ...]) -> str | None:
    call, number = refusal.op.partition("(")[0], refusal.errno
    if number == errno.ENOENT:
        return _missing(session, paths) if call == "mount" else None
    if number == errno.EPERM:
        return refusal.hint or _LOCKED
    if number == errno.ENODEV:
        return f"this kernel has no file system {kind}: /proc/filesystems lists what it has"
    if number == errno.EBUSY and call == "umount2":
        return refusal.hint
    if number == errno.EINVAL:
        return _invalid(session, call, kind, paths)
    return None


def _missing(session: Session, paths: tuple[str, ...]) -> str | None:
    for path in paths:
        try:
            fd = session.open_file(path, "r")
        except Refused as refusal:
            if refusal.errno == errno.ENOENT:
                return f"{path} is not there in the place you are in: `mkdir -p {path}` first"
        else:
            import os

            os.close(fd)
    return None


def _invalid(session: Session, call: str, kind: str, paths: tuple[str, ...]) -> str | None:
    points = {str(one["mountpoint"]) for one in mounts.table(session.seat.peer.pid)}
    at = paths[0].rstrip("/") or "/" if paths else ""
    if call == "umount2" or not kind:
        if at not in points:
            return f"{at} is not a mount point here: `mnt ls` lists them"
        if call == "umount2":
            return f"{at} is locked: it came along from a more privileged mount namespace (mount_namespaces(7))"
    if kind == "overlay":
        return "overlay wants --options lowerdir=…, and for writing upperdir=… and workdir=… on one file system"
    if kind == "bind":
        return "the source is unbindable, or has locked mounts below it (mount_namespaces(7))"
    return f"the options are not those of {kind}: see its manual page" if kind else None
