# SPDX-License-Identifier: MIT
"""What a test left behind: processes, fds, mounts, links, pins, and namespaces we moved to.

Kernel objects go away a moment after the last process does, so a difference
counts only when it is still there after `PATIENCE` seconds.
"""

from __future__ import annotations

import gc
import os
import select
import signal
import time
from collections.abc import Iterator
from pathlib import Path

from tests import private

MARK = "NSH_TEST_MARK"
"""In the environment of everything a test starts; its value names the test."""

PATIENCE = 5.0
PINS = ("/run/nsh", "/run/netns")

Footprint = dict[str, dict[str, str]]
"""Kind of thing → identity → description."""


def footprint(mark: str) -> Footprint:
    """Everything there is at this moment that a test could leave behind."""
    return {
        "process": dict(processes(mark)),
        "fd": dict(open_fds()),
        "mount": {line: line for line in Path("/proc/self/mountinfo").read_text().splitlines()},
        "link": dict(links()),
        "file": {path: path for root in PINS for path in files_under(root)},
        "namespace of this process": dict(own_namespaces()),
    }


def left_behind(before: Footprint, mark: str) -> list[str]:
    """A line for each thing that is new, or gone, compared with `before`; waits for what is still going away."""
    deadline = time.monotonic() + PATIENCE
    while found := differences(before, footprint(mark)):
        gc.collect()
        if time.monotonic() > deadline:
            return found
        select.select([], [], [], 0.005)
    return []


def differences(before: Footprint, after: Footprint) -> list[str]:
    """What is new; for what is not an fd or a process, also what is gone."""
    lines = []
    for kind, things in after.items():
        lines += [f"{kind} left: {text}" for key, text in things.items() if key not in before[kind]]
        if kind not in ("process", "fd"):
            lines += [f"{kind} gone: {text}" for key, text in before[kind].items() if key not in things]
    return lines


def kill_new_processes(before: Footprint, mark: str) -> None:
    """End what a test left running, so that the next test is judged by its own deeds."""
    for key, _ in processes(mark):
        if key not in before["process"]:
            try:
                os.kill(int(key.split()[0]), signal.SIGKILL)
            except ProcessLookupError:
                continue


def processes(mark: str) -> Iterator[tuple[str, str]]:
    """Processes a test may have made: in a private pid namespace all, else our descendants and what bears the mark."""
    parents = {}
    found = {}
    for pid in (int(name) for name in os.listdir("/proc") if name.isdigit()):
        try:
            head, tail = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)
        except OSError:
            continue  # ended meanwhile
        fields = tail.split()
        parents[pid] = int(fields[1])
        found[pid] = (f"{pid} {fields[19]}", f"{head}) {fields[0]} {command_line(pid)}")
    for pid, (key, text) in found.items():
        if private.is_inside() or descends(pid, parents) or bears(pid, mark):
            yield key, text


def descends(pid: int, parents: dict[int, int]) -> bool:
    """Is `pid` a descendant of this process?"""
    while pid in parents:
        pid = parents[pid]
        if pid == os.getpid():
            return True
    return False


def bears(pid: int, mark: str) -> bool:
    """Was `pid` started with the mark in its environment?"""
    try:
        return f"{MARK}={mark}".encode() in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return False


def command_line(pid: int) -> str:
    """What `ps` shows for `pid`."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return ""


def open_fds() -> Iterator[tuple[str, str]]:
    """The open fds of this process and what they lead to."""
    for number in os.listdir("/proc/self/fd"):
        try:
            text = f"{number} -> {os.readlink(f'/proc/self/fd/{number}')}"
        except OSError:
            continue  # the one that listed the folder
        yield text, text


def links() -> Iterator[tuple[str, str]]:
    """The network devices of this network namespace."""
    for line in Path("/proc/self/net/dev").read_text().splitlines()[2:]:
        name = line.split(":")[0].strip()
        yield name, name


def files_under(root: str) -> Iterator[str]:
    """Every path below `root`, where pins would be."""
    for folder, folders, files in os.walk(root):
        for name in (*folders, *files):
            yield os.path.join(folder, name)


def own_namespaces() -> Iterator[tuple[str, str]]:
    """The namespaces of every thread of this process."""
    for task in os.listdir("/proc/self/task"):
        try:
            folder = f"/proc/self/task/{task}/ns"
            found = [(name, os.readlink(f"{folder}/{name}")) for name in os.listdir(folder)]
        except FileNotFoundError:
            continue  # the thread has ended meanwhile
        for name, text in found:
            yield f"{name} {text}", text
