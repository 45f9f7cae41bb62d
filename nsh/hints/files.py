# SPDX-License-Identifier: MIT
"""Too many open files: ours, those on their way to us, the machine's (getrlimit(2), unix(7))."""

from __future__ import annotations

import errno

from nsh.hints import probes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.errors import Where
    from nsh.hints import Rule

_RAISE = "end some places (`rm`), or start nsh with a higher limit: `ulimit -n 4096; nsh`"


def _limit(where: Where) -> str:
    found = probes.soft_limit(where.pid, "Max open files")
    return f"{found} here" if found else "reached"


def _too_many(_shown: str, where: Where) -> str:
    return f"the limit on open files is {_limit(where)};\n{_RAISE} (RLIMIT_NOFILE in getrlimit(2))"


def _on_their_way(_shown: str, where: Where) -> str:
    return (
        "files that one process sends to another count for the sender's user until they are taken (unix(7)), and the\n"
        f"limit on open files is {_limit(where)}: make fewer at a time, `new uts h[1..50]`;\n{_RAISE}"
    )


def _of_the_machine(_shown: str, where: Where) -> str:
    most = probes.seen_by(where, "/proc/sys/fs/file-max").strip()
    return f"the machine has as many files open as it may: /proc/sys/fs/file-max is {most or 'reached'} (proc(5))"


RULES: dict[tuple[str, int], Rule] = {
    ("*", errno.EMFILE): _too_many,
    ("*", errno.ETOOMANYREFS): _on_their_way,
    ("*", errno.ENFILE): _of_the_machine,
}
