# SPDX-License-Identifier: MIT
"""What commands return: values that print as text and as JSON, and never print themselves."""

from __future__ import annotations

from nsh.printable import clip, columns, printable, wrapped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

__all__ = [
    "Answer",
    "Column",
    "Finished",
    "Growing",
    "Leave",
    "Lines",
    "Prose",
    "Quiet",
    "Record",
    "Result",
    "Script",
    "Table",
    "Text",
    "printable",
]

_NARROWEST = 8  # a last column is not cut below this
_KEPT = 5000  # lines of a result that grows, for whoever asks afterwards
_FURTHER = "    "  # before the columns that found no room in the line above
_WIDEST = 100  # of prose: longer lines are hard to read


def styled(text: str, style: str | None, color: bool) -> str:
    """The text in the colour of a style, where colour is wanted and the style has one."""
    if not (color and style and text):
        return text
    from nsh.palette import painted  # only on a terminal

    return painted(text, style)


def shown(value: object) -> str:
    """One value as a table shows it: `-` for unknown, yes and no, lists joined by commas."""
    if value is None or value == () or value == []:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return ",".join(shown(item) for item in value)
    return printable(str(value))


class Result:
    """What every command returns.

    `status` becomes `$?`; `notes` are talk, a line each on stderr.
    """

    __slots__ = ("notes", "status")

    def __init__(self, status: int = 0, notes: Iterable[str] = ()) -> None:
        self.status = status
        self.notes = tuple(notes)

    def text(self, width: int | None, color: bool) -> str:
        """What a person reads, without the last newline; '' prints nothing.

        `width` is that of the terminal, None where there is none.
        """
        return ""

    def json(self) -> object:
        """What `--json` prints; None prints nothing."""
        return None


class Quiet(Result):
    """Done, and nothing to show."""

    __slots__ = ()

    def __init__(self, notes: Iterable[str] = ()) -> None:
        super().__init__(0, notes)


class Lines(Result):
    """Some lines, and the same as data. Lines that are `long` are broken at blanks to fit the terminal."""

    __slots__ = ("_data", "_lines", "_long")

    def __init__(
        self, lines: Iterable[str], data: object, notes: Iterable[str] = (), status: int = 0, long: bool = False
    ) -> None:
        super().__init__(status, notes)
        self._lines = tuple(lines)
        self._data = data
        self._long = long

    def text(self, width: int | None, color: bool) -> str:
        """The lines, control characters made visible, namespaces in the colours of their types."""
        lines = [printable(line) for line in self._lines]
        if self._long and width is not None:
            lines = [piece for line in lines for piece in _fitting(line, width)]
        if color:
            from nsh.palette import with_types

            lines = [with_types(line) for line in lines]
        return "\n".join(lines)

    def json(self) -> object:
        """The data."""
        return self._data


class Text(Lines):
    """A text (its newlines are kept), and the same as data."""

    __slots__ = ()

    def __init__(self, text: str, data: object, status: int = 0, notes: Iterable[str] = ()) -> None:
        super().__init__(text.split("\n") if text else (), data, notes, status)


class Prose(Result):
    """Text that is broken at blanks to the width of the terminal: (beginning of the first line, rest) pairs.

    What goes on in a further line stands under the rest, in a narrow window
    further to the left. A no-break space is a blank at which no line ends.
    """

    __slots__ = ("_blocks", "_data", "_widest")

    def __init__(self, blocks: Iterable[tuple[str, str]], data: object, widest: int = _WIDEST) -> None:
        super().__init__()
        self._blocks = tuple(blocks)
        self._data = data
        self._widest = widest

    def text(self, width: int | None, color: bool) -> str:
        """The lines, at most `widest` columns wide also off a terminal."""
        wide = min(width or self._widest, self._widest)
        lines: list[str] = []
        for first, rest in self._blocks:
            is_narrow = columns(first) > wide // 2 and rest
            lines += [first.rstrip()] if is_narrow else []
            lines += wrapped(printable(rest), wide, _FURTHER if is_narrow else first)
        return "\n".join(lines)

    def json(self) -> object:
        """The data."""
        return self._data


class Growing(Result):
    """Lines that come while it is waited for, such as replies and packets; ^C ends it, and it says how it went.

    Who makes one sets `status` and `notes` before the last line has been
    taken, and overrides `json`, which waits for the end as well.
    """

    __slots__ = ("_lines", "_said")

    def __init__(self, lines: Iterator[str]) -> None:
        super().__init__()
        self._lines = lines
        self._said: list[str] = []

    def lines(self) -> Iterator[str]:
        """Each line as soon as there is one; control characters are visible in it."""
        for line in self._lines:
            self._said.append(printable(line))
            if len(self._said) > 2 * _KEPT:
                del self._said[:_KEPT]
            yield self._said[-1]

    def text(self, width: int | None, color: bool) -> str:
        """What has been said, at least the end of it."""
        return "\n".join(self._said)


class Answer(Text):
    """Yes (status 0) or no (status 1), as cmp(1) answers."""

    __slots__ = ("yes",)

    def __init__(self, yes: bool, text: str, data: object, notes: Iterable[str] = ()) -> None:
        super().__init__(text, data, 0 if yes else 1, notes)
        self.yes = yes


