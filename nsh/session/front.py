# SPDX-License-Identifier: MIT
"""A job in front: waited for, with the terminal and its keys, which nsh takes back on every path."""

from __future__ import annotations

import _signal
import sys

from nsh.helper import channel
from nsh.helper.client import Peer, kill
from nsh.kernel import proc
from nsh.printable import excerpt
from nsh.session.programs import signal_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.programs import Job
    from nsh.session.session import Session

_SENTINELS = 3  # for one program: more of them would be killed too


class Front:
    """Waits for the jobs of one session, one at a time; off a terminal only ^C is minded."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def watch(self, job: Job, *, keyboard: bool = False) -> None:
        """Wait until a job ends or stops; with `keyboard` also where ^C does not reach it."""
        sentinel, left = self._sentinel_for(job) if keyboard else None, _SENTINELS
        try:
            while self._await(job, sentinel) and sentinel is not None:  # who watched was killed: another does
                sentinel.close()
                left -= 1
                sentinel = self._sentinel_for(job) if left else None
        finally:
            if sentinel is not None:
                sentinel.close()

    def _sentinel_for(self, job: Job) -> Peer | None:
        """A watcher of the keyboard beside a program that is an init, which ^C does not reach."""
        session = self._session
        may_be_init = bool(job.steps) or "pid" in session.seat.later or len(job.programs) == 1
        if session.terminal is None or not may_be_init or not _is_init(job.pids[0]):
            return None
        ours, theirs = channel.pair()
        reply = session.zygote.request("sentinel", fds=(theirs.fileno(), job.pidfds[0]))
        theirs.close()
        return Peer(ours, -1, "keyboard") if not reply.errno else None

    def _await(self, job: Job, sentinel: Peer | None) -> bool:
        """Wait until the job ends or stops; True where it has not, and the sentinel is gone."""
        session = self._session
        keyboard = Keyboard(job)
        with session.interrupts as interrupts:
            if session.terminal is None:
                interrupts.on_each = lambda _count: self._key(keyboard, _signal.SIGINT)
            else:
                before = _signal.signal(_signal.SIGCONT, lambda _number, _frame: self.hand_on(job))
                self.hand_on(job)  # stopped and continued before that line: as well
            try:
                while not job.has_ended and not (job.is_stopped and session.terminal is not None):
                    if sentinel is not None and sentinel.lost:
                        return True
                    self._wait_for_news(job, sentinel, keyboard)
                return False
            finally:
                interrupts.on_each = None
                if session.terminal is not None:
                    _signal.signal(_signal.SIGCONT, before)
                if job.killed_by != _signal.SIGINT or session.terminal is not None:
                    interrupts.forget()

    def hand_on(self, job: Job) -> None:
        """We were stopped, and `fg` of an outer shell gave the terminal to us: it belongs to the program in front."""
        terminal = self._session.terminal
        if terminal is not None and terminal.is_ours() and job.group > 0:
            terminal.give_to(job.group)

    def _wait_for_news(self, job: Job, sentinel: Peer | None, keyboard: Keyboard) -> None:
        jobs = self._session.jobs
        fds = [job.peer.sock.fileno(), self._session.zygote.sock.fileno()]
        if sentinel is not None:
            fds.append(sentinel.sock.fileno())
        ready = self._session.news.wait([*fds, *jobs.output_fds()], job.peer, job.pidfds)
        jobs.pass_output_on()
        if sentinel is not None and sentinel.sock.fileno() in ready:
            pressed = sentinel.sock.recv(64)
            sentinel.lost = not pressed
            for signal in pressed:
                self._key(keyboard, signal)
        self._session.news.take_zygote_news()
        jobs.take_news(job.peer)

    def _key(self, keyboard: Keyboard, signal: int) -> None:
        line = keyboard.pressed(signal)
        if line:
            sys.stderr.write(f"\r\n{line}\n")
            sys.stderr.flush()

    def take_back(self) -> None:
        """The terminal is nsh's again, where there is one."""
        if self._session.terminal is not None:
            self._session.terminal.take_back()

    def clear_up_after(self, job: Job) -> None:
        """A killed program could not: put the modes of a script's terminal right; at a prompt, end the line."""
        if self._session.terminal is not None:
            self._session.terminal.clean_up()
            self._say_killed(job)
        elif job.modes is not None:
            from nsh.session.terminal import put_right

            put_right(0, job.modes)

    def _say_killed(self, job: Job) -> None:
        """End the line that ^C stands on, or name the signal."""
        name = "" if job.killed_by == _signal.SIGINT else f"{job.text}: killed by {signal_name(job.killed_by)}"
        sys.stderr.write(f"\n{name}\n" if name else "\n")
        sys.stderr.flush()


class Keyboard:
    """^C at a program that is the init of its pid namespace, where the kernel drops signals without a handler.

    Said at the second ^C, done at the third: killed from outside.
    """

    def __init__(self, job: Job) -> None:
        self.job = job
        self.count = 0

    def pressed(self, signal: int) -> str | None:
        """Count one; the line to say, if any."""
        pid = self.job.pids[0]
        if signal != _signal.SIGINT or pid < 0 or _handles(pid, signal):
            return None
        self.count += 1
        if self.count == 2:
            program = excerpt(self.job.programs[0].argv[0])
            return (
                f"{program} is pid 1 of its pid namespace: the kernel drops signals that it has "
                "no handler for.\n^C once more kills it from outside (SIGKILL)."
            )
        if self.count >= 3:
            kill(self.job.pidfds[0])
        return None


def _handles(pid: int, signal: int) -> bool:
    try:
        caught = int(proc.status(pid)["SigCgt"], 16)
    except (OSError, KeyError):
        return True
    return bool(caught >> (signal - 1) & 1)


def _is_init(pid: int) -> bool:
    """Is that process pid 1 of a pid namespace below ours?"""
    try:
        pids = proc.pids_of(pid)
    except (OSError, KeyError):
        return False
    return len(pids) > 1 and pids[-1] == 1
