# SPDX-License-Identifier: MIT
"""What is nsh itself among processes and open files: zygote, helpers, holders, and the files that keep places."""

from __future__ import annotations

import os

from nsh.session import records

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.session import Session


class Part:
    """A part of nsh: what it is, and what to type so that it lets go, or (`after`) what it goes with."""

    __slots__ = ("after", "release", "text")

    def __init__(self, text: str, release: str | None, after: str | None = None) -> None:
        self.text = f"nsh itself: {text}"
        self.release = release
        self.after = after


class Ours:
    """The parts of one session."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._processes = _processes(session)
        self._files = {
            fd: Part(f"keeps {name} open", f"rm {name}" if place.how == "fds" else f"unpin {name}")
            for name, place in session.places.items()
            for fd in place.fds.values()
        }

    def process(self, pid: int) -> Part | None:
        """The part of nsh that a process is, or None."""
        return self._processes.get(pid)

    def file(self, pid: int, number: int | None) -> Part | None:
        """The part of nsh that an open file is, or None."""
        if pid == os.getpid() and number in self._files:
            return self._files[number]
        return self._processes.get(pid)


def _processes(session: Session) -> dict[int, Part]:
    found = {os.getpid(): Part("the prompt", "quit"), session.zygote.pid: Part("its first process", "quit")}
    if session.in_sandbox:
        found[1] = Part("the init of the sandbox", "quit")
    for peer in session.all_peers():
        found[peer.pid] = Part("waits for programs that were started there", None, "goes with them")
    for seat in session.parked:
        found[seat.peer.pid] = Part("kept for the places that were made there", "quit")
    for depth, seat in enumerate(session.seats):
        last = depth == len(session.seats) - 1
        what = "where you are" if last else "where `leave` takes you back to"
        found[seat.peer.pid] = Part(what, "leave" if depth else "quit")
    for name, place in session.places.items():
        if place.pid is not None and place.how == "holder":
            found[place.pid] = Part(f"the holder of {name}", f"rm {name}")
    return found


def pinned_name(path: str) -> str | None:
    """What takes away a pin under /run that has a name, or None where the path is another one."""
    folder, name = os.path.split(path)
    if folder == "/run/netns":
        return f"unpin {name}" if records.is_ours(name) else f"!ip netns delete {name}"
    return f"unpin {name}" if os.path.dirname(folder) == "/run/nsh" else None
