# SPDX-License-Identifier: MIT
"""Every namespace that can be found, and what keeps it: threads, open files, mounts, kin (namespaces(7))."""

from __future__ import annotations

import errno
import os

from nsh.errors import Refused
from nsh.kernel import nsfs, proc
from nsh.session import discovery_files, discovery_mounts, inventory
from nsh.session.world import Hold, World

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.inventory import Links
    from nsh.session.refs import Target
    from nsh.session.world import Key

_CHILDREN = (("pid", b"pid_for_children"), ("time", b"time_for_children"))


def look() -> World:
    """Look everywhere. What ends meanwhile is passed over; what may not be looked at is in `blind`."""
    world = World(inventory.scan())
    _members(world)
    for links, pids in world.scan.groups.items():
        for pid in pids:
            _process(world, pid, links)
    discovery_files.look(world)
    discovery_mounts.look(world)
    world.link_kin()
    return world


def _members(world: World) -> None:
    """The namespaces that processes are in."""
    for links, pids in world.scan.groups.items():
        for key in world.scan.namespaces(links):
            one = world.note(key)
            one.processes += len(pids)
            if one.pid is None or pids[0] < one.pid:
                one.pid = pids[0]
    for one in list(world.known.values()):
        world.meet_path(f"/proc/{one.pid}/ns/{one.kind}")


def _process(world: World, pid: int, links: Links) -> None:
    """What the links above do not say of a process: zombie, other threads, what only its children will be in."""
    if None in links and proc.is_zombie(pid):
        for key in world.scan.namespaces(links):
            world.hold(key, Hold("zombie", pid))
    try:
        threads = os.stat(b"/proc/%d/task" % pid).st_nlink - inventory.LINKS_OF_ONE_TASK
    except OSError:
        return
    if threads > 0:
        _threads(world, pid, links)
    _for_children(world, b"/proc/%d/ns/" % pid, pid, pid, links)


def _threads(world: World, pid: int, leader: Links) -> None:
    """Threads that are elsewhere than the leader."""
    for tid in _tasks(pid):
        folder = b"/proc/%d/task/%d/ns/" % (pid, tid)
        links = _links(world, folder)
        if tid == pid or not any(links):
            continue
        for at, link in enumerate(links):
            if link is not None and link != leader[at]:
                key = world.scan.kinds[at], inventory.inode_in(link)
                world.hold(key, Hold("thread", pid, tid))
                _learn(world, key, f"/proc/{pid}/task/{tid}/ns/{key[0]}")
        _for_children(world, folder, pid, tid, links)


def _tasks(pid: int) -> list[int]:
    try:
        return sorted(int(name) for name in os.listdir(f"/proc/{pid}/task"))
    except OSError:
        return []


def _links(world: World, folder: bytes) -> Links:
    found: list[bytes | None] = []
    for kind in world.scan.kinds:
        try:
            found.append(os.readlink(folder + kind.encode()))
        except OSError:
            found.append(None)
    return tuple(found)


def _for_children(world: World, folder: bytes, pid: int, tid: int, links: Links) -> None:
    """What a task has made and only its next children will be in."""
    for kind, name in _CHILDREN:
        if kind not in world.scan.kinds or (own := links[world.scan.kinds.index(kind)]) is None:
            continue
        try:
            link = os.readlink(folder + name)
        except FileNotFoundError:
            _not_yet_forked(world, kind, pid, tid)
            continue
        except OSError:
            continue
        if link != own:
            key = kind, inventory.inode_in(link)
            world.hold(key, Hold("children", pid, tid))
            _learn(world, key, os.fsdecode(folder + name))


def _not_yet_forked(world: World, kind: str, pid: int, tid: int) -> None:
    """Before the first fork /proc does not show it; the pidfd of the task does (Linux 6.11, threads 6.9)."""
    try:
        fd = _by_pidfd(kind, pid, tid)
    except OSError:
        return
    one = world.meet(fd, lambda: _by_pidfd(kind, pid, tid))
    if one is not None:
        world.hold(one.key, Hold("children", pid, tid))


def _by_pidfd(kind: str, pid: int, tid: int) -> int:
    if pid == tid:
        pidfd = os.pidfd_open(pid)
    else:
        from nsh.kernel import files

        pidfd = files.pidfd_of_thread(tid)
    try:
        return nsfs.of_pidfd(pidfd, f"{kind}_for_children")
    finally:
        os.close(pidfd)


def _learn(world: World, key: Key, path: str) -> None:
    """Ask about a namespace whose link was read, unless it is known."""
    if world.note(key).way is None:
        world.meet_path(path)


def open_again(world: World, key: Key) -> int:
    """A new fd of a namespace that was found. Raises OSError when it is gone, or cannot be opened."""
    one = world.known.get(key)
    if one is None or one.way is None:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
    fd = one.way()
    if os.fstat(fd).st_ino != one.inode or one.id not in (None, nsfs.never_reused_id(fd)):
        os.close(fd)
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
    return fd


def ask(world: World, target: Target, kind: str) -> None:
    """Take in one namespace of a reference that was not found, or could not be opened, by looking."""
    world.note((kind, target.ns[kind]))
    try:
        fd = target.open_fd(kind)
    except Refused:
        return  # it is all the same one of those that are asked about
    world.meet(fd, lambda: target.open_fd(kind))
