# SPDX-License-Identifier: MIT
"""What may keep a namespace and cannot be tied to it, and what could not be looked at at all."""

from __future__ import annotations

import errno
import os

from nsh.kernel import proc
from nsh.kernel.nsfs import INITIAL
from nsh.session import inventory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from nsh.session.session import Session
    from nsh.session.world import Blind, Key, World

_SYS_PTRACE = 19
_HIDDEN = {
    "user": "any open file and any mounted file system that was made in it",
    "ipc": "a shared memory segment that a process has taken along to another ipc namespace",
    "pid": "a mounted proc whose processes are all gone; a unix socket whose peer was in it",
    "net": "a TCP connection whose program has ended, until the other side has answered; a file of /proc/PID/net",
    "mnt": "a mounts file of a process that has ended or moved elsewhere since it was opened",
}
_IN_FLIGHT = "a file of it that is under way over a unix socket"


def undetectable(kinds: set[str]) -> list[str]:
    """What keeps namespaces of these types and shows nowhere which one it keeps."""
    return [*(text for kind, text in _HIDDEN.items() if kind in kinds), _IN_FLIGHT]


class Doubts:
    """Things that may be such a hidden reason: whether they are cannot be seen. Each is looked for once."""

    def __init__(self, world: World, place_of_mount: Callable[[int | None, int | None], str]) -> None:
        self._world = world
        self._place_of_mount = place_of_mount
        self._attached: list[int] | None = None
        self._under_way: list[str] | None = None
        self._files: dict[str, list[str]] | None = None

    def about(self, key: Key) -> list[str]:
        """What may keep this namespace."""
        found = []
        if key[0] == "pid" and not self._world.note(key).processes:
            for path, where, pid in self._world.blind.stale_procs:
                found.append(f"{path}  in {self._place_of_mount(where, pid)}: a proc whose processes are all gone")
        if key[0] == "ipc":
            if self._attached is None:
                self._attached = list(_attached(self._world))
            members = set(self._world.scan.members(*key))
            strangers = [pid for pid in self._attached if pid not in members]
            found += [
                f"pid {pid}  {proc.command_of(pid)}  has shared memory attached, perhaps of here" for pid in strangers
            ]
        if self._files is None:
            from nsh.session import procfiles  # reads names by patterns, and only `why` asks

            self._files = procfiles.suspects(pid for pids in self._world.scan.groups.values() for pid in pids)
        if key[0] != "pid" or not self._world.note(key).processes:
            found += self._files.get(key[0], ())
        if self._under_way is None:
            self._under_way = list(_under_way(self._world))
        return found + self._under_way


def _attached(world: World) -> Iterator[int]:
    """Processes with a System V shared memory segment in their memory (shmat(2))."""
    for pids in world.scan.groups.values():
        for pid in pids:
            try:
                with open(f"/proc/{pid}/maps", "rb") as file:
                    if b" /SYSV" in file.read():
                        yield pid
            except OSError:
                continue  # ended, or not ours to read


def _under_way(world: World) -> Iterator[str]:
    """Unix sockets that files are on their way to (unix(7), SCM_RIGHTS; Linux 5.6 counts them)."""
    for pid, number in world.sockets:
        count = _count_under_way(f"/proc/{pid}/fdinfo/{number}")
        if count:
            files = "1 file is" if count == 1 else f"{count} files are"
            yield f"pid {pid}  {proc.command_of(pid)}  (fd {number}: {files} under way to it)"


def _count_under_way(path: str) -> int:
    try:
        with open(path, "rb") as file:
            text = file.read()
    except OSError:
        return 0
    at = text.find(b"scm_fds:")
    return int(text[at + 8 :].split(None, 1)[0]) if at >= 0 else 0


def not_seen(session: Session, world: World) -> list[str]:
    """What could not be looked at, and why, a clause each; what lies outside a sandbox is no part of its world."""
    found = [*_processes(world)]
    if not session.in_sandbox:
        found += _out_of_reach(world.blind)
    if world.blind.sockets:
        what = "1 socket" if world.blind.sockets == 1 else f"{world.blind.sockets} sockets"
        found.append(f"the network namespace of {what} (needs CAP_NET_ADMIN over it)")
    if world.blind.mount_tables:
        count = world.blind.mount_tables
        what = "1 mount namespace" if count == 1 else f"{count} mount namespaces"
        found.append(f"the mounts of {what}")
    return found


def _out_of_reach(blind: Blind) -> list[str]:
    """What one cannot ask for from where nsh is."""
    found = []
    if os.stat("/proc/self/ns/pid").st_ino != INITIAL["pid"]:
        found.append("processes outside this pid namespace")
    if _is_proc_hiding():
        found.append("processes that the mount option hidepid of /proc hides")
    if blind.mount_walk == errno.EPERM:
        found.append("mount namespaces that no process is in (root in the initial pid namespace may list them)")
    elif blind.mount_walk:
        found.append("mount namespaces that no process is in (Linux 6.12 lists them)")
    return found


def _is_proc_hiding() -> bool:
    """Does our /proc leave out the processes of others (proc(5))? It does not for who may trace them."""
    with open("/proc/self/mounts", "rb") as file:
        options = [line.split()[3] for line in file if line.split()[1:3] == [b"/proc", b"proc"]]
    hiding = (b"hidepid=2", b"hidepid=4", b"hidepid=invisible", b"hidepid=ptraceable")
    return not _may_trace() and any(word in options[-1].split(b",") for word in hiding) if options else False


def _processes(world: World) -> Iterator[str]:
    pids = world.scan.unreadable_pids
    if pids:
        yield unreadable(pids)


def unreadable(pids: list[int]) -> str:
    """`41 processes unreadable: needs CAP_SYS_PTRACE over them`, with the reason that holds here."""
    which = f"1 process (pid {pids[0]})" if len(pids) == 1 else f"{len(pids)} processes"
    if _may_trace():
        return f"{which} unreadable: in another user namespace, or with a capability that nsh does not have (ptrace(2))"
    return f"{which} unreadable: looking at another user's needs CAP_SYS_PTRACE"


def _may_trace() -> bool:
    try:
        return bool(int(proc.status("self")["CapEff"], 16) >> _SYS_PTRACE & 1)
    except (OSError, KeyError, ValueError):
        return False


def quick(scan: inventory.Scan) -> list[str]:
    """The same for a look at processes alone."""
    return [unreadable(scan.unreadable_pids)] if scan.unreadable_pids else []
