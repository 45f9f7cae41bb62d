# SPDX-License-Identifier: MIT
"""Resource limits of a process as OCI has them, from /proc/PID/limits (proc_pid_limits(5), config.md#posix-process)."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    Json = dict[str, object]

_TYPES = {
    "Max address space": "RLIMIT_AS",
    "Max core file size": "RLIMIT_CORE",
    "Max cpu time": "RLIMIT_CPU",
    "Max data size": "RLIMIT_DATA",
    "Max file locks": "RLIMIT_LOCKS",
    "Max file size": "RLIMIT_FSIZE",
    "Max locked memory": "RLIMIT_MEMLOCK",
    "Max msgqueue size": "RLIMIT_MSGQUEUE",
    "Max nice priority": "RLIMIT_NICE",
    "Max open files": "RLIMIT_NOFILE",
    "Max pending signals": "RLIMIT_SIGPENDING",
    "Max processes": "RLIMIT_NPROC",
    "Max realtime priority": "RLIMIT_RTPRIO",
    "Max realtime timeout": "RLIMIT_RTTIME",
    "Max resident set": "RLIMIT_RSS",
    "Max stack size": "RLIMIT_STACK",
}
_LINE = re.compile(r"(Max [a-z ]+?) {2,}(\d+|unlimited) +(\d+|unlimited)\b")
_UNLIMITED = (1 << 64) - 1  # RLIM_INFINITY (getrlimit(2))


def that_differ(text: str, usual: str) -> list[Json]:
    """The limits of a process that are others than those of `usual`: both are what /proc/PID/limits has."""
    ours = _read(usual)
    return [
        {"type": kind, "soft": soft, "hard": hard}
        for kind, (soft, hard) in sorted(_read(text).items())
        if ours.get(kind) != (soft, hard)
    ]


def _read(text: str) -> dict[str, tuple[int, int]]:
    found = (_LINE.match(line) for line in text.splitlines())
    return {_TYPES[one[1]]: (_number(one[2]), _number(one[3])) for one in found if one is not None and one[1] in _TYPES}


def _number(word: str) -> int:
    return _UNLIMITED if word == "unlimited" else int(word)
