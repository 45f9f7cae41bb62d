# SPDX-License-Identifier: MIT
"""Tells things apart that share a number: inodes of namespaces and pids are used again once theirs is gone."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from nsh.kernel.nsfs import never_reused_id, owner_of, parent_of
from nsh.transcript import kinds
from nsh.transcript.bindings import OF_THE_SANDBOX
from nsh.transcript.tokens import Scanner

_PROC = Path("/proc")
_LINK = re.compile(r"\w+:\[(\d+)\]")


class Living:
    """Looks at what is alive now, each time a step has ended.

    A namespace is told by the id that the kernel never uses again; before
    Linux 6.18 by how often its inode number was seen to come back. Processes
    of the sandbox, whose pids are `first_pid` or more, are told by that
    number; those of a pid namespace inside it by the moment they began.
    """

    def __init__(self, *, ask_kernel: bool = True, first_pid: int | None = None) -> None:
        self._ask_kernel = ask_kernel and _kernel_id("/proc/self/ns/uts") is not None
        self._first_pid = first_pid
        self._alive: set[str] = set()
        self._times: dict[str, int] = {}

    def identities(self, command: str, lines: Iterable[str]) -> dict[tuple[str, str], str | None]:
        """For each inode number and pid in these lines the thing it stands for now; None where that is not clear."""
        scanner = Scanner(command)
        tokens = [token for line in lines for token in scanner.find(line)]
        inodes = {token.value for token in tokens if token.kind is kinds.NS}
        pids = {token.value for token in tokens if token.kind is kinds.PID}
        found = {(kinds.NS.name, inode): name for inode, name in self._namespaces(inodes).items()}
        return found | {(kinds.PID.name, pid): name for pid, name in self._processes(pids).items()}

    def _namespaces(self, inodes: set[str]) -> dict[str, str | None]:
        places = dict(_namespace_files(_members()))
        if self._ask_kernel and inodes <= places.keys():
            return self._identities(inodes, places)
        places = {**dict(_namespace_files(_pins())), **places}
        with _relatives(places.values()) as relatives:
            return self._identities(inodes, {**relatives, **places})

    def _identities(self, inodes: set[str], places: dict[str, str]) -> dict[str, str | None]:
        for inode in places.keys() - self._alive:
            self._times[inode] = self._times.get(inode, 0) + 1
        self._alive = set(places)
        return {inode: self._identity(inode, places[inode]) if inode in places else None for inode in inodes}

    def _identity(self, inode: str, path: str) -> str | None:
        if not self._ask_kernel:
            return f"{inode}, time {self._times[inode]}"
        number = _kernel_id(path)
        return None if number is None else f"id {number}"

    def _processes(self, pids: set[str]) -> dict[str, str | None]:
        """Which process has each of these numbers, in whatever pid namespace; None if no or more than one."""
        ours = {pid for pid in pids if self._first_pid is not None and int(pid) >= self._first_pid}
        holders: dict[str, list[str]] = {pid: [] for pid in pids - ours}
        for pid in _numbers() if holders else ():
            numbers = _numbers_of(pid)
            if self._first_pid is None or len(numbers) > 1:  # else it is the sandbox's init, or ourselves
                for number in set(numbers) & holders.keys():
                    holders[number].append(pid)
        found = {number: _start(names[0]) if len(names) == 1 else None for number, names in holders.items()}
        return found | {pid: f"{OF_THE_SANDBOX}{pid}" for pid in ours}


def _kernel_id(path: str) -> int | None:
    with ExitStack() as stack:
        fd = _opened(path, stack)
        return None if fd is None else never_reused_id(fd)


@contextmanager
def _relatives(paths: Iterable[str]) -> Iterator[dict[str, str]]:
    """(inode → path) of the owners and parents of these namespaces, which may have no member of their own."""
    with ExitStack() as stack:
        found: dict[str, str] = {}
        waiting = [fd for path in paths if (fd := _opened(path, stack)) is not None]
        while waiting:
            fd = waiting.pop()
            for ask in (owner_of, parent_of):
                try:
                    relative = ask(fd)
                except OSError:
                    continue  # none, or out of our scope
                stack.callback(os.close, relative)
                inode = str(os.fstat(relative).st_ino)
                if inode not in found:
                    found[inode] = f"/proc/self/fd/{relative}"
                    waiting.append(relative)
        yield found


def _opened(path: str, stack: ExitStack) -> int | None:
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    stack.callback(os.close, fd)
    return fd


def _numbers() -> list[str]:
    return [name for name in os.listdir(_PROC) if name.isdigit()]


def _members() -> Iterator[str]:
    """The namespace links of every process."""
    for pid in _numbers():
        yield from _entries(f"/proc/{pid}/ns")


def _pins() -> Iterator[str]:
    """Everything else that may be a namespace file: open descriptors and bind mounts."""
    for pid in _numbers():
        yield from _entries(f"/proc/{pid}/fd")
    for line in Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="surrogateescape").splitlines():
        fields = line.split(" ")
        if fields[fields.index("-") + 1] == "nsfs":
            yield fields[4]


def _entries(folder: str) -> Iterator[str]:
    try:
        names = os.listdir(folder)
    except OSError:
        return  # the process is gone, or is not ours to look at
    for name in names:
        yield f"{folder}/{name}"


def _namespace_files(paths: Iterable[str]) -> Iterator[tuple[str, str]]:
    """(inode, path) of those paths that are namespace files."""
    for path in paths:
        if not path.startswith("/proc/"):
            try:
                yield str(os.stat(path).st_ino), path
            except OSError:
                continue
            continue
        try:
            link = _LINK.fullmatch(os.readlink(path))
        except OSError:
            continue
        if link:
            yield link[1], path


def _numbers_of(pid: str) -> list[str]:
    """A process's number in each pid namespace it is in (proc_pid_status(5))."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    match = re.search(r"^NSpid:(.*)$", status, re.MULTILINE)
    return match[1].split() if match else [pid]


def _start(pid: str) -> str | None:
    """The process and the moment it was started."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    return f"{pid} since {stat.rpartition(')')[2].split()[19]}"
