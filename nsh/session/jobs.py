# SPDX-License-Identifier: MIT
"""The programs of one session: started where you sit, in front or beside the prompt, and found again by number."""

from __future__ import annotations

import _signal
import errno
import os
import sys
import termios

from nsh import nstypes, traced
from nsh.errors import HelperLost, NshError, SessionError, Where
from nsh.helper import channel, wire
from nsh.helper.client import Peer, Reply, is_ours, kill, wait_readable
from nsh.ops import Clone
from nsh.session import births
from nsh.session.front import Front
from nsh.session.programs import Job, Program, check_words, signal_name, text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.ops import Op
    from nsh.session.births import MapsWanted
    from nsh.session.places import Seat
    from nsh.session.refs import Target
    from nsh.session.session import Session


_ENDED_KEPT = 100
"""Ended jobs that `wait` can still be asked about, where there is no prompt that tells of them."""


class Jobs:
    """The programs of one session."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.current: list[Job] = []
        self.front = Front(session)
        self._last_id = 0
        self._ids: dict[int, int] = {}  # what the helper calls a job -> its place in this table

    def launch(
        self,
        programs: list[Program],
        *,
        background: bool = False,
        stdin: int | None = None,
        output: tuple[int, int] | None = None,
        types: tuple[str, ...] = (),
        flags: int = 0,
        steps: tuple[Op, ...] = (),
        held: bool = False,
        maps: MapsWanted | None = None,
        more_fds: tuple[int, ...] = (),
        seat: Seat | None = None,
        into: Target | None = None,
    ) -> Job:
        """Start programs where we sit; a held one waits for `release`. Raises Refused, HelperLost.

        `into` is what the steps are to enter, if anything.
        """
        session = self.session
        seat = seat or session.seat
        check_words(programs, seat.environment)
        session.interrupts.check()
        where = Where(seat.peer.pid, types, session=session)
        where.into = into
        job = Job(self._free_number(), text_of(programs), seat.peer, programs, list(steps), where)
        job.background, job.maps = background, maps
        output = self._set_up_output(job, output)
        self._last_id += 1
        stages = [(p.argv, p.redirects) for p in programs]
        in_front = session.terminal is not None and not background
        told = traced.is_heard()
        wires = [step.wire() for step in steps]
        arguments = (self._last_id, stages, seat.environment, in_front, flags, wires, held, told)
        reply = seat.peer.request("run", *arguments, fds=(*self._stdio(stdin, output, background), *more_fds))
        if job.relay is not None:
            job.relay.started()
        if reply.errno:
            job.close()
            self.front.take_back()
            traced.tell(seat.peer.title, Clone(flags), -1, reply.errno)
            raise births.refused(Clone(flags) if flags else "clone3(SIGCHLD)", reply.errno, where)
        self._enrol(job, reply)
        if not held:
            label = into.label if into is not None else ""
            job.entry = session.story.ran(seat, programs, background, label, nstypes.mask(types))
        for pid in reply.fields.get("pids", "").split(",") if told else ():
            traced.tell(seat.peer.title, Clone(flags), int(pid) if pid.isdecimal() else -1)
        return job

    def _set_up_output(self, job: Job, output: tuple[int, int] | None) -> tuple[int, int] | None:
        """Where a job writes, None for where nsh does; background output, and what is recorded, passes through us."""
        session = self.session
        is_kept = not job.background and session.recorded is not None and session.recorded.wants(session, job.programs)
        if (job.background or is_kept) and output is None and session.terminal is not None:
            from nsh.session.relay import Relay  # with the first job beside a prompt

            job.relay = Relay(session.terminal.fd, as_one=is_kept)
            output = (job.relay.out, job.relay.err)
        if session.recorded is not None:
            job.written = session.recorded.program(kept=is_kept and job.relay is not None)
        if session.terminal is None and os.isatty(0):
            job.modes = termios.tcgetattr(0)
        return output

    def _enrol(self, job: Job, reply: Reply) -> None:
        """Know it by its pidfds. Raises HelperLost."""
        if len(reply.fds) != len(job.programs) or any(is_ours(pidfd) for pidfd in reply.fds):
            channel.close_all(reply.fds)
            raise HelperLost(f"{job.peer.title}: did not say which processes it started: state unknown")
        job.pidfds = reply.fds
        job.group = job.pids[0]
        self._ids[self._last_id] = job.number
        self.current.append(job)

    def _stdio(self, stdin: int | None, output: tuple[int, int] | None, background: bool) -> tuple[int, ...]:
        terminal = self.session.terminal
        if stdin is None:
            stdin = self.session.null_fd if background and terminal is None else 0
        return (stdin, *(output or (1, 2)), terminal.fd if terminal else 0, self.session.proc_fd)

    def _free_number(self) -> int:
        return max((job.number for job in self.current), default=0) + 1

    def _id_of(self, job: Job) -> int:
        return next(i for i, number in self._ids.items() if number == job.number and job in self.current)

    def prepare(self, job: Job) -> None:
        """Write the ID maps of a held job and have it do its steps, up to its exec.

        Raises Refused; then the job is gone.
        """
        try:
            if job.maps is not None:
                births.write_maps(job.maps, job.pidfds[0], self.session.proc_fd, job.where)
            self.release(job)
            while not (job.prepared or job.has_ended):
                self._wait_for_a_word(job)
        except NshError:
            kill(job.pidfds[0])
            self.front.watch(job)
            self._after(job)
            raise
        if not job.prepared:
            self._after(job)

    def _wait_for_a_word(self, job: Job) -> None:
        """Wait until its helper says something."""
        self.session.news.wait([job.peer.sock.fileno()], job.peer)
        self.take_news(job.peer)

    def release(self, job: Job) -> None:
        """Let a held job through its next gate, if it is still there. Raises Refused; then it is killed."""
        reply = job.peer.request("release", self._id_of(job))
        if reply.errno not in (0, errno.ESRCH):
            kill(job.pidfds[0])
            raise births.refused("write", reply.errno, job.where)

    def _pass_interrupt_on(self, job: Job) -> None:
        """A ^C that came while nsh still had the terminal was meant for the program."""
        if self.session.interrupts.count:
            self.session.interrupts.forget()
            self._request_signal(job, _signal.SIGINT)

    def _request_signal(self, job: Job, signal: int, terminal: int | None = None) -> int:
        """Have the helper signal a job, after giving it the terminal; the errno of a refusal, or 0."""
        fds = () if terminal is None else (terminal,)
        return job.peer.request("job", self._id_of(job), int(signal), terminal is not None, fds=fds).errno

    def foreground(self, job: Job) -> int:
        """Wait until a job ends or stops, with the terminal; its exit status. Refused when it could not start."""
        with self.session.interrupts:
            try:
                self._pass_interrupt_on(job)
                self.front.watch(job, keyboard=True)
            finally:
                self._after(job)
        return job.status

    def output_fds(self) -> list[int]:
        """Where background programs are heard."""
        return [fd for job in self.current if job.relay is not None for fd in job.relay.fds]

    def has_output(self) -> bool:
        """Have background programs written something that nobody has seen yet?"""
        fds = self.output_fds()
        return bool(fds) and bool(wait_readable(fds, 0))

    def pass_output_on(self) -> None:
        """Write to the terminal what background programs have written."""
        for job in self.current:
            if job.relay is not None:
                text = job.relay.read()
                if job.written is not None:
                    job.written.add(text)
                while text:
                    text = text[os.write(1, text) :]

    def take_news(self, peer: Peer) -> None:
        """Learn what a helper has to say of its jobs."""
        for event, fds in peer.take_events():
            number = self._ids.get(wire.number_in(event, "job"))
            job = next((j for j in self.current if j.number == number and j.peer is peer), None)
            if job is not None and event.get("ev") == "succeeded":
                job.succeed(event, fds)
                if not job.background:
                    self.front.hand_on(job)  # stopped before we heard of it, we gave the terminal to the one before
                continue
            channel.close_all(fds)
            if job is not None:
                job.take(event)
        mine = [job for job in self.current if job.peer is peer]
        if peer.lost:
            for job in mine:
                job.lost = not job.has_ended
        if mine and all(job.has_ended for job in mine) and peer not in self.session.peers_in_use():
            peer.dismiss()  # it was kept for them only
        if not self.session.interactive:
            self._thin_out()

    def _thin_out(self) -> None:
        """A script may start jobs without end and wait for none: an ended one keeps no file, and the last are known."""
        ended = [job for job in self.current if job.background and job.has_ended]
        for job in ended:
            channel.close_all(job.pidfds)
            job.pidfds = []
        for job in ended[:-_ENDED_KEPT]:
            self._forget(job)

    def _after(self, job: Job) -> None:
        """Take the terminal back on every path; keep a stopped job, forget one that has ended."""
        terminal = self.session.terminal
        if job.is_stopped and terminal is not None:
            job.modes = terminal.modes_now()
        self.front.take_back()
        if job.is_stopped and not job.has_ended:
            job.background = True
            sys.stderr.write(f"\n[{job.number}] stopped  {job.text}\n")
            sys.stderr.flush()
            return
        self.pass_output_on()  # what it wrote last
        self._forget(job)
        if job.killed_by:
            self.front.clear_up_after(job)
        self.session.news.check_seats()
        if job.refusals:
            self.session.story.was_refused(job.entry)
            raise job.refusals[0]

    def _forget(self, job: Job) -> None:
        if job in self.current:
            del self._ids[self._id_of(job)]
            self.current.remove(job)
        job.close()
        if job.peer not in self.session.peers_in_use():
            job.peer.close()

    # What jobs, fg, bg and wait do.

    def find(self, word: str | None) -> Job:
        """The job of that number, or the newest. Raises SessionError."""
        if not self.current:
            raise SessionError("no jobs", "a program started with & or stopped with ^Z is a job")
        if word is None:
            return self.current[-1]
        number = word.lstrip("%")
        job = next((j for j in self.current if str(j.number) == number), None)
        if job is None:
            raise SessionError(f"{word}: no such job", "`jobs` lists them")
        return job

    def to_front(self, job: Job) -> int:
        """Continue a job in the foreground; its exit status. Raises SessionError."""
        terminal = self.session.terminal
        with self.session.interrupts:
            if terminal is not None and job.modes is not None:
                terminal.set_modes(job.modes)
            if job.relay is not None:
                job.relay.take_size()
            job.background = False
            self._continue(job, to_front=True)
            return self.foreground(job)

    def to_back(self, job: Job) -> None:
        """Continue a stopped job beside the prompt. Raises SessionError."""
        job.background = True
        self._continue(job, to_front=False)

    def _continue(self, job: Job, *, to_front: bool) -> None:
        terminal = self.session.terminal
        number = self._request_signal(job, _signal.SIGCONT, terminal.fd if to_front and terminal is not None else None)
        if number:
            raise SessionError(f"[{job.number}] {job.text}: {os.strerror(number)}")
        job.stopped.clear()

    def await_end_of(self, jobs: list[Job]) -> None:
        """Wait until jobs that were killed are known to have ended; then helpers kept for them are gone too."""
        for job in jobs:
            while not job.has_ended:
                self._wait_for_a_word(job)

    def wait(self, job: Job) -> int:
        """Wait until a background job ends; its exit status."""
        with self.session.interrupts:
            while not job.has_ended and not job.is_stopped:
                if not (job.peer.events or job.peer.lost):
                    self.session.interrupts.wait([job.peer.sock.fileno()])  # ^C ends the waiting, not the job
                self.take_news(job.peer)
        status = job.status
        if job.has_ended:
            self._forget(job)
        return status

    def notices(self) -> list[str]:
        """A line for each background job that has ended since."""
        for peer in {job.peer for job in self.current}:
            self.take_news(peer)
        self.pass_output_on()
        lines = []
        for job in [j for j in self.current if j.has_ended]:
            how = f"killed by {signal_name(job.killed_by)}" if job.killed_by else f"exit status {job.status}"
            lines.append(f"[{job.number}] done  {job.text}" if job.status == 0 else f"[{job.number}] {how}  {job.text}")
            lines += [refusal.message for refusal in job.refusals]
            self._forget(job)
        return lines

    def of_peer(self, peer: Peer) -> bool:
        """Has that helper jobs still?"""
        return any(job.peer is peer for job in self.current)
