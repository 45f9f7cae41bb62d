# SPDX-License-Identifier: MIT
"""A process that keeps a namespace alive by exactly one thing, for tests of what is said of that.

`python -m tests.session.keeper SCENARIO` makes it, prints one line of JSON and stays until its
input ends: `ref` is the namespace, `pin` what must be said of it.
"""

from __future__ import annotations

import ctypes
import json
import mmap
import os
import select
import signal
import socket
import sys
import threading
from collections.abc import Callable
from typing import Any

from tests.session.making import (
    FLAGS,
    born,
    check,
    end,
    give,
    inode,
    into_user,
    libc,
    only_child_of,
    parent_of,
    pid_for_children,
    take,
    unshare,
)

MS_BIND, MS_REC, MS_PRIVATE, MNT_DETACH = 0x1000, 0x4000, 0x40000, 2
OPEN_TREE_CLONE, AT_FDCWD, SYS_OPEN_TREE = 1, -100, 428
IPC_PRIVATE, IPC_CREAT = 0, 0o1000
Facts = dict[str, Any]
SCENARIOS: dict[str, Callable[[], Facts]] = {}


def scenario(function: Callable[[], Facts]) -> Callable[[], Facts]:
    """Give it to the tests under its name."""
    SCENARIOS[function.__name__] = function
    return function


def made(kind: str) -> tuple[int, str, Callable[[], None]]:
    """A process that has a new namespace of a type: (inode, path of it, how to end the process)."""
    if kind == "pid":
        child = born(lambda: unshare("pid"), born)
        inner = only_child_of(child)

        def end_both() -> None:
            os.kill(inner, signal.SIGKILL)
            end(child)

        return inode(inner, "pid"), f"/proc/{inner}/ns/pid", end_both
    link = "time_for_children" if kind == "time" else kind
    child = born(lambda: unshare(kind))
    return inode(child, link), f"/proc/{child}/ns/{link}", lambda: end(child)


def facts(kind: str, number: int, how: str, **pin: object) -> Facts:
    """What the test must find."""
    return {"ref": f"{kind}:[{number}]", "pin": {"how": how, "type": kind, "inode": number, **pin}}


def by_file(kind: str) -> Facts:
    """An open file of it."""
    number, path, finish = made(kind)
    fd = os.open(path, os.O_RDONLY)
    finish()
    return facts(kind, number, "fd", pid=os.getpid(), fd=fd)


def by_mount(kind: str) -> Facts:
    """A bind mount of its file, in a mount namespace of ours."""
    if kind == "mnt":  # only a younger one can be bound, and ids are handed out per CPU (Linux 6.18)
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    unshare("mnt")
    check(libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None))
    number, path, finish = made(kind)
    target = place_for_mount()
    check(libc.mount(path.encode(), target.encode(), None, MS_BIND, None))
    finish()
    return facts(kind, number, "mount", path=target, mount_namespace=inode("self", "mnt"))


def place_for_mount() -> str:
    """A file in a file system that only this mount namespace has."""
    check(libc.mount(b"keeper", b"/mnt", b"tmpfs", 0, None))
    with open("/mnt/a pin", "w"):
        return "/mnt/a pin"


for _kind in FLAGS:
    SCENARIOS[f"file_of_{_kind}"] = lambda kind=_kind: by_file(kind)  # type: ignore[misc]
    SCENARIOS[f"mount_of_{_kind}"] = lambda kind=_kind: by_mount(kind)  # type: ignore[misc]


@scenario
def member() -> Facts:
    """A process in it."""
    child = born(lambda: unshare("uts"))
    return facts("uts", inode(child, "uts"), "member", pid=child, release=f"kill {child}")


@scenario
def init() -> Facts:
    """The init of a pid namespace, which only KILL ends."""
    number, path, _ = made("pid")
    pid = int(path.split("/")[2])
    # Its parent made the namespace for its children: another pin, which the test leaves out.
    return {**facts("pid", number, "member", pid=pid, release=f"kill -KILL {pid}"), "beside": ["children"]}


@scenario
def zombie_of_user() -> Facts:
    """A process that has ended and was not waited for keeps its user namespace."""
    number, child = ended(lambda: unshare("user"), "user")
    return facts("user", number, "zombie", pid=child, release=f"kill {os.getpid()}")


@scenario
def zombie_of_pid() -> Facts:
    """And its pid namespace: a dead init whose parent sleeps."""
    unshare("pid")
    number, child = ended(lambda: None, "pid")
    return {**facts("pid", number, "zombie", pid=child, release=f"kill {os.getpid()}"), "beside": ["children"]}


