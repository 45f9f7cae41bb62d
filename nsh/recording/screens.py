# SPDX-License-Identifier: MIT
"""A recording as a tape of lines, and the moments at which they change: what pictures and players are made of.

A screen forgets what scrolls off its top; a tape does not. Lines keep their
place on it for ever, and the window moves down along it, so that what was
written once is drawn once. A program with a screen of its own (vim, less) gets
a tape of its own each time.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass
from itertools import accumulate, groupby
from typing import Any, NamedTuple

import pyte
from pyte.modes import DECTCEM

from nsh.recording.events import Reel
from nsh.recording.inks import PLAIN, Style, styled
from nsh.recording.screens_escapes import Cleaner, Mark, is_mark

GRAIN = 0.05
"""Seconds; what follows each other faster is one change."""
LONGEST_PAUSE = 2.0
"""Seconds after which something must happen, as in players of casts (`idle_time_limit`)."""
MOST_FRAMES = 2000
"""A long recording gets a coarser grain instead of more."""

_MOST_MARKS = 8
_ALTERNATE = {47, 1047, 1049}


class Place(NamedTuple):
    """A line: of the tape 0, where all begins, or of that of the nth program with a screen of its own."""

    tape: int
    line: int


class Run(NamedTuple):
    """Text of one style from a column on; `width` in columns. Wide characters stand in runs of their own."""

    column: int
    width: int
    text: str
    style: Style

    @property
    def is_wide(self) -> bool:
        """Does each character take two columns?"""
        return self.width == 2 * sum(not is_mark(character) for character in self.text)


Row = tuple[Run, ...]
"""A line without the blanks at its end; its runs leave no gaps."""


class Spot(NamedTuple):
    """Where the cursor is."""

    place: Place
    column: int


class Frame(NamedTuple):
    """What is different after `seconds`: lines, the first one in the window, the cursor (None: hidden)."""

    seconds: float
    rows: dict[Place, Row]
    view: Place
    cursor: Spot | None


@dataclass(slots=True)
class Part:
    """One step of the recording: its label, when it begins, its lines on the first tape (`end` is not one of them)."""

    label: str
    seconds: float
    first: int
    end: int | None = None


@dataclass(frozen=True, slots=True)
class Film:
    """A recording, developed. `columns` and `rows` are the largest size of its terminal."""

    columns: int
    rows: int
    frames: tuple[Frame, ...]
    parts: tuple[Part, ...]
    seconds: float

    def seen(self) -> set[Place]:
        """The lines that are in the window at some time; long output runs through it too fast for most of its lines."""
        drawn: set[Place] = set()
        seen: set[Place] = set()
        for frame in self.frames:
            drawn.update(frame.rows)
            window = {Place(frame.view.tape, frame.view.line + row) for row in range(self.rows)}
            seen |= window & drawn
        return seen

    def lines(self) -> list[Row]:
        """The first tape from top to bottom, as it is in the end."""
        rows = {place.line: row for frame in self.frames for place, row in frame.rows.items() if place.tape == 0}
        return [rows.get(line, ()) for line in range(max(rows, default=-1) + 1)]

    def above(self) -> list[int]:
        """For each tape, how many lines lie above it when each is laid below the one before; the last is their sum.

        Where there are several, none is shorter than the window, which would show what lies below.
        """
        places = [Place(0, -1)]
        for frame in self.frames:
            places += [*frame.rows, frame.view, *([frame.cursor.place] if frame.cursor else [])]
        tapes = max(place.tape for place in places) + 1
        lengths = [0] * tapes
        for place in places:
            lengths[place.tape] = max(lengths[place.tape], place.line + 1)
        for frame in self.frames if tapes > 1 else ():
            lengths[frame.view.tape] = max(lengths[frame.view.tape], frame.view.line + self.rows)
        return list(accumulate(lengths, initial=0))


class _Screen(pyte.Screen):
    """pyte's screen with tapes, the other screen (xterm's 1049) and dim text (SGR 2)."""

    def __init__(self, columns: int, lines: int) -> None:
        self.tape = 0
        self.tops = [0]
        self.finished: dict[Place, Row] = {}
        self._primary: tuple[Any, Any] | None = None
        super().__init__(columns, lines)

    def changed(self) -> dict[Place, Row]:
        """The lines that were drawn upon since the last time."""
        self.collect()
        rows, self.finished = self.finished, {}
        return rows

    def collect(self) -> None:
        """Keep the lines as they are now."""
        for y in sorted(self.dirty):
            if y < self.lines:
                self.finished[Place(self.tape, self.tops[self.tape] + y)] = _row(self.buffer[y])
        self.dirty.clear()

    def index(self) -> None:
        """Line feed; at the bottom the window moves down along the tape."""
        if self.cursor.y != self.lines - 1 or (self.margins and self.margins != (0, self.lines - 1)):
            super().index()
            return
        self.collect()
        super().index()
        self.tops[self.tape] += 1
        self.dirty.clear()
        self.dirty.add(self.lines - 1)

    def scroll_up(self, count: int = 1) -> None:
        """SU: new lines at the bottom, wherever the cursor is."""
        y = self.cursor.y
        self.cursor.y = self.margins.bottom if self.margins else self.lines - 1
        for _ in range(min(count or 1, self.lines)):
            self.index()
        self.cursor.y = y

    def scroll_down(self, count: int = 1) -> None:
        """SD: new lines at the top."""
        y = self.cursor.y
        self.cursor.y = self.margins.top if self.margins else 0
        for _ in range(min(count or 1, self.lines)):
            self.reverse_index()
        self.cursor.y = y

    def draw(self, data: str) -> None:
        """Text; a mark is drawn upon the character before it, where pyte takes few marks for one."""
        if data.isascii():
            super().draw(data)
            return
        for marks, group in groupby(data, key=is_mark):
            for character in group:
                if marks:
                    self._draw_upon(character)
                else:
                    super().draw(character)

    def _draw_upon(self, mark: str) -> None:
        line = self.buffer[self.cursor.y]
        x = self.cursor.x - 1
        if line[x].data == "":
            x -= 1  # the second cell of a wide character
        if x >= 0 and len(line[x].data) < _MOST_MARKS:
            line[x] = line[x]._replace(data=line[x].data + mark)
            self.dirty.add(self.cursor.y)

    def select_graphic_rendition(self, *numbers: int) -> None:
        """SGR: pyte knows no dim, and gives the sixteen colours values; the style stands in its place for an ink."""
        style = styled(numbers or (0,), _style(self.cursor.attrs))
        self.cursor.attrs = self.default_char._replace(fg=style)  # type: ignore[arg-type]

    def set_mode(self, *modes: int, **options: Any) -> None:
        """Modes; some give a program a screen of its own."""
        if options.get("private") and _ALTERNATE & set(modes) and self._primary is None:
            self.collect()
            self._primary = (self.buffer, self.cursor)
            self.buffer, self.cursor = pyte.Screen(self.columns, self.lines).buffer, copy(self.cursor)
            self.tape = len(self.tops)
            self.tops.append(0)
        super().set_mode(*modes, **options)

    def reset_mode(self, *modes: int, **options: Any) -> None:
        """Modes; leaving a program's own screen brings back what was there before."""
        super().reset_mode(*modes, **options)
        if options.get("private") and _ALTERNATE & set(modes) and self._primary is not None:
            self.collect()
            self.buffer, self.cursor = self._primary
            self._primary = None
            self.tape = 0

    def resize(self, lines: int | None = None, columns: int | None = None) -> None:
        """Another size; as in xterm, lines go at the bottom as long as the cursor is not there."""
        self.set_margins()
        lines = lines or self.lines
        for _ in range(self.cursor.y - lines + 1):
            self.scroll_up()
            self.cursor.y -= 1
        for y in range(lines, self.lines):
            if self.buffer.pop(y, None):
                self.finished[Place(self.tape, self.tops[self.tape] + y)] = ()
        self.lines = lines
        super().resize(lines, columns)

    @property
    def view(self) -> Place:
        """The first line in the window."""
        return Place(self.tape, self.tops[self.tape])

    @property
    def spot(self) -> Spot | None:
        """Where the cursor is, None if it is hidden."""
        if DECTCEM not in self.mode:
            return None
        return Spot(Place(self.tape, self.tops[self.tape] + self.cursor.y), min(self.cursor.x, self.columns - 1))


