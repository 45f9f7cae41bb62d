# SPDX-License-Identifier: MIT
"""ID mappings of user namespaces: `INNER:OUTER:COUNT`, `root`, `none` (user_namespaces(7))."""

from __future__ import annotations

from nsh.errors import UsageError

HIGHEST_ID = 0xFFFFFFFF
MOST_LINES = 340


class IdMap:
    """One line of an ID map: `count` ids from `inner` up are those from `outer` up outside."""

    __slots__ = ("count", "inner", "outer")

    def __init__(self, inner: int, outer: int, count: int) -> None:
        self.inner = inner
        self.outer = outer
        self.count = count

    def __str__(self) -> str:
        return f"{self.inner} {self.outer} {self.count}"


def parse(text: str) -> str | IdMap:
    """`root`, `none`, or one line `INNER:OUTER:COUNT`. Raises UsageError."""
    if text in ("root", "none"):
        return text
    words = text.split(":")
    if len(words) != 3 or not all(w.isascii() and w.isdecimal() for w in words):
        raise UsageError(f"{text}: an ID map is INNER:OUTER:COUNT, root or none", "for example --map 0:1000:1")
    inner, outer, count = (int(w) for w in words)
    if count == 0:
        raise UsageError(f"{text}: an ID map of no ids")
    if inner + count > HIGHEST_ID or outer + count > HIGHEST_ID:
        raise UsageError(f"{text}: ids end at {HIGHEST_ID - 1}")
    return IdMap(inner, outer, count)


def as_text(maps: tuple[str | IdMap, ...], default: str) -> str | None:
    """What to write into uid_map and gid_map: None for `root` (the helper knows its own id), `` for no map.

    Raises UsageError for ranges that overlap, or a word beside ranges.
    """
    lines = [m for m in maps if isinstance(m, IdMap)]
    words = [m for m in maps if isinstance(m, str)] or ([] if lines else [default])
    if words and (lines or len(words) > 1):
        raise UsageError(f"--map {words[0]} stands alone: it cannot be combined with other maps")
    if words:
        return None if words[0] == "root" else ""
    if len(lines) > MOST_LINES:
        raise UsageError(f"{len(lines)} lines: the kernel takes at most {MOST_LINES}")
    _refuse_overlap(lines, "inner")
    _refuse_overlap(lines, "outer")
    return "\n".join(str(line) for line in lines)


def _refuse_overlap(lines: list[IdMap], side: str) -> None:
    ranges = sorted((getattr(line, side), getattr(line, side) + line.count, str(line)) for line in lines)
    last_end, last = 0, ""
    for start, end, text in ranges:
        if start < last_end:
            raise UsageError(f"maps overlap in their {side} ids: {last} and {text}")
        last_end, last = end, text
