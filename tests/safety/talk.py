# SPDX-License-Identifier: MIT
"""A conversation with nsh over pipes: one line at a time, for tests that do something in between."""

from __future__ import annotations

import os
import select
import signal
import subprocess
from collections.abc import Sequence
from types import TracebackType

from tests import program
from tests.program import NSH, TIMEOUT, Done, Program

_END = "~end of answer~"


class Talk:
    """`nsh` with pipes on 0, 1, 2: `talk.say("new uts a")` is what that line printed, and its status.

    `before` are words in front of it on the command line. Leaving the block
    closes its input, which ends it, and waits for that.
    """

    def __init__(self, nsh: Program, before: Sequence[str] = ()) -> None:
        self.process = subprocess.Popen(
            [*before, NSH if before else program.NSH, "-k"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=nsh.environment,
            cwd=nsh.cwd,
            start_new_session=True,
        )

    def __enter__(self) -> Talk:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if kind is not None:
            self.process.kill()
        self.process.communicate(timeout=TIMEOUT)

    @property
    def pid(self) -> int:
        """The pid of nsh itself."""
        return self.process.pid

    def write(self, line: str) -> None:
        """Give nsh a line, and wait for nothing."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n".encode("utf-8", "surrogateescape"))
        self.process.stdin.flush()

    def say(self, line: str) -> Done:
        """Have one line executed; its status and what was printed meanwhile."""
        self.write(f"{line}\nsh -c 'echo {_END}$0; echo {_END} >&2' $?")
        out, err = self._read_both()
        out, _, status = out.partition(_END)
        return Done(int(status), out, err.partition(_END)[0])

    def _read_both(self) -> tuple[str, str]:
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        texts = {self.process.stdout.fileno(): b"", self.process.stderr.fileno(): b""}
        waiting = set(texts)
        while waiting:
            ready, _, _ = select.select(list(waiting), [], [], TIMEOUT)
            assert ready, f"no answer: {texts}"
            for fd in ready:
                part = os.read(fd, 65536)
                texts[fd] += part
                if not part or (_END.encode() in texts[fd] and texts[fd].endswith(b"\n")):
                    waiting.discard(fd)
        out, err = (text.decode(errors="replace") for text in texts.values())
        return out, err

    def die(self) -> None:
        """End nsh itself with SIGKILL."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
