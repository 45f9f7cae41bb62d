# SPDX-License-Identifier: MIT
"""Open files that keep a namespace of a process that is gone: files of its /proc, and pidfds (proc(5), pidfd_open(2)).

Which namespace it is, such a file does not tell: a `mountinfo` keeps the mount
namespace, one of `net` the network namespace, a map the user namespace, and all
of them the pid namespace, of a process that nobody can ask any more. Those of
the /proc that we have are looked at, for only there can it be seen who is gone.
"""

from __future__ import annotations

import os

from nsh.kernel import files, proc

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_PROC = "/proc/"
_PIDFD = ("anon_inode:[pidfd]", "pidfd:")
_MAPS = frozenset(("uid_map", "gid_map", "projid_map", "setgroups"))
_MOUNTS = frozenset(("mounts", "mountinfo", "mountstats"))


def suspects(pids: Iterable[int]) -> dict[str, list[str]]:
    """{type: what may keep a namespace of that type}, for people; of the open files of these processes."""
    found: dict[str, list[str]] = {"mnt": [], "net": [], "user": [], "pid": []}
    own_proc = files.identify(b"/proc").device
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


def _kept(pid: int, number: str, link: str, own_proc: tuple[int, int]) -> tuple[str, ...]:
    """The types of namespace that this file may keep."""
    if link.startswith(_PIDFD):
        return ("pid",) if _is_of_the_dead(f"/proc/{pid}/fdinfo/{number}") else ()
    process, _, name = link.removeprefix(_PROC).removesuffix(" (deleted)").partition("/")
    if not link.startswith(_PROC) or not process.isdecimal() or os.path.exists(_PROC + process):
        return ()
    if not _is_on(f"/proc/{pid}/fd/{number}", own_proc):
        return ()
    if name.startswith("task/"):
        name = name.removeprefix("task/").partition("/")[2]
    if name in _MOUNTS:
        return ("mnt", "pid")
    if name in _MAPS:
        return ("user", "pid")
    return ("net", "pid") if name.startswith("net/") else ("pid",)


def _is_on(path: str, device: tuple[int, int]) -> bool:
    """Is that file on this file system? A server that does not answer is not asked."""
    try:
        return files.identify(os.fsencode(path)).device == device
    except OSError:
        return False  # closed meanwhile


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
