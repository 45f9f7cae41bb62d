# SPDX-License-Identifier: MIT
"""Where a show and its notes meet: a socket in a folder that only its user can have made (unix(7)).

The folder is held by a descriptor and looked at through it, and sockets are
bound and connected below that descriptor, so nobody can put another one in
its place between the look and the use. Who connects is asked for his uid
(SO_PEERCRED), whatever the folder lets through.
"""

from __future__ import annotations

import os
import socket
import stat
import struct

from nsh.errors import NshError

_SUFFIX = ".sock"


def open_folder() -> int:
    """A descriptor of the folder, made where it is missing: `$XDG_RUNTIME_DIR/nsh`, else one in /tmp.

    Raises NshError where somebody else could have put something there.
    """
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    if runtime.startswith("/") and _is_ours(runtime):
        return _opened(f"{runtime}/nsh")
    return _opened(f"/tmp/nsh-{os.geteuid()}")


def bind(folder: int, name: str) -> socket.socket:
    """A socket that listens there. Raises NshError."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listener.bind(_below(folder, name))
        listener.listen(8)
    except OSError as error:
        listener.close()
        raise NshError(f"{path_of(folder, name)}: {error.strerror}") from None
    listener.setblocking(False)
    return listener


def connect(folder: int, name: str) -> socket.socket | None:
    """A connection to a show; None where nobody listens (any more), or somebody else does."""
    client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        client.connect(_below(folder, name))
    except OSError:
        client.close()
        return None
    if not is_same_user(client):
        client.close()
        return None
    return client


def is_same_user(peer: socket.socket) -> bool:
    """Is the process at the other end one of ours?"""
    raw = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    _pid, uid, _gid = struct.unpack("3i", raw)
    return bool(uid == os.geteuid())


def shows(folder: int) -> list[str]:
    """The sockets of shows, the latest first."""
    found = []
    for entry in os.scandir(folder):
        if entry.name.endswith(_SUFFIX):
            try:
                found.append((entry.stat(follow_symlinks=False).st_mtime_ns, entry.name))
            except FileNotFoundError:
                continue  # ended meanwhile
    return [name for _, name in sorted(found, reverse=True)]


def name_of(pid: int) -> str:
    """What the socket of the show that this process plays is called."""
    return f"{pid}{_SUFFIX}"


def path_of(folder: int, name: str = "") -> str:
    """The folder, or a file in it, as a path for people."""
    return os.path.join(os.readlink(f"/proc/self/fd/{folder}"), name).rstrip("/")


def _below(folder: int, name: str) -> str:
    return f"/proc/self/fd/{folder}/{name}"


def _is_ours(path: str) -> bool:
    """A real folder of ours, into which nobody else can write."""
    try:
        found = os.lstat(path)
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o022


def _opened(path: str) -> int:
    try:
        os.mkdir(path, 0o700)
    except FileExistsError:
        pass
    except OSError as error:
        raise NshError(f"{path}: {error.strerror}") from None
    try:
        fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        raise NshError(f"{path}: {error.strerror}", "a folder of yours is wanted there") from None
    found = os.fstat(fd)
    if found.st_uid != os.geteuid() or found.st_mode & 0o077:
        os.close(fd)
        raise NshError(f"{path}: others could read or write there", f"chmod 700 {path}, if it is yours")
    return fd
