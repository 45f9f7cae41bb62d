# SPDX-License-Identifier: MIT
"""The programs a helper runs: pipes, process groups, the terminal, and how each ended.

A child waits at a gate until its parent has put it into its group and given
that group the terminal, so no program ever runs before it may (see setpgid(2),
tcsetpgrp(3)).
"""

from __future__ import annotations

import _signal
import errno
import os
import select
import time

from nsh.helper.steps import perform
from nsh.kernel import sched, unistd

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, NoReturn

_RESET = (
    _signal.SIGINT,
    _signal.SIGQUIT,
    _signal.SIGTSTP,
    _signal.SIGTTIN,
    _signal.SIGTTOU,
    _signal.SIGCHLD,
    _signal.SIGPIPE,
    _signal.SIGXFSZ,
    _signal.SIGTERM,
    _signal.SIGHUP,
)
_KEYBOARD = (_signal.SIGINT, _signal.SIGQUIT, _signal.SIGTSTP)
_SUCCEEDED = -2  # in place of a count of steps: another process goes on
_RECORD = 16  # bytes: which program, steps done, errno, microseconds of the last step
_OPEN_FLAGS = {
    "r": os.O_RDONLY,
    "w": os.O_WRONLY | os.O_CREAT | os.O_TRUNC,
    "a": os.O_WRONLY | os.O_CREAT | os.O_APPEND,
}
_NOT_FOUND = (errno.ENOENT, errno.ENOTDIR)


class Job:
    """Some programs started by one line."""

    __slots__ = ("exec_fd", "gate_fd", "gates", "group", "members", "number", "started")

    def __init__(self, number: int, gate_fd: int, exec_fd: int, held: bool) -> None:
        self.number = number
        self.gate_fd = gate_fd
        self.exec_fd = exec_fd
        # A held job is let through by request: once to do its steps, once more to exec.
        self.gates = 2 if held else 0
        self.group = 0
        self.members: dict[int, int] = {}  # pid -> place in the pipeline
        self.started = 0


