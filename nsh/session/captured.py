# SPDX-License-Identifier: MIT
"""A program's answer: run where you sit, its output taken instead of shown."""

from __future__ import annotations

import errno
import os

from nsh.errors import NotSupported
from nsh.helper.client import kill
from nsh.session.programs import Program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.session import Session

_LONGEST = 64 << 20


class Output:
    """How a program ended, and what it wrote."""

    __slots__ = ("err", "out", "status")

    def __init__(self, status: int, out: str, err: str) -> None:
        self.status = status
        self.out = out
        self.err = err


def output_of(session: Session, argv: list[str], package: str) -> Output:
    """Run a program to its end, without a terminal. Raises NotSupported naming its Debian package, KeyboardInterrupt.

    Its output goes into memory, so that it never waits for us.
    """
    session.settle()  # on a visit, find_program would say yes to anything
    if not session.find_program(argv[0]):
        raise NotSupported(
            f'execve("{argv[0]}")',
            errno.ENOENT,
            f"the program is in Debian's package {package}: apt-get install {package}",
        )
    files = [os.memfd_create(f"nsh: {argv[0]}", os.MFD_CLOEXEC) for _ in range(2)]
    try:
        job = session.jobs.launch([Program(argv)], background=True, stdin=session.null_fd, output=(files[0], files[1]))
        try:
            status = session.jobs.wait(job)
        except KeyboardInterrupt:
            kill(job.pidfds[0])
            session.jobs.await_end_of([job])
            session.jobs.wait(job)
            raise
        if job.refusals:
            raise job.refusals[0]
        return Output(status, *(_text(fd) for fd in files))
    finally:
        for fd in files:
            os.close(fd)


def _text(fd: int) -> str:
    size = min(os.fstat(fd).st_size, _LONGEST)
    return os.pread(fd, size, 0).decode("utf-8", "replace")
