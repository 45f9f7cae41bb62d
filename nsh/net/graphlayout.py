# SPDX-License-Identifier: MIT
"""Where boxes and lines go: columns by distance from one box, lines in the channels between them.

By distance, a line joins boxes of one column or of two that are side by side,
never further apart. So each line is: out of a box into a channel, along one
track of it, into a box. Units are characters and rows; both the terminal's
drawing and the SVG come of this.
"""

from __future__ import annotations

from nsh.printable import columns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from nsh.net.graphscene import Box, Line, Scene

GAP = 2  # between tracks
CHANNELS = (9, 5)  # the least width between two columns: a comfortable one, one to make things fit
_MOST_ROOTS = 8
_MOST_LINES = 300  # more than can be told apart on a terminal
_CROWDED = 5  # boxes in a column from which on they stand without a blank row between them


class Placed:
    """A box with its corner at (x, y), `width` wide; row `n` is at y + 1 + n."""

    __slots__ = ("box", "column", "width", "x", "y")

    def __init__(self, box: Box, column: int, width: int) -> None:
        self.box = box
        self.column = column
        self.width = width
        self.x = 0
        self.y = 0

    @property
    def height(self) -> int:
        """With its borders."""
        return len(self.box.rows) + 2


class Path:
    """The points of a line, from border to border."""

    __slots__ = ("line", "points")

    def __init__(self, line: Line, points: list[tuple[int, int]]) -> None:
        self.line = line
        self.points = points


class Drawing:
    """Boxes and lines with their places; `width` and `height` hold all of them."""

    __slots__ = ("boxes", "height", "paths", "width")

    def __init__(self, boxes: list[Placed], paths: list[Path]) -> None:
        self.boxes = boxes
        self.paths = paths
        xs = [x + 1 for path in paths for x, _ in path.points]
        self.width = max([*xs, *(placed.x + placed.width for placed in boxes)], default=0)
        self.height = max((placed.y + placed.height for placed in boxes), default=0)

    def shift(self, x: int, y: int) -> None:
        """Move everything."""
        for placed in self.boxes:
            placed.x += x
            placed.y += y
        for path in self.paths:
            path.points = [(a + x, b + y) for a, b in path.points]
        self.width += x
        self.height += y


def parts(scene: Scene) -> list[tuple[list[Box], list[Line]]]:
    """What hangs together, in the order of the first box of each."""
    near = _neighbours(scene.boxes, scene.lines)
    found: list[tuple[list[Box], list[Line]]] = []
    seen: set[int] = set()
    for box in scene.boxes:
        if id(box) not in seen:
            distance = _distances(box, near)
            seen |= set(distance)
            together = [one for one in scene.boxes if id(one) in distance]
            found.append((together, [line for line in scene.lines if id(line.a) in distance]))
    return found


def arrange(boxes: list[Box], lines: list[Line], room: int | None) -> Drawing | None:
    """A drawing in columns of boxes that hang together, not wider than `room`; None where there is none so narrow."""
    near = _neighbours(boxes, lines)
    if room is not None and len(lines) > _MOST_LINES:
        return None
    roots = _roots(boxes, near)
    for channel in CHANNELS:
        for root in roots:
            drawing = _Layout(boxes, lines, _distances(root, near), channel).draw()
            if room is None or drawing.width <= room:
                return drawing
    return None


def pile(boxes: list[Box], lines: list[Line], room: int) -> Drawing | None:
    """The boxes one below the other, with all lines at the right; None where that is wider than `room`."""
    if len(lines) > _MOST_LINES:
        return None
    near = _neighbours(boxes, lines)
    stacked = _in_a_walk(_roots(boxes, near)[0], near)
    drawing = _Layout(stacked, lines, dict.fromkeys(map(id, stacked), 0), CHANNELS[0]).draw()
    return drawing if drawing.width <= room else None


def inner_width(box: Box) -> int:
    """How wide a box must be, without its borders."""
    name, state, detail = column_widths(box)
    row = name + (2 + state if state else 0) + (2 + detail if detail else 0) + 2
    heading = columns(box.title) + (columns(box.corner) + 3 if box.corner else 0) + 3
    return max(row if box.rows else 0, heading)


def column_widths(box: Box) -> tuple[int, int, int]:
    """Of names, states and details."""
    rows = box.rows
    return (
        max((columns(row.name) for row in rows), default=0),
        max((columns(row.state) for row in rows), default=0),
        max((columns(row.detail) for row in rows), default=0),
    )


