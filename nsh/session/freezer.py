# SPDX-License-Identifier: MIT
"""Signals to the members of a pid namespace, and stopping all of them: by the cgroup freezer, else by SIGSTOP."""

from __future__ import annotations

import _signal
import os

from nsh.errors import NoSuchName, Refused, SessionError, UsageError
from nsh.helper.client import kill, wait_for_end
from nsh.kernel import proc
from nsh.session import icebox, inventory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.session import Session

_END_SECONDS = 5.0


class Done:
    """What freezing or thawing did: to whom, by `cgroup` or `signal`, and why not by the cgroup."""

    __slots__ = ("how", "pids", "why_not")

    def __init__(self, pids: list[int], how: str, why_not: str | None) -> None:
        self.pids = pids
        self.how = how
        self.why_not = why_not


def signal_number(text: str) -> int:
    """A signal by name (TERM, SIGTERM) or number. Raises UsageError."""
    import signal

    if text.isascii() and text.isdecimal() and 0 < int(text) < signal.NSIG:
        return int(text)
    name = text.upper().removeprefix("SIG")
    found = getattr(signal.Signals, f"SIG{name}", None)
    if found is None:
        raise UsageError(f"{text}: no such signal", "a name such as TERM or KILL, or a number")
    return int(found)


def send(session: Session, ref: str, number: int) -> int:
    """Signal a process, or the one that keeps a place, and wait for its end by KILL; its pid.

    Raises NoSuchName, SessionError, Refused.
    """
    target = session.resolve(ref)
    if target.pid is None:
        raise SessionError(f"{ref}: no process keeps it, so there is none to signal")
    if target.pid in {os.getpid(), session.zygote.pid, *(peer.pid for peer in session.all_peers())}:
        raise SessionError(f"{ref}: is nsh itself", "`leave` and `quit` end what you sit in; `ls procs` lists programs")
    _require_ours(session, [target.pid])
    _signal_pid(target.pid, number)
    return target.pid


def _require_ours(session: Session, pids: list[int]) -> None:
    """Raises SessionError for a process that does not hang off our zygote, unless nsh may change the machine."""
    for pid in pids:
        if not _is_ours(session, pid):
            session.guard.process(f"pid {pid} ({proc.command_of(pid)})")


def _is_ours(session: Session, pid: int) -> bool:
    while pid > 1:
        if pid == session.zygote.pid:
            return True
        try:
            pid = int(proc.status(pid)["PPid"])
        except (OSError, KeyError, ValueError):
            return False
    return False


def _signal_pid(pid: int, number: int) -> None:
    try:
        pidfd = os.pidfd_open(pid)
    except ProcessLookupError as error:
        raise NoSuchName(f"{pid}: no such process") from error
    except OSError as error:
        raise Refused(f"pidfd_open({pid}, 0)", error.errno or 0) from error
    try:
        kill(pidfd, number)
        if number == _signal.SIGKILL:
            wait_for_end(pidfd, _END_SECONDS)
    finally:
        os.close(pidfd)


def freeze(session: Session, ref: str) -> Done:
    """Stop every member of a pid namespace but nsh's own helpers. Raises SessionError, Refused."""
    inode = _own_namespace(session, ref)
    pids = _members(session, inode)
    _require_ours(session, pids)
    why_not = icebox.why_not(session, pids)
    if why_not is None:
        icebox.freeze(session, lambda: _members(session, inode))
        return Done(_members(session, inode), "cgroup", None)
    return Done(_signal_all(session, inode, _signal.SIGSTOP), "signal", why_not)


def thaw(session: Session, ref: str) -> Done:
    """Continue what `freeze` has stopped. Raises SessionError, Refused."""
    inode = _own_namespace(session, ref)
    pids = _members(session, inode)
    _require_ours(session, pids)
    if icebox.thaw(session, pids):
        return Done(pids, "cgroup", None)
    return Done(_signal_all(session, inode, _signal.SIGCONT), "signal", None)


def _own_namespace(session: Session, ref: str) -> int:
    inode = session.resolve(ref, "pid").ns["pid"]
    if inode == session.host.ns.get("pid"):
        raise SessionError(f"{ref}: has the pid namespace of host", "freezing is for a pid namespace of its own")
    return inode


def _members(session: Session, inode: int) -> list[int]:
    spared = {peer.pid for peer in session.all_peers()}
    return [pid for pid in inventory.members_of("pid", inode) if pid not in spared and not proc.is_zombie(pid)]


def _signal_all(session: Session, inode: int, number: int) -> list[int]:
    """Signal each member; those that are forked meanwhile are found by looking until nothing new is there."""
    done: list[int] = []
    while fresh := [pid for pid in _members(session, inode) if pid not in done]:
        for pid in fresh:
            done.append(pid)
            try:
                _signal_pid(pid, number)
            except NoSuchName:
                continue  # it ended meanwhile
    return sorted(done)
