# SPDX-License-Identifier: MIT
"""Programs as the prompt sees them: what to run, and the jobs that came of it."""

from __future__ import annotations

import _signal
import errno
import os

from nsh import traced
from nsh.errors import NshError, Refused, Where
from nsh.helper import channel, wire
from nsh.helper.client import Peer, is_ours
from nsh.kernel import proc
from nsh.ops import Clone
from nsh.printable import printable
from nsh.session import births

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.ops import Op
    from nsh.session.births import MapsWanted
    from nsh.session.recorded import Written
    from nsh.session.relay import Relay
    from nsh.session.story import Entry
    from nsh.session.terminal import Modes

_KILLED = int(_signal.SIGKILL)  # as wait(2) writes it
STOPPED_STATUS = 128 + _signal.SIGTSTP


class Program:
    """One program of a pipeline: its words, and its redirections (fd, 'r' 'w' 'a' or 'dup', target)."""

    __slots__ = ("argv", "redirects")

    def __init__(self, argv: list[str], redirects: list[tuple[int, str, str]] | None = None) -> None:
        self.argv = argv
        self.redirects = redirects or []


class Job:
    """Programs that one line started, until all of them have ended."""

    def __init__(
        self, number: int, text: str, peer: Peer, programs: list[Program], steps: list[Op], where: Where
    ) -> None:
        self.where = where
        self.prepared = False
        self.number = number
        self.text = text
        self.peer = peer
        self.programs = programs
        self.steps = steps
        self.pidfds: list[int] = []
        self.group = -1  # of its processes, as nsh counts them
        self.statuses: dict[int, int] = {}
        self.stopped: set[int] = set()
        self.refusals: list[Refused] = []
        self.modes: Modes | None = None
        self.relay: Relay | None = None
        self.written: Written | None = None  # for `save`
        self.background = False
        self.entry: Entry | None = None  # of the session's story
        self.maps: MapsWanted | None = None  # to be written when it waits to be prepared
        self.lost = False

    @property
    def pids(self) -> list[int]:
        """Its processes as nsh counts them, -1 for one that has been reaped."""
        return [proc.pid_of(pidfd) for pidfd in self.pidfds]

    @property
    def pid(self) -> int | None:
        """The process of its last program, None once that has been reaped."""
        last = self.pids[-1] if self.pidfds else -1
        return last if last > 0 else None

    @property
    def has_ended(self) -> bool:
        """Are all its programs gone?"""
        return self.lost or len(self.statuses) == len(self.programs)

    @property
    def is_stopped(self) -> bool:
        """Are all that live stopped?"""
        living = set(range(len(self.programs))) - set(self.statuses)
        return bool(living) and living <= self.stopped

    @property
    def status(self) -> int:
        """The exit status of the last program: 128 + N when signal N killed it."""
        if self.lost:
            return 128 + _signal.SIGKILL
        raw = self.statuses.get(len(self.programs) - 1)
        if raw is None:
            return STOPPED_STATUS
        code = os.waitstatus_to_exitcode(raw)
        return 128 - code if code < 0 else code

    @property
    def killed_by(self) -> int:
        """The signal that killed the last program, or 0."""
        raw = self.statuses.get(len(self.programs) - 1)
        return os.WTERMSIG(raw) if raw is not None and os.WIFSIGNALED(raw) else 0

    @property
    def state(self) -> str:
        """Running, stopped, or done."""
        return "done" if self.has_ended else "stopped" if self.is_stopped else "running"

    def succeed(self, event: dict[str, str], fds: list[int]) -> None:
        """Another process is the program from now on; its pidfd came along."""
        index = wire.number_in(event, "index")
        if len(fds) != 1 or not 0 <= index < len(self.pidfds) or is_ours(fds[0]):
            channel.close_all(fds)
            return
        os.close(self.pidfds[index])
        self.pidfds[index] = fds[0]
        traced.tell(self.programs[index].argv[0], Clone(), wire.number_in(event, "pid"))
        self.group = self.pids[0]

    def take(self, event: dict[str, str]) -> None:
        """Learn of a change from the helper."""
        index = wire.number_in(event, "index")
        if not 0 <= index < len(self.programs):
            return
        kind = event.get("ev")
        if kind == "ended":
            raw = wire.number_in(event, "status", _KILLED) & 0xFFFF
            self.statuses[index] = raw if os.WIFEXITED(raw) or os.WIFSIGNALED(raw) else _KILLED
            self.stopped.discard(index)
        elif kind == "stopped":
            self.stopped.add(index)
        elif kind == "continued":
            self.stopped.discard(index)
        elif kind == "prepared":
            self.prepared = True
        elif kind == "exec_failed":
            self.refusals.append(self._refusal(index, event))
        elif kind == "did":
            self._tell(index, event)

    def _tell(self, index: int, event: dict[str, str]) -> None:
        """A step before the exec is done."""
        step, took = wire.number_in(event, "step"), wire.number_in(event, "took")
        if 0 <= step < len(self.steps) and took >= 0:
            births.tell_step(self.programs[index].argv[0], self.steps[step], 0, 0, took * 1000)

    def _refusal(self, index: int, event: dict[str, str]) -> Refused:
        step, number = wire.number_in(event, "step"), wire.errno_in(event)
        program = self.programs[index]
        if 0 <= step < len(self.steps):
            traced.tell(program.argv[0], self.steps[step], -1, number)
            return births.refused(self.steps[step], number, self.where)
        if step == len(self.steps):
            targets = [target for _fd, mode, target in program.redirects if mode != "dup"]
            return Refused(f'open("{targets[0] if targets else "/dev/stdin"}")', number)
        refusal = Refused(f'execve("{program.argv[0]}")', number, _exec_hint(program.argv[0], number))
        refusal.exit_status = 127 if number in (errno.ENOENT, errno.ENOTDIR) else 126
        return refusal

    def close(self) -> None:
        """Let go of its processes."""
        if self.relay is not None:
            self.relay.close()
            self.relay = None
        channel.close_all(self.pidfds)
        self.pidfds = []


def _exec_hint(word: str, number: int) -> str | None:
    if number == errno.EACCES:
        return "not executable, or a directory, or on a mount with noexec"
    if number == errno.ENOEXEC:
        return f"not a program: a script wants a first line such as #!/bin/sh, or `sh {word}`"
    if number == errno.ENOENT and "/" in word:
        return "no such file here; or its interpreter (the first line, or the dynamic linker) is not here"
    return None


def check_words(programs: list[Program], environment: dict[str, str]) -> None:
    """Refuse what execve(2) cannot take. Raises NshError."""
    for program in programs:
        if any("\0" in word for word in program.argv):
            raise NshError(f"{program.argv[0].split(chr(0))[0]}: a NUL byte cannot be in a program's words")
    for name in environment:
        if not name or "=" in name:
            raise NshError(f"environment: {name!r} is no name of a variable")


def text_of(programs: list[Program]) -> str:
    """A pipeline as the user knows it, for a terminal: a word may be the name of a file of somebody else's."""
    return printable(" | ".join(" ".join(program.argv) for program in programs))


def signal_name(number: int) -> str:
    """`SIGKILL` of 9 (signal(7))."""
    import signal

    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