def _neighbours(boxes: Iterable[Box], lines: Iterable[Line]) -> dict[int, list[Box]]:
    near: dict[int, list[Box]] = {id(box): [] for box in boxes}
    for line in lines:
        if line.a is not line.b:
            near[id(line.a)].append(line.b)
            near[id(line.b)].append(line.a)
    return near


def _distances(root: Box, near: dict[int, list[Box]]) -> dict[int, int]:
    """How many lines away from one box each is that hangs together with it."""
    distance = {id(root): 0}
    edge = [root]
    while edge:
        following: list[Box] = []
        for box in edge:
            for other in near[id(box)]:
                if id(other) not in distance:
                    distance[id(other)] = distance[id(box)] + 1
                    following.append(other)
        edge = following
    return distance


def _in_a_walk(root: Box, near: dict[int, list[Box]]) -> list[Box]:
    """All boxes, each soon after one that it is joined to, the ends of lines first."""
    found: dict[int, Box] = {}
    waiting = [root]
    while waiting:
        box = waiting.pop()
        if id(box) not in found:
            found[id(box)] = box
            following = near[id(box)][::-1]
            following.sort(key=lambda one: -len(near[id(one)]))
            waiting += following
    return list(found.values())


def _roots(boxes: list[Box], near: dict[int, list[Box]]) -> list[Box]:
    """What may stand left, the best first: an end of a chain, else the middle; then whatever makes few columns."""
    degree = {id(box): len({id(other) for other in near[id(box)]}) for box in boxes}
    order = {id(box): number for number, box in enumerate(boxes)}
    if len(boxes) > 200:
        return sorted(boxes, key=lambda box: (-degree[id(box)], order[id(box)]))[:1]
    depth = {id(box): max(_distances(box, near).values()) for box in boxes}
    middle_first = sorted(boxes, key=lambda box: (depth[id(box)], -degree[id(box)], order[id(box)]))
    ends = [box for box in boxes if degree[id(box)] == 1]
    is_chain = len(ends) == 2 and all(degree[id(box)] <= 2 for box in boxes)
    return [*(ends if is_chain else []), *middle_first][:_MOST_ROOTS]


class _Layout:
    def __init__(self, boxes: list[Box], lines: list[Line], distance: dict[int, int], channel: int) -> None:
        self._lines = lines
        self._channel = channel
        self._placed = {id(box): Placed(box, distance[id(box)], inner_width(box) + 2) for box in boxes}
        self._columns: list[list[Placed]] = [[] for _ in range(max(distance.values()) + 1)]
        for placed in self._placed.values():
            self._columns[placed.column].append(placed)
        for column in self._columns:
            widest = max(placed.width for placed in column)
            for placed in column:
                placed.width = widest

    def draw(self) -> Drawing:
        x, paths = 0, []
        for number, column in enumerate(self._columns):
            if number:
                self._stack(number)
            else:
                _pile(column)
        for number, column in enumerate(self._columns):
            routed, width = self._route(number)
            for placed in column:
                placed.x = x
            left, right = x + column[0].width, x + column[0].width + width
            paths += [Path(line, _points(a, b, left, right, track)) for line, a, b, track in routed]
            x = right
        drawing = Drawing(list(self._placed.values()), paths)
        drawing.shift(0, -min(placed.y for placed in drawing.boxes))
        return drawing

    # Up and down.

    def _row(self, box: Box, row: int) -> int:
        return self._placed[id(box)].y + 1 + row

    def _joins(self, number: int) -> list[tuple[Line, Box, int, Box, int]]:
        """The lines between a column and the next, as (line, left box, its row, right box, its row)."""
        found = []
        for line in self._lines:
            a, b = self._placed[id(line.a)].column, self._placed[id(line.b)].column
            if {a, b} == {number, number + 1}:
                ends = (line.a, line.a_row, line.b, line.b_row)
                found.append((line, *(ends if a == number else (*ends[2:], *ends[:2]))))
        return found

    def _stack(self, number: int) -> None:
        """Put the boxes of a column as near as can be to where their lines come from."""
        wanted: dict[int, list[int]] = {}
        order: dict[int, list[int]] = {}
        for _, left, left_row, right, right_row in self._joins(number - 1):
            row = self._row(left, left_row)
            order.setdefault(id(right), []).append(row)
            wanted.setdefault(id(right), []).append(row - right_row - 1)
        column = self._columns[number]
        column.sort(key=lambda placed: sum(order[id(placed.box)]) / len(order[id(placed.box)]))
        blank = 0 if len(column) > _CROWDED else 1
        ideal = [sum(wanted[id(placed.box)]) / len(wanted[id(placed.box)]) for placed in column]
        places = _spread(ideal, [placed.height + blank for placed in column])
        for placed, y in zip(column, places, strict=True):
            placed.y = y
        while self._tracks(number - 1) is None:  # two lines would each have to turn before the other
            for placed in column:
                placed.y += 1

    # Along the channels.

    def _segments(self, number: int) -> list[tuple[Line, int, int, bool]]:
        """(line, row at the left, other row, whether that is at the left too) of a channel."""
        found = [
            (line, self._row(left, left_row), self._row(right, right_row), False)
            for line, left, left_row, right, right_row in self._joins(number)
        ]
        for line in self._lines:
            if self._placed[id(line.a)].column == self._placed[id(line.b)].column == number:
                found.append((line, self._row(line.a, line.a_row), self._row(line.b, line.b_row), True))
        return found

    def _tracks(self, number: int) -> dict[int, int] | None:
        """{segment: track} of those that turn; None where no order of turning keeps them apart."""
        segments = self._segments(number)
        turning = [i for i, (_, a, b, loops) in enumerate(segments) if a != b or loops]
        before = {i: {j for j in turning if j != i and _turns_before(segments[j], segments[i])} for i in turning}
        tracks: dict[int, int] = {}
        waiting = sorted(turning, key=lambda i: _nesting(segments[i]))
        while waiting:
            ready = next((i for i in waiting if before[i] <= tracks.keys()), None)
            if ready is None:
                return None
            waiting.remove(ready)
            apart = [tracks[i] + 1 for i in tracks if i in before[ready] or _overlap(segments[i], segments[ready])]
            tracks[ready] = max(apart, default=0)
        return tracks

    def _route(self, number: int) -> tuple[list[tuple[Line, tuple[int, bool], tuple[int, bool], int]], int]:
        """The lines of a channel, each with its rows, sides and track; and the width of the channel."""
        segments = self._segments(number)
        tracks = self._tracks(number) or {}
        deepest = max(tracks.values(), default=-1)
        is_last = number == len(self._columns) - 1
        width = (deepest + 1) * GAP + 3 if deepest >= 0 else 0
        if not is_last:
            width = max(width, self._channel)
        indent = (width - (deepest + 1) * GAP) // 2 if not is_last else GAP
        routed = []
        for i, (line, a, b, loops) in enumerate(segments):
            track = indent + GAP * tracks[i] if i in tracks else 0
            routed.append((line, (a, False), (b, not loops), track))
        return routed, width


