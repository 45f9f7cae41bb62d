# SPDX-License-Identifier: MIT
"""Namespaces, places and processes as rows and lines: what tables and `--json` show of them."""

from __future__ import annotations

import os

from nsh.errors import Refused
from nsh.kernel import nsfs, proc
from nsh.session import identity, pins
from nsh.session.places import Place

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from nsh.session.refs import Target
    from nsh.session.session import Session
    from nsh.session.world import Key, World

MADE_PRIVATE = " (private)"


def place_line(place: Place, *, private: bool) -> str:
    """The one line of `new`: name, pid, namespaces; `private` when its mounts were made so."""
    who = f"pid {place.pid}" if place.pid is not None else "kept open"
    links = [f"{kind}:[{place.ns.get(kind, '?')}]" for kind in place.types]
    text = " ".join(f"{link}{MADE_PRIVATE if private and link.startswith('mnt:') else ''}" for link in links)
    return f"{place.name}  {who}  {text}"


def namespace_object(session: Session, kind: str, inode: int | None, fd: int = -1) -> dict[str, object]:
    """A namespace in `--json`: {type, inode, id, name}; the id (Linux 6.18) when a file of it is open."""
    return {
        "type": kind,
        "inode": inode,
        "id": nsfs.never_reused_id(fd) if fd >= 0 else None,
        "name": name_of(session, kind, inode),
    }


def of_target(session: Session, target: Target, kind: str) -> dict[str, object]:
    """One namespace of a reference, as `--json` shows a namespace."""
    try:
        fd = target.open_fd(kind)
    except Refused:
        return namespace_object(session, kind, target.ns[kind])
    try:
        return namespace_object(session, kind, target.ns[kind], fd)
    finally:
        os.close(fd)


def with_id(session: Session, kind: str, inode: int | None, path: str) -> dict[str, object]:
    """The same, with the id asked of the namespace file at a path, where it can be opened."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return namespace_object(session, kind, inode)
    try:
        return namespace_object(session, kind, inode, fd)
    finally:
        os.close(fd)


def name_of(session: Session, kind: str, inode: int | None) -> str | None:
    """The place that owns that namespace, `host` for those nsh was started in, the name of a pin, or None."""
    for place in session.places.values():
        if place.ns.get(kind) == inode:
            return place.name
    if session.host.ns.get(kind) == inode:
        return "host"
    return names(session).get((kind, inode)) if inode is not None else None


def names(session: Session) -> dict[Key, str]:
    """The names of all namespaces that have one, as `name_of` finds them."""
    found = {(pin.kind, pin.inode): pin.name for pin in pins.all_pins() if pin.inode is not None}
    own = proc.namespaces("self")  # where nsh itself is, is host; its helper need not have started
    found.update(dict.fromkeys(own.items(), "host"))
    for place in reversed(session.places.values()):
        found.update(dict.fromkeys(place.ns.items(), place.name))
    return found


def known_object(world: World, key: Key, names: dict[Key, str]) -> dict[str, object]:
    """A namespace that was found, in `--json`: {type, inode, id, name, owner, parent, creator}."""
    one = world.note(key)
    return {
        "type": one.kind,
        "inode": one.inode,
        "id": one.id,
        "name": names.get(key),
        "owner": one.owner[1] if one.owner is not None else None,
        "parent": one.parent[1] if one.parent is not None else None,
        "creator": one.creator,
    }


def facts_of(session: Session, target: Target, kind: str) -> dict[str, object]:
    """One namespace by ioctl_ns(2): type, inode, id, owner and those above it, creator, parent. Raises Refused."""
    fd = target.open_fd(kind)
    try:
        found = namespace_object(session, kind, target.ns[kind], fd)
        found["owner"] = _inode_behind(nsfs.owner_of, fd)
        found["owners"] = identity.owners_of(fd, kind)
        found["parent"] = _inode_behind(nsfs.parent_of, fd) if kind in ("user", "pid") else None
        found["creator"] = _creator(fd, kind)
    finally:
        os.close(fd)
    return found


def _creator(fd: int, kind: str) -> int | None:
    """The uid that created a user namespace, or the owner of another type."""
    try:
        if kind == "user":
            return nsfs.creator_uid(fd)
        owner = nsfs.owner_of(fd)
        try:
            return nsfs.creator_uid(owner)
        finally:
            os.close(owner)
    except OSError:
        return None  # EPERM: out of our scope


def _inode_behind(ask: Callable[[int], int], fd: int) -> int | None:
    try:
        other = ask(fd)
    except OSError:
        return None  # EPERM: the initial one has none, or it is out of our scope
    try:
        return os.fstat(other).st_ino
    finally:
        os.close(other)


def process_row(pid: int) -> dict[str, object] | None:
    """One process: pid here and at every level, parent, uid, state, command. None when it is gone."""
    try:
        fields = proc.status(pid)
        pids = [int(word) for word in fields["NSpid"].split()]
        return {
            "pid": pid,
            "pids": pids,
            "ppid": int(fields["PPid"]),
            "uid": int(fields["Uid"].split()[1]),
            "state": fields["State"][:1],
            "init": pids[-1] == 1,
            "command": proc.command_of(pid),
        }
    except (OSError, KeyError, ValueError):
        return None
