# SPDX-License-Identifier: MIT
"""Listing namespaces against lsns(8), among 200, 2,000 and 10,000 processes in 200 namespaces."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.row import Row, Sample, Side, timed
from tests.program import NSH, scratch_environment

CROWD = """
import ctypes, os, signal, sys
libc = ctypes.CDLL(None, use_errno=True)
processes, namespaces = int(sys.argv[1]), int(sys.argv[2])
libc.prctl(36, 1)
if os.geteuid() != 0:
    uid = os.geteuid()
    libc.unshare(0x10000000)
    for name, text in (("setgroups", "deny"), ("uid_map", f"0 {uid} 1"), ("gid_map", f"0 {uid} 1")):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)
flags = (0x04000000, 0x08000000, 0x40000000, 0x02000000)  # uts, ipc, net, cgroup
read, write = os.pipe()
for number in range(namespaces):
    if os.fork() == 0:
        libc.prctl(1, signal.SIGKILL)
        assert libc.unshare(flags[number % 4]) == 0
        for _ in range(processes // namespaces - 1):
            if os.fork() == 0:
                libc.prctl(1, signal.SIGKILL)
                break
        os.write(write, b"!")
        signal.pause()
left = processes
while left:
    left -= len(os.read(read, left))
print("there", flush=True)
sys.stdin.read()
"""
"""So many processes, which sleep, spread over so many namespaces, until its input ends; a bounded number."""

NAMESPACES = 200


def crowd(stack: ExitStack, processes: int, namespaces: int) -> None:
    """Have that many processes for as long as the stack is open."""
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", CROWD, str(processes), str(namespaces)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )

    def gone() -> None:
        os.killpg(process.pid, 9)
        process.communicate()

    stack.callback(gone)
    assert process.stdout is not None
    assert process.stdout.readline() == b"there\n"


def by_lsns() -> frozenset[tuple[str, int, int]]:
    """(type, inode, processes) of all namespaces, without those of nsh and lsns themselves, which differ by a few."""
    done = subprocess.run(["lsns", "--json", "--output", "NS,TYPE,NPROCS"], capture_output=True, check=True)
    return _comparable(
        (row["type"], int(row["ns"]), int(row["nprocs"])) for row in json.loads(done.stdout)["namespaces"]
    )


def by_nsh(*options: str) -> frozenset[tuple[str, int, int]]:
    """The same by `ls ns`; what lsns cannot find is left out."""
    done = subprocess.run([NSH, "ls", "ns", "--json", *options], capture_output=True, check=True)
    rows = json.loads(done.stdout)
    return _comparable((row["type"], row["inode"], row["nprocs"]) for row in rows if row["nprocs"])


def _comparable(rows: Iterable[tuple[str, int, int]]) -> frozenset[tuple[str, int, int]]:
    own = {os.stat(f"/proc/self/ns/{kind}").st_ino for kind in os.listdir("/proc/self/ns")}
    return frozenset((kind, inode, 0 if inode in own else count) for kind, inode, count in rows)


def run(argv: list[str], environment: dict[str, str]) -> int:
    """Run a program to its end; how many lines it printed."""
    done = subprocess.run(argv, capture_output=True, check=True, env=environment)
    return done.stdout.count(b"\\n")


def against_lsns(stack: ExitStack, processes: int, options: tuple[str, ...]) -> tuple[Side, Side]:
    """The sets must be equal before any time is taken."""
    crowd(stack, processes, NAMESPACES)
    ours, theirs = by_nsh(*options), by_lsns()
    assert ours == theirs, sorted(ours ^ theirs)[:10]
    assert len(ours) >= NAMESPACES
    environment = scratch_environment(Path(stack.enter_context(TemporaryDirectory())))
    return partial(listed, [NSH, "ls", "ns", *options], environment), partial(listed, ["lsns"], environment)


def listed(argv: list[str], environment: dict[str, str]) -> Sample:
    """One run; that the lists agree has been seen before."""
    sample = timed(lambda: run(argv, environment))
    return Sample(sample.seconds, sample.answer is not None)


def row(processes: int, budget: float, turns: int, *options: str) -> Row:
    """A row for so many processes."""
    what = " ".join(["ls ns", *options])
    sides = partial(against_lsns, processes=processes, options=options)
    series = f"{what}: processes that are looked at"
    return Row(f"{what}, {processes:,} processes", "lsns", budget, turns, sides, series, processes, "lsns")


ROWS = (
    row(200, 2.0, 15, "--quick"),
    row(2_000, 1 / 3, 15, "--quick"),
    row(10_000, 1 / 3, 5, "--quick"),
    row(200, 3.0, 15),
    row(2_000, 1.0, 15),
    row(10_000, 1.0, 5),
)
"""The first and last show how it grows: from 200 to 10,000 processes."""
