# SPDX-License-Identifier: MIT
"""Namespaces that open files keep: files of nsfs, sockets, tun devices (pidfd_getfd(2), tun(4))."""

from __future__ import annotations

import os

from nsh.kernel import nsfs
from nsh.session import inventory
from nsh.session.world import Hold

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.world import Key, World

_FORMAT, _SOCKET, _CHARACTER = 0o170000, 0o140000, 0o020000
_TUN = (10, 200)  # /dev/net/tun


def look(world: World) -> None:
    """Look at every open file of every process that can be looked at."""
    from nsh.kernel import files  # loads the C library, which listing links alone does not need

    seen = _Seen(world)
    at = world.scan.kinds.index("net") if "net" in world.scan.kinds else -1
    for links, pids in world.scan.groups.items():
        link = links[at] if at >= 0 else None
        own = inventory.inode_in(link) if link is not None else None
        for pid in pids:
            folder = b"/proc/%d/fd/" % pid
            try:
                numbers = os.listdir(folder)
            except OSError:
                continue  # ended, or a zombie
            process = _Process(seen, pid, own)
            for number in numbers:
                try:
                    what = files.identify(folder + number)
                except OSError:
                    continue  # closed meanwhile
                if what.device == seen.nsfs:
                    process.namespace_file(int(number), what.inode)
                elif what.mode & _FORMAT == _SOCKET:
                    process.socket(int(number), what.inode)
                elif what.special == _TUN and what.mode & _FORMAT == _CHARACTER:
                    process.tun(int(number))
            process.close()


class _Seen:
    """What was learned from the files before: a socket that many processes share is asked once."""

    __slots__ = ("by_id", "nsfs", "sockets", "world")

    def __init__(self, world: World) -> None:
        self.world = world
        self.nsfs = nsfs.device()
        self.sockets: dict[int, Key | None] = {}
        self.by_id: dict[int | None, Key] = {
            one.id: one.key for one in world.known.values() if one.kind == "net" and one.id is not None
        }


class _Process:
    """One process whose files are looked at; `net` is the inode of its own network namespace."""

    __slots__ = ("net", "pid", "pidfd", "seen")

    def __init__(self, seen: _Seen, pid: int, net: int | None) -> None:
        self.seen = seen
        self.pid = pid
        self.net = net
        self.pidfd = -1

    def close(self) -> None:
        """Done with it."""
        if self.pidfd >= 0:
            os.close(self.pidfd)

    def namespace_file(self, number: int, inode: int) -> None:
        """An open file of a namespace."""
        world = self.seen.world
        kind = world.kind_of.get(inode)
        if kind is None or world.known[kind, inode].way is None:
            one = world.meet_path(f"/proc/{self.pid}/fd/{number}")
            if one is None or one.inode != inode:
                return  # closed meanwhile
            kind = one.kind
        world.hold((kind, inode), Hold("fd", self.pid, number))

    def socket(self, number: int, inode: int) -> None:
        """A socket keeps the network namespace it was made in."""
        self.seen.world.sockets.append((self.pid, number))
        if inode not in self.seen.sockets:
            self.seen.sockets[inode] = self._ask(number)
        key = self.seen.sockets[inode]
        if key is not None and key[1] != self.net:  # a member's own sockets are nothing more than the member
            self.seen.world.hold(key, Hold("socket", self.pid, number))

    def tun(self, number: int) -> None:
        """So does an open /dev/net/tun, attached to a device or not."""
        key = self._ask(number, is_tun=True)
        if key is not None and key[1] != self.net:
            self.seen.world.hold(key, Hold("tun", self.pid, number))

    def _ask(self, number: int, *, is_tun: bool = False) -> Key | None:
        """The network namespace of a socket: by its cookie, which is that namespace's id, or by an ioctl."""
        from nsh.kernel import files

        try:
            copy = self._copy(number)
        except OSError:
            self.seen.world.blind.sockets += 1
            return None
        try:
            key = None if is_tun else self.seen.by_id.get(files.netns_cookie(copy))
            return key or self._by_ioctl(number, copy)
        finally:
            os.close(copy)

    def _by_ioctl(self, number: int, copy: int) -> Key | None:
        try:
            fd = nsfs.of_socket(copy)
        except OSError:
            self.seen.world.blind.sockets += 1
            return None
        one = self.seen.world.meet(fd, lambda: _netns_of(self.pid, number))
        if one is not None and one.id is not None:
            self.seen.by_id[one.id] = one.key
        return one.key if one is not None else None

    def _copy(self, number: int) -> int:
        from nsh.kernel import files

        if self.pidfd < 0:
            self.pidfd = os.pidfd_open(self.pid)
        return files.copy_of(self.pidfd, number)


def _netns_of(pid: int, number: int) -> int:
    """The network namespace of a process's socket, opened anew."""
    from nsh.kernel import files

    pidfd = os.pidfd_open(pid)
    try:
        copy = files.copy_of(pidfd, number)
    finally:
        os.close(pidfd)
    try:
        return nsfs.of_socket(copy)
    finally:
        os.close(copy)
