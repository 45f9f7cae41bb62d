# SPDX-License-Identifier: MIT
"""Files and programs as the process we sit in sees them, read through its /proc links (proc(5))."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nsh.session.session import Session

_listings: dict[tuple[int, int], tuple[int, list[str]]] = {}
"""For each directory, by device and inode: when it last changed, and the names in it."""


def programs(session: Session, prefix: str) -> Iterator[tuple[str, str]]:
    """Each program on PATH once, with the directory where it would be found."""
    seen: set[str] = set()
    for folder in session.seat.environment.get("PATH", os.defpath).split(":"):
        there = _path(session, folder or ".")
        for name in _listing(there):
            if name.startswith(prefix) and name not in seen and _is_executable(f"{there}/{name}"):
                seen.add(name)
                yield name, folder


def files(session: Session, prefix: str) -> Iterator[tuple[str, str]]:
    """Files whose names begin so, each with what it is; a directory ends in `/`, hidden ones only for a `.`."""
    folder, slash, start = prefix.rpartition("/")
    there = _path(session, folder + slash or ".")
    for name in _listing(there):
        if name.startswith(start) and (start or not name.startswith(".")):
            is_folder = os.path.isdir(f"{there}/{name}")
            yield f"{folder}{slash}{name}{'/' * is_folder}", "directory" if is_folder else "file"


def _path(session: Session, path: str) -> str:
    """The path as our own process, which never moves, can open it."""
    pid = session.seat.peer.pid
    return f"/proc/{pid}/root{path}" if path.startswith("/") else f"/proc/{pid}/cwd/{path}"


def _is_executable(file: str) -> bool:
    return os.access(file, os.X_OK) and os.path.isfile(file)


def _listing(folder: str) -> list[str]:
    try:
        found = os.stat(folder)
        key = found.st_dev, found.st_ino
        known = _listings.get(key)
        if known is None or known[0] != found.st_mtime_ns:
            known = _listings[key] = found.st_mtime_ns, sorted(os.listdir(folder))
    except OSError:  # what cannot be looked into has nothing to offer
        return []
    return known[1]
