# SPDX-License-Identifier: MIT
"""After an nsh that was killed: what it had begun, and processes that outlived it and its zygote."""

from __future__ import annotations

import _signal
import os

from nsh.errors import Refused
from nsh.helper.client import kill, wait_for_end
from nsh.kernel import proc
from nsh.session import added, icebox, ledger, pins
from nsh.session.session import MARK
from nsh.session.stopped import ZYGOTE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.session import Session

_END_SECONDS = 5.0


def clean(session: Session) -> list[str]:
    """Take away what dead sessions left: half-made pins, and processes that outlived zygote and nsh alike."""
    said = _wake_zygotes()
    for path in session.ledger.begun(ledger.PIN):
        if pins.finish(session, path):
            said.append(f"removed {path}: it was begun and not finished")
    for entry in ledger.leftovers():
        if entry.kind == ledger.PIN and pins.finish(session, entry.path):
            said.append(f"removed {entry.path}: a dead nsh had begun it and not finished")
        elif entry.kind == icebox.KIND and icebox.empty(entry.path):
            said.append(f"thawed and removed {entry.path}: a dead nsh had made it")
        elif entry.kind in added.KINDS and added.finish(entry.kind, entry.path):
            said.append(f"took back from the machine's network what a dead nsh had added: {entry.kind} {entry.path}")
    pins.tidy(session)
    for pid, name in orphans():
        try:
            pidfd = os.pidfd_open(pid)
        except ProcessLookupError:
            continue  # it has ended by itself
        except OSError as error:
            raise Refused(f"pidfd_open({pid}, 0)", error.errno or 0) from error
        try:
            if not _is_of_a_living_nsh(_mark_of(pid)):  # still the same process, now that it cannot change
                kill(pidfd)
                wait_for_end(pidfd, _END_SECONDS)
        finally:
            os.close(pidfd)
        said.append(f"ended pid {pid} ({name}): a dead nsh had started it")
    return said


def _wake_zygotes() -> list[str]:
    """Let zygotes go on that somebody has stopped and whose nsh is dead: they then sweep."""
    said = []
    for pid in proc.all_pids():
        if _is_our_users(pid) and proc.command_of(pid) == ZYGOTE and _waits_to_sweep(pid):
            try:
                os.kill(pid, _signal.SIGCONT)
            except ProcessLookupError:
                continue  # somebody else has let it go on, and it has ended
            said.append(f"continued pid {pid} ({ZYGOTE}), which was stopped: it ends what a dead nsh left")
    return said


def _waits_to_sweep(pid: int) -> bool:
    """Is a zygote stopped, with the signal pending that the death of its nsh sends (PR_SET_PDEATHSIG(2const))?"""
    try:
        fields = proc.status(pid)
        pending = int(fields["SigPnd"], 16) | int(fields["ShdPnd"], 16)
    except (OSError, KeyError, ValueError):
        return False  # it has ended
    return fields["State"].startswith(proc.STOPPED) and bool(pending >> (_signal.SIGTERM - 1) & 1)


def orphans() -> list[tuple[int, str]]:
    """Processes that carry the mark of an nsh that is gone: (pid, comm). Only those we may look into."""
    own = _own_line()
    mine = [pid for pid in proc.all_pids() if pid not in own and _is_our_users(pid)]
    marks = {pid: mark for pid in mine if (mark := _mark_of(pid))}
    dead = {pid: mark for pid, mark in marks.items() if not _is_of_a_living_nsh(mark)}
    spared = ledger.spared(still=lambda mark: mark in dead.values())
    return [(pid, proc.command_of(pid)) for pid, mark in dead.items() if mark not in spared]


def _own_line() -> set[int]:
    """This process and its ancestors, and all that a marked one of them has started.

    A shell that outlived an nsh bears its mark, and so does all it starts:
    this nsh, its zygote, another nsh beside it.
    """
    parents = {pid: _parent_of(pid) for pid in proc.all_pids()}
    line = [os.getpid()]
    while (parent := parents.get(line[-1], 0)) > 0 and parent not in line:
        line.append(parent)
    top = next((pid for pid in reversed(line) if _mark_of(pid)), None)
    return {*line, *(_descendants(top, parents) if top is not None else ())}


def _parent_of(pid: int) -> int:
    try:
        return int(proc.status(pid)["PPid"])
    except (OSError, KeyError, ValueError):
        return 0


def _descendants(top: int, parents: dict[int, int]) -> set[int]:
    found = {top}
    while True:
        fresh = {pid for pid, parent in parents.items() if parent in found} - found
        if not fresh:
            return found
        found |= fresh


def _is_our_users(pid: int) -> bool:
    """Root may look into everybody's processes, and leaves alone what is somebody else's."""
    try:
        return os.stat(f"/proc/{pid}").st_uid == os.geteuid()
    except OSError:
        return False


def _mark_of(pid: int) -> str:
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            words = file.read().split(b"\0")
    except OSError:
        return ""  # another user's, or gone
    start = f"{MARK}=".encode()
    return next((word[len(start) :].decode("ascii", "replace") for word in words if word.startswith(start)), "")


def _is_of_a_living_nsh(value: str) -> bool:
    """Is it, or can it not be known from where we are (proc.mark)?"""
    words = value.split(".")
    if len(words) != 4 or not words[2].isdecimal():
        return True
    now = proc.mark(int(words[2])).split(".")
    return now[:2] != words[:2] or now[3] == words[3]
