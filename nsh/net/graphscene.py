# SPDX-License-Identifier: MIT
"""From namespaces to boxes: what is said of each device, and many that are alike as one box."""

from __future__ import annotations

from nsh.net.graph import End
from nsh.net.graphfold import MOST_ALIKE, alike, state_of, worth_showing
from nsh.printable import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from nsh.net.graph import Graph, Space, Wire
    from nsh.net.state import Address, Link

BRANCHES = "├└│ "  # what may stand before the name of a device that is upon another
MOST_ADDRESSES = 8  # of one device; how many more there are is said
_DEEPEST = 8  # devices upon devices: the kernel's own limit


class Row:
    """A line of a box: a device, its state (`style` good, bad or dim), its addresses or kind."""

    __slots__ = ("detail", "name", "state", "style")

    def __init__(self, name: str, state: str, style: str, detail: str) -> None:
        self.name = name
        self.state = state
        self.style = style
        self.detail = detail


class Box:
    """A namespace, or several that are alike: `name` is what they are called, `title` what stands above."""

    __slots__ = ("corner", "corner_style", "name", "rows", "title")

    def __init__(self, name: str, title: str, corner: str, corner_style: str) -> None:
        self.name = name
        self.title = title
        self.corner = corner
        self.corner_style = corner_style
        self.rows: list[Row] = []


class Line:
    """What joins a row of one box to a row of another (or of the same): `count` wires, that work or do not."""

    __slots__ = ("a", "a_row", "b", "b_row", "count", "works")

    def __init__(self, a: Box, a_row: int, b: Box, b_row: int, count: int, works: bool) -> None:
        self.a = a
        self.a_row = a_row
        self.b = b
        self.b_row = b_row
        self.count = count
        self.works = works


class Scene:
    """What is to be drawn; every text in it can be shown on a terminal."""

    __slots__ = ("boxes", "lines")

    def __init__(self, boxes: list[Box], lines: list[Line]) -> None:
        self.boxes = boxes
        self.lines = lines


def scene(graph: Graph, *, fold: bool = True) -> Scene:
    """The boxes and lines of a graph; with `fold`, namespaces that are alike in one."""
    return _Composer(graph, fold).compose()


def tucked(boxes: list[Box], lines: list[Line]) -> tuple[list[Box], list[Line]]:
    """The same with less room: a box that hangs on one device of another stands in that device's row."""
    words = _words_for_leaves(lines)
    leaves = {leaf for leaf, _ in words.values()}
    kept: dict[int, Box] = {}
    for box in boxes:
        if id(box) not in leaves:
            kept[id(box)] = copy = Box(box.name, box.title, box.corner, box.corner_style)
            copy.rows = [_with(row, words.get((id(box), number))) for number, row in enumerate(box.rows)]
    rest = [line for line in lines if id(line.a) in kept and id(line.b) in kept]
    return list(kept.values()), [
        Line(kept[id(line.a)], line.a_row, kept[id(line.b)], line.b_row, line.count, line.works) for line in rest
    ]


def _words_for_leaves(lines: list[Line]) -> dict[tuple[int, int], tuple[int, str]]:
    """{(box, row): (the box that hangs there, what to say of it)}, for boxes of one device."""
    count: dict[int, int] = {}
    for line in lines:
        for box in (line.a, line.b):
            count[id(box)] = count.get(id(box), 0) + 1
    found: dict[tuple[int, int], tuple[int, str]] = {}
    for line in lines:
        for leaf, hub, row in ((line.a, line.b, line.b_row), (line.b, line.a, line.a_row)):
            if count[id(leaf)] == 1 < count[id(hub)] and not any(one.name for one in leaf.rows[1:]):
                found[id(hub), row] = (id(leaf), f"── {_in_a_word(leaf)}")
    return found


def _in_a_word(leaf: Box) -> str:
    """A box in the row of another."""
    row = leaf.rows[0]
    troubles = [row.state] * (row.style == "bad") + [leaf.corner] * (leaf.corner_style == "bad")
    return " ".join([f"{leaf.name}:{row.name}", *troubles, row.detail]).rstrip()


def _with(row: Row, leaf: tuple[int, str] | None) -> Row:
    if leaf is None:
        return row
    return Row(row.name, row.state, row.style, f"{row.detail}  {leaf[1]}".lstrip())


