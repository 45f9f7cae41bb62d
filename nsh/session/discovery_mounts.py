# SPDX-License-Identifier: MIT
"""Namespaces that mounts keep: binds of namespace files and mounts of proc, in every mount namespace (mountinfo(5)).

Also mount namespaces that no process is in (Linux 6.12), and what listns(2)
tells of beyond that (Linux 6.19).
"""

from __future__ import annotations

import errno
import os

from nsh.kernel import files, nsfs
from nsh.session.mounts import plain
from nsh.session.world import Hold, opened

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.world import Key, World

_REMEMBERED: dict[tuple[bytes, str], tuple[int | None, int]] = {}
"""{(mount id, device) of a mount of proc: (id, inode) of its pid namespace}, seen while its init lived."""


def look(world: World) -> None:
    """Read the mount table of each mount namespace once, and find those that no process is in."""
    procs: list[_Proc] = []
    seen = _tables_of_members(world, procs)
    _tables_of_unreadable(world, seen, procs)
    _attribute(world, procs)
    _walk(world)
    _listed(world)
    for one in list(world.known.values()):
        if one.kind == "mnt" and not one.processes and one.id is not None:
            _table_by_id(world, one.inode, one.id)


def _tables_of_members(world: World, procs: list[_Proc]) -> set[bytes]:
    """Those of mount namespaces with a process; the ids of their first mounts."""
    seen = set()
    for one in list(world.known.values()):
        if one.kind == "mnt" and one.pid is not None:
            seen.add(_table(world, _whose_root_is_whole(world, one.inode, one.pid), one.inode, procs))
    return seen


def _whose_root_is_whole(world: World, inode: int, lowest: int) -> int:
    """A member that sees all mounts: after chroot(2) a process sees only those below its root."""
    if _root(lowest) in ("/", None):
        return lowest
    return next((pid for pid in world.scan.members("mnt", inode) if _root(pid) == "/"), lowest)


def _root(pid: int) -> str | None:
    try:
        return os.readlink(f"/proc/{pid}/root")
    except OSError:
        return None


def _tables_of_unreadable(world: World, seen: set[bytes], procs: list[_Proc]) -> None:
    """Everybody may read mount tables: one for each mount namespace that we cannot name."""
    for pid in world.scan.unreadable_pids:
        try:
            with open(f"/proc/{pid}/mountinfo", "rb") as file:
                first = file.readline().partition(b" ")[0]
        except OSError:
            world.blind.mount_tables += 1
            continue
        if first and first not in seen:
            seen.add(_table(world, pid, None, procs))


def _table(world: World, pid: int, inode: int | None, procs: list[_Proc]) -> bytes:
    """Take in one mount table; the id of its first mount."""
    try:
        with open(f"/proc/{pid}/mountinfo", "rb") as file:
            text = file.read()
    except OSError:
        world.blind.mount_tables += 1
        return b""
    if b" - nsfs " in text or b" - proc " in text:
        for line in text.splitlines():
            if b" - nsfs " in line:
                _bind(world, line.split(b" ", 5), pid, inode)
            elif b" - proc " in line:
                procs.append(_Proc(line.split(b" ", 5), pid, inode))
    return text.partition(b" ")[0]


def _bind(world: World, words: list[bytes], pid: int, inode: int | None) -> None:
    """A namespace file is mounted somewhere: the root of the mount is `uts:[4026532386]`."""
    key = _key(os.fsdecode(words[3]))
    if key is None:
        return
    path = plain(os.fsdecode(words[4]))
    if world.note(key).way is None:
        try:
            world.meet(_opened_there(pid, path), lambda: _opened_there(pid, path))
        except OSError:
            pass  # not ours to look at, or something else is mounted over it
    world.hold(key, Hold("mount", pid, path=path, where=inode))


def _opened_there(pid: int, path: str) -> int:
    """The namespace file that is mounted there, as the process sees it. Raises OSError where it is something else.

    What is not of nsfs is not opened: to open a device, or a FIFO, is to use it.
    """
    point = _point_there(pid, path)
    try:
        if os.fstat(point).st_dev != os.stat("/proc/self/ns/mnt").st_dev:
            raise OSError(errno.ENOTTY, os.strerror(errno.ENOTTY), path)
        return os.open(f"/proc/self/fd/{point}", os.O_RDONLY | os.O_CLOEXEC)
    finally:
        os.close(point)


