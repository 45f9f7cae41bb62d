# SPDX-License-Identifier: MIT
"""The names of network devices, for completion: read from /proc, with no netlink to wait for."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.session import Session


def offered(session: Session, ref: str | None) -> list[tuple[str, str]]:
    """(name, remark) of each device in the net namespace of a reference; none where it cannot be looked at."""
    from nsh.errors import NshError

    try:
        target = session.resolve(ref if ref is not None else ".")
    except NshError:
        return []
    return [(name, "") for name in names_seen_by(target.pid)] if target.pid is not None else []


def names_seen_by(pid: int) -> list[str]:
    """The devices in the net namespace of a process (proc_pid_net(5)); none when it is gone."""
    try:
        fd = os.open(f"/proc/{pid}/net/dev", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return []
    with os.fdopen(fd, errors="surrogateescape") as file:
        return [line.partition(":")[0].strip() for line in file if ":" in line]