def ended(setup: Callable[[], object], link: str) -> tuple[int, int]:
    """(inode, pid) of a child that is a zombie now."""
    child = born(setup)
    number = inode(child, link)
    os.kill(child, signal.SIGKILL)
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    return number, child


@scenario
def thread() -> Facts:
    """A thread that is elsewhere than its process."""
    if os.geteuid() != 0:
        into_user()
    seen: list[int] = []
    done = threading.Event()

    def go_elsewhere() -> None:
        check(libc.unshare(FLAGS["uts"]))
        seen.extend((threading.get_native_id(), os.stat("/proc/thread-self/ns/uts").st_ino))
        done.set()
        signal.pause() if threading.current_thread() is threading.main_thread() else threading.Event().wait()

    threading.Thread(target=go_elsewhere, daemon=True).start()
    assert done.wait(10)
    return facts("uts", seen[1], "thread", pid=os.getpid(), thread=seen[0])


@scenario
def children_of_time() -> Facts:
    """The next children will be in it: shown by a link at once."""
    unshare("time")
    return facts("time", inode("self", "time_for_children"), "children", pid=os.getpid(), thread=os.getpid())


@scenario
def children_of_pid() -> Facts:
    """The next children will be in it; before the first there is no link to show that."""
    unshare("pid")
    fd = pid_for_children()
    number = os.fstat(fd).st_ino
    os.close(fd)
    return facts("pid", number, "children", pid=os.getpid(), thread=os.getpid())


@scenario
def child_of_user() -> Facts:
    """A user namespace below it."""
    holder = born(into_user, lambda: check(libc.unshare(FLAGS["user"])))
    number = parent_of(f"/proc/{holder}/ns/user")
    return facts("user", number, "child", other=f"user:[{inode(holder, 'user')}]")


@scenario
def child_of_pid() -> Facts:
    """A pid namespace below it, held by an open file; no process is in either."""
    child = born(lambda: unshare("pid"), lambda: born(lambda: unshare("pid"), born))
    middle = only_child_of(child)
    inner = only_child_of(middle)
    fd = os.open(f"/proc/{inner}/ns/pid", os.O_RDONLY)
    numbers = inode(middle, "pid"), os.fstat(fd).st_ino
    os.kill(middle, signal.SIGKILL)  # with an init go all
    end(child)
    return facts("pid", numbers[0], "child", other=f"pid:[{numbers[1]}]")


@scenario
def owned() -> Facts:
    """A namespace that it owns, held by an open file."""
    child = born(into_user, lambda: check(libc.unshare(FLAGS["uts"])))
    fd = os.open(f"/proc/{child}/ns/uts", os.O_RDONLY)
    number = inode(child, "user")
    end(child)
    return facts("user", number, "owned", other=f"uts:[{os.fstat(fd).st_ino}]")


@scenario
def detached_mount() -> Facts:
    """A copy of a mount that is mounted nowhere: its link reads `/`."""
    found = by_mount("uts")
    fd = check(libc.syscall(ctypes.c_long(SYS_OPEN_TREE), ctypes.c_long(AT_FDCWD), found["pin"]["path"].encode(), 1))
    check(libc.umount2(found["pin"]["path"].encode(), MNT_DETACH))
    return facts("uts", found["pin"]["inode"], "fd", pid=os.getpid(), fd=fd)


@scenario
def unmounted_lazily() -> Facts:
    """An O_PATH file of a mount that is not there any more."""
    found = by_mount("uts")
    fd = os.open(found["pin"]["path"], os.O_PATH)
    check(libc.umount2(found["pin"]["path"].encode(), MNT_DETACH))
    return facts("uts", found["pin"]["inode"], "fd", pid=os.getpid(), fd=fd)


@scenario
def mount_without_process() -> Facts:
    """A bind mount in a mount namespace that itself only an open file keeps."""
    told: list[Facts] = []
    read, write = os.pipe()
    child = born(lambda: os.write(write, json.dumps(by_mount("uts")).encode()))
    told.append(json.loads(os.read(read, 65536)))
    fd = os.open(f"/proc/{child}/ns/mnt", os.O_RDONLY)
    end(child)
    return {**told[0], "ref": told[0]["ref"], "fd": fd}


@scenario
def socket_inet() -> Facts:
    """A socket that was made in it and sent out."""
    return by_socket(socket.AF_INET)


@scenario
def socket_unix() -> Facts:
    """A unix socket is of a network namespace too."""
    return by_socket(socket.AF_UNIX)


def by_socket(family: int) -> Facts:
    """A socket of another network namespace, in our hands."""
    ours, theirs = socket.socketpair()
    child = born(lambda: unshare("net"), lambda: give(theirs, socket.socket(family, socket.SOCK_STREAM).detach()))
    fd = take(ours)
    number = inode(child, "net")
    end(child)
    return facts("net", number, "socket", pid=os.getpid(), fd=fd)


