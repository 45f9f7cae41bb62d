# SPDX-License-Identifier: MIT
"""A whole process that makes one namespace, against an interpreter that does nothing."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from contextlib import ExitStack

from bench.row import Row, Sample, Side, timed
from tests.program import NSH

TYPES = "uts" if os.geteuid() == 0 else "user,uts"
MADE = re.compile(rb"^a +pid \d+ +.*uts:\[\d+\]")


def status_of(*argv: str) -> int:
    """Run a program that writes nowhere, to its end."""
    null = os.open(os.devnull, os.O_RDWR)
    actions = [(os.POSIX_SPAWN_DUP2, null, number) for number in (0, 1, 2)]
    pid = os.posix_spawn(argv[0], argv, os.environ, file_actions=actions)
    os.close(null)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def sides(_: ExitStack) -> tuple[Side, Side]:
    """`nsh -c 'new uts a'`, seen to make one, and `python3 -c pass`."""
    line = f"new {TYPES} a"
    said = subprocess.run([NSH, "-c", line], capture_output=True, check=True).stdout
    assert MADE.search(said), said

    def ours() -> Sample:
        return timed(lambda: status_of(NSH, "-c", line))

    def theirs() -> Sample:
        return timed(lambda: status_of(sys.executable, "-c", "pass"))

    return ours, theirs


ROWS = (Row(f"nsh -c 'new {TYPES} a'", "python3 -c pass", budget=2.5, turns=60, sides=sides),)