class Programs:
    """All jobs of one helper."""

    def __init__(self, tell: Callable[..., None], poll: select.poll, interactive: bool) -> None:
        self.tell = tell
        self.poll = poll
        self.interactive = interactive
        self.jobs: dict[int, Job] = {}

    def start(
        self,
        fds: list[int],
        number: int,
        stages: list[tuple[list[str], list[tuple[int, str, str]]]],
        environment: dict[str, str],
        to_front: bool,
        flags: int,
        steps: list[Any],
        held: bool,
        told: bool,
    ) -> tuple[dict[str, object], tuple[int, ...]]:
        """Clone one child for each stage; they wait at the gate. Answers their pidfds. Raises OSError."""
        gate_read, gate_write = os.pipe2(os.O_CLOEXEC)
        exec_read, exec_write = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        job = Job(number, gate_write, exec_read, held)
        front_fd = fds[3] if self.interactive and to_front else -1
        child = Child(environment, steps, (gate_read, gate_write), exec_write, held, front_fd, told)
        pidfds: list[int] = []
        # We ignore these, and our children do until they exec: blocked, a ^C before that waits and is not lost.
        mask = _signal.pthread_sigmask(_signal.SIG_BLOCK, _KEYBOARD)
        try:
            self._clone_stages(job, child, fds, stages, flags, pidfds)
        except OSError:
            for pidfd in pidfds:
                os.close(pidfd)
            os.close(gate_write)  # children that were made see the end and leave
            os.close(exec_read)
            raise
        finally:
            _signal.pthread_sigmask(_signal.SIG_SETMASK, mask)
            os.close(gate_read)
            os.close(exec_write)
        self.jobs[number] = job
        self.poll.register(exec_read, select.POLLIN)
        if self.interactive and to_front:
            os.tcsetpgrp(fds[3], job.group)
        return {"pids": ",".join(str(pid) for pid in job.members)}, tuple(pidfds)

    def _clone_stages(
        self, job: Job, child: Child, fds: list[int], stages: list[Any], flags: int, pidfds: list[int]
    ) -> None:
        stdin = fds[0]
        for index, (argv, redirects) in enumerate(stages):
            last = index == len(stages) - 1
            read_end, write_end = (-1, fds[1]) if last else os.pipe2(os.O_CLOEXEC)
            try:
                pid, pidfd = sched.clone3(flags)
                if pid == 0:
                    child.run(index, argv, redirects, (stdin, write_end, fds[2]), fds[4:])
            finally:
                if stdin != fds[0]:
                    os.close(stdin)
                if not last:
                    os.close(write_end)
            stdin = read_end
            pidfds.append(pidfd)
            job.members[pid] = index
            job.started += 1
            if self.interactive:
                job.group = job.group or pid
                os.setpgid(pid, job.group)

    def release_ready(self) -> None:
        """Open the gate of every job that nobody holds."""
        for job in list(self.jobs.values()):
            if not job.gates and job.gate_fd >= 0:
                self._let_through(job)
                os.close(job.gate_fd)
                job.gate_fd = -1

    def release(self, number: int) -> None:
        """Let a held job through one gate. Raises ProcessLookupError when it has ended."""
        job = self._find(number)
        job.gates -= 1
        if job.gates:
            self._let_through(job)

    def _let_through(self, job: Job) -> None:
        try:
            os.write(job.gate_fd, b"." * job.started)
        except BrokenPipeError:
            pass  # they were killed at the gate; the wait will say so

    def _find(self, number: int) -> Job:
        job = self.jobs.get(number)
        if job is None:
            raise ProcessLookupError(errno.ESRCH, os.strerror(errno.ESRCH))
        return job

    def exec_pipe_ready(self, fd: int) -> None:
        """A child tells why it could not start, or all have started."""
        job = next((j for j in self.jobs.values() if j.exec_fd == fd), None)
        if job is not None and not self._read_exec_pipe(job):
            self._close_exec_pipe(job)

    def _read_exec_pipe(self, job: Job) -> bool:
        """Pass on what the children wrote: False at the end of the pipe."""
        while True:
            try:
                record = os.read(job.exec_fd, _RECORD)
            except BlockingIOError:
                return True
            if not record:
                return False
            numbers = [int.from_bytes(record[i : i + 4], "little", signed=True) for i in range(0, _RECORD, 4)]
            index, step, number, took = numbers
            if step == _SUCCEEDED:
                self._adopt(job, index, number)
                continue
            kind = "exec_failed" if number else "did" if took >= 0 else "prepared"
            self.tell(ev=kind, job=job.number, index=index, step=step, errno=number, took=took)

    def _adopt(self, job: Job, index: int, pid: int) -> None:
        """A program entered a pid namespace, where only a child of its process is: that is the program from now on."""
        job.members = {member: place for member, place in job.members.items() if place != index}
        job.members[pid] = index
        if self.interactive:
            job.group = pid
        pidfd = os.pidfd_open(pid)  # our child, so it is there until we reap it
        self.tell((pidfd,), ev="succeeded", job=job.number, index=index, pid=pid)
        os.close(pidfd)

    def _close_exec_pipe(self, job: Job) -> None:
        self.poll.unregister(job.exec_fd)
        os.close(job.exec_fd)
        job.exec_fd = -1

    def reap(self) -> None:
        """Wait for whatever has changed among our children and tell it."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG | os.WUNTRACED | os.WCONTINUED)
            except ChildProcessError:
                return
            if pid == 0:
                return
            job = self._job_of(pid)
            if job is not None:
                self._member_changed(job, pid, status)

    def _job_of(self, pid: int) -> Job | None:
        """Whose process is it? One that succeeded another may not have been heard of yet."""
        for job in [j for j in self.jobs.values() if j.exec_fd >= 0 and pid not in j.members]:
            self._read_exec_pipe(job)
        return next((job for job in self.jobs.values() if pid in job.members), None)

    def _member_changed(self, job: Job, pid: int, status: int) -> None:
        if job.exec_fd >= 0:
            self._read_exec_pipe(job)  # the reason before the end
        index = job.members.get(pid)
        if index is None:
            return  # it had a successor
        if os.WIFSTOPPED(status):
            self.tell(ev="stopped", job=job.number, index=index, signal=os.WSTOPSIG(status))
        elif os.WIFCONTINUED(status):
            self.tell(ev="continued", job=job.number, index=index)
        else:
            del job.members[pid]
            self.tell(ev="ended", job=job.number, index=index, status=status)
            if not job.members:
                self._forget(job)

    def _forget(self, job: Job) -> None:
        if job.exec_fd >= 0:
            self._close_exec_pipe(job)
        if job.gate_fd >= 0:
            os.close(job.gate_fd)
        del self.jobs[job.number]

    def signal(self, number: int, signal: int, terminal: int | None) -> None:
        """Send a signal to a job, after giving it the terminal. Raises OSError."""
        job = self._find(number)
        if terminal is not None and job.group:
            os.tcsetpgrp(terminal, job.group)
        if job.group:
            os.killpg(job.group, signal)
            return
        for pid in job.members:
            os.kill(pid, signal)


class Child:
    """A program before its exec: in the child, single-threaded, with everything it needs already loaded."""

    __slots__ = ("environment", "exec_fd", "front_fd", "gate", "held", "steps", "told")

    def __init__(
        self,
        environment: dict[str, str],
        steps: list[Any],
        gate: tuple[int, int],
        exec_fd: int,
        held: bool,
        front_fd: int,
        told: bool,
    ) -> None:
        self.told = told
        self.held = held
        self.front_fd = front_fd
        self.environment = environment
        self.steps = steps
        self.gate = gate
        self.exec_fd = exec_fd

    def run(
        self,
        index: int,
        argv: list[str],
        redirects: list[tuple[int, str, str]],
        stdio: tuple[int, int, int],
        fds: list[int],
    ) -> NoReturn:
        """Pass the gate, do the steps, redirect, exec; a refusal goes up the exec pipe. Never returns."""
        done = -1
        status = 127
        try:
            os.close(self.gate[1])  # so that the end of the helper is the end of the pipe
            self._pass_gate()
            for done, step in enumerate(self.steps):
                began = time.monotonic_ns()
                if step[0] == "clone3":
                    self._succeed(index)
                else:
                    perform(step, fds)
                    if self.told:
                        self._report(index, done, 0, (time.monotonic_ns() - began) // 1000)
            done = len(self.steps)
            if self.held:
                self._report(index, done, 0)
                self._pass_gate()
            self._stand_in(stdio, redirects)
            done = len(self.steps) + 1
            self._exec(argv)
        except OSError as error:
            status = 127 if error.errno in _NOT_FOUND else 126
            self._report(index, done, error.errno or errno.EIO)
        finally:
            os._exit(status)

    def _succeed(self, index: int) -> None:
        """Go on in a sibling, which is in the pid namespace that we entered for our children; report it and end."""
        wait_end, our_end = os.pipe2(os.O_CLOEXEC)
        pid, _pidfd = sched.clone3(sched.CLONE_PARENT)
        if pid:
            self._report(index, _SUCCEEDED, pid)
            for signal in _signal.sigpending():
                os.kill(pid, signal)  # a ^C that came before the clone
            os._exit(0)
        os.close(our_end)
        os.read(wait_end, 1)  # the end of the pipe: the report is written
        if self.front_fd >= 0:
            os.setpgid(0, 0)
            os.tcsetpgrp(self.front_fd, os.getpgrp())

    def _pass_gate(self) -> None:
        if not os.read(self.gate[0], 1):
            os._exit(125)

    def _report(self, index: int, step: int, number: int, took: int = -1) -> None:
        """Which program, how many steps done, the errno of a refusal or 0, and microseconds."""
        numbers = (index, step, number, took)
        os.write(self.exec_fd, b"".join(n.to_bytes(4, "little", signed=True) for n in numbers))

    def _stand_in(self, stdio: tuple[int, int, int], redirects: list[tuple[int, str, str]]) -> None:
        """Take our places at 0, 1, 2; default signals; die with the helper."""
        for fd, source in enumerate(stdio):
            os.dup2(source, fd)
        for fd, mode, target in redirects:
            source = int(target) if mode == "dup" else os.open(target, _OPEN_FLAGS[mode] | os.O_CLOEXEC, 0o666)
            os.dup2(source, fd)
        os.closerange(3, self.exec_fd)
        os.closerange(self.exec_fd + 1, 0x7FFFFFFF)
        for signal in _RESET:
            _signal.signal(signal, _signal.SIG_DFL)
        _signal.pthread_sigmask(_signal.SIG_SETMASK, ())
        unistd.prctl(unistd.PR_SET_PDEATHSIG, _signal.SIGKILL)
        watch = select.poll()  # the helper reads the exec pipe: no reader, no helper
        watch.register(self.exec_fd, 0)
        if watch.poll(0):
            os._exit(125)

    def _exec(self, argv: list[str]) -> None:
        word = argv[0]
        if "/" in word:
            os.execve(word, argv, self.environment)
        refusal: OSError = FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        for directory in self.environment.get("PATH", os.defpath).split(":"):
            try:
                os.execve(f"{directory or '.'}/{word}", argv, self.environment)
            except OSError as error:
                # Who may not look into a directory of PATH does not know what is in it: as if it were not there.
                if error.errno not in _NOT_FOUND and os.access(directory or ".", os.X_OK):
                    refusal = error
        raise refusal
