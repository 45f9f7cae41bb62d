# SPDX-License-Identifier: MIT
"""The system calls that a run of nsh makes, as strace(1) saw them, in the order in which they began."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.program import Program

NAMESPACE_CALLS = ("clone", "clone3", "fork", "vfork", "unshare", "setns")
_LINE = re.compile(r"(?P<time>\d+\.\d+) (?P<name>\w+)\((?P<arguments>.*)\) += (?P<result>.+)")
_NEW = re.compile(r"CLONE_NEW[A-Z]+")


class Call(NamedTuple):
    """One system call: who made it, with what, and the kernel's answer."""

    time: float
    pid: int
    name: str
    arguments: str
    result: str

    @property
    def flags(self) -> frozenset[str]:
        """The CLONE_NEW* words in it."""
        return frozenset(_NEW.findall(self.arguments))

    @property
    def brief(self) -> str:
        """`unshare CLONE_NEWNET`: the call and the flags, without what differs from run to run."""
        return " ".join((self.name, *sorted(self.flags)))


def trace(nsh: Program, lines: str, *names: str, before: Iterable[str] = ()) -> list[Call]:
    """Run `nsh -c LINES` under strace, all its processes, and return the calls of those names (all that make
    or join namespaces without names). `before` is put before nsh on the command line.
    """
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")
    folder = nsh.cwd / "strace"
    folder.mkdir()
    wanted = ",".join(names or NAMESPACE_CALLS)
    strace = ["strace", "-ff", "-ttt", "-y", "-qq", "-s", "200", "--seccomp-bpf", "-e", "signal=none"]
    done = nsh.below([*strace, "-e", f"trace={wanted}", "-o", str(folder / "pid"), *before], "-c", lines)
    assert done.status == 0, done.err
    calls = sorted(call for file in folder.iterdir() for call in read(file))
    shutil.rmtree(folder)
    return calls


def read(file: Path) -> Iterable[Call]:
    """The calls of one process; strace names its file after the pid."""
    for line in file.read_text().splitlines():
        found = _LINE.fullmatch(line)
        if found:
            yield Call(float(found["time"]), int(file.suffix[1:]), found["name"], found["arguments"], found["result"])


def briefs(calls: Iterable[Call]) -> list[str]:
    """Those calls that name a type of namespace, in short."""
    return [call.brief for call in calls if call.flags]
