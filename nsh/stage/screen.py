# SPDX-License-Identifier: MIT
"""The screen of one session: what its terminal shows, and the same folded to the width of a pane.

A session always has the terminal that pages are tested on, 40 rows of 200
cells, whatever the projector has; the pane folds its lines as a narrower
terminal would (docs/decisions/015-the-stage.md). Only a program that fills
the screen gets one of the pane's own size.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import copy
from typing import Any, NamedTuple

import pyte
from pyte.screens import Char, Cursor

from nsh.transcript.terminal import COLUMNS, ROWS

Fragments = list[tuple[str, str]]
"""(style, text), as prompt_toolkit has them."""

_WHOLE_SCREEN = frozenset({47, 1047, 1049})
"""The private modes that switch to a second screen and back (xterm's ctlseqs)."""

_NAMES = {"brown": "yellow", "brightbrown": "brightyellow", "bfightmagenta": "brightmagenta", "white": "gray"}
_NAMES |= {"brightblack": "brightblack", "brightwhite": "white"}
_EFFECTS = (("bold", "bold"), ("italics", "italic"), ("underscore", "underline"), ("reverse", "reverse"))


class Picture(NamedTuple):
    """All that a screen showed at one moment."""

    rows: dict[int, dict[int, Char]]
    cursor: Cursor


class View(NamedTuple):
    """What a pane shows of a screen; `row` and `column` are the cursor's place in it."""

    lines: list[Fragments]
    row: int
    column: int


class StageScreen(pyte.Screen):
    """A terminal's screen that knows a second one for programs which fill it, and can be set back.

    `answer` takes what a terminal answers when it is asked what it is. What it
    is fed has to be cleaned (`nsh.recording.screens_escapes`).
    """

    def __init__(self, answer: Callable[[str], None]) -> None:
        super().__init__(COLUMNS, ROWS)
        self._answer = answer
        self._beneath: Picture | None = None
        self.pane = (ROWS, COLUMNS)

    @property
    def is_filled(self) -> bool:
        """Has a program taken the whole screen?"""
        return self._beneath is not None

    def write_process_input(self, data: str) -> None:
        """What pyte wants the program to be told."""
        self._answer(data)

    def set_mode(self, *modes: int, **more: Any) -> None:
        """Modes, the second screen among them."""
        if more.get("private") and _WHOLE_SCREEN & set(modes) and self._beneath is None:
            self._beneath = self.picture()
            self.resize(*self.pane)
            self.erase_in_display(2)
        super().set_mode(*modes, **more)

    def reset_mode(self, *modes: int, **more: Any) -> None:
        """The end of modes; after the second screen the first is as it was."""
        super().reset_mode(*modes, **more)
        if more.get("private") and _WHOLE_SCREEN & set(modes) and self._beneath is not None:
            picture, self._beneath = self._beneath, None
            self.resize(ROWS, COLUMNS)
            self.show(picture)

    def picture(self) -> Picture:
        """What is shown now."""
        return Picture({y: dict(row) for y, row in self.buffer.items()}, copy(self.cursor))

    def before_prompt(self) -> Picture:
        """What was shown before the prompt that waits now."""
        picture = self.picture()
        picture.rows.pop(picture.cursor.y, None)
        picture.cursor.x = 0
        return picture

    def show(self, picture: Picture) -> None:
        """Be as at another moment."""
        self.buffer.clear()
        for y, row in picture.rows.items():
            self.buffer[y].update(row)
        self.cursor = copy(picture.cursor)

    def line(self) -> dict[int, Char]:
        """The row of the cursor."""
        return dict(self.buffer[self.cursor.y])

    def put_line(self, cells: dict[int, Char], column: int) -> None:
        """That row where the cursor is, which is put behind its first cells."""
        self.buffer[self.cursor.y].update(cells)
        self.cursor.x = column

    def text_of_line(self) -> str:
        """The row of the cursor as text."""
        return self.display[self.cursor.y].rstrip()


def folded(screen: pyte.Screen, width: int, height: int) -> View:
    """The rows of a screen in a pane of that size; the lowest ones where not all have room."""
    lines: list[Fragments] = []
    at_row = at_column = 0
    for y in range(_used(screen)):
        if y == screen.cursor.y:
            at_row, at_column = len(lines) + screen.cursor.x // width, screen.cursor.x % width
        lines += _fold(screen, y, width)
    while len(lines) <= at_row:
        lines.append([])
    top = min(max(len(lines) - height, 0), at_row)
    return View(lines[top : top + height], at_row - top, at_column)


def _used(screen: pyte.Screen) -> int:
    """How many rows are not empty below their last one, or hold the cursor."""
    written = (y for y, row in screen.buffer.items() if any(map(_is_seen, row.values())))
    return int(max([screen.cursor.y, *written])) + 1


def _is_seen(cell: Char) -> bool:
    return bool(cell.data.strip()) or cell.reverse or cell.bg != "default"


def _fold(screen: pyte.Screen, y: int, width: int) -> Iterator[Fragments]:
    """One row as lines of at most `width` cells; no letter of two cells is cut."""
    row = screen.buffer[y]
    end = max((x for x, cell in row.items() if _is_seen(cell) or not cell.data), default=-1) + 1
    start = 0
    while True:
        stop = min(start + width, end)
        if stop < end and not row[stop].data and width > 1:
            stop -= 1
        yield _fragments(row[x] for x in range(start, stop))
        start = stop
        if start >= end:
            return


def _fragments(cells: Iterator[Char]) -> Fragments:
    found: Fragments = []
    for cell in cells:
        style = _style(cell)
        if found and found[-1][0] == style:
            found[-1] = (style, found[-1][1] + cell.data)
        else:
            found.append((style, cell.data))
    return found


_styles: dict[tuple[object, ...], str] = {}


def _style(cell: Char) -> str:
    """A cell's colours in prompt_toolkit's words."""
    key = tuple(cell[1:])
    if key not in _styles:
        words = [f"{side}:{_colour(name)}" for side, name in (("fg", cell.fg), ("bg", cell.bg)) if name != "default"]
        words += [word for attribute, word in _EFFECTS if getattr(cell, attribute)]
        _styles[key] = " ".join(words)
    return _styles[key]


def _colour(name: str) -> str:
    is_rgb = len(name) == 6 and all(digit in "0123456789abcdef" for digit in name)
    return f"#{name}" if is_rgb else f"ansi{_NAMES.get(name, name)}"
