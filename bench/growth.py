# SPDX-License-Identifier: MIT
"""`python -m bench growth`: what each host of a lab costs, the more of them there are: time, memory, open files.

Memory is what nsh and its holders hold themselves, and what the kernel's slabs
and per-CPU areas grew by; where other things run, they are in it.
"""

from __future__ import annotations

import time
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from bench.paper import megabytes
from bench.rows.network import Shell, settle


class Size(NamedTuple):
    """A lab, and how many namespaces it is."""

    line: str
    hosts: int
    switches: int


TABLE = (
    Size("lab star 10", 10, 1),
    Size("lab star 100", 100, 1),
    Size("lab star 300", 300, 1),
    Size("lab star 1000", 1000, 1),
    Size("lab tree 2 32", 1024, 33),
    Size("lab tree 2 45", 2025, 46),
    Size("lab tree 2 64", 4096, 65),
    Size("lab star 100 --with uts,pid,mnt", 100, 1),
    Size("lab star 300 --with uts,pid,mnt", 300, 1),
)


def holders(shell: Shell) -> float:
    """MB that the processes below nsh hold for themselves: pages they share are nobody's more than once."""
    pids = [shell.process.pid]
    for pid in pids:
        for task in Path(f"/proc/{pid}/task").iterdir():
            pids += [int(word) for word in (task / "children").read_text().split()]
    own = 0
    for pid in pids[1:]:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        own += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return own / 1024


def measured(shell: Shell, size: Size) -> tuple[float, float, float, int]:
    """Seconds up, seconds until the kernel is done with it, MB, open files; the first host must reach the last."""
    settle()
    files = Path(f"/proc/{shell.process.pid}/fd")
    before, opened = megabytes(shell) + holders(shell), len(list(files.iterdir()))
    up, said = shell.do(size.line)
    assert f"  {size.hosts} hosts " in said, said
    memory, opened = megabytes(shell) + holders(shell) - before, len(list(files.iterdir())) - opened
    answered = shell.do(f"pingpair h1 h{size.hosts} -W 5")[1]
    assert answered.startswith("2 of 2"), answered
    start = time.perf_counter()
    shell.do("lab rm")
    settle()
    return up, time.perf_counter() - start, memory, opened


def main() -> int:
    """Print the table."""
    print(f"{'':<32} {'HOSTS':>6} {'SWITCHES':>9} {'UP s':>7} {'ms EACH':>8} {'DOWN s':>7}", end="")
    print(f" {'MB':>6} {'KB EACH':>8} {'FILES':>6}", flush=True)
    with ExitStack() as stack:
        shell = Shell(stack)
        for size in TABLE:
            up, down, memory, opened = measured(shell, size)
            print(
                f"{size.line:<32} {size.hosts:>6} {size.switches:>9} {up:>7.2f} {1000 * up / size.hosts:>8.1f}", end=""
            )
            print(f" {down:>7.2f} {memory:>6.0f} {1024 * memory / size.hosts:>8.0f} {opened:>6}", flush=True)
    return 0
