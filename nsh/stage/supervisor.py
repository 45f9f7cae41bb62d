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

from nsh.sandbox import enter_sandbox
from nsh.stage.curtain import Curtain
from nsh.stage.orders import BROKEN, REBUILD, Job, Result, job_to_json, result_from_json
from nsh.transcript.outside import memory

ON_STAGE = "NSH_STAGE"
"""In the environment of everything a show starts."""

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
    with memory("job") as job_fd, memory("result") as result_fd:
        os.write(job_fd, job_to_json(job).encode())
        argv = [sys.executable, "-m", "nsh.stage.show", str(job_fd), str(result_fd)]
        status = enter_sandbox(argv, interactive=True, environment=_environment(job), stop=curtain.stop)
        text = os.pread(result_fd, os.fstat(result_fd).st_size, 0).decode()
    try:
        return result_from_json(text)
    except ValueError:
        return Result(BROKEN, job.start_at, job.carried, _why(status))


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
