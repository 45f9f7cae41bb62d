# SPDX-License-Identifier: MIT
"""Namespaces that mounts keep: binds of namespace files and mounts of proc, in every mount namespace (mountinfo(5)).

Also mount namespaces that no process is in (Linux 6.12), and what listns(2)
tells of beyond that (Linux 6.19).
"""

from __future__ import annotations

import errno
import os

from nsh.kernel import nsfs
from nsh.session.mounts import plain
from nsh.session.world import Hold, opened

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.world import Key, World

_PROCS: dict[bytes, int] = {}
"""{mount id and device of a mount of proc: its pid namespace}: asked while its init lived, for when it does not."""


def look(world: World) -> None:
    """Read the mount table of each mount namespace once, and find those that no process is in."""
    seen = _tables_of_members(world)
    _tables_of_unreadable(world, seen)
    _walk(world)
    _listed(world)
    for one in list(world.known.values()):
        if one.kind == "mnt" and not one.processes and one.id is not None:
            _table_by_id(world, one.inode, one.id)


def _tables_of_members(world: World) -> set[bytes]:
    """Those of mount namespaces with a process; the ids of their first mounts."""
    seen = set()
    for one in list(world.known.values()):
        if one.kind == "mnt" and one.pid is not None:
            seen.add(_table(world, _whose_root_is_whole(world, one.inode, one.pid), one.inode))
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


def _tables_of_unreadable(world: World, seen: set[bytes]) -> None:
    """Everybody may read mount tables: one for each mount namespace that we cannot name."""
    for pid in world.scan.unreadable_pids:
        try:
            with open(f"/proc/{pid}/mountinfo", "rb") as file:
                first = file.readline().partition(b" ")[0]
        except OSError:
            world.blind.mount_tables += 1
            continue
        if first and first not in seen:
            seen.add(_table(world, pid, None))


def _table(world: World, pid: int, inode: int | None) -> bytes:
    """Take in one mount table; the id of its first mount."""
    try:
        with open(f"/proc/{pid}/mountinfo", "rb") as file:
            text = file.read()
    except OSError:
        world.blind.mount_tables += 1
        return b""
    if b" - nsfs " in text or b" - proc " in text:
        procs: dict[bytes, list[bytes]] = {}
        for line in text.splitlines():
            if b" - nsfs " in line:
                _bind(world, line.split(b" ", 5), pid, inode)
            elif b" - proc " in line:
                words = line.split(b" ", 5)
                if words[3] == b"/" or words[2] not in procs:
                    procs[words[2]] = words
        for words in procs.values():
            _proc(world, words, pid, inode)
    return text.partition(b" ")[0]


def _bind(world: World, words: list[bytes], pid: int, inode: int | None) -> None:
    """A namespace file is mounted somewhere: the root of the mount is `uts:[4026532386]`."""
    key = _key(os.fsdecode(words[3]))
    if key is None:
        return
    path = plain(os.fsdecode(words[4]))
    if world.note(key).way is None:
        world.meet_path(f"/proc/{pid}/root{path}")
    world.hold(key, Hold("mount", pid, path=path, where=inode))


def _key(root: str) -> Key | None:
    kind, colon, rest = root.partition(":[")
    return (kind, int(rest[:-1])) if colon and rest[:-1].isdecimal() else None


def _proc(world: World, words: list[bytes], pid: int, inode: int | None) -> None:
    """A proc file system is mounted, and keeps the pid namespace that it shows."""
    path, identity = plain(os.fsdecode(words[4])), words[0] + b" " + words[2]
    shown = _shown_by(f"/proc/{pid}/root{path}") if words[3] == b"/" else None
    if shown is not None:
        _PROCS[identity] = shown
    shown = _PROCS.get(identity)
    if shown is None:
        if words[3] == b"/" and _has_no_process(f"/proc/{pid}/root{path}"):
            world.blind.stale_procs.append((path, inode, pid))
        return
    world.note(("pid", shown))
    world.hold(("pid", shown), Hold("proc", pid, path=path, where=inode))


def _shown_by(mounted: str) -> int | None:
    """The pid namespace of a mounted proc: that of its pid 1, or ours when it shows us with one number only."""
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


def _has_no_process(mounted: str) -> bool:
    try:
        return not any(name.isdecimal() for name in os.listdir(mounted))
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
