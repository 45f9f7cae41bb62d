# SPDX-License-Identifier: MIT
"""The real program as tests drive it: over pipes, and on a pseudo-terminal."""

from __future__ import annotations

import io
import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import pexpect

NSH = str(Path(sys.executable).with_name("nsh"))
AID = "5e1f00d5e1f00d5e1f00"
"""Our own id for the marks, so that a program that prints marks cannot deceive a test."""

SIZE = (40, 120)
TIMEOUT = 20.0 * float(os.environ.get("NSH_TEST_SCALE", "1"))
"""Seconds until a test gives up waiting; only a failing test ever waits that long."""

MARK_C = f"\x1b]133;C;aid={AID}\x07"
MARK_D = re.compile(rf"\x1b\]133;D;(\d+);aid={AID}\x07")
ESCAPES = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[=>()][0B]?")


def scratch_environment(home: Path, **more: str) -> dict[str, str]:
    """An environment built from nothing, with a home of its own, where a test sees the same on every machine."""
    runtime = home / "run"
    runtime.mkdir(mode=0o700, parents=True, exist_ok=True)
    return {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_DATA_HOME": str(home / "data"),
        "XDG_STATE_HOME": str(home / "state"),
        "XDG_CACHE_HOME": str(home / "cache"),
        "XDG_RUNTIME_DIR": str(runtime),
        "TERM": "xterm-256color",
        "LANG": "C.UTF-8",
        "PAGER": "cat",
        "EDITOR": "ex",
        "NSH_HISTFILE": "/dev/null",
        **more,
    }


class Done(NamedTuple):
    """How a run of the program ended, and what it said."""

    status: int
    out: str
    err: str


class Program:
    """`nsh` over pipes: `program("-c", "new uts a")` runs it to its end.

    It has a session of its own: where a test stops a process, the kernel sends
    SIGHUP to the whole group when that is orphaned (setpgid(2)), which would be
    pytest's, make's and that of the other half of the tests.
    """

    def __init__(self, environment: Mapping[str, str], cwd: Path) -> None:
        self.environment = dict(environment)
        self.cwd = cwd

    def __call__(self, *argv: str, stdin: str | bytes = "", **environment: str) -> Done:
        """Run `nsh ARGV`, with `stdin` on its standard input, and return what it said and its exit status.

        A death by a signal is a status of 128 and the signal, as a shell says it.
        """
        return self.below((), *argv, stdin=stdin, **environment)

    def below(self, before: Sequence[str], *argv: str, stdin: str | bytes = "", **environment: str) -> Done:
        """The same behind the words of another program, such as strace(1) or prlimit(1)."""
        done = subprocess.run(
            [*before, NSH, *argv],
            input=stdin.encode() if isinstance(stdin, str) else stdin,
            capture_output=True,
            env={**self.environment, **environment},
            cwd=self.cwd,
            timeout=TIMEOUT,
            check=False,
            start_new_session=True,
        )
        status = done.returncode if done.returncode >= 0 else 128 - done.returncode
        return Done(status, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"))

    def popen(self, *argv: str, **environment: str) -> subprocess.Popen[bytes]:
        """Start `nsh ARGV` with pipes on 0, 1 and 2, for tests that talk to it while it runs."""
        return subprocess.Popen(
            [NSH, *argv],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**self.environment, **environment},
            cwd=self.cwd,
            start_new_session=True,
        )


def on_terminal(argv: Sequence[str], environment: Mapping[str, str], cwd: Path, log: io.StringIO) -> pexpect.spawn[str]:
    """A program on a terminal of 40 by 120, or a shell below which nsh is to run; `log` gets all it writes."""
    child = pexpect.spawn(
        argv[0],
        list(argv[1:]),
        env={**environment, "NSH_AID": AID, "PROMPT_TOOLKIT_NO_CPR": "1"},
        cwd=str(cwd),
        dimensions=SIZE,
        encoding="utf-8",
        timeout=TIMEOUT,
    )
    child.delaybeforesend = None
    child.logfile_read = log
    return child


class Shell:
    """`nsh` on a terminal of 40 by 120: `shell.do("new uts a")` types a line and returns its status and output.

    What lies between a line's marks C and D is its output, exactly; nothing is
    ever recognised by what the prompt looks like. `child` is pexpect's, for
    tests that talk to a program in the foreground.
    """

    def __init__(self, environment: Mapping[str, str], cwd: Path, *argv: str) -> None:
        self.log = io.StringIO()
        self.child = on_terminal([NSH, *argv], environment, cwd, self.log)

    def type(self, line: str) -> None:
        """Type a line at the prompt, once the prompt reads keys, and wait until it is being executed."""
        self.child.waitnoecho(TIMEOUT)
        self.child.send(line + "\r")
        self.child.expect_exact(MARK_C)

    def finish(self) -> Done:
        """Wait for the end of the line that was typed."""
        self.child.expect(MARK_D)
        end = self.child.match
        assert isinstance(end, re.Match)
        return Done(int(end.group(1)), plain(self.child.before or ""), "")

    def do(self, line: str) -> Done:
        """Type a line and wait for its end; `out` is all it printed, without colours."""
        self.type(line)
        return self.finish()

    def wait_end(self) -> int:
        """Wait until nsh itself has ended, and return its exit status."""
        self.child.expect(pexpect.EOF)
        self.child.wait()
        return 128 + self.child.signalstatus if self.child.signalstatus else int(self.child.exitstatus or 0)

    def close(self) -> None:
        """Hang up, as a closed terminal window does, and let nsh end: pexpect alone would soon kill it."""
        if self.child.isalive():
            self.child.kill(signal.SIGHUP)
            self.child.kill(signal.SIGCONT)
            self.child.expect([pexpect.EOF, pexpect.TIMEOUT])
        self.child.close(force=True)


def plain(text: str) -> str:
    """Terminal output as a person reads it: no escape sequences, lines ending in a newline."""
    return ESCAPES.sub("", text).replace("\r\n", "\n").replace("\r", "")
