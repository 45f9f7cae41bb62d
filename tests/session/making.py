# SPDX-License-Identifier: MIT
"""The kernel's calls as a test's own processes make them: namespaces, children that stay, files sent to and fro."""

from __future__ import annotations

import array
import ctypes
import fcntl
import os
import signal
import socket
from collections.abc import Callable

FLAGS = {
    "mnt": 0x00020000,
    "uts": 0x04000000,
    "ipc": 0x08000000,
    "pid": 0x20000000,
    "net": 0x40000000,
    "user": 0x10000000,
    "cgroup": 0x02000000,
    "time": 0x00000080,
}
PR_SET_PDEATHSIG = 1

libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long


def check(result: int) -> int:
    """The result of a call, or OSError."""
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def unshare(*kinds: str) -> None:
    """unshare(2); who is not root gets the rights for it in a user namespace first."""
    if os.geteuid() != 0 and kinds != ("user",):
        into_user()
    check(libc.unshare(sum(FLAGS[kind] for kind in kinds)))


def into_user() -> None:
    """A user namespace in which we are root."""
    uid, gid = os.geteuid(), os.getegid()
    check(libc.unshare(FLAGS["user"]))
    for name, text in (("setgroups", "deny"), ("uid_map", f"0 {uid} 1"), ("gid_map", f"0 {gid} 1")):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)


def born(*steps: Callable[[], object]) -> int:
    """A child that has done something, and stays."""
    ready, tell = os.pipe()
    pid = os.fork()
    if pid == 0:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        for step in steps:
            step()
        os.close(ready)
        os.write(tell, b"!")
        os.close(tell)
        while True:
            signal.pause()
    os.close(tell)
    assert os.read(ready, 1) == b"!", "the child could not"
    os.close(ready)
    return pid


def end(pid: int) -> None:
    """End a child, and wait for it."""
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def inode(pid: int | str, link: str) -> int:
    """The inode of a process's link."""
    return os.stat(f"/proc/{pid}/ns/{link}").st_ino


def only_child_of(pid: int) -> int:
    """The pid of a child's child."""
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        return int(file.read().split()[0])


def give(channel: socket.socket, fd: int) -> None:
    """Send an open file (SCM_RIGHTS)."""
    channel.sendmsg([b"!"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [fd]))])


def take(channel: socket.socket) -> int:
    """Receive one."""
    _, ancillary, _, _ = channel.recvmsg(1, socket.CMSG_SPACE(4))
    return int(array.array("i", ancillary[0][2])[0])


def parent_of(path: str) -> int:
    """The inode of the parent of a user namespace."""
    with open(path, "rb") as file:
        fd = fcntl.ioctl(file.fileno(), 0xB702)
    number = os.fstat(fd).st_ino
    os.close(fd)
    return number


def pid_for_children() -> int:
    """The pid namespace of the next children, by our own pidfd (PIDFD_GET_PID_FOR_CHILDREN_NAMESPACE)."""
    pidfd = os.pidfd_open(os.getpid())
    try:
        return fcntl.ioctl(pidfd, 0xFF06, 0)
    finally:
        os.close(pidfd)
