# SPDX-License-Identifier: MIT
"""dns: the name servers that programs in a place ask, by an /etc/resolv.conf of its own (resolv.conf(5)).

A place with a mount namespace of its own gets a file bound over the one it
came with. A pinned network namespace gets /etc/netns/NAME/resolv.conf, which
`on`, `enter` and `ip netns exec NAME` bind there (ip-netns(8)).
"""

from __future__ import annotations

import errno
import os

from nsh.errors import Refused, SessionError
from nsh.kernel.mountflags import MNT_DETACH, MS_BIND, MS_NODEV, MS_NOEXEC, MS_NOSUID
from nsh.ops import Mount, Op
from nsh.session import mounting, mounts, pins

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from nsh.session.refs import Target
    from nsh.session.session import Session

MOST_SERVERS = 3  # MAXNS of the C library: more are not asked
_FILE = "/etc/resolv.conf"
_SOURCE = "nsh-dns"
_FIRST_LINE = "# by nsh: dns {name}"
_FOLDERS = ("/mnt", "/media", "/srv", "/run", "/tmp", "/var")
"""Where the file is made before it is bound: covered for that moment, in that mount namespace alone."""


def set_servers(session: Session, ref: str, servers: Sequence[str]) -> None:
    """Have programs in a place ask these servers. Raises NoSuchName, SessionError, Refused; then it is as before."""
    target = session.resolve(ref)
    text = "\n".join([_FIRST_LINE.format(name=target.label), *(f"nameserver {one}" for one in servers), ""])
    if _has_files(session, target):
        with session.on(ref):
            _bind(session, text)
        return
    _write_for_name(session, _pinned_name(session, target), text)


def servers(session: Session, ref: str) -> list[dict[str, object]]:
    """The servers that programs in a place ask, in their order. Raises NoSuchName, Refused."""
    with session.on(ref):
        text = session.read_there(_FILE)
    words = [line.split() for line in text.splitlines()]
    return [{"server": line[1]} for line in words if len(line) > 1 and line[0] == "nameserver"]


def forget(session: Session, ref: str) -> None:
    """Take back what `set_servers` did. Raises NoSuchName, SessionError, Refused."""
    target = session.resolve(ref)
    if _has_files(session, target):
        with session.on(ref):
            if not _is_bound(session):
                raise SessionError(f"{ref} has the resolv.conf it came with", f"`dns ls {ref}` shows its servers")
            mounting.do(session, [Op("umount2", _FILE, MNT_DETACH)], paths=(_FILE,))
        return
    name = _pinned_name(session, target)
    path = f"/etc/netns/{name}/resolv.conf"
    if not _is_ours(path):
        raise SessionError(f"{path} is not by nsh, or not there", f"`dns ls {name}` shows the servers")
    session.guard.namespace("mnt", session.host.ns["mnt"], path)
    try:
        os.unlink(path)
        os.rmdir(os.path.dirname(path))
    except OSError as error:
        if error.errno != errno.ENOTEMPTY:
            raise Refused(f'unlink("{path}")', error.errno or 0) from error


def _has_files(session: Session, target: Target) -> bool:
    """Has it a mount namespace that is its own; in a sandbox host has one too."""
    mnt = target.ns.get("mnt")
    if mnt is not None and mnt == session.host.ns.get("mnt"):
        return session.in_sandbox and target.ns == session.host.ns
    return mnt is not None and "mnt" in target.types


def _pinned_name(session: Session, target: Target) -> str:
    """The name it is pinned under, for /etc/netns. SessionError where it is not, with what to type."""
    inode = target.ns.get("net")
    name = next((one.name for one in pins.all_pins() if one.kind == "net" and one.inode == inode), None)
    if name is None or target.label == "host":
        raise SessionError(
            f"{target.label} has no mount namespace of its own: its {_FILE} is the machine's",
            "`new net,mnt NAME` makes a place with files of its own (without root: user,net,mnt);\n"
            "a pinned net namespace (`new net NAME --pin`) has /etc/netns/NAME",
        )
    return name


def _bind(session: Session, text: str) -> None:
    """Where we sit: write our file where it is bound already, else make one on a tmpfs and bind it."""
    if _is_bound(session):
        _write(session, _FILE, text)
        return
    folder = next((path for path in _FOLDERS if _is_there(session, path)), None)
    if folder is None or not _is_there(session, _FILE):
        raise SessionError(f"there is no {_FILE if folder else _FOLDERS[0]} there that could be covered")
    made = f"{folder}/resolv.conf"
    safe = MS_NOSUID | MS_NODEV | MS_NOEXEC
    mounting.do(session, [Mount(_SOURCE, folder, "tmpfs", safe, "size=64k,mode=755")], kind="tmpfs", paths=(folder,))
    try:
        _write(session, made, text)
        mounting.do(session, [Mount(made, _FILE, None, MS_BIND)], kind="bind", paths=(_FILE, made))
    finally:
        session.do(Op("umount2", folder, MNT_DETACH))


def _is_bound(session: Session) -> bool:
    """Is what programs read there a file of ours?"""
    table = mounts.table(session.seat.peer.pid)
    return any(one["mountpoint"] == _FILE and one["source"] == _SOURCE for one in table)


def _is_there(session: Session, path: str) -> bool:
    try:
        os.close(session.open_file(path, "r"))
    except Refused:
        return False
    return True


def _write(session: Session, path: str, text: str) -> None:
    fd = session.open_file(path, "w")
    try:
        os.write(fd, text.encode())
    except OSError as error:
        raise Refused(f'write("{path}")', error.errno or 0) from error
    finally:
        os.close(fd)


def _write_for_name(session: Session, name: str, text: str) -> None:
    """/etc/netns/NAME/resolv.conf, at host; somebody else's is left alone."""
    path = f"/etc/netns/{name}/resolv.conf"
    if not session.in_sandbox:
        session.guard.namespace("mnt", session.host.ns["mnt"], path)
    if os.path.lexists(path) and not _is_ours(path):
        raise SessionError(f"{path} is there already, and not by nsh", f"look at it, and `!rm {path}`")
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
        try:
            os.write(fd, text.encode())
        finally:
            os.close(fd)
    except OSError as error:
        hint = "in a sandbox / is read-only: `new net,mnt NAME` has files of its own" if session.in_sandbox else None
        raise Refused(f'open("{path}")', error.errno or 0, hint) from error


def _is_ours(path: str) -> bool:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.readline().startswith(_FIRST_LINE.partition("{")[0])
    except OSError:
        return False
