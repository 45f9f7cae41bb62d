# SPDX-License-Identifier: MIT
"""Clocks inside and outside a time namespace (time_namespaces(7))."""

from __future__ import annotations

import time

from nsh.errors import Refused, SessionError
from nsh.helper import wire

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.session import Session

_CLOCKS = {"monotonic": time.CLOCK_MONOTONIC, "boottime": time.CLOCK_BOOTTIME}
_NS = 1_000_000_000


def table(session: Session, ref: str) -> list[dict[str, object]]:
    """Offset, inside and outside of each clock in seconds. Raises SessionError, Refused."""
    target = session.resolve(ref, "time")
    if target.pid is None:
        raise SessionError(f"{ref}: no process is in it whose offsets could be read", "enter it, then `time show`")
    offsets = _offsets(target.pid)
    with session.on(ref):
        inside = session.seat.peer.request("clocks").fields
    rows: list[dict[str, object]] = []
    for name, clock in _CLOCKS.items():
        rows.append(
            {
                "clock": name,
                "offset": offsets.get(name, 0.0),
                "inside": wire.number_in(inside, name, 0) / _NS,
                "outside": time.clock_gettime_ns(clock) / _NS,
            }
        )
    return rows


def _offsets(pid: int) -> dict[str, float]:
    path = f"/proc/{pid}/timens_offsets"
    try:
        with open(path, encoding="ascii") as file:
            rows = [line.split() for line in file]
    except OSError as error:
        raise Refused(f'open("{path}")', error.errno or 0) from error
    return {row[0]: int(row[1]) + int(row[2]) / _NS for row in rows if len(row) == 3}


def duration(value: object) -> str:
    """Seconds as days, hours, minutes and seconds: `1d 2h 3m 4s`."""
    if not isinstance(value, int | float):
        return "-"
    sign, rest = ("-", -value) if value < 0 else ("", value)
    whole = int(rest)
    parts = ((whole // 86400, "d"), (whole % 86400 // 3600, "h"), (whole % 3600 // 60, "m"), (whole % 60, "s"))
    shown = [f"{number}{unit}" for number, unit in parts if number]
    return sign + (" ".join(shown) or "0s")