class Record(Result):
    """One thing: a `key  value` line for each field; `data` is its JSON object."""

    __slots__ = ("_data", "_fields")

    def __init__(self, fields: Iterable[tuple[str, object]], data: object, notes: Iterable[str] = ()) -> None:
        super().__init__(0, notes)
        self._fields = tuple(fields)
        self._data = data

    def text(self, width: int | None, color: bool) -> str:
        """The fields, values aligned."""
        wide = max((columns(key) for key, _ in self._fields), default=0)
        lines = []
        for key, value in self._fields:
            text = shown(value)
            room = None if width is None else max(width - wide - 2, _NARROWEST)
            pieces = [text] if room is None else wrapped(text, room)
            first, *others = [self._painted(key, piece, color) for piece in pieces]
            heading = f"{styled(key, 'heading', color)}{' ' * (wide - columns(key))}"
            lines += [f"{heading}  {first}", *(f"{' ' * wide}  {other}" for other in others)]
        return "\n".join(line.rstrip() for line in lines)

    def _painted(self, key: str, text: str, color: bool) -> str:
        if not color:
            return text
        from nsh.palette import painted, with_types

        return painted(text, "type") if key in ("type", "types") else with_types(text)

    def json(self) -> object:
        """The object."""
        return self._data


class Column:
    """One column of a table.

    `key` picks the value from a row, `show` turns it into text where the plain
    form is not what a person wants to read. A last column that `wraps` goes on
    below itself where the terminal is too narrow; others are cut.
    """

    __slots__ = ("align", "heading", "key", "show", "style", "wraps")

    def __init__(
        self,
        key: str,
        heading: str,
        align: str = "left",
        style: str | None = None,
        show: Callable[[object], str] | None = None,
        wraps: bool = False,
    ) -> None:
        self.wraps = wraps
        self.key = key
        self.heading = heading.upper()
        self.align = align
        self.style = style
        self.show = show

    def cell(self, row: Mapping[str, object]) -> str:
        """The text of this column in one row."""
        value = row.get(self.key)
        return shown(value) if value is None or self.show is None else printable(self.show(value))


class Table(Result):
    """Rows in aligned columns.

    Keys that no column shows are in the JSON only, those that begin with `_`
    are for columns only.
    """

    __slots__ = ("columns", "rows")

    def __init__(
        self,
        columns: Iterable[Column],
        rows: Sequence[Mapping[str, object]],
        notes: Iterable[str] = (),
        status: int = 0,
    ) -> None:
        super().__init__(status, notes)
        self.columns = tuple(columns)
        self.rows = tuple(rows)

    def text(self, width: int | None, color: bool) -> str:
        """Heading and rows; nothing at all where there is no row.

        On a terminal the last column is cut to its width. Columns that do not
        fit beside the others go on in a further line of each row, a bit to the
        right, under headings of their own.
        """
        if not self.rows:
            return ""
        cells = [[column.cell(row) for column in self.columns] for row in self.rows]
        wide = [
            max(columns(column.heading), *(columns(line[i]) for line in cells)) for i, column in enumerate(self.columns)
        ]
        groups = [range(len(wide))] if width is None else _side_by_side(wide, width)
        heading = self._line([column.heading for column in self.columns], wide, groups, color, "heading")
        return "\n".join([heading, *(self._line(line, wide, groups, color) for line in cells)])

    def _line(
        self, cells: list[str], wide: list[int], groups: list[range], color: bool, style: str | None = None
    ) -> str:
        lines = []
        for group in groups:
            parts: list[str] = []
            further: list[str] = []
            for i in group:
                column = self.columns[i]
                cell, *further = wrapped(cells[i], wide[i]) if column.wraps else [clip(cells[i], wide[i])]
                pad = " " * (wide[i] - columns(cell))
                text = styled(cell, style or column.style, color)
                parts.append(pad + text if column.align == "right" else text + pad * (i != group[-1]))
            before = _FURTHER if group[0] else ""
            lines.append(before + "  ".join(parts))
            below = " " * (len(before) + sum(wide[i] + 2 for i in group[:-1]))
            lines += [below + styled(piece, style or column.style, color) for piece in further]
        return "\n".join(lines)

    def json(self) -> object:
        """The rows: an array of flat objects."""
        return [{key: value for key, value in row.items() if not key.startswith("_")} for row in self.rows]


def _fitting(line: str, width: int) -> list[str]:
    """A line broken at blanks; two of them are kept where no line ends."""
    return [line] if columns(line) <= width else wrapped(line.replace("  ", "\xa0 "), width, "", _FURTHER)


def _side_by_side(wide: list[int], width: int) -> list[range]:
    """Which columns stand in one line, from the left; cuts those in `wide` that nothing can make fit."""
    groups, start, used = [], 0, 0
    for i, wanted in enumerate(wide):
        least = min(wanted, _NARROWEST) if i == len(wide) - 1 else wanted
        if i > start and used + 2 + least > width:
            groups.append(range(start, i))
            start, used = i, len(_FURTHER)
        gap = 2 if i > start else 0
        wide[i] = min(wanted, max(width - used - gap, _NARROWEST))
        used += gap + wide[i]
    return [*groups, range(start, len(wide))]


class Finished(Result):
    """A program ended with this status and has said itself what it had to say."""

    __slots__ = ()

    def __init__(self, status: int, notes: Iterable[str] = ()) -> None:
        super().__init__(status, notes)


class Script(Result):
    """Lines to be read now as if they were typed (`source`); `filename` is for messages."""

    __slots__ = ("arguments", "filename", "source")

    def __init__(self, source: str, filename: str, arguments: Iterable[str] = ()) -> None:
        super().__init__()
        self.source = source
        self.filename = filename
        self.arguments = tuple(arguments)


class Leave(Result):
    """The session ends (`quit`), with this status."""

    __slots__ = ()

    def __init__(self, status: int = 0, notes: Iterable[str] = ()) -> None:
        super().__init__(status, notes)