def _point_there(pid: int, path: str) -> int:
    """An O_PATH fd of a mount point as a process sees it, never of what is outside its root. Raises OSError."""
    root = os.open(f"/proc/{pid}/root", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        return files.point_in(root, path)
    finally:
        os.close(root)


def _key(root: str) -> Key | None:
    kind, colon, rest = root.partition(":[")
    return (kind, int(rest[:-1])) if colon and rest[:-1].isdecimal() else None


class _Proc:
    """A mount of proc: its file system's `device`, its id, where it is and who sees it there."""

    __slots__ = ("device", "mount", "path", "pid", "where", "whole")

    def __init__(self, words: list[bytes], pid: int, where: int | None) -> None:
        self.mount = words[0]
        self.device = words[2].decode()
        self.whole = words[3] == b"/"
        self.path = plain(os.fsdecode(words[4]))
        self.pid = pid
        self.where = where

    def opened(self) -> int:
        """Its root, -1 where its path leads to something mounted over it."""
        try:
            point = _point_there(self.pid, self.path)
        except OSError:
            return -1
        found = os.fstat(point).st_dev
        if self.whole and f"{os.major(found)}:{os.minor(found)}" == self.device:
            return point
        os.close(point)
        return -1


def _attribute(world: World, found: list[_Proc]) -> None:
    """Each file system of proc shows one pid namespace and keeps it, wherever it is mounted, be it covered or not."""
    shown: dict[str, int] = {}
    empty: set[_Proc] = set()
    for one in found:
        point = -1 if one.device in shown else one.opened()
        if point >= 0:
            inode = _shown_by(point)
            if inode is not None:
                shown[one.device] = inode
            elif _has_no_process(point):
                empty.add(one)
            os.close(point)
    for one in found:
        known = shown.get(one.device)
        if known is not None:
            _REMEMBERED[one.mount, one.device] = world.note(("pid", known)).id, known
        elif (before := _REMEMBERED.get((one.mount, one.device))) is not None:
            known = _if_not_another(world, *before)
        if known is not None:
            world.note(("pid", known))
            world.hold(("pid", known), Hold("proc", one.pid, path=one.path, where=one.where))
        elif one in empty:
            world.blind.stale_procs.append((one.path, one.where, one.pid))


def _if_not_another(world: World, number: int | None, inode: int) -> int | None:
    """An inode from earlier, unless it is now that of another namespace."""
    one = world.known.get(("pid", inode))
    return inode if one is None or one.id in (None, number) else None


def _shown_by(point: int) -> int | None:
    """The pid namespace of a mounted proc: that of its pid 1, or ours when it shows us with one number only."""
    mounted = f"/proc/self/fd/{point}"
    try:
        link = os.readlink(f"{mounted}/1/ns/pid")
        return int(link[link.index("[") + 1 : -1])
    except OSError:
        pass  # its init is dead, or may not be looked at
    try:
        with open(f"{mounted}/self/status", "rb") as file:
            numbers = next((line.split()[1:] for line in file if line.startswith(b"NSpid:")), [])
        return os.stat("/proc/self/ns/pid").st_ino if len(numbers) == 1 else None
    except OSError:
        return None


def _has_no_process(point: int) -> bool:
    try:
        return not any(name.isdecimal() for name in os.listdir(f"/proc/self/fd/{point}"))
    except OSError:
        return False


def _walk(world: World) -> None:
    """From our own mount namespace to its neighbours, by id: also those that no process is in."""
    for forward in (True, False):
        fd = opened("/proc/self/ns/mnt")
        while fd >= 0:
            try:
                following = nsfs.neighbour(fd, forward=forward)
            except OSError as error:
                os.close(fd)
                if error.errno != errno.ENOENT:  # ENOENT is the end
                    world.blind.mount_walk = error.errno or 0
                break
            number = nsfs.never_reused_id(following)
            os.close(fd)
            fd = following
            world.meet(os.dup(fd), lambda number=number: _mnt_by_id(number))  # type: ignore[misc]


def _mnt_by_id(number: int | None) -> int:
    """The mount namespace with that id, found by walking again. Raises OSError at the end."""
    for forward in (True, False):
        fd = os.open("/proc/self/ns/mnt", os.O_RDONLY | os.O_CLOEXEC)
        while nsfs.never_reused_id(fd) != number:
            try:
                following = nsfs.neighbour(fd, forward=forward)
            except OSError:
                following = -1
            os.close(fd)
            fd = following
            if fd < 0:
                break
        if fd >= 0:
            return fd
    raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))


def _listed(world: World) -> None:
    """What the kernel itself lists, where it does."""
    from nsh.kernel import listing

    try:
        numbers = listing.all_ids()
    except OSError:
        return  # ENOSYS before Linux 6.19
    have = {one.id for one in world.known.values()}
    for number in numbers:
        if number not in have:
            try:
                fd = listing.open_id(number)
            except OSError:
                continue  # gone, or not ours
            world.meet(fd, lambda number=number: listing.open_id(number))  # type: ignore[misc]


def _table_by_id(world: World, inode: int, number: int) -> None:
    """The namespace files mounted in a mount namespace that no process is in."""
    from nsh.kernel import listing

    try:
        mounts = listing.mounts_of(number)
    except OSError:
        world.blind.mount_tables += 1
        return
    for fstype, root, point in mounts:
        key = _key(root) if fstype == "nsfs" else None
        if key is not None:
            world.note(key)
            world.hold(key, Hold("mount", None, path=point, where=inode))
