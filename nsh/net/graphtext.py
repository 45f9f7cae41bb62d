# SPDX-License-Identifier: MIT
"""A graph drawn with characters: boxes and lines of Unicode, or of ASCII where the locale has no other."""

from __future__ import annotations

import os
from itertools import pairwise

from nsh.net.graphlayout import arrange, column_widths, parts, pile
from nsh.net.graphscene import BRANCHES, tucked
from nsh.printable import columns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from nsh.net.graphlayout import Drawing, Path, Placed
    from nsh.net.graphscene import Box, Line, Scene

    Piece = tuple[str, str | None]
    """A text and its style."""

NORTH, EAST, SOUTH, WEST = 1, 2, 4, 8
_LIGHT = " ╵╶└╷│┌├╴┘─┴┐┤┬┼"
_DOUBLE = " ║═╚║║╔╠═╝═╩╗╣╦╬"
_ASCII = " |-+||++-+-++++++"
_OFF_TERMINAL = 120


def speaks_unicode(environment: Mapping[str, str] | None = None) -> bool:
    """Does the locale have more than ASCII? (locale(7): LC_ALL, LC_CTYPE, LANG)

    Where none was chosen, as in most containers, Python has set LC_CTYPE to
    C.UTF-8 before us (PEP 538): then it does.
    """
    environment = os.environ if environment is None else environment
    chosen = next((environment[name] for name in ("LC_ALL", "LC_CTYPE", "LANG") if environment.get(name)), "")
    return "utf-8" in chosen.lower() or "utf8" in chosen.lower()


def draw(scene: Scene, width: int | None, *, unicode: bool = True) -> list[list[Piece]]:
    """The lines of a drawing that is not wider than `width`, each as pieces with a style.

    What hangs together is drawn together, one below the other. What is too wide
    to draw becomes a list that names each other end.
    """
    room = width if width is not None else _OFF_TERMINAL
    lines: list[list[Piece]] = []
    alone: list[Drawing] = []
    for boxes, joins in parts(scene):
        drawing = _fitting(boxes, joins, room)
        if drawing is not None and len(boxes) == 1:
            alone.append(drawing)
            continue
        if lines:
            lines.append([])
        lines += listed(boxes, joins) if drawing is None else rendered(drawing)
    for together in _side_by_side(alone, room):
        if lines:
            lines.append([])
        lines += rendered(together)
    lines += _legend(scene)
    return lines if unicode else [[(_to_ascii(text), style) for text, style in line] for line in lines]


def _fitting(boxes: list[Box], joins: list[Line], room: int) -> Drawing | None:
    """The first that fits: in columns, with less room, one below the other."""
    drawing = arrange(boxes, joins, room)
    if drawing is None:
        less = tucked(boxes, joins)
        drawing = arrange(*less, room) or pile(*less, room)
    return drawing


def rendered(drawing: Drawing) -> list[list[Piece]]:
    """A drawing as lines of characters."""
    return _Canvas(drawing).lines()


def listed(boxes: list[Box], joins: list[Line]) -> list[list[Piece]]:
    """Boxes and their lines as a list."""
    ends: dict[tuple[int, int], list[str]] = {}
    for line in joins:
        ends.setdefault((id(line.a), line.a_row), []).append(_end(line.b, line.b_row))
        ends.setdefault((id(line.b), line.b_row), []).append(_end(line.a, line.a_row))
    lines: list[list[Piece]] = []
    for box in boxes:
        lines.append([(box.title, "name"), (f"  {box.corner}", box.corner_style)])
        name, state, detail = column_widths(box)
        for number, row in enumerate(box.rows):
            to = ", ".join(ends.get((id(box), number), []))
            tail = f"{_padded(row.detail, detail)}  ── {to}" if to else row.detail
            lines.append(
                [(f"  {_padded(row.name, name)}  ", None), (_padded(row.state, state), row.style), (f"  {tail}", None)]
            )
    return lines


def _end(box: Box, row: int) -> str:
    return f"{box.name}:{box.rows[row].name.lstrip(BRANCHES)}"


def _legend(scene: Scene) -> list[list[Piece]]:
    """A word on lines that are not plain, where there are any."""
    words = []
    if any(not line.works for line in scene.lines):
        words.append("┄┄ no packet passes: an end is down")
    if any(line.count > 1 for line in scene.lines):
        words.append("══ several wires, all alike")
    return [[(word, "dim")] for word in words]


def _side_by_side(drawings: list[Drawing], room: int) -> list[Drawing]:
    """Small drawings in as few bands as fit."""
    bands: list[Drawing] = []
    for drawing in drawings:
        if bands and bands[-1].width + 2 + drawing.width <= room:
            last = bands[-1]
            drawing.shift(last.width + 2, 0)
            last.boxes += drawing.boxes
            last.paths += drawing.paths
            last.width, last.height = drawing.width, max(last.height, drawing.height)
        else:
            bands.append(drawing)
    return bands


def _padded(text: str, width: int) -> str:
    return text + " " * (width - columns(text))


