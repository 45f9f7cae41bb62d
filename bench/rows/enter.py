# SPDX-License-Identifier: MIT
"""Entering a place, and one program in it, against nsenter(1) started from an equally small process."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.row import Row, Sample, Side
from tests.program import NSH, scratch_environment

TIMES = 50
ONE = ("uts",) if os.geteuid() == 0 else ("user", "uts")
BOX = ("user", "mnt", "uts", "ipc", "net", "pid")
LONG = {"mnt": "mount"}

SPAWNER = """
import os, sys
def run(argv):
    os.waitpid(os.posix_spawnp(argv[0], argv, os.environ), 0)
enter = sys.argv[2:]
os.write(1, b"go\\n")
for _ in range(int(sys.argv[1])):
    run([*enter, "true"])
os.write(1, b"done\\n")
run([*enter, "readlink", *(f"/proc/self/ns/{name}" for name in ("uts", "net", "mnt"))])
"""
"""The peer: nothing but an interpreter without `site`, which is smaller than a helper of nsh."""


@contextmanager
def member(types: tuple[str, ...]) -> Iterator[int]:
    """The pid of a process in fresh namespaces of these types (unshare(1)), for as long as it is needed."""
    flags = [f"--{LONG.get(name, name)}" for name in types]
    flags += ["--map-root-user"] if "user" in types else []
    flags += ["--fork", "--kill-child"] if "pid" in types else []
    command = ["unshare", *flags, "sh", "-c", "echo up; exec sleep 10000"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        with open(f"/proc/{process.pid}/task/{process.pid}/children") as file:
            children = file.read().split()
        try:
            yield int(children[0]) if "pid" in types else process.pid
        finally:
            process.kill()


def between_go_and_done(argv: list[str], stdin: str, environment: dict[str, str]) -> Sample:
    """Run a process that says `go` and `done`; the time between, and what it said afterwards."""
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(stdin)
        process.stdin.close()
        while process.stdout.readline() not in ("go\n", ""):
            pass
        start = time.perf_counter()
        assert process.stdout.readline() == "done\n"
        seconds = time.perf_counter() - start
        return Sample(seconds / TIMES, process.stdout.read())


def sides(stack: ExitStack, types: tuple[str, ...], lines: str) -> tuple[Side, Side]:
    """Both say in the end which namespaces they find when they enter the same process."""
    pid = stack.enter_context(member(types))
    environment = scratch_environment(Path(stack.enter_context(TemporaryDirectory())))
    looks = f"on {pid} readlink /proc/self/ns/uts /proc/self/ns/net /proc/self/ns/mnt\n"
    script = f"new -q {','.join(types)} a\necho go\n{lines * TIMES}echo done\n{looks}"
    flags = [f"--{LONG.get(name, name)}" for name in types]
    peer = [sys.executable, "-I", "-S", "-c", SPAWNER, str(TIMES), "nsenter", f"--target={pid}", *flags]

    def ours() -> Sample:
        return between_go_and_done([NSH], script, environment)

    def theirs() -> Sample:
        return between_go_and_done(peer, "", environment)

    return ours, theirs


def row(what: str, types: tuple[str, ...], lines: str) -> Row:
    """A row for these types of namespace."""
    name = f"{what}, {len(types)} type{'s' if len(types) > 1 else ''}"
    return Row(name, "nsenter ... true", budget=1.5, turns=15, sides=lambda stack: sides(stack, types, lines))


ROWS = (
    row("on a true", ONE, "on a true\n"),
    row("on a true", BOX, "on a true\n"),
    row("enter a, leave", ONE, "enter a\nleave\n"),
    row("enter a, leave", BOX, "enter a\nleave\n"),
)