@scenario
def tun() -> Facts:
    """An open tun device that was made in it."""
    ours, theirs = socket.socketpair()

    def open_there() -> None:
        unshare("net")
        give(theirs, os.open("/dev/net/tun", os.O_RDWR))

    child = born(open_there)
    fd = take(ours)
    number = inode(child, "net")
    end(child)
    return facts("net", number, "tun", pid=os.getpid(), fd=fd)


@scenario
def in_flight() -> Facts:
    """A file of it on its way over a unix socket, and a second one so that it can be asked for."""
    found = by_file("uts")
    ours, theirs = socket.socketpair()
    give(theirs, found["pin"]["fd"])
    return {**found, "sockets": [ours.detach(), theirs.detach()]}


@scenario
def shared_memory() -> Facts:
    """Shared memory that is still attached in another ipc namespace."""
    if os.geteuid() != 0:
        into_user()
    check(libc.unshare(FLAGS["ipc"]))
    number = inode("self", "ipc")
    libc.shmat.restype = ctypes.c_void_p
    segment = check(libc.shmget(IPC_PRIVATE, ctypes.c_size_t(mmap.PAGESIZE), IPC_CREAT | 0o600))
    libc.shmat(segment, None, 0)
    check(libc.shmctl(segment, 0, None))  # IPC_RMID: it goes with the last who has it attached
    check(libc.unshare(FLAGS["ipc"]))
    return facts("ipc", number, "perhaps", pid=os.getpid())


@scenario
def mounted_proc() -> Facts:
    """A proc file system in our mount namespace; its init is ended when a line is read from standard input."""
    if os.geteuid() != 0:
        into_user()
    check(libc.unshare(FLAGS["mnt"]))
    check(libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None))

    def mount_proc() -> None:
        check(libc.mount(b"proc", b"/mnt", b"proc", 0, None))

    child = born(lambda: check(libc.unshare(FLAGS["pid"])), lambda: born(mount_proc))
    inner = only_child_of(child)
    number = inode(inner, "pid")
    return {
        **facts("pid", number, "proc", path="/mnt", mount_namespace=inode("self", "mnt")),
        "children": [child, inner],
    }


def of_one_gone(kind: str, name: str) -> Facts:
    """A file of /proc/PID, whose process is gone: it keeps what that process was in."""
    number, path, finish = made(kind)
    folder = path.removesuffix(f"/ns/{kind}")
    pid = int(folder.rpartition("/")[2])
    fd = os.pidfd_open(pid) if name == "pidfd" else os.open(f"{folder}/{name}", os.O_RDONLY)
    watch = os.pidfd_open(pid)
    finish()
    reaped = select.poll()
    reaped.register(watch, 0)
    reaped.poll()
    os.close(watch)
    return facts(kind, number, "perhaps", fd=fd)


@scenario
def mounts_file() -> Facts:
    """What watches the mounts of a process that is gone."""
    return of_one_gone("mnt", "mountinfo")


@scenario
def net_file() -> Facts:
    """A table of the network of a process that is gone."""
    return of_one_gone("net", "net/dev")


@scenario
def map_file() -> Facts:
    """The map of a process that is gone."""
    return of_one_gone("user", "uid_map")


@scenario
def process_folder() -> Facts:
    """The folder of an init that is gone."""
    return of_one_gone("pid", "")


@scenario
def pidfd() -> Facts:
    """A pidfd of an init that is gone."""
    return of_one_gone("pid", "pidfd")


@scenario
def no_pin() -> Facts:
    """A pidfd, a file of /proc/PID and a zombie keep no UTS namespace."""
    child = born(lambda: unshare("uts"))
    number = inode(child, "uts")
    kept = [os.pidfd_open(child), os.open(f"/proc/{child}", os.O_RDONLY)]
    os.kill(child, signal.SIGKILL)
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    return {**facts("uts", number, "none"), "kept": kept}


def main(name: str) -> None:
    """Make the pin, tell of it, and wait; a line of input ends the children of a scenario that has some."""
    found = SCENARIOS[name]()
    print(json.dumps(found), flush=True)
    for _ in sys.stdin:
        child, inner = found["children"]
        pidfd = os.pidfd_open(inner)
        os.kill(inner, signal.SIGKILL)
        end(child)
        reaped = select.poll()
        reaped.register(pidfd, 0)
        reaped.poll()  # POLLHUP: whoever adopted it has waited for it (Linux 6.9)
        os.close(pidfd)  # which would keep the namespace as well
        print("{}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
