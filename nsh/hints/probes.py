# SPDX-License-Identifier: MIT
"""What rules look at: files of /proc, as nsh reads them and as the refused process does (proc(5))."""

from __future__ import annotations

import os

from nsh.nstypes import NAMES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.errors import Where

PROC = "/proc"
CAP_SETGID, CAP_SETUID, CAP_SYS_ADMIN = 6, 7, 21  # linux/capability.h
_FURTHEST_ANCESTOR = 20
_PROGRAM_WITHOUT_NAME = "/usr/bin/python3"


def text_of(path: str) -> str:
    """A small file as nsh itself reads it, '' when it cannot."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read(65536)
    except OSError:
        return ""


def seen_by(where: Where, path: str) -> str:
    """A file as the refused process reads it; as nsh does where that is not to be had."""
    found = where.read(path) if where.read is not None else ""
    return found or text_of(path)


def number_seen_by(where: Where, path: str) -> int | None:
    """The same as a number, None when it is none."""
    found = seen_by(where, path).strip()
    return int(found) if found.isdecimal() else None


def status(pid: int) -> dict[str, str]:
    """The fields of a process's status file, none when it is gone."""
    lines = text_of(f"{PROC}/{pid}/status").splitlines()
    return dict(line.split(":\t", 1) for line in lines if ":\t" in line)


def has_capability(pid: int, bit: int) -> bool:
    """Does that process have a capability (by its number) in its own user namespace now?"""
    return bool(int(status(pid).get("CapEff", "0"), 16) >> bit & 1)


def threads_of(pid: int) -> int:
    """How many threads a process has, 0 when it is gone."""
    return int(status(pid).get("Threads", "0"))


def link(pid: int, name: str) -> str:
    """Where a link of a process leads, '' when that is not to be known."""
    try:
        return os.readlink(f"{PROC}/{pid}/{name}")
    except OSError:
        return ""


def program_of(pid: int) -> str:
    """The path of the program that a process runs."""
    return link(pid, "exe") or _PROGRAM_WITHOUT_NAME


def missing_types(pid: int) -> list[str]:
    """The types this kernel is built without: those without a link (namespaces(7)). None when nothing can be seen."""
    try:
        links = os.listdir(f"{PROC}/{pid}/ns")
    except OSError:
        return []
    return [name for name in NAMES if name not in links]


def is_chrooted(pid: int) -> bool:
    """Is that process's root not the root of its mount namespace?

    Without a mount at `/` it surely is not. Else by an ancestor in the same
    mount namespace that has another root: a bind mount of `/` has its inode, so
    it is the mount that is compared.
    """
    points = [fields[4] for fields in mounts_of(pid)]
    if "/" not in points and os.path.exists(f"{PROC}/{pid}"):
        return True  # mountinfo lists only what is below the root of that process
    own = _root_mount(pid)
    namespace = link(pid, "ns/mnt")
    for ancestor in _ancestors(pid):
        if namespace and link(ancestor, "ns/mnt") == namespace and _root_mount(ancestor) not in (None, own):
            return True
    return False


def mounts_of(pid: int) -> list[list[str]]:
    """The words of each line of a process's mountinfo: the fifth is the mount point."""
    lines = text_of(f"{PROC}/{pid}/mountinfo").splitlines()
    return [words for words in (line.split(" ") for line in lines) if len(words) > 6]


def covered_proc(pid: int) -> list[str]:
    """What is mounted below /proc: masks, as containers have them."""
    return [words[4] for words in mounts_of(pid) if words[4].startswith("/proc/")]


def map_of(pid: int, kind: str) -> list[list[int]] | None:
    """The lines of a uid or gid map, None when it cannot be read."""
    try:
        with open(f"{PROC}/{pid}/{kind}_map", encoding="ascii") as file:
            return [[int(word) for word in line.split()] for line in file]
    except (OSError, ValueError):
        return None


def ids_of(pid: int, kind: str) -> list[list[int]] | None:
    """The ID map of that process's user namespace: inner id, id as nsh counts, how many. None when it cannot be read.

    Who reads the map of their own gets the ids of the namespace above it, which are not those that nsh counts.
    """
    rows = map_of(pid, kind)
    if rows is not None and link(pid, "ns/user") == link(os.getpid(), "ns/user"):
        return [[inner, inner, count] for inner, _outer, count in rows]
    return rows


def is_mapped(pid: int, kind: str, outer: int) -> bool:
    """Has an id of ours a meaning in that process's user namespace? True when that cannot be known."""
    rows = ids_of(pid, kind)
    return rows is None or any(start <= outer < start + count for _inner, start, count in rows)


def effective_id(pid: int, kind: str) -> int | None:
    """The effective uid or gid of a process, as nsh counts."""
    words = status(pid).get("Uid" if kind == "uid" else "Gid", "").split()
    return int(words[1]) if len(words) > 1 else None


def id_inside(pid: int, kind: str) -> int | None:
    """The effective uid or gid of a process in its own user namespace, None where it has none there."""
    outer = effective_id(pid, kind)
    if outer is None:
        return None
    rows = ids_of(pid, kind) or []
    return next((inner + outer - start for inner, start, count in rows if start <= outer < start + count), None)


def soft_limit(pid: int, name: str) -> str:
    """`SOFT (hard limit HARD)` of a resource limit such as `Max open files` (getrlimit(2)), '' when it is not known."""
    for line in text_of(f"{PROC}/{pid}/limits").splitlines():
        if line.startswith(name):
            soft, hard = line.removeprefix(name).split()[:2]
            return f"{soft} (hard limit {hard})"
    return ""


def _ancestors(pid: int) -> list[int]:
    found: list[int] = []
    while pid > 1 and len(found) < _FURTHEST_ANCESTOR:
        parent = status(pid).get("PPid", "0")
        pid = int(parent) if parent.isdecimal() else 0
        found.append(pid)
    return [one for one in found if one > 0]


def _root_mount(pid: int) -> str | None:
    """The id of the mount that a process has as its root, None when it may not be looked at."""
    try:
        fd = os.open(f"{PROC}/{pid}/root", os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        with open(f"/proc/self/fdinfo/{fd}", encoding="ascii") as file:
            return next((line.split()[1] for line in file if line.startswith("mnt_id:")), None)
    finally:
        os.close(fd)
