# SPDX-License-Identifier: MIT
"""Why clock offsets were refused (time_namespaces(7))."""

from __future__ import annotations

import errno

from nsh.hints import probes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.errors import Where
    from nsh.hints import Rule

_FIRST = "`new time --boottime +1d` sets them at the right moment (time_namespaces(7))"


def _frozen(_shown: str, where: Where) -> str:
    pending = probes.link(where.pid, "ns/time_for_children")
    if pending and pending == probes.link(where.pid, "ns/time"):
        return (
            "offsets must be written before the first process is in the time namespace, and no new one waits for its\n"
            f"first child here: you are in {pending}, which is frozen;\n{_FIRST}"
        )
    return (
        "offsets must be written before the first process is in the time namespace, and one has been: it is frozen;\n"
        f"{_FIRST}"
    )


def _not_permitted(shown: str, where: Where) -> str:
    if probes.link(where.pid, "ns/time_for_children") and "time" not in where.types:
        return _frozen(shown, where)
    return (
        "offsets want CAP_SYS_TIME in the user namespace that owns the time namespace;\n"
        "`new user,time --boottime +1d` makes both (time_namespaces(7))"
    )


def _range(_shown: str, where: Where) -> str:
    uptime = probes.seen_by(where, "/proc/uptime").partition(".")[0]
    since = f"; the machine is up for {uptime} s, so -{uptime} is the least for boottime" if uptime.isdecimal() else ""
    return f"the clock would become negative, or run over its end{since} (time_namespaces(7))"


def _words(_shown: str, _where: Where) -> str:
    return (
        "only the clocks monotonic and boottime have offsets, each as `CLOCK SECONDS NANOSECONDS`, the last from 0\n"
        "up to 999999999; the time of day (CLOCK_REALTIME) is the machine's (time_namespaces(7))"
    )


RULES: dict[tuple[str, int], Rule] = {
    ("timens_offsets", errno.EACCES): _frozen,
    ("timens_offsets", errno.EPERM): _not_permitted,
    ("timens_offsets", errno.ERANGE): _range,
    ("timens_offsets", errno.EINVAL): _words,
}
