# SPDX-License-Identifier: MIT
"""Signals to the members of a pid namespace, and stopping all of them at once."""

from __future__ import annotations

import _signal
import os

from nsh.errors import NoSuchName, SessionError, UsageError
from nsh.helper.client import kill
from nsh.kernel import proc
from nsh.session import inventory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.session import Session


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
    """Signal a process, or the one that keeps a place; its pid. Raises NoSuchName, SessionError, Refused."""
    target = session.resolve(ref)
    if target.pid is None:
        raise SessionError(f"{ref}: no process keeps it, so there is none to signal")
    if target.ns.get("pid") == session.host.ns.get("pid") and not _is_ours(session, target.pid):
        session.guard_process(f"pid {target.pid} ({proc.command_of(target.pid)})")
    _signal_pid(target.pid, number)
    return target.pid


def _is_ours(session: Session, pid: int) -> bool:
    """Does it hang off our zygote?"""
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
    except OSError as error:
        raise NoSuchName(f"{pid}: no such process") from error
    try:
        kill(pidfd, number)
    finally:
        os.close(pidfd)


def freeze(session: Session, ref: str, *, thaw: bool) -> list[int]:
    """Stop, or continue, every member of a pid namespace but nsh's own helpers; their pids. Raises SessionError.

    Members that fork while they are being stopped are found by looking again
    until nothing new is there.
    """
    target = session.resolve(ref, "pid")
    if target.ns["pid"] == session.host.ns.get("pid"):
        raise SessionError(f"{ref}: has the pid namespace of host", "freezing is for a pid namespace of its own")
    spared = {peer.pid for peer in session.all_peers()}
    done: list[int] = []
    while True:
        fresh = [p for p in inventory.members_of("pid", target.ns["pid"]) if p not in spared and p not in done]
        if not fresh:
            return sorted(done)
        for pid in fresh:
            done.append(pid)
            try:
                _signal_pid(pid, _signal.SIGCONT if thaw else _signal.SIGSTOP)
            except NoSuchName:
                continue  # it ended meanwhile