class _Stream(pyte.Stream):
    """pyte's parser, with two sequences more."""

    def __init__(self, screen: _Screen) -> None:
        self.csi = {**pyte.Stream.csi, "S": "scroll_up", "T": "scroll_down"}
        super().__init__(screen)


class Tape:
    """A terminal that is written to: its lines, and where prompts and outputs begin and end."""

    def __init__(self, columns: int, rows: int) -> None:
        self.screen = _Screen(columns, rows)
        self.screen.dirty.clear()  # a new screen is all drawn upon, pyte says
        self._stream = _Stream(self.screen)
        self._stream.use_utf8 = False  # else it takes no line-drawing characters
        self._cleaner = Cleaner()

    def feed(self, text: str) -> Iterator[tuple[Mark, Place]]:
        """Write; each mark in the text comes with its line when all before it is drawn."""
        for piece in self._cleaner.clean(text):
            if isinstance(piece, str):
                self._stream.feed(piece)
            else:
                yield piece, self.here()

    def here(self) -> Place:
        """The line that the cursor is in."""
        return Place(self.screen.tape, self.screen.tops[self.screen.tape] + self.screen.cursor.y)


def title_of(reel: Reel) -> str:
    """What it is called; every picture and every page is called something."""
    return reel.title or reel.command or "A recording"