def ranges(names: Iterable[str]) -> str:
    """Names in the notation of `new`: `h1 h2 h3 x` is `h[1..3] x`."""
    runs: list[tuple[str, int | None, int | None]] = []
    for name in names:
        stem = name.rstrip("0123456789")
        digits = name[len(stem) :]
        number = int(digits) if digits and (digits == "0" or digits[0] != "0") and len(digits) < 10 else None
        last = runs[-1] if runs else None
        if last is not None and number is not None and last[0] == stem and last[2] == number - 1:
            runs[-1] = (stem, last[1], number)
        else:
            runs.append((stem if number is not None else name, number, number))
    return " ".join(_run(*run) for run in runs)


def _run(stem: str, first: int | None, last: int | None) -> str:
    if first is None:
        return stem
    return f"{stem}{first}" if first == last else f"{stem}[{first}..{last}]"


class _Composer:
    def __init__(self, graph: Graph, fold: bool) -> None:
        self._graph = graph
        self._wires: dict[End, list[Wire]] = {}
        for wire in graph.wires:
            self._wires.setdefault(wire.one, []).append(wire)
            if wire.other is not None and wire.other != wire.one:
                self._wires.setdefault(wire.other, []).append(wire)
        self._groups = alike(graph) if fold else [[space] for space in graph.spaces]
        self._group_of = {space.inode: number for number, group in enumerate(self._groups) for space in group}
        self._row_of: dict[End, tuple[Box, int]] = {}

    def compose(self) -> Scene:
        boxes = [self._box(group) for group in self._groups]
        return Scene(boxes, self._lines())

    # Boxes.

    def _box(self, group: list[Space]) -> Box:
        space = group[0]
        corner, style = _corner(space)
        name = printable(ranges(one.label for one in group))
        box = Box(name, name if len(group) == 1 else f"{name}: {len(group)} alike", corner, style)
        if len(group) > 1:
            self._rows_of_many(box, group)
        else:
            for branch, links in self._entries(space):
                self._add_rows(box, branch, [End(space, link) for link in links])
        return box

    def _rows_of_many(self, box: Box, group: list[Space]) -> None:
        """A row for each device that all of them have: by what it is wired to, else by its name."""
        ends: dict[object, list[End]] = {}
        for space in group:
            for _, links in self._entries(space):
                key = self._far_group(space, links[0])
                ends.setdefault(links[0].name if key is None else key, []).extend(End(space, link) for link in links)
        for branch, links in self._entries(group[0]):
            key = self._far_group(group[0], links[0])
            self._add_rows(box, branch, ends.pop(links[0].name if key is None else key, []), len(group))

    def _entries(self, space: Space) -> list[tuple[str, list[Link]]]:
        """The devices in the order of the box: (branch, those in one row); ports below their bridge."""
        below: dict[int | None, list[Link]] = {}
        for link in space.links:
            if link.kind != "loopback":
                below.setdefault(_upper(space, link), []).append(link)
        found: list[tuple[str, list[Link]]] = []
        self._descend(space, below, None, "", found)
        shown = {link.index for _, links in found for link in links}
        rest = [link for links in below.values() for link in links if link.index not in shown]
        return found + [("", [link]) for link in rest]  # a circle of devices, which the kernel refuses to make

    def _descend(
        self,
        space: Space,
        below: dict[int | None, list[Link]],
        index: int | None,
        stem: str,
        found: list[tuple[str, list[Link]]],
    ) -> None:
        """The rows of the devices below one, and below those."""
        together: dict[tuple[object, ...], list[Link]] = {}
        for link in below.get(index, []):
            together.setdefault(self._together(space, link), []).append(link)
        rows: list[list[Link]] = []
        for key, links in together.items():
            rows += [links] if key[0] == "box" or len(links) > MOST_ALIKE else [[link] for link in links]
        for links in rows:
            is_last = links is rows[-1]
            found.append(("" if index is None else stem + ("└ " if is_last else "├ "), links))
            if len(stem) < 2 * _DEEPEST:
                below_it = "" if index is None else stem + ("  " if is_last else "│ ")
                for link in links:
                    self._descend(space, below, link.index, below_it, found)

    def _far_group(self, space: Space, link: Link) -> int | None:
        """The number of the box that a device leads to, None where it leads to none."""
        for wire in self._wires.get(End(space, link), []):
            far = wire.other if wire.one == End(space, link) else wire.one
            if far is not None:
                return self._group_of.get(far.space.inode)
        return None

    def _together(self, space: Space, link: Link) -> tuple[object, ...]:
        """What devices have in common that may stand in one row: the box of many they lead to, or nothing drawn."""
        number = self._far_group(space, link)
        if number is not None and len(self._groups[number]) > 1:
            return ("box", number)
        if self._stub(End(space, link)) and not worth_showing(space, link):
            return ("elsewhere", *state_of(link))
        return ("alone", link.index)

    def _add_rows(self, box: Box, branch: str, ends: Sequence[End], boxes: int = 1) -> None:
        """The row of one device, or of several alike, and one more for each further address."""
        if not ends:
            return  # a second device to the same box stands in the row of the first
        link = ends[0].link
        state, style = state_of(link)
        names = dict.fromkeys(end.link.name for end in ends)
        count = f" ×{len(names)}" if boxes == 1 else f" ×{len(names) // boxes} each"
        name = branch + ranges(names) + (count if len(names) > 1 else "")
        for end in ends:
            self._row_of[end] = (box, len(box.rows))
        details = [*self._addresses(ends)]
        what = [word for word in (self._kind(ends[0]), details[0] if details else "", self._stub(*ends)) if word]
        box.rows.append(Row(printable(name), state, style, printable("  ".join(what))))
        box.rows += [Row("", "", "dim", detail) for detail in details[1:]]

    def _addresses(self, ends: Sequence[End]) -> list[str]:
        """The addresses of a device; of several alike from the first to the last."""
        lists = [worth_showing(end.space, end.link) for end in ends]
        if not all(len(one) == len(lists[0]) for one in lists):
            return []
        count = len(lists[0])
        shown = [_span([one[number] for one in lists]) for number in range(min(count, MOST_ADDRESSES))]
        return shown if count <= MOST_ADDRESSES else [*shown, f"… {count - MOST_ADDRESSES} more"]

    def _kind(self, end: End) -> str:
        """What is worth saying of its kind: a veth is told by its wire."""
        kind = end.link.kind
        return "" if kind in (None, "veth") else str(kind)

    def _stub(self, end: End, *others: End) -> str:
        """Where a wire leads that is not drawn."""
        for wire in self._wires.get(end, []):
            far = wire.other if wire.one == end else wire.one
            if far is None:
                return "→ not seen"
            if far.space.inode not in self._group_of:
                return "→ not drawn" if others else f"→ {far}"
        return ""

    # Lines.

    def _lines(self) -> list[Line]:
        """One for each pair of rows that wires join."""
        found: dict[tuple[int, int, int, int], Line] = {}
        for wire in self._graph.wires:
            one = self._row_of.get(wire.one)
            other = self._row_of.get(wire.other) if wire.other is not None else None
            if one is None or other is None or self._is_drawn_inside(wire):
                continue
            key = (id(one[0]), one[1], id(other[0]), other[1])
            line = found.setdefault(key, Line(*one, *other, 0, True))
            line.count += 1
            line.works = line.works and wire.works
        return list(found.values())

    def _is_drawn_inside(self, wire: Wire) -> bool:
        """Is it a device upon another in one namespace, which stands below it in the box?"""
        other = wire.other
        return wire.kind != "veth" and other is not None and other.space.inode == wire.one.space.inode


def _upper(space: Space, link: Link) -> int | None:
    """The index of the device in whose place in the box another belongs: its bridge, or the one it stands on."""
    if link.master in space.by_index:
        return link.master
    if link.kind != "veth" and link.link_netns is None and link.link in space.by_index and link.link != link.index:
        return link.link
    return None


def _corner(space: Space) -> tuple[str, str]:
    """What is said of lo, which every namespace has."""
    lo = space.loopback
    if lo is None:
        return "", "dim"
    state, style = state_of(lo)
    return f"lo {state}", style


def _span(several: list[Address]) -> str:
    first, last = several[0], several[-1]
    if first.text == last.text:
        return f"{first.text} peer {first.peer}" if first.peer else first.text
    return f"{first.address} … {last.text}"
