# SPDX-License-Identifier: MIT
"""The cgroup freezer: processes moved into a cgroup of their own, below the one they are in, and stopped there.

A cgroup belongs to the machine, so it is made only where nsh may change the
machine, and is in the ledger from before mkdir(2) until after rmdir(2). Whoever
finds one later needs no memory of it: where the processes came from is the
cgroup above. See cgroups(7) and the kernel's cgroup-v2.rst, `cgroup.freeze`.
"""

from __future__ import annotations

import os
import select

from nsh.errors import NshError, Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from nsh.session.session import Session

PREFIX = "nsh-frozen-"
KIND = "cgroup"  # in the ledger
_PATIENCE = 5.0


def why_not(session: Session, pids: list[int]) -> str | None:
    """Why the freezer cannot be had for these processes, None when it can."""
    if session.in_sandbox:
        return "the machine's cgroups are read-only in a sandbox"
    if not session.guard.is_lifted:
        return "a cgroup is the machine's: nsh makes one only with --host"
    try:
        folders = {folder for _pid, folder in _outside(pids)}
    except (Refused, ValueError):
        return "no cgroup2 file system is mounted here, or a process is outside of what is"
    closed = next((folder for folder in sorted(folders) if not os.access(folder, os.W_OK)), None)
    return f"{closed} is not yours to write" if closed is not None else None


def cgroup_of(pid: int) -> str:
    """The directory of a process's cgroup in version 2. Raises OSError, ValueError."""
    with open(f"/proc/{pid}/cgroup", encoding="utf-8", errors="surrogateescape") as file:
        path = next(line[3:].rstrip("\n") for line in [*file, "0::"] if line.startswith("0::"))
    with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as file:
        return directory_of(path, file.read())


def directory_of(path: str, mountinfo: str) -> str:
    """Where a path in /proc/PID/cgroup is to be found, by the mount table. Raises ValueError."""
    for line in mountinfo.splitlines():
        before, _, after = line.partition(" - ")
        if after.startswith("cgroup2 "):
            root, point = before.split(" ")[3:5]
            break
    else:
        raise ValueError("no cgroup2 file system is mounted")
    base = root.rstrip("/")
    if not path or ".." in path.split("/") or not f"{path}/".startswith(f"{base}/"):
        raise ValueError(f"{path}: not below {root}, which is mounted")
    return f"{point}/{path[len(base) :].strip('/')}".rstrip("/")


def freeze(session: Session, members: Callable[[], list[int]]) -> None:
    """Move all members into cgroups of their own and freeze these. Raises SessionError, Refused.

    What is forked meanwhile by one not yet moved is found by looking again.
    """
    folders: list[str] = []
    while outside := _outside(members()):
        for pid, folder in outside:
            box = f"{folder.rstrip('/')}/{PREFIX}{os.getpid()}"
            if box not in folders:
                _make(session, box)
                folders.append(box)
            _write_if_alive(f"{box}/cgroup.procs", str(pid))
    for box in folders:
        _write(f"{box}/cgroup.freeze", "1")
        _wait_until_frozen(f"{box}/cgroup.events")


def _outside(pids: list[int]) -> list[tuple[int, str]]:
    """Those that are in no cgroup of ours, and in which; one that has ended meanwhile is in none."""
    found = []
    for pid in pids:
        try:
            folder = cgroup_of(pid)
        except OSError as error:
            if os.path.exists(f"/proc/{pid}"):
                raise Refused(f'open("/proc/{pid}/cgroup")', error.errno or 0) from error
            continue
        if not is_ours(folder):
            found.append((pid, folder))
    return found


def is_ours(folder: str) -> bool:
    """Is that a cgroup that some nsh made?"""
    return os.path.basename(folder).startswith(PREFIX)


def _make(session: Session, box: str) -> None:
    session.ledger.begin(KIND, box)
    try:
        os.mkdir(box)
    except FileExistsError:
        pass  # ours from before
    except OSError as error:
        session.ledger.done(KIND, box)
        raise Refused(f'mkdir("{box}")', error.errno or 0) from error
    session.iceboxes.add(box)


def thaw(session: Session, pids: list[int]) -> bool:
    """Let the processes go on, back where they were; False when no cgroup holds them. Raises Refused."""
    boxes = set()
    for pid in pids:
        try:
            folder = cgroup_of(pid)
        except (OSError, ValueError):
            continue  # gone, or no cgroup2
        if is_ours(folder):
            boxes.add(folder)
    for box in boxes:
        empty(box)
        session.iceboxes.discard(box)
        session.ledger.done(KIND, box)
    return bool(boxes)


def close(session: Session) -> bool:
    """Take away what is left at the end, when the processes have ended; False when one has to stay."""
    for box in sorted(session.iceboxes):
        try:
            empty(box)
            session.iceboxes.discard(box)
            session.ledger.done(KIND, box)
        except NshError:
            continue  # somebody else's process got into it
    return not session.iceboxes


def empty(box: str) -> bool:
    """Thaw a cgroup, move who is in it to the one above, remove it; False when it was gone. Raises Refused."""
    if not is_ours(box) or not os.path.isdir(box):
        return False
    _write(f"{box}/cgroup.freeze", "0")
    for pid in _read(f"{box}/cgroup.procs").split():
        _write_if_alive(f"{os.path.dirname(box)}/cgroup.procs", pid)
    try:
        os.rmdir(box)
    except OSError as error:
        raise Refused(f'rmdir("{box}")', error.errno or 0, "a process was forked there meanwhile: again") from error
    return True


def _write_if_alive(path: str, pid: str) -> None:
    try:
        _write(path, pid)
    except Refused as refusal:
        if os.path.exists(f"/proc/{pid}"):
            raise refusal


def _write(path: str, text: str) -> None:
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
        try:
            os.write(fd, text.encode())
        finally:
            os.close(fd)
    except OSError as error:
        raise Refused(f'write("{path}", "{text}")', error.errno or 0) from error


def _read(path: str) -> str:
    try:
        with open(path, encoding="ascii") as file:
            return file.read()
    except OSError as error:
        raise Refused(f'read("{path}")', error.errno or 0) from error


def _wait_until_frozen(path: str) -> None:
    """Wait for `frozen 1`: the kernel says by POLLPRI that the file has changed. Raises Refused."""
    import time

    deadline = time.monotonic() + _PATIENCE
    with open(path, encoding="ascii") as file:
        watch = select.poll()
        watch.register(file.fileno(), select.POLLPRI)
        while True:
            file.seek(0)
            if "frozen 1" in file.read().splitlines():
                return
            left = deadline - time.monotonic()
            if left <= 0:
                import errno

                raise Refused(f'poll("{path}")', errno.ETIMEDOUT, "a process sleeps where it cannot be stopped yet")
            watch.poll(left * 1000)
