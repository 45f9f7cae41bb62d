# SPDX-License-Identifier: MIT
"""getrlimit(2), setrlimit(2): how many files nsh itself may have open."""

from __future__ import annotations

import os
import resource


def allow_many_files() -> None:
    """Raise our soft limit to the hard one: a place may cost an open file. What is forked before keeps the old one."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def files_left() -> int:
    """How many more files nsh may open now."""
    soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return soft - len(os.listdir("/proc/self/fd"))
