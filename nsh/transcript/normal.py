# SPDX-License-Identifier: MIT
"""Turns what a program wrote to a terminal into the lines a reader sees."""

from __future__ import annotations

import re

# CSI, OSC (ended by BEL or ST), other string controls, two-byte escapes, and a lone ESC (ECMA-48); the first ones also
# as one character of the set C1.
ESCAPE = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|(?:\x1b\][^\x07\x1b\x9c]*|\x9d[^\x07\x1b\x9c\x9d]*)(?:\x07|\x1b\\|\x9c)"  # without a beginning in it: else O(n²)
    r"|\x1b(?:[PX^_][^\x1b]*\x1b\\|[ -/]+[0-~]|[0-~])|\x1b"
)
TAB = 8
"""Columns from one tab stop to the next."""
_CONTROL = re.compile(r"[\x00-\x07\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f-\x9f]")


def without_escapes(text: str) -> str:
    """The text without colours, titles, marks and other control sequences."""
    return ESCAPE.sub("", text)


def lines_of(text: str) -> list[str]:
    """The lines of terminal output: no escapes, tabs as blanks, overwritten text gone, no blanks at the ends."""
    lines = [_drawn(line) for line in without_escapes(text).split("\n")]
    return trimmed(lines)


def trimmed(lines: list[str]) -> list[str]:
    """The lines without the empty ones at the end."""
    end = len(lines)
    while end and not lines[end - 1].strip():
        end -= 1
    return lines[:end]


def drawn(line: str) -> list[tuple[str, int]]:
    """What is left of a line after tabs, carriage returns and backspaces: characters, and where each stood in it."""
    cells: list[tuple[str, int]] = []
    at = 0
    for index, character in enumerate(line.rstrip("\r")):
        if character == "\r":
            at = 0
        elif character == "\b":
            at = max(at - 1, 0)
        elif not _CONTROL.match(character):
            for cell in " " * (TAB - at % TAB) if character == "\t" else character:
                cells[at : at + 1] = [(cell, index)]
                at += 1
    return cells


def _drawn(line: str) -> str:
    if line.isprintable():
        return line.rstrip()
    return "".join(character for character, _ in drawn(line)).rstrip()
