# SPDX-License-Identifier: MIT
"""/proc as nsh reads and writes it (proc(5)): namespace links, status fields, the pid behind a pidfd."""

from __future__ import annotations

import os

from nsh import nstypes

STOPPED, TRACED = "T", "t"  # by a signal, by a tracer: State in proc_pid_status(5)
LINKS = (*nstypes.NAMES, "pid_for_children", "time_for_children")


def namespace(pid: int | str, link: str) -> int | None:
    """The inode of one /proc/PID/ns link, or None when it cannot be read or does not exist."""
    try:
        target = os.readlink(f"/proc/{pid}/ns/{link}")
    except OSError:
        return None
    return int(target[target.index("[") + 1 : -1])


def namespaces(pid: int | str) -> dict[str, int]:
    """{type: inode} of a process, without the types that cannot be read."""
    found = {}
    for name in nstypes.NAMES:
        inode = namespace(pid, name)
        if inode is not None:
            found[name] = inode
    return found


def status(pid: int | str) -> dict[str, str]:
    """The fields of /proc/PID/status. Raises OSError when the process is gone."""
    with open(f"/proc/{pid}/status", encoding="utf-8", errors="surrogateescape") as file:
        return dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)


def pids_of(pid: int | str) -> tuple[int, ...]:
    """NSpid: the process's pid in each pid namespace from the reader's down to its own. Raises OSError."""
    return tuple(int(word) for word in status(pid)["NSpid"].split())


def pid_of(pidfd: int) -> int:
    """The pid behind a pidfd as the reader of /proc counts, or -1 once it is reaped. Raises OSError."""
    with open(f"/proc/self/fdinfo/{pidfd}", encoding="ascii") as file:
        for line in file:
            if line.startswith("Pid:"):
                return int(line[4:])
    return -1


def command_of(pid: int | str) -> str:
    """The arguments of a process, its comm in brackets when it has none, `` when it is gone."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            words = file.read().rstrip(b"\0")
        if words:
            return os.fsdecode(words.replace(b"\0", b" ")).rstrip()
        with open(f"/proc/{pid}/comm", "rb") as file:
            return f"[{os.fsdecode(file.read()).rstrip()}]"
    except OSError:
        return ""


def is_zombie(pid: int | str) -> bool:
    """Has the process ended, and only waits to be reaped? True also when it is gone."""
    try:
        return status(pid)["State"].startswith("Z")
    except (OSError, KeyError):
        return True


def state(pid: int | str) -> str:
    """The letter of what the process is doing, such as STOPPED or TRACED; '' when it is gone."""
    try:
        return status(pid)["State"][:1]
    except (OSError, KeyError):
        return ""


def start_time(pid: int | str) -> str:
    """When a process started, in clock ticks since boot; '' when it is gone (field 22 of /proc/PID/stat)."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].split()[19].decode()
    except OSError:
        return ""


def parent_of(pid: int | str) -> int | None:
    """The pid of the parent, 0 when it is outside the reader's pid namespace, None when the process is gone."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return int(file.read().rpartition(b")")[2].split()[1])
    except (OSError, IndexError, ValueError):
        return None


def children(pid: int) -> list[int]:
    """The children of a process's first thread; none where it is gone, or the kernel has no CONFIG_PROC_CHILDREN."""
    try:
        with open(f"/proc/{pid}/task/{pid}/children", "rb") as file:
            return [int(word) for word in file.read().split()]
    except OSError:
        return []


def mark(pid: int) -> str:
    """What tells a process from every other one, past and present: pid and time namespace, pid, start.

    A pid means something in its pid namespace only; and when a process started
    is shown by the clock of the reader's time namespace.
    """
    here = f"{namespace('self', 'pid')}.{namespace('self', 'time')}"
    return f"{here}.{pid}.{start_time(pid)}"


def all_pids() -> list[int]:
    """Every process that /proc lists, lowest first."""
    return sorted(int(name) for name in os.listdir("/proc") if name.isdecimal())


def write(path: str, text: str, directory: int | None = None) -> None:
    """Write a file that is there, of /proc or of an open directory. Raises OSError, with the path as its filename."""
    fd = os.open(path, os.O_WRONLY | os.O_CLOEXEC, dir_fd=directory)
    try:
        os.write(fd, os.fsencode(text))
    except OSError as error:
        error.filename = path
        raise
    finally:
        os.close(fd)


def kernel_version() -> tuple[int, int]:
    """The first two numbers of the kernel's release, as (6, 18) (uname(2), proc_sys_kernel(5): osrelease)."""
    major, minor = (int("".join(c for c in word if c.isdigit()) or 0) for word in os.uname().release.split(".")[:2])
    return major, minor


def shows_us() -> bool:
    """Is the /proc that we see one of our own pid namespace?"""
    try:
        return os.readlink("/proc/self") == str(os.getpid())
    except OSError:
        return False
