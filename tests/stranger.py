# SPDX-License-Identifier: MIT
"""Processes that nsh did not make, for tests of references and of what it says of others."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator

import pytest

Stranger = Callable[..., int]


@pytest.fixture
def stranger() -> Iterator[Stranger]:
    """`stranger("uts", "net")` is the pid of a process in new namespaces of those types; it ends with the test."""
    started: list[subprocess.Popen[bytes]] = []

    def start(*types: str) -> int:
        flags = [f"--{'mount' if name == 'mnt' else name}" for name in types]
        wrapper = ["unshare", *flags] if types else []
        process = subprocess.Popen([*wrapper, "cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        started.append(process)
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b"\n")  # what comes back has gone through cat, which starts when all is made
        process.stdin.flush()
        assert process.stdout.read(1) == b"\n"
        return process.pid

    yield start
    for process in started:
        process.kill()
        process.communicate()
