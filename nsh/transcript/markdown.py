# SPDX-License-Identifier: MIT
"""Finds the fenced code blocks of a Markdown page (CommonMark 4.5) and the headings above them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

# Any indentation: a fence in an item of a list stands as far in as the item, and must not go unnoticed.
_OPENING = re.compile(r"^(?P<indent> *)(?P<marks>`{3,}|~{3,})\s*(?P<info>.*)$")
_HEADING = re.compile(r"^ {0,3}#{1,6}\s+(?P<text>.*?)(?:\s+#+)?\s*$")


@dataclass(frozen=True, slots=True)
class Fence:
    """One fenced block: the numbers of its first and last line, its info string and its lines."""

    first: int
    last: int
    info: str
    lines: tuple[str, ...]
    heading: str
    closed: bool
    indent: int = 0


def fences(lines: list[str], start: int = 0) -> Iterator[Fence]:
    """Every fence from the line with index `start` on; what stands in an HTML comment is none."""
    heading = ""
    at = start
    while at < len(lines):
        line = lines[at]
        if line.lstrip().startswith("<!--"):
            at = _after_comment(lines, at)
        elif (opening := _OPENING.match(line)) and not _is_inline(opening):
            end = _closing(lines, at + 1, opening["marks"])
            indent = len(opening["indent"])
            body = tuple(_unindented(text, indent) for text in lines[at + 1 : end])
            last = min(end, len(lines) - 1) + 1
            yield Fence(at + 1, last, opening["info"].strip(), body, heading, end < len(lines), indent)
            at = end + 1
        else:
            heading = match["text"] if (match := _HEADING.match(line)) else heading
            at += 1


def fenced(lines: Sequence[str], info: str) -> Iterator[str]:
    """The lines of a fence around these ones, and an empty one behind it; none around none."""
    if not lines:
        return
    longest = max(len(line.lstrip()) - len(line.lstrip().lstrip("`")) for line in lines)
    marks = "`" * max(3, longest + 1)
    yield from (f"{marks}{info}", *lines, marks, "")


def _is_inline(opening: re.Match[str]) -> bool:
    """Three backticks and a fourth further on in the line are code within a sentence."""
    return opening["marks"][0] == "`" and "`" in opening["info"]


def _closing(lines: list[str], start: int, marks: str) -> int:
    ending = re.compile(rf"^ *{re.escape(marks[0])}{{{len(marks)},}}\s*$")
    return next((at for at in range(start, len(lines)) if ending.match(lines[at])), len(lines))


def _after_comment(lines: list[str], at: int) -> int:
    return next((end + 1 for end in range(at, len(lines)) if "-->" in lines[end]), len(lines))


def _unindented(text: str, indent: int) -> str:
    blanks = len(text) - len(text.lstrip(" "))
    return text[min(indent, blanks) :]
