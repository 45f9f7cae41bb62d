# SPDX-License-Identifier: MIT
"""Open files that keep a namespace of a process that is gone: files of its /proc, and pidfds (proc(5), pidfd_open(2)).

Which namespace it is, such a file does not tell: a `mountinfo` keeps the mount
namespace, one of `net` the network namespace, a map the user namespace, and all
of them the pid namespace, of a process that nobody can ask any more.
"""

from __future__ import annotations

import os
import re

from nsh.kernel import proc

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_FILE = re.compile(r"(?P<process>/(?:.*/)?[1-9][0-9]*)(?:/task/[0-9]+)?(?:/(?P<name>[^ ]+))?(?: \(deleted\))?")
_PIDFD = ("anon_inode:[pidfd]", "pidfd:")
_MAPS = frozenset(("uid_map", "gid_map", "projid_map", "setgroups"))
_MOUNTS = frozenset(("mounts", "mountinfo", "mountstats"))


def suspects(pids: Iterable[int]) -> dict[str, list[str]]:
    """{type: what may keep a namespace of that type}, for people; of the open files of these processes."""
    found: dict[str, list[str]] = {"mnt": [], "net": [], "user": [], "pid": []}
    own_proc = os.stat("/proc").st_dev
    for pid in pids:
        for number, link in _links(pid):
            for kind in _kept(pid, number, link, own_proc):
                found[kind].append(f"pid {pid}  {proc.command_of(pid)}  (fd {number}: {_called(link)})")
    return found


def _links(pid: int) -> Iterator[tuple[str, str]]:
    folder = f"/proc/{pid}/fd"
    try:
        numbers = os.listdir(folder)
    except OSError:
        return  # ended, or not ours to read
    for number in numbers:
        try:
            yield number, os.readlink(f"{folder}/{number}")
        except OSError:
            continue  # closed meanwhile


def _kept(pid: int, number: str, link: str, own_proc: int) -> tuple[str, ...]:
    """The types of namespace that this file may keep."""
    if link.startswith(_PIDFD):
        return ("pid",) if _is_of_the_dead(f"/proc/{pid}/fdinfo/{number}") else ()
    match = _FILE.fullmatch(link)
    if match is None or not _is_gone(pid, number, match["process"], own_proc):
        return ()
    name = match["name"] or ""
    if name in _MOUNTS:
        return ("mnt", "pid")
    if name in _MAPS:
        return ("user", "pid")
    return ("net", "pid") if name.startswith("net/") else ("pid",)


def _is_gone(pid: int, number: str, process: str, own_proc: int) -> bool:
    """Is it a file of a proc, and is the process it tells of not there any more?"""
    try:
        device = os.stat(f"/proc/{pid}/fd/{number}").st_dev
    except OSError:
        return False  # closed meanwhile
    folder = f"/proc/{process.rpartition('/')[2]}" if device == own_proc else f"/proc/{pid}/root{process}"
    is_proc = device == own_proc or _is_proc(f"/proc/{pid}/root{process.rpartition('/')[0]}", device)
    return is_proc and not os.path.exists(folder)


def _is_proc(folder: str, device: int) -> bool:
    try:
        return os.stat(folder).st_dev == device and os.path.exists(f"{folder}/self")
    except OSError:
        return False


def _is_of_the_dead(path: str) -> bool:
    """Does a pidfd tell that its process was waited for? (Linux 5.5 writes -1 then.)"""
    try:
        with open(path, "rb") as file:
            return b"\nPid:\t-1\n" in file.read()
    except OSError:
        return False


def _called(link: str) -> str:
    """What to call such a file."""
    if link.startswith(_PIDFD):
        return "a pidfd of a process that is gone"
    return f"{link.removesuffix(' (deleted)')}, of a process that is gone"
