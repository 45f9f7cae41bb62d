# SPDX-License-Identifier: MIT
"""The types of sample value: what a page shows one example of and another run shows another."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """One type of volatile value.

    `pattern` is what any value of the type looks like. A `bound` value is
    remembered: equal samples mean equal values; where it is also `distinct`,
    different samples mean different values. The others (times) are only
    compared by shape. `mortal` values may come back for another thing once
    theirs is gone, so they must differ only while both are alive. `literals`
    are no samples but proofs (pid 1, the address of loopback): no sample
    stands for them.
    """

    name: str
    pattern: str
    bound: bool = True
    distinct: bool = False
    mortal: bool = False
    literals: str = ""
    numeric: bool = True

    def is_literal(self, value: str) -> bool:
        """Is this value a proof?"""
        return bool(self.literals) and re.fullmatch(self.literals, value) is not None

    def regex(self) -> str:
        """What a sample may stand for: whole numbers only, and no literal."""
        end = r"\d" if self.numeric else "[0-9A-Fa-f:]"
        proofs = rf"(?!(?:{self.literals})(?!{end}))" if self.literals else ""
        return rf"(?<!\d){proofs}(?:{self.pattern})(?!\d)" if self.numeric else f"{proofs}(?:{self.pattern})"


_CLOCK = r"(?:[01]\d|2[0-3]):[0-5]\d"
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_WEEKDAY = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_NO_DEVICE = r"00:[0-9A-Fa-f:]+|[Ff][Ff](?::[Ff][Ff]){5}"
_NUMBER = r"\d+(?:\.\d+)?"

NS = Kind("ns", r"\d+", distinct=True, mortal=True)
PID = Kind("pid", r"\d+", distinct=True, mortal=True, literals="[01]")
NSKEY = Kind("id", r"\d+", distinct=True)
MAC = Kind("mac", r"(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}", distinct=True, literals=_NO_DEVICE, numeric=False)
LINK_LOCAL = Kind("fe80", r"fe80:[0-9a-f:]*[0-9a-f]", distinct=True, numeric=False)
IPC_KEY = Kind("key", r"0x[0-9a-f]{8}", distinct=True, literals="0x00000000", numeric=False)
IFINDEX = Kind("ifindex", r"\d+", literals="[01]")
NSID = Kind("nsid", r"\d+")

CPU = Kind("cpu", r"\d+(?:\.\d+)?", bound=False)
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