class _Cell:
    """What stands in one place: a text, or lines that leave it in some directions."""

    __slots__ = ("arms", "dashed", "double", "style", "text")

    def __init__(self) -> None:
        self.text: str | None = None
        self.style: str | None = None
        self.arms = 0
        self.double = 0
        self.dashed = True

    def shown(self) -> str:
        if self.text is not None:
            return self.text
        if self.double:
            return self._mixed()
        if self.dashed and self.arms in (EAST | WEST, NORTH | SOUTH):
            return "┄" if self.arms == EAST | WEST else "┆"
        return _LIGHT[self.arms]

    def _mixed(self) -> str:
        """Where double lines are: crossing a single one, leaving a box, or alone."""
        single = self.arms & ~self.double
        if not single:
            return _DOUBLE[self.double]
        flat = self.double & (EAST | WEST)
        if single == NORTH | SOUTH and flat == self.double:
            return {EAST: "╞", WEST: "╡"}.get(flat, "╪")
        return "╫" if single == EAST | WEST and not flat else _LIGHT[self.arms]


class _Canvas:
    """Characters by place."""

    def __init__(self, drawing: Drawing) -> None:
        self._cells = [[_Cell() for _ in range(drawing.width)] for _ in range(drawing.height)]
        for placed in drawing.boxes:
            self._box(placed)
        for path in drawing.paths:
            self._path(path)

    def lines(self) -> list[list[Piece]]:
        """Each row as pieces of one style, without blanks at its end."""
        found = []
        for row in self._cells:
            pieces: list[Piece] = []
            for cell in row:
                char, style = cell.shown(), cell.style if cell.text is not None else None
                if pieces and pieces[-1][1] == style:
                    pieces[-1] = (pieces[-1][0] + char, style)
                else:
                    pieces.append((char, style))
            while pieces and not pieces[-1][0].strip():
                pieces.pop()
            if pieces:
                pieces[-1] = (pieces[-1][0].rstrip(), pieces[-1][1])
            found.append(pieces)
        return found

    def _stroke(self, start: tuple[int, int], end: tuple[int, int], *, double: bool, dashed: bool) -> None:
        (x, y), (to_x, to_y) = start, end
        flat = y == to_y
        step = 1 if (to_x, to_y) >= (x, y) else -1
        ahead, back = ((EAST, WEST) if flat else (SOUTH, NORTH))[::step]
        for at in range(x if flat else y, to_x if flat else to_y, step):
            here, there = ((at, y), (at + step, y)) if flat else ((x, at), (x, at + step))
            for (column, row), arm in ((here, ahead), (there, back)):
                cell = self._cells[row][column]
                cell.dashed = cell.dashed and dashed
                cell.arms |= arm
                cell.double |= arm if double else 0

    def _path(self, path: Path) -> None:
        double = path.line.count > 1
        for start, end in pairwise(path.points):
            self._stroke(start, end, double=double, dashed=not path.line.works)

    def _box(self, placed: Placed) -> None:
        box, x, y = placed.box, placed.x, placed.y
        right, bottom = x + placed.width - 1, y + placed.height - 1
        corners = [(x, y), (right, y), (right, bottom), (x, bottom), (x, y)]
        for start, end in pairwise(corners):
            self._stroke(start, end, double=False, dashed=False)
        self._write(x + 2, y, " ", None)
        after = self._write(x + 2, y, box.title, "name")
        self._write(x + 1, y, " ", None)
        self._write(after, y, " ", None)
        if box.corner:
            before = right - columns(box.corner) - 2
            self._write(before, y, " ", None)
            self._write(before + 1, y, box.corner, box.corner_style)
            self._write(right - 1, y, " ", None)
        name, state, _ = column_widths(box)
        for number, row in enumerate(box.rows):
            at = y + 1 + number
            self._write(x + 2, at, row.name, None)
            self._write(x + 2 + name + 2, at, row.state, row.style)
            self._write(x + 2 + name + 2 + state + 2, at, row.detail, None)

    def _write(self, x: int, y: int, text: str, style: str | None) -> int:
        """Put a text; the place after it. A wide character takes two cells, one that joins takes none."""
        for char in text:
            wide = columns(char)
            if wide == 0:
                before = self._cells[y][x - 1]
                before.text = (before.text or "") + char
                continue
            for offset in range(wide):
                cell = self._cells[y][x + offset]
                cell.text, cell.style = ("" if offset else char), style
            x += wide
        return x


def _to_ascii(text: str) -> str:
    """The same in ASCII: lines as `-|+=`, other letters as they are escaped in Python."""
    return "".join(char if char.isascii() else _ascii_for(char) for char in text)


def _ascii_for(char: str) -> str:
    known = {"┄": ".", "┆": ":", "═": "=", "║": "#", "╞": "+", "╡": "+", "╪": "+", "╫": "+", "…": "-", "→": ">"}
    if char in _LIGHT:
        return _ASCII[_LIGHT.index(char)]
    if char in _DOUBLE:
        return "+"
    return known.get(char, "x" if char == "×" else "?" * columns(char))
