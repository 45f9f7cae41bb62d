# SPDX-License-Identifier: MIT
"""Clocks inside and outside a time namespace, and why it is too late to set them (time_namespaces(7))."""

from __future__ import annotations

import time

from nsh.errors import Refused, SessionError
from nsh.helper import wire
from nsh.kernel import proc
from nsh.kernel.nsfs import INITIAL
from nsh.session import inventory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.session import Session

    Row = dict[str, object]

_CLOCKS = {"monotonic": time.CLOCK_MONOTONIC, "boottime": time.CLOCK_BOOTTIME}
_NS = 1_000_000_000
_UNITS = ((86400, "d"), (3600, "h"), (60, "m"))


def table(session: Session, ref: str) -> tuple[list[Row], str]:
    """Offset, inside and outside of each clock in seconds, and why it is too late. Raises SessionError, Refused."""
    target = session.resolve(ref, "time")
    if target.pid is None:
        raise SessionError(f"{ref}: no process is in it whose offsets could be read", "enter it, then `time show`")
    offsets = in_seconds(target.pid)
    if _is_for_children(target.pid):
        return _rows(offsets, {}), "nobody is in yet: these are for the next children, and the first of them freezes it"
    with session.on(ref):
        inside = session.seat.peer.request("clocks").fields
    clocks = {name: wire.number_in(inside, name, 0) / _NS for name in _CLOCKS}
    return _rows(offsets, clocks), _why_too_late(target.ns["time"])


def _is_for_children(pid: int) -> bool:
    """Has this process made a time namespace in which it is not? The offsets it shows are then of that one."""
    return proc.namespace(pid, "time_for_children") not in (None, proc.namespace(pid, "time"))


def _rows(offsets: dict[str, float], inside: dict[str, float]) -> list[Row]:
    return [
        {
            "clock": name,
            "offset": offsets.get(name, 0.0),
            "inside": inside.get(name),
            "outside": time.clock_gettime_ns(clock) / _NS,
        }
        for name, clock in _CLOCKS.items()
    ]


def _why_too_late(inode: int) -> str:
    if inode == INITIAL["time"]:
        return "the initial time namespace has no offsets; `new time --boottime +1d` makes one that has"
    member = inventory.member_of("time", inode)
    who = f"pid {member} is" if member is not None else "a process has been"
    return f"too late to set them: {who} in it, and no process may see its clock jump (`new time --boottime +1d`)"


def offsets_of(pid: int) -> dict[str, tuple[int, int]]:
    """{clock: (seconds, nanoseconds)} of the time namespace of a process. Raises Refused."""
    path = f"/proc/{pid}/timens_offsets"
    try:
        with open(path, encoding="ascii") as file:
            rows = [line.split() for line in file]
    except OSError as error:
        raise Refused(f'open("{path}")', error.errno or 0) from error
    return {row[0]: (int(row[1]), int(row[2])) for row in rows if len(row) == 3}


def in_seconds(pid: int) -> dict[str, float]:
    """{clock: seconds}: the same as one number for each. Raises Refused."""
    return {clock: seconds + rest / _NS for clock, (seconds, rest) in offsets_of(pid).items()}


def duration(value: object) -> str:
    """Seconds as days, hours, minutes and seconds, without their fraction: `1d 2h 3m 4s`."""
    if not isinstance(value, int | float):
        return "-"
    return ("-" if value <= -1 else "") + _parts(int(abs(value)), "")


def offset(value: object) -> str:
    """The same with a sign and the fraction: `+1d`, `-2.5s`, `0s`."""
    if not isinstance(value, int | float):
        return "-"
    whole = int(abs(value))
    fraction = round((abs(value) - whole) * _NS)
    sign = "-" if value < 0 else "+" if value > 0 else ""
    return sign + _parts(whole, f"{fraction / _NS:.9f}".lstrip("0").rstrip("0").rstrip("."))


def _parts(seconds: int, fraction: str) -> str:
    parts = []
    for size, unit in _UNITS:
        number, seconds = divmod(seconds, size)
        if number:
            parts.append(f"{number}{unit}")
    if seconds or fraction or not parts:
        parts.append(f"{seconds}{fraction}s")
    return " ".join(parts)
