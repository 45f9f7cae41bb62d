# SPDX-License-Identifier: MIT
"""Finds the sample values in a line: `uts:[4026532386]`, `bash(8187)`, `13:13`.

Each type is recognised only where it can be told: by its own shape, by the
word before it, by the heading of its column, or by the command that printed
it. Everything else is literal: addresses, counts, flags and hostnames are
the proof, not the sample.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from nsh.nstypes import NAMES
from nsh.transcript import kinds
from nsh.transcript.kinds import Kind

_TYPES = "|".join(NAMES)
_NS_LINK = rf"\b(?:{_TYPES})(?:_for_children)?:\[(?P<v>\d+)\]"
_NS_WORD = rf"\b(?:{_TYPES}):(?P<v>4\d{{9}})\b"


@dataclass(frozen=True, slots=True)
class Token:
    """A sample value at `start:end` of its line."""

    start: int
    end: int
    kind: Kind
    value: str


_PATTERNS: tuple[tuple[Kind, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        (kinds.NS, _NS_LINK),
        (kinds.NS, _NS_WORD),
        # All inode numbers of namespaces are above 0xF0000000 - 8 (include/linux/proc_ns.h): lsns(8) shows them bare.
        (kinds.NS, r"(?<![\w.:/-])(?P<v>40[23]\d{7})(?![\w.])"),
        (kinds.MAC, rf"(?<![0-9A-Fa-f:])(?P<v>{kinds.MAC.pattern})(?![0-9A-Fa-f:])"),
        (kinds.LINK_LOCAL, rf"(?<![\w:])(?P<v>{kinds.LINK_LOCAL.pattern})"),
        (kinds.IFINDEX, r"^\s*(?P<v>\d+): [\w.-]+(?:@\S+)?:(?=\s|$)"),
        (kinds.IFINDEX, r"@if(?P<v>\d+)"),
        (kinds.IFINDEX, r'"(?:ifindex|link_index)": (?P<v>\d+)'),
        (kinds.NSID, r"\blink-netnsid (?P<v>\d+)"),
        (kinds.NSID, r"\(id: (?P<v>\d+)\)"),
        (kinds.IPC_KEY, r"^(?P<v>0x[0-9a-f]{8})(?=\s+\d+\s)"),
        (kinds.PID, r"(?<![\w.])/proc/(?P<v>\d+)(?![\w.])"),
        (kinds.PID, r'\b(?:[Pp]pid|[Pp]id|PID)"?(?:[=:]\s*|\s+)(?P<v>\d+)(?![\w.]|:\[)'),
        (kinds.PID, r"\bkill (?:-\w+ )?(?P<v>\d+)(?![\w.])"),
        (kinds.NSKEY, r"^id\s+(?P<v>\d+)$"),
        (kinds.NSKEY, r"\[\d+\]\s+id (?P<v>\d+)\b"),
        (kinds.NSKEY, r'"id": (?P<v>\d+)'),
        (kinds.STAMP, rf"\b(?P<v>{kinds.STAMP.pattern})\b"),
        (kinds.FILE_DATE, rf"\b(?P<v>{kinds.FILE_DATE.pattern})(?![\w:])"),
        (kinds.ISO_DATE, rf"(?<![\w-])(?P<v>{kinds.ISO_DATE.pattern})(?![\w-])"),
        (kinds.SECONDS, rf"(?<![\w:.])(?P<v>{kinds.SECONDS.pattern})(?![\w:])"),
        (kinds.MINUTES, rf"(?<![\w:.])(?P<v>{kinds.MINUTES.pattern})(?![\w:])"),
        (kinds.MILLISECONDS, r"\btime[=<](?P<v>\d+(?:\.\d+)?)(?= ms\b)"),
        (kinds.MILLISECONDS, r"\btime (?P<v>\d+)(?=ms\b)"),
        (kinds.RTT, rf"^rtt min/avg/max/mdev = (?P<v>{kinds.RTT.pattern})"),
        (kinds.LOAD, rf"\bload average: (?P<v>{kinds.LOAD.pattern})"),
        (kinds.TIMES, rf"^(?:real|user|sys)\s+(?P<v>{kinds.TIMES.pattern})$"),
        (kinds.UPTIME, rf"\bup +(?P<v>{kinds.UPTIME.pattern})(?=,)"),
    )
)

_PID_HEADINGS = frozenset({"PID", "PPID", "TGID", "PGID", "SID", "LWP", "SPID", "NSPID", "PIDS"})
_C = ("C", "PPID")
_PID_HEADINGS_OF_IPCS = frozenset({"lspid", "lrpid", "cpid", "lpid"})
_STATUS_FILE = re.compile(r"^(?:Tgid|Pid|PPid|TracerPid|NStgid|NSpid|NSpgid|NSsid):(?P<v>[\s\d]+)$")
_NUMBERS_ONLY = re.compile(r"^\s*\d+(?:\s+\d+)*\s*$")
_SHOWS_PIDS = re.compile(
    r"""\$\$|\$!|\$PPID\b|\$BASHPID\b|\b(?:pidof|pgrep)\b
        |/proc/self(?![/\w])|\bls\b[^|;&]*\s/proc/?(?=[\s'"|;]|$)""",
    re.VERBOSE,
)
_IN_TREE = re.compile(r"(?<=[\w}\])+.'-])\((?P<v>\d+)(?:,[^()\s]*)?\)")
_CONNECTOR = re.compile(r"-{2,}|-\+-|\|-|`-|[─├└┬│]")
_MANUAL_PAGE = re.compile(r"[a-z_0-9.]+\([1-8]\)$")


class Scanner:
    """Finds tokens line by line in the output of one command; it remembers the table it is in."""

    def __init__(self, command: str) -> None:
        self._shows_pids = _SHOWS_PIDS.search(command) is not None
        self._columns: dict[int, Kind] = {}

    def find(self, line: str) -> list[Token]:
        """The tokens of the next line, from left to right; literal values are none."""
        found = [*self._cells(line), *self._by_command(line), *_by_shape(line), *_in_tree(line), *_in_status(line)]
        return _without_overlaps(token for token in found if not token.kind.is_literal(token.value))

    def _cells(self, line: str) -> Iterator[Token]:
        """Numbers that stand in a column with a telling heading."""
        words = list(re.finditer(r"\S+", line))
        heading = _columns([word[0] for word in words])
        if heading is not None or not words:
            self._columns = heading or {}
            return
        for index, kind in self._columns.items():
            if index < len(words) and re.fullmatch(rf"{kind.pattern}(?:,{kind.pattern})*", words[index][0]):
                yield from _each(kind, kind.pattern, words[index][0], words[index].start())

    def _by_command(self, line: str) -> Iterator[Token]:
        if self._shows_pids and _NUMBERS_ONLY.match(line):
            yield from _each(kinds.PID, r"\d+", line, 0)


def _columns(words: list[str]) -> dict[int, Kind] | None:
    """Which columns hold which type, if these words are the heading of a table."""
    if all(re.fullmatch(r"[A-Z%#][A-Z0-9%#+/_-]*", word) for word in words):
        found = {index: kinds.PID for index, word in enumerate(words) if word in _PID_HEADINGS}
        # How busy a process was in its life: ps(1) calls it C beside a PPID, and %CPU.
        found |= {
            index: kinds.CPU for index, word in enumerate(words) if word == "%CPU" or (word, words[index - 1]) == _C
        }
        # An ID is that of a namespace where inodes stand beside it.
        return found | {index: kinds.NSKEY for index, word in enumerate(words) if word == "ID" and "INODE" in words}
    if all(re.fullmatch(r"[a-z-]+", word) for word in words):
        found = {index: kinds.PID for index, word in enumerate(words) if word in _PID_HEADINGS_OF_IPCS}
        return found or None
    return None


def _by_shape(line: str) -> Iterator[Token]:
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(line):
            yield Token(*match.span("v"), kind, match["v"])


def _in_tree(line: str) -> Iterator[Token]:
    """`bash(8187)` as pstree(1) draws it, but not `unshare(2)`."""
    connected = _CONNECTOR.search(line) is not None
    for match in _IN_TREE.finditer(line):
        if connected or not _MANUAL_PAGE.search(line[: match.end()]):
            yield Token(*match.span("v"), kinds.PID, match["v"])


def _in_status(line: str) -> Iterator[Token]:
    """The numbers of `NSpid:  52  1` (proc_pid_status(5))."""
    if match := _STATUS_FILE.match(line):
        yield from _each(kinds.PID, r"\d+", match["v"], match.start("v"))


def _each(kind: Kind, pattern: str, text: str, offset: int) -> Iterator[Token]:
    for match in re.finditer(pattern, text):
        yield Token(offset + match.start(), offset + match.end(), kind, match[0])


def _without_overlaps(tokens: Iterator[Token]) -> list[Token]:
    """Left to right; of two that overlap the one that was asked for first in its place."""
    kept: list[Token] = []
    for token in sorted(tokens, key=lambda token: token.start):
        if not kept or token.start >= kept[-1].end:
            kept.append(token)
    return kept