def developed(reel: Reel, *, is_whole: bool = False) -> Film:
    """The recording; `is_whole`: with a frame for each event, also for those that nobody sees in a picture."""
    developing = _Developing(reel, 0.0 if is_whole else GRAIN)
    frames = tuple(developing.frames())
    return Film(developing.columns, developing.rows, frames, tuple(developing.parts), developing.now)


class _Developing:
    """Plays a reel into a terminal and looks at it after each change."""

    def __init__(self, reel: Reel, grain: float) -> None:
        self._reel = reel
        self._tape = Tape(reel.columns, reel.rows)
        self.columns, self.rows = reel.columns, reel.rows
        self.parts: list[Part] = []
        self.now = 0.0
        self._prompt: int | None = None
        total = sum(min(event.interval, LONGEST_PAUSE) for event in reel.events)
        self._grain = max(grain, total / MOST_FRAMES) if grain else 0.0

    def frames(self) -> Iterator[Frame]:
        """A frame for each grain of time in which something changed."""
        at = 0.0
        before: tuple[Place, Spot | None] | None = None
        for event in self._reel.events:
            self.now += min(event.interval, LONGEST_PAUSE)
            if self.now - at >= self._grain:
                frame = self._frame(at)
                if frame.rows or before != (frame.view, frame.cursor):
                    yield frame
                before = (frame.view, frame.cursor)
                at = self.now
            self._do(event.code, event.data)
        yield self._frame(at)

    def _frame(self, seconds: float) -> Frame:
        screen = self._tape.screen
        return Frame(round(seconds, 3), screen.changed(), screen.view, screen.spot)

    def _do(self, code: str, data: str) -> None:
        if code == "o":
            for mark, place in self._tape.feed(data):
                if mark.letter == "A":
                    self._prompt = place.line
                elif mark.letter == "D":
                    self._end_part(place.line)
        elif code == "m":
            # Some write the marker before what is typed, some behind it; the step begins with its prompt.
            line = self._tape.here().line if self._prompt is None else self._prompt
            self._prompt = None
            self._end_part(line)
            self.parts.append(Part(data, self.now, line))
        elif code == "r":
            columns, _, rows = data.partition("x")
            if columns.isdigit() and rows.isdigit() and int(columns) and int(rows):
                self._tape.screen.resize(int(rows), int(columns))
                self.columns, self.rows = max(self.columns, int(columns)), max(self.rows, int(rows))

    def _end_part(self, line: int) -> None:
        if self.parts and self.parts[-1].end is None:
            self.parts[-1].end = line


def _style(cell: Any) -> Style:
    return cell.fg if isinstance(cell.fg, Style) else PLAIN


def _row(cells: Any) -> Row:
    """The runs of a line of pyte's buffer, which holds only the cells that were written to."""
    end = max((x + 1 for x in cells if cells[x].data.strip() or _is_seen(_style(cells[x]))), default=0)
    found = [(x, cells[x].data, _style(cells[x]), _is_wide(cells, x, end)) for x in range(end)]
    runs = []
    for (style, _), group in groupby(found, key=lambda cell: cell[2:]):
        run = list(group)
        runs.append(Run(run[0][0], len(run), "".join(text for _, text, _, _ in run), style))
    return tuple(runs)


def _is_wide(cells: Any, x: int, end: int) -> bool:
    """Is this one of the two cells of a wide character? The second one is empty."""
    return cells[x].data == "" or (x + 1 < end and cells[x + 1].data == "")


def _is_seen(style: Style) -> bool:
    """Does a blank in this style show?"""
    return bool(style.paper or style.reverse or style.underline or style.strike)
