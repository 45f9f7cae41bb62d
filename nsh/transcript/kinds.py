# SPDX-License-Identifier: MIT
"""The types of sample value: what a page shows one example of and another run shows another."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """One type of volatile value.

    `pattern` is what any value of the type looks like. A `bound` value is
    remembered: equal samples mean equal values; where it is also `distinct`,
    different samples mean different values. The others (times) are only
    compared by shape. `mortal` values may come back for another thing once
    theirs is gone, so they must differ only while both are alive.
    """

    name: str
    pattern: str
    bound: bool = True
    distinct: bool = False
    mortal: bool = False
    literals: frozenset[str] = frozenset()
    numeric: bool = True

    def is_literal(self, value: str) -> bool:
        """Is this value no sample but a proof (pid 1, the loopback's address)?"""
        if self.name == "mac":
            return value.startswith("00:") or value.lower() == "ff:ff:ff:ff:ff:ff"
        return value in self.literals

    def regex(self) -> str:
        """The pattern, guarded so that it takes whole numbers only."""
        return rf"(?<!\d)(?:{self.pattern})(?!\d)" if self.numeric else f"(?:{self.pattern})"


_CLOCK = r"(?:[01]\d|2[0-3]):[0-5]\d"
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_WEEKDAY = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_NUMBER = r"\d+(?:\.\d+)?"

NS = Kind("ns", r"\d+", distinct=True, mortal=True)
PID = Kind("pid", r"\d+", distinct=True, mortal=True, literals=frozenset({"0", "1"}))
NSKEY = Kind("id", r"\d+", distinct=True)
MAC = Kind("mac", r"(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}", distinct=True, numeric=False)
LINK_LOCAL = Kind("fe80", r"fe80:[0-9a-f:]*[0-9a-f]", distinct=True, numeric=False)
IPC_KEY = Kind("key", r"0x[0-9a-f]{8}", distinct=True, literals=frozenset({"0x00000000"}), numeric=False)
IFINDEX = Kind("ifindex", r"\d+", literals=frozenset({"0", "1"}))
NSID = Kind("nsid", r"\d+")

STAMP = Kind("stamp", rf"{_WEEKDAY} {_MONTH} +\d+ {_CLOCK}:\d\d(?: [A-Z]+)? \d{{4}}", bound=False, numeric=False)
FILE_DATE = Kind("date", rf"{_MONTH} +\d{{1,2}} +(?:{_CLOCK}|\d{{4}})", bound=False)
ISO_DATE = Kind("day", r"\d{4}-[01]\d-[0-3]\d", bound=False)
SECONDS = Kind("clock", rf"{_CLOCK}:\d\d(?:\.\d+)?", bound=False)
MINUTES = Kind("clock", rf"(?:{_CLOCK}|{_MONTH}\d\d)", bound=False)
MILLISECONDS = Kind("ms", _NUMBER, bound=False)
RTT = Kind("rtt", rf"(?:{_NUMBER}/)+{_NUMBER} ms(?:, pipe \d+)?", bound=False)
LOAD = Kind("load", r"\d+\.\d\d, \d+\.\d\d, \d+\.\d\d", bound=False)
TIMES = Kind("time", r"\d+m\d+\.\d+s", bound=False)
UPTIME = Kind("uptime", r"(?:\d+ min|\d+:\d\d)", bound=False)
