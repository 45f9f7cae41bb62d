# SPDX-License-Identifier: MIT
"""Makes the sandboxes of a show, one after the other: going back is a fresh one, fast forwarded."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from types import FrameType

from nsh.kernel.foreground import give_terminal
from nsh.kernel.unistd import PR_SET_PDEATHSIG, prctl
from nsh.printable import printable_lines
from nsh.sandbox import enter_sandbox
from nsh.stage.curtain import Curtain
from nsh.stage.orders import BROKEN, ON_STAGE, REBUILD, Job, Result, job_to_json, result_from_json
from nsh.transcript.outside import memory

_OF_THE_USER = ("TERM", "COLORTERM", "NO_COLOR", "LANG", "LC_ALL", "LC_CTYPE", "PATH", "HOME", "NSH_TEST_MARK")


def perform(job: Job) -> Result:
    """Play the page until the speaker leaves; the terminal is afterwards as it was. Raises Refused and SystemExit."""
    curtain = Curtain()
    with _endings(), curtain.raised():
        while (result := _show(job, curtain)).ending == REBUILD:
            job = replace(job, start_at=result.step, carried=result.carried)
    return result


def _show(job: Job, curtain: Curtain) -> Result:
    """One show in one sandbox."""
    with memory("job") as job_fd, memory("result") as result_fd, memory("said") as said_fd:
        os.write(job_fd, job_to_json(job).encode())
        argv = [sys.executable, "-P", "-m", "nsh.stage.show", str(job_fd), str(result_fd)]
        with errors_to(said_fd):
            if job.sandbox:
                status = enter_sandbox(argv, interactive=True, environment=_environment(job), stop=curtain.stop)
            else:
                status = _run_here(argv, _environment(job), curtain)
        text, said = all_of(result_fd), all_of(said_fd)
    if status == 128 + signal.SIGINT:  # ^C before there is a picture, whose keys signal nothing
        raise KeyboardInterrupt
    try:
        return result_from_json(text)
    except ValueError:
        lines = printable_lines(said.replace("\r", "").strip())
        return Result(BROKEN, job.start_at, job.carried, lines or _why(status))


def _run_here(argv: list[str], environment: dict[str, str], curtain: Curtain) -> int:
    """The show without a sandbox, as a job of ours; its exit status, 128 + N for signal N."""
    pid = os.fork()
    if pid == 0:
        try:
            os.setpgid(0, 0)
            give_terminal(os.getpgrp())
            prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
            os.execve(argv[0], argv, environment)
        finally:
            os._exit(127)
    raw = None
    try:
        while raw is None:
            _, news = os.waitpid(pid, os.WUNTRACED)
            if os.WIFSTOPPED(news):
                give_terminal(os.getpgrp())
                curtain.stop()
                give_terminal(pid)
                os.kill(pid, signal.SIGCONT)
            else:
                raw = news
    finally:
        if raw is None:  # a signal ends us
            os.kill(pid, signal.SIGTERM)
            os.waitpid(pid, 0)
    code = os.waitstatus_to_exitcode(raw)
    return 128 - code if code < 0 else code


@contextmanager
def errors_to(fd: int) -> Iterator[None]:
    """What is said on standard error meanwhile goes there: nothing may be written over a picture."""
    sys.stderr.flush()
    kept = os.dup(2)
    os.dup2(fd, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def all_of(fd: int) -> str:
    """The text in a file without a name."""
    return os.pread(fd, os.fstat(fd).st_size, 0).decode(errors="replace")


def _why(status: int) -> str:
    if status > 128:
        return f"the show was ended by {signal.Signals(status - 128).name}"
    return f"the show ended by itself, with status {status}"


def _environment(job: Job) -> dict[str, str]:
    """For the show; its sessions get one made from nothing, as in `nsh test`."""
    kept = {name: os.environ[name] for name in _OF_THE_USER if name in os.environ}
    return kept | {ON_STAGE: "1"} | ({"PYTHONPATH": job.imports} if job.imports else {})


@contextmanager
def _endings() -> Iterator[None]:
    """TERM and HUP unwind us, so that the sandbox ends and the terminal is put back; a ^Z for us is the show's."""

    def end(number: int, _frame: FrameType | None) -> None:
        signal.signal(number, signal.SIG_IGN)
        raise SystemExit(128 + number)

    def hand_on(number: int, _frame: FrameType | None) -> None:
        with suppress(OSError):
            os.killpg(os.tcgetpgrp(0), number)

    wanted = {signal.SIGTERM: end, signal.SIGHUP: end, signal.SIGTSTP: hand_on}
    before = {
        number: signal.signal(number, act)
        for number, act in wanted.items()
        if signal.getsignal(number) != signal.SIG_IGN
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
