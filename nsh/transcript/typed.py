# SPDX-License-Identifier: MIT
"""Finds the sample values in a command that is typed: `readlink /proc/8187/ns/uts` means the real pid."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from nsh.nstypes import NAMES
from nsh.transcript import kinds
from nsh.transcript.kinds import Kind

_TYPES = "|".join(NAMES)
_FIRST = r"(?:^|[;&|]\s*|^on \S+ )"
_TAKES_A_REFERENCE = "(?:enter|show|why|tree|on|same|diff|ls ns|ls procs)"
_TYPE_LIST = rf"(?:\s+(?:{_TYPES}|all|,)+)?"
_END = r"(?=\s|;|$)"


@dataclass(frozen=True, slots=True)
class Mention:
    """A sample in a command. `certain`: the place says that it is one, so it must be known already."""

    start: int
    end: int
    kind: Kind
    value: str
    certain: bool


_PATTERNS: tuple[tuple[Kind, bool, re.Pattern[str]], ...] = tuple(
    (kind, certain, re.compile(pattern))
    for kind, certain, pattern in (
        (kinds.NS, True, rf"\b(?:{_TYPES}):(?:\[(?P<v>\d+)\]|(?P<w>\d+)\b)"),
        (kinds.PID, True, r"/proc/(?P<v>\d+)(?![\w.])"),
        (kinds.PID, True, r"\bkill\s+(?:-\S+\s+)*(?P<v>\d+(?:\s+\d+)*)"),
        (kinds.PID, True, r"\bnetns (?P<v>\d+)\b"),
        (
            kinds.PID,
            True,
            rf"{_FIRST}{_TAKES_A_REFERENCE}{_TYPE_LIST}\s+(?P<v>\d+){_END}",
        ),
        (kinds.PID, True, rf"{_FIRST}(?:same|diff){_TYPE_LIST}\s+\S+\s+(?P<v>\d+){_END}"),
        (kinds.PID, True, r"\bpstree\s+(?:-\S+\s+)*(?P<v>\d+)\b"),
        (kinds.PID, True, r"\b(?:nsenter|strace|lsns|prlimit)\b.*?\s(?:-t|-p|--target|--task|--pid)[ =]?(?P<v>\d+)\b"),
        (kinds.PID, False, r"(?:^|\s)(?:-t|-p|--target|--pid)[ =]?(?P<v>\d+)(?=\s|$)"),
        (kinds.MAC, False, rf"(?<![\w:])(?P<v>{kinds.MAC.pattern})(?![\w:])"),
        (kinds.LINK_LOCAL, False, rf"(?<![\w:])(?P<v>{kinds.LINK_LOCAL.pattern})"),
        (kinds.IPC_KEY, False, rf"(?<!\w)(?P<v>{kinds.IPC_KEY.pattern})(?!\w)"),
    )
)


def mentions(command: str) -> list[Mention]:
    """The samples that a command names, from left to right."""
    kept: list[Mention] = []
    for mention in sorted(_all(command), key=lambda found: (found.start, not found.certain)):
        if not kept or mention.start >= kept[-1].end:
            kept.append(mention)
    return kept


def _all(command: str) -> Iterator[Mention]:
    for kind, certain, pattern in _PATTERNS:
        for match in pattern.finditer(command):
            group = "v" if match["v"] is not None else "w"
            start = match.start(group)
            for value in re.finditer(r"\S+", match[group]):
                if not kind.is_literal(value[0]):
                    yield Mention(start + value.start(), start + value.end(), kind, value[0], certain)
