# SPDX-License-Identifier: MIT
"""Do what `can` speaks about, for real, in a process that ends at once: the errno, 0 for done.

As a program, `really.py ACTION WORD...` prints it.
"""

from __future__ import annotations

import ctypes
import errno
import os
import signal
import socket
import struct
import sys
from collections.abc import Callable, Sequence

LIBC = ctypes.CDLL(None, use_errno=True)
CLONE = {
    "mnt": 0x20000,
    "uts": 0x4000000,
    "ipc": 0x8000000,
    "pid": 0x20000000,
    "net": 0x40000000,
    "user": 0x10000000,
    "cgroup": 0x2000000,
    "time": 0x80,
}
NEWLINK, DELLINK = 16, 17
SCRATCH = "/tmp/nsh-really"


def call(result: int) -> None:
    """Raise the errno of a call of the C library."""
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def mount(fstype: str = "tmpfs") -> None:
    """Mount on /mnt, and unmount."""
    kind, flags = (None, 0x5000) if fstype == "bind" else (fstype.encode(), 14)
    call(LIBC.mount(b"/mnt" if fstype == "bind" else b"none", b"/mnt", kind, ctypes.c_ulong(flags), None))
    LIBC.umount2(b"/mnt", 2)


def sethostname() -> None:
    """Set the hostname to what it is."""
    socket.sethostname(os.uname().nodename)


def link() -> None:
    """Make a pair of devices, and remove it."""
    names = struct.pack("=HH8s", 12, 3, b"really0")
    kind = struct.pack("=HH8s", 9, 1, b"veth")
    info = struct.pack("=HH", 4 + len(kind), 18) + kind
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as sock:
        ask(sock, NEWLINK, 0x605, bytes(16) + names + info)
        ask(sock, DELLINK, 0x5, bytes(16) + names)


def ask(sock: socket.socket, kind: int, flags: int, body: bytes) -> None:
    """One request of rtnetlink(7), and its answer."""
    sock.sendto(struct.pack("=IHHII", 16 + len(body), kind, flags, 1, 0) + body, (0, 0))
    number = -struct.unpack_from("=i", sock.recv(65536), 16)[0]
    if number:
        raise OSError(number, os.strerror(number))


def bind(port: str) -> None:
    """Bind a port."""
    with socket.socket() as sock:
        sock.bind(("", int(port)))


def raw() -> None:
    """Open a raw socket."""
    socket.socket(socket.AF_INET, socket.SOCK_RAW, 1).close()


def kill(pidfd: str) -> None:
    """Signal 0 through a pidfd that was opened before; EINVAL: it is not in the pid namespace, nor below it."""
    signal.pidfd_send_signal(int(pidfd), 0)


def enter(pidfd: str, mask: str) -> None:
    """setns(2) with a pidfd that was opened before."""
    call(LIBC.setns(int(pidfd), int(mask)))


def unshare(kinds: str) -> None:
    """unshare(2)."""
    call(LIBC.unshare(sum(CLONE[kind] for kind in kinds.split(","))))


def setuid(uid: str) -> None:
    """setresuid(2)."""
    os.setresuid(int(uid), int(uid), int(uid))


def chroot() -> None:
    """chroot(2) to where it is."""
    os.chroot("/")


def mknod() -> None:
    """A node like /dev/null."""
    path = f"{SCRATCH}.{os.getpid()}"
    os.mknod(path, 0o20666, os.makedev(1, 3))
    os.unlink(path)


def settime() -> None:
    """Set the length of a tick to what it is: wants the same right as setting the time (adjtimex(2))."""
    timex = ctypes.create_string_buffer(256)
    call(LIBC.adjtimex(timex))
    struct.pack_into("=I", timex, 0, 0x4000)
    call(LIBC.adjtimex(timex))


ACTIONS: dict[str, Callable[..., None]] = {
    one.__name__: one
    for one in (mount, sethostname, link, bind, raw, kill, enter, unshare, setuid, chroot, mknod, settime)
}


def attempt(action: str, words: Sequence[str]) -> int:
    """The errno of doing it here and now; 0 for done, or for refused because of what has nothing to do with rights."""
    try:
        ACTIONS[action](*words)
    except OSError as error:
        harmless = (errno.ENOENT, errno.ENOTBLK, errno.EINVAL) if action == "mount" else ()
        return 0 if error.errno in harmless else error.errno or -1
    return 0


def attempt_inside(pid: int | None, mask: int, uid: int | None, action: str, words: Sequence[str]) -> int:
    """The same in a child that first enters the namespaces of a process, as nsh does for `on PLACE`."""
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        number = -1
        try:
            if pid is not None:
                call(LIBC.setns(os.pidfd_open(pid), mask))
                if uid is not None:
                    os.setresuid(uid, uid, uid)
                if mask & CLONE["pid"]:
                    inner = os.fork()
                    if inner:
                        os.waitpid(inner, 0)
                        os._exit(0)
            number = attempt(action, words)
        finally:
            os.write(write_end, str(number).encode())
            os._exit(0)
    os.waitpid(child, 0)
    os.close(write_end)
    with os.fdopen(read_end) as answer:
        return int(answer.read())


if __name__ == "__main__":
    print(attempt(sys.argv[1], sys.argv[2:]))
