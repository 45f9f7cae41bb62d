# SPDX-License-Identifier: MIT
"""Terminal output as the lines a reader sees, each in runs of one colour.

The text is that of `nsh.transcript.normal`, which transcripts compare; the
colours (SGR, ECMA-48 8.3.117) are kept beside it, so that text can be replaced
wherever a colour begins in its middle.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from nsh import palette
from nsh.transcript.normal import drawn, lines_of, without_escapes

_SGR = re.compile(r"(?:\x1b\[|\x9b)(?P<codes>[0-9;:]{0,200})m")
_EXTENDED = ("38", "48")
_LONGEST = {"5": 3, "2": 5}
"""Numbers of an extended colour, by its second: `38;5;N`, `38;2;R;G;B`."""
_OFF = {"22": ("1", "2"), "23": ("3",), "24": ("4",), "25": ("5", "6"), "27": ("7",), "28": ("8",), "29": ("9",)}


class Run(NamedTuple):
    """Text in one colour: `codes` are the numbers of its escape sequence, empty for plain text."""

    text: str
    codes: str = ""


Line = tuple[Run, ...]
"""A line without its end."""

_Cell = tuple[str, str]


def plain(line: Iterable[Run]) -> str:
    """The line's text."""
    return "".join(run.text for run in line)


def written(line: Iterable[Run]) -> str:
    """The line for a terminal."""
    return "".join(f"\x1b[{run.codes}m{run.text}\x1b[0m" if run.codes and run.text else run.text for run in line)


def in_role(text: str, role: str) -> Run:
    """Text in the colour of a kind of word (`nsh.palette`)."""
    return Run(text, palette.sgr("bold" if role == "type" else palette.colour(role)))


def painted_lines(raw: str) -> list[Line]:
    """The lines of terminal output, as `lines_of` has them, in their colours."""
    codes: list[str] = []
    text = ""
    for piece, code in _coloured(raw):
        shown = without_escapes(piece)
        text += shown
        codes += [code] * len(shown)
    lines: list[Line] = []
    at = 0
    for line, wanted in zip(text.split("\n"), lines_of(text), strict=False):
        lines.append(_runs((character, codes[at + index]) for character, index in drawn(line)[: len(wanted)]))
        at += len(line) + 1
    return lines


def replaced(line: Line, start: int, end: int, text: str) -> Line:
    """The line with other text from `start` to `end`, in the colour of what stood there first."""
    cells = _cells(line)
    codes = cells[start][1] if start < len(cells) else ""
    return _runs([*cells[:start], *((character, codes) for character in text), *cells[end:]])


def recoloured(text: str, like: Line) -> Line:
    """Another text in the colours of a line that says the same with other values: word by word."""
    cells = _cells(like)
    groups = [list(group) for _, group in groupby(cells, key=lambda cell: cell[0].isspace())]
    pieces = re.findall(r"\s+|\S+", text)
    if len(groups) != len(pieces):  # numbers that begin a line are right-aligned, or not
        groups = [group for group in groups if not group[0][0].isspace()]
        pieces = re.findall(r"\s*\S+", text)
    if len(groups) != len(pieces):
        return (Run(text),) if text else ()
    return _runs(cell for piece, group in zip(pieces, groups, strict=True) for cell in _in_colours(piece, group))


def _in_colours(text: str, like: Sequence[_Cell]) -> Iterator[_Cell]:
    """Letter by letter where there are as many, else all in the first letter's colour."""
    for at, character in enumerate(text):
        yield character, like[at if len(like) == len(text) else 0][1]


def _coloured(raw: str) -> Iterator[tuple[str, str]]:
    """The text between the colours' sequences, with the numbers of the colour it is in."""
    state: list[str] = []
    at = 0
    for match in _SGR.finditer(raw):
        yield raw[at : match.start()], ";".join(state)
        state = _after(state, match["codes"])
        at = match.end()
    yield raw[at:], ";".join(state)


def _after(state: Sequence[str], codes: str) -> list[str]:
    """The colours in force after one more sequence, in an order of their own."""
    now = list(state)
    for code in _each(codes):
        if code.lstrip("0") == "":
            now = []
            continue
        slot = _slot(code)
        gone = _OFF.get(code, ())
        now = [old for old in now if _slot(old) != slot and old not in gone]
        now += [] if code in _OFF or code in ("39", "49") else [code]
    return sorted(now, key=lambda code: [int(number) if number else 0 for number in re.split("[;:]", code)])


def _each(codes: str) -> Iterator[str]:
    """The colours and effects of one sequence, extended colours as one."""
    numbers = codes.split(";")
    at = 0
    while at < len(numbers):
        count = _LONGEST.get(numbers[at + 1], 2) if numbers[at] in _EXTENDED and at + 1 < len(numbers) else 1
        yield ";".join(numbers[at : at + count])
        at += count


def _slot(code: str) -> str:
    """Codes of one slot exclude each other: an ink, a paper, each effect by itself."""
    number = int(re.split("[;:]", code)[0] or 0)
    if 30 <= number <= 39 or 90 <= number <= 97:
        return "ink"
    if 40 <= number <= 49 or 100 <= number <= 107:
        return "paper"
    return code


def _cells(line: Line) -> list[_Cell]:
    return [(character, run.codes) for run in line for character in run.text]


def _runs(cells: Iterable[_Cell]) -> Line:
    return tuple(
        Run("".join(character for character, _ in group), codes)
        for codes, group in groupby(cells, key=lambda cell: cell[1])
    )
