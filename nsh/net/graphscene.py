# SPDX-License-Identifier: MIT
"""From namespaces to boxes: what is said of each device, and many that are alike as one box."""

from __future__ import annotations

from nsh.net.graph import End
from nsh.printable import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from nsh.net.graph import Graph, Space, Wire
    from nsh.net.state import Address, Link

MOST_ALIKE = 6  # more namespaces than these, wired alike, become one box
BRANCHES = "├└│ "  # what may stand before the name of a device that is upon another
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


def state_of(link: Link) -> tuple[str, str]:
    """A word on whether a device is up, and its style."""
    if not link.is_up:
        return "down", "bad"
    return ("up", "good") if link.works else ("no carrier", "bad")


def scene(graph: Graph, *, fold: bool = True) -> Scene:
    """The boxes and lines of a graph; with `fold`, namespaces that are alike in one."""
    return _Composer(graph, fold).compose()


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
        self._groups = self._alike() if fold else [[space] for space in graph.spaces]
        self._group_of = {space.inode: number for number, group in enumerate(self._groups) for space in group}
        self._row_of: dict[End, tuple[Box, int]] = {}

    def compose(self) -> Scene:
        boxes = [self._box(group) for group in self._groups]
        return Scene(boxes, self._lines())

    # Which are alike.

    def _alike(self) -> list[list[Space]]:
        """The namespaces in their order, those alike together where the first of them stands."""
        groups: dict[object, list[Space]] = {}
        for space in self._graph.spaces:
            groups.setdefault(self._likeness(space) or space.inode, []).append(space)
        found: list[list[Space]] = []
        for group in groups.values():
            found += [group] if len(group) > MOST_ALIKE else [[space] for space in group]
        order = {space.inode: number for number, space in enumerate(self._graph.spaces)}
        return sorted(found, key=lambda group: order[group[0].inode])

    def _likeness(self, space: Space) -> object:
        """What is the same for all that hang on one namespace in the same way; None for one that hangs on several."""
        ends = [End(space, link) for link in space.links]
        wires = [(end, wire) for end in ends for wire in self._wires.get(end, [])]
        if len(wires) > 1:
            return None
        devices = tuple((link.name, link.kind, state_of(link), self._count(space, link)) for link in space.links)
        if not wires:
            return ("alone", devices)
        end, wire = wires[0]
        other = wire.other if end == wire.one else wire.one
        if other is None:
            return None
        return (other.space.inode, other.link.master, other.link.kind, state_of(other.link), end.link.name, devices)

    def _count(self, space: Space, link: Link) -> tuple[int, ...]:
        return tuple(address.prefix for address in _worth_showing(space, link))

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
        """A row for each device that all of them have."""
        for branch, links in self._entries(group[0]):
            name = links[0].name
            ends = [End(space, link) for space in group for link in space.links if link.name == name]
            self._add_rows(box, branch, ends)

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
        together: dict[object, list[Link]] = {}
        for link in below.get(index, []):
            together.setdefault(self._far_group(space, link) or link.index, []).append(link)
        rows = list(together.values())
        for links in rows:
            is_last = links is rows[-1]
            found.append(("" if index is None else stem + ("└ " if is_last else "├ "), links))
            if len(stem) < 2 * _DEEPEST:
                below_it = "" if index is None else stem + ("  " if is_last else "│ ")
                for link in links:
                    self._descend(space, below, link.index, below_it, found)

    def _far_group(self, space: Space, link: Link) -> object:
        """The box of many that a device leads to, None where it leads to a single one or nowhere."""
        for wire in self._wires.get(End(space, link), []):
            far = wire.other if wire.one == End(space, link) else wire.one
            number = self._group_of.get(far.space.inode) if far is not None else None
            if number is not None and len(self._groups[number]) > 1:
                return ("group", number)
        return None

    def _add_rows(self, box: Box, branch: str, ends: Sequence[End]) -> None:
        """The row of one device, or of several alike, and one more for each further address."""
        link = ends[0].link
        state, style = state_of(link)
        names = dict.fromkeys(end.link.name for end in ends)
        name = branch + ranges(names) + (f" ×{len(ends)}" if len(names) > 1 else "")
        for end in ends:
            self._row_of[end] = (box, len(box.rows))
        details = [*self._addresses(ends)]
        what = [word for word in (self._kind(ends[0]), details[0] if details else "", self._stub(ends[0])) if word]
        box.rows.append(Row(printable(name), state, style, printable("  ".join(what))))
        box.rows += [Row("", "", "dim", detail) for detail in details[1:]]

    def _addresses(self, ends: Sequence[End]) -> list[str]:
        """The addresses of a device; of several alike from the first to the last."""
        lists = [_worth_showing(end.space, end.link) for end in ends]
        if not all(len(one) == len(lists[0]) for one in lists):
            return []
        return [_span([one[number] for one in lists]) for number in range(len(lists[0]))]

    def _kind(self, end: End) -> str:
        """What is worth saying of its kind: a veth is told by its wire."""
        kind = end.link.kind
        return "" if kind in (None, "veth") else str(kind)

    def _stub(self, end: End) -> str:
        """Where a wire leads that is not drawn."""
        for wire in self._wires.get(end, []):
            far = wire.other if wire.one == end else wire.one
            if far is None:
                return "→ not seen"
            if far.space.inode not in self._group_of:
                return f"→ {far}"
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


def _worth_showing(space: Space, link: Link) -> list[Address]:
    """The addresses that somebody gave it: not those that IPv6 makes of the MAC."""
    return [address for address in space.addresses.get(link.index, []) if address.scope != "link"]


def _span(several: list[Address]) -> str:
    first, last = several[0], several[-1]
    if first.text == last.text:
        return f"{first.text} peer {first.peer}" if first.peer else first.text
    return f"{first.address} … {last.text}"
