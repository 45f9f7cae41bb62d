# SPDX-License-Identifier: MIT
"""Every system call that a helper makes fails once, and once it is the last: strace(1) does that to it.

Which calls there are is not listed here: a first run under strace tells. The
processes are the zygote, the helpers and the holders, with all they fork;
nsh itself is left alone.
"""

from __future__ import annotations

import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests import program
from tests.program import TIMEOUT, Program
from tests.safety.machine import Machine, helpers, is_alive, is_traced, running, until

pytestmark = [pytest.mark.real, pytest.mark.slow]

SESSION = """\
new -q uts,net a
new -q pid,mnt,user b
new -q uts,ipc p --pin
veth add v0 a:v1
addr add a:v1 10.1.1.1/24
link up a:v1
enter a
uts hostname other
unshare ipc
leave
leave
on b mnt add tmpfs /mnt
new -q pid,mnt -- true
on a true
limits uts 100
sleep 1000 &
sh -c 'setsid sleep 1000 & exit 3'
ls ns
why a
unpin p
rm --kill a
"""
"""A bit of everything, in the machine of the test."""

ERRORS = ("EPERM", "ENOMEM", "EMFILE")
OCCURRENCES = (1, 2, 5)
_CALL = re.compile(r"^(?:\d+ +)?(?P<name>[a-z]\w*)\(", re.MULTILINE)
_NO_ERRORS = {"close", "close_range", "mmap", "rt_sigaction", "rt_sigprocmask", "write"}
"""What strace can do to these is no error of Linux: signals can be blocked and handled, close(2) closes also when it
fails; Python, where there is no close_range(2), closes 2³¹ numbers one by one; ld.so of a program goes round in circles
where its first mmap(2) fails; and a write(2) of one byte to a pipe that is nearly empty, by which Python hears of a
signal, does not fail. Where a write to a file fails is tested by full disks and forbidden sysctls."""
_NEVER_FAIL = {"exit", "exit_group", "rt_sigreturn", "execve", "restart_syscall"}
"""No error can be put into these: they do not return, or the process is a program from then on."""


@contextmanager
def session_under(nsh: Program, options: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    """An nsh that works through the session while its helpers are traced with these options.

    What it says goes to a file, for what is left of it may keep a pipe open.
    """
    with said(nsh).open("w") as stderr:
        process = subprocess.Popen(
            [program.NSH, "-k"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            env=nsh.environment,
            cwd=nsh.cwd,
        )
    assert process.stdin is not None
    until(lambda: len(helpers(process.pid)) > 1, "it has helpers")
    traced = helpers(process.pid)
    strace = subprocess.Popen(["strace", "-f", "-qq", *options, *(f"-p{pid}" for pid in traced)])
    try:
        # The call that a helper was waiting in may be the one it dies at.
        until(lambda: all(is_traced(pid) or not is_alive(pid) for pid in traced), "strace has attached")
        process.stdin.write(SESSION.encode())
        process.stdin.close()
        yield process
    finally:
        process.kill()
        process.wait()
        strace.kill()
        strace.wait()


def said(nsh: Program) -> Path:
    """The file with what it said on standard error."""
    return nsh.cwd / "said"


def calls(nsh: Program, folder: Path) -> list[str]:
    """The names of all system calls that helpers make in the session."""
    with session_under(nsh, ["-ff", "-o", str(folder / "calls")]) as process:
        process.wait(TIMEOUT)
    found: set[str] = set()
    for file in folder.glob("calls.*"):
        own = file.read_text(errors="replace").partition("execve(")[0]  # what follows is a program's
        found |= {match["name"] for match in _CALL.finditer(own)}
    return sorted(found - _NEVER_FAIL)


def check(nsh: Program, machine: Machine, process: subprocess.Popen[bytes], before: set[int], what: str) -> str:
    """nsh ends with a word, and nothing is left; what it said."""
    process.wait(TIMEOUT)
    words = said(nsh).read_text(errors="replace")
    assert "Traceback" not in words, f"{what}\n{words}"
    assert "a bug in nsh" not in words, f"{what}\n{words}"
    assert process.returncode in (*range(4), 100, 126, 127, 130, 137), f"{what}: {process.returncode}\n{words}"
    cleaned = nsh("clean")
    assert cleaned.status == 0, f"{what}\n{cleaned.err}"
    until(lambda: running() <= before, f"the end of its processes ({what})")
    if machine.left():  # a pin that was asked for, and not yet taken back
        assert nsh("clean", "--pins", "--yes").status == 0
    assert machine.left() == [], what
    return words


@pytest.fixture
def found(nsh: Program, machine: Machine, tmp_path: Path) -> list[str]:
    """The names of the calls."""
    names = calls(nsh, tmp_path)
    if machine.left():
        nsh("clean", "--pins", "--yes")
    assert {"clone3", "unshare", "setns", "mount", "sendmsg", "recvmsg"} <= set(names)
    return names


def faults(names: list[str]) -> Iterator[str]:
    """What strace is told to inject: each call, each error, the first time and later."""
    for name in names:
        for occurrence in OCCURRENCES:
            error = ERRORS[(names.index(name) + occurrence) % len(ERRORS)]
            if name not in _NO_ERRORS:
                yield f"inject={name}:error={error}:when={occurrence}"
            yield f"inject={name}:signal=KILL:when={occurrence}"


def came_to(log: str, fault: str) -> bool:
    """Did any process make that call as often as the fault wants? strace counts them for each."""
    name, number = fault.split("=")[1].split(":")[0], int(fault.rpartition("=")[2])
    counts = Counter(re.findall(rf"^(\d*) *{name}\(", log, re.MULTILINE))
    return max(counts.values(), default=0) >= number


def test_each_call_of_a_helper_fails_or_is_its_last(
    nsh: Program, machine: Machine, found: list[str], tmp_path: Path
) -> None:
    """The session goes on or ends with a word; a lost helper is never a success; nothing is left."""
    tried, happened, unknown, log = 0, 0, 0, tmp_path / "log"
    for fault in faults(found):
        before = running()
        options = ["-e", f"trace={fault.split('=')[1].split(':')[0]}", "-e", fault, "-o", str(log)]
        with session_under(nsh, options) as process:
            words = check(nsh, machine, process, before, fault)
        tried += 1
        happened += came_to(log.read_text(errors="replace"), fault)
        unknown += "unknown" in words
    assert happened > tried // 2
    print(
        f"{len(found)} calls, {happened} faults, {tried - happened} more were not come to: 0 leaks; "
        f"{unknown} sessions were told that a state is unknown"
    )
