# SPDX-License-Identifier: MIT
"""Which namespaces are alike, so that forty hosts are one box, and thirty-two switches with their hosts are two.

Alike are those that hang on the same namespace in the same way: with devices of
the same names, kinds and states, and as many addresses. In a second step so are
the switches, if what hangs on each of them is alike as well.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from nsh.net.graph import End, Graph, Space
    from nsh.net.state import Address, Link

MOST_ALIKE = 6  # more namespaces than these become one box


def state_of(link: Link) -> tuple[str, str]:
    """A word on whether a device is up, and its style."""
    if not link.is_up:
        return "down", "bad"
    return ("up", "good") if link.works else ("no carrier", "bad")


def worth_showing(space: Space, link: Link) -> list[Address]:
    """The addresses that somebody gave a device: not those that IPv6 makes of the MAC."""
    return [address for address in space.addresses.get(link.index, []) if address.scope != "link"]


def alike(graph: Graph) -> list[list[Space]]:
    """All namespaces, those that are alike together, in the order of the first of each."""
    folding = _Folding(graph)
    return folding.in_order(folding.branches(folding.leaves()))


class _Folding:
    def __init__(self, graph: Graph) -> None:
        self._spaces = graph.spaces
        self._ends: dict[int, list[tuple[End, End | None]]] = {}
        for wire in graph.wires:
            self._ends.setdefault(wire.one.space.inode, []).append((wire.one, wire.other))
            if wire.other is not None:
                self._ends.setdefault(wire.other.space.inode, []).append((wire.other, wire.one))

    def in_order(self, groups: list[list[Space]]) -> list[list[Space]]:
        order = {space.inode: number for number, space in enumerate(self._spaces)}
        for group in groups:
            group.sort(key=lambda space: order[space.inode])
        return sorted(groups, key=lambda group: order[group[0].inode])

    def leaves(self) -> list[list[Space]]:
        """Those with one wire or none, grouped by likeness; the others alone."""
        classes: dict[object, list[Space]] = {}
        for space in self._spaces:
            classes.setdefault(self._likeness(space) or space.inode, []).append(space)
        return [part for members in classes.values() for part in _together_if_many(members)]

    def _likeness(self, space: Space) -> object:
        """What is the same for all that hang on one namespace in the same way; None for one that hangs on several."""
        ends = self._ends.get(space.inode, [])
        if not ends:
            return ("alone", _devices(space))
        here, far = ends[0]
        if len(ends) > 1 or far is None:
            return None
        link = far.link
        return (far.space.inode, link.master, link.kind, state_of(link), here.link.name, _devices(space))

    def branches(self, groups: list[list[Space]]) -> list[list[Space]]:
        """The same, with those together that hang on one namespace and have alike ones hanging on them."""
        near = self._near(groups)
        classes: dict[object, list[int]] = {}
        for number, group in enumerate(groups):
            hanging = [other for other in near[number] if near[other] == {number}]
            rest = near[number].difference(hanging)
            if len(group) == 1 and hanging and len(rest) == 1:
                below = _counted((len(groups[one]), _devices(groups[one][0])) for one in hanging)
                classes.setdefault((*rest, _counted(_nameless(group[0])), below), []).append(number)
        merged = [numbers for numbers in classes.values() if len(numbers) > MOST_ALIKE]
        gone: set[int] = set()
        found: list[list[Space]] = []
        for numbers in merged:
            hanging = [other for number in numbers for other in near[number] if near[other] == {number}]
            gone.update(numbers, hanging)
            found.append([groups[number][0] for number in numbers])
            shapes: dict[object, list[Space]] = {}
            for other in hanging:
                shapes.setdefault(_devices(groups[other][0]), []).extend(groups[other])
            found += shapes.values()
        return found + [group for number, group in enumerate(groups) if number not in gone]

    def _near(self, groups: list[list[Space]]) -> list[set[int]]:
        """For each group the numbers of those it is wired to; -1 for what is not drawn."""
        number_of = {space.inode: number for number, group in enumerate(groups) for space in group}
        return [
            {
                -1 if far is None else number_of.get(far.space.inode, -1)
                for space in group
                for _, far in self._ends.get(space.inode, [])
            }
            for group in groups
        ]


def _together_if_many(members: list[Space]) -> list[list[Space]]:
    return [members] if len(members) > MOST_ALIKE else [[space] for space in members]


def _devices(space: Space) -> tuple[object, ...]:
    """Name, kind, state and number of addresses of each device."""
    return tuple((link.name, *shape) for link, shape in zip(space.links, _nameless(space), strict=True))


def _nameless(space: Space) -> list[tuple[object, ...]]:
    """The same without the names: a switch names its ports after what is behind them."""
    return [
        (link.kind, state_of(link), tuple(address.prefix for address in worth_showing(space, link)))
        for link in space.links
    ]


def _counted(things: Iterable[object]) -> frozenset[tuple[object, int]]:
    """How many there are of each, in no order."""
    counts: dict[object, int] = {}
    for thing in things:
        counts[thing] = counts.get(thing, 0) + 1
    return frozenset(counts.items())