def _pile(column: list[Placed]) -> None:
    """Put boxes one below the other."""
    y = 0
    for placed in column:
        placed.y = y
        y += placed.height


def _points(a: tuple[int, bool], b: tuple[int, bool], left: int, right: int, track: int) -> list[tuple[int, int]]:
    """From border to border; `left` and `right` are the first columns after and of the boxes there."""
    start, end = (left - 1, a[0]), (right if b[1] else left - 1, b[0])
    if a[0] == b[0] and b[1]:
        return [start, end]
    return [start, (left + track, a[0]), (left + track, b[0]), end]


def _turns_before(one: tuple[Line, int, int, bool], other: tuple[Line, int, int, bool]) -> bool:
    """Must one turn further left, because the other comes in at the right in a row where it begins?"""
    rows = (one[1], one[2]) if one[3] else (one[1],)
    return not other[3] and other[2] in rows and other[1] != other[2]


def _nesting(segment: tuple[Line, int, int, bool]) -> tuple[int, int]:
    """The order in which lines that fan out do not cross: of those that go down, the lowest turns first."""
    _, a, b, loops = segment
    if loops:
        return 0, abs(a - b)
    return 1, (-a if b > a else a)


def _overlap(one: tuple[Line, int, int, bool], other: tuple[Line, int, int, bool]) -> bool:
    return max(min(one[1:3]), min(other[1:3])) <= min(max(one[1:3]), max(other[1:3]))


def _spread(ideal: list[float], heights: list[int]) -> list[int]:
    """Places in this order, none upon another, as near to the ideal ones as can be (isotonic regression)."""
    above, total = [], 0
    for height in heights:
        above.append(total)
        total += height
    blocks: list[tuple[float, int]] = []
    for want, offset in zip(ideal, above, strict=True):
        mean, count = want - offset, 1
        while blocks and blocks[-1][0] > mean:
            other, others = blocks.pop()
            mean, count = (mean * count + other * others) / (count + others), count + others
        blocks.append((mean, count))
    levels = [mean for mean, count in blocks for _ in range(count)]
    return [round(level) + offset for level, offset in zip(levels, above, strict=True)]
