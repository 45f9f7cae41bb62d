# SPDX-License-Identifier: MIT
"""The network as the kernel holds it: namespaces, their devices, and what is wired to what across them.

A veth's other end is told by IFLA_LINK, its index there, and IFLA_LINK_NETNSID,
the number by which that namespace goes here. Which one it is, is asked with
RTM_GETNSID for each that could be.
"""

from __future__ import annotations

import _socket
import os

from nsh.errors import NshError
from nsh.kernel import nsfs
from nsh.net import state

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from nsh.net.state import Address, Link


class View:
    """A network namespace to look at: what to call it, its inode, itself opened, a NETLINK_ROUTE socket made in it.

    `name` is the reference that means it, None where it has none and `label` says what is known.
    """

    __slots__ = ("fd", "inode", "label", "name", "sock")

    def __init__(self, label: str, name: str | None, inode: int, fd: int, sock: _socket.socket) -> None:
        self.label = label
        self.name = name
        self.inode = inode
        self.fd = fd
        self.sock = sock

    def close(self) -> None:
        """Let go of it."""
        os.close(self.fd)
        self.sock.close()


class Space:
    """A network namespace and what is in it; `view` is how to ask more of it, `id` the one that is never reused."""

    __slots__ = ("addresses", "by_index", "id", "ids", "inode", "label", "links", "name", "view")

    def __init__(self, view: View, links: list[Link], addresses: Iterable[Address]) -> None:
        self.view = view
        self.label = view.label
        self.name = view.name
        self.inode = view.inode
        self.id = nsfs.never_reused_id(view.fd) if view.fd >= 0 else None
        self.links = links
        self.by_index = {link.index: link for link in links}
        self.addresses: dict[int, list[Address]] = {}
        for address in addresses:
            self.addresses.setdefault(address.index, []).append(address)
        self.ids: dict[int, Space | None] = {}

    def __repr__(self) -> str:
        return f"<Space {self.label}>"

    @property
    def loopback(self) -> Link | None:
        """Its lo."""
        return next((link for link in self.links if link.kind == "loopback"), None)


def read(view: View) -> Space:
    """What a namespace holds. Raises Refused, HelperLost."""
    return Space(view, state.links(view.sock), state.addresses(view.sock))


class End:
    """A device in a namespace."""

    __slots__ = ("link", "space")

    def __init__(self, space: Space, link: Link) -> None:
        self.space = space
        self.link = link

    def __eq__(self, other: object) -> bool:
        return isinstance(other, End) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    def __str__(self) -> str:
        return f"{self.space.label}:{self.link.name}"

    @property
    def key(self) -> tuple[int, int]:
        """What tells it from all others."""
        return self.space.inode, self.link.index


class Wire:
    """What joins two devices: a veth pair, or a macvlan or vlan and its lower device (`other`).

    `other` is None where that end is in a namespace that could not be looked at.
    """

    __slots__ = ("kind", "one", "other")

    def __init__(self, kind: str, one: End, other: End | None) -> None:
        self.kind = kind
        self.one = one
        self.other = other

    @property
    def works(self) -> bool:
        """Can packets pass at both ends?"""
        return self.one.link.works and (self.other is None or self.other.link.works)


class Graph:
    """The namespaces asked for, and every wire with an end in one of them."""

    __slots__ = ("spaces", "wires")

    def __init__(self, spaces: list[Space], wires: list[Wire]) -> None:
        self.spaces = spaces
        self.wires = wires


def look(views: Iterable[View], more: Iterable[View] = (), *, follow: bool = True) -> Graph:
    """Read namespaces and find their wires. Raises Refused, HelperLost.

    `more` are further namespaces, gone through as far as it takes to find those
    that wires lead to; with `follow`, these are in the graph as well. The views
    stay open.
    """
    finder = _Finder([read(view) for view in views], more)
    spaces = list(finder.pool)
    wires: dict[tuple[object, object], Wire] = {}
    for space in spaces:  # grows under way
        for link in space.links:
            wire = finder.wire(End(space, link))
            if wire is None:
                continue
            wires.setdefault(_key(wire), wire)
            if follow and wire.other is not None and wire.other.space not in spaces:
                spaces.append(wire.other.space)
    return Graph(spaces, list(wires.values()))


def _key(wire: Wire) -> tuple[object, object]:
    """The same for both ends of a veth."""
    ends = (wire.one.key, wire.other.key if wire.other is not None else (0, 0))
    return (max(ends), min(ends)) if wire.kind == "veth" else ends


class _Finder:
    """Finds the other end of a wire."""

    def __init__(self, spaces: list[Space], more: Iterable[View]) -> None:
        self.pool = spaces
        self._more = iter(more)

    def wire(self, end: End) -> Wire | None:
        """The wire that begins at a device, None where none does."""
        link = end.link
        if link.link is None or (link.link_netns is None and link.link == link.index):
            return None
        space = end.space if link.link_netns is None else self._space_behind(end)
        other = space.by_index.get(link.link) if space is not None else None
        if link.link_netns is None and other is None:
            return None  # the index of a tunnel's device that has gone
        return Wire(link.kind or "?", end, None if space is None or other is None else End(space, other))

    def _space_behind(self, end: End) -> Space | None:
        """The namespace that goes by a number where the device is."""
        known, number = end.space.ids, end.link.link_netns
        assert number is not None
        if number not in known:
            known[number] = self._search(end, number)
        return known[number]

    def _search(self, end: End, number: int) -> Space | None:
        found = _among(end, number, self.pool)
        while found is None and (view := next(self._more, None)) is not None:
            space = _readable(view)
            if space is not None:
                self.pool.append(space)
                found = _among(end, number, [space])
        return found


def _among(end: End, number: int, spaces: list[Space]) -> Space | None:
    """That of the namespaces which goes by `number` where the device is, and has a device of the right index."""
    sock, index = end.space.view.sock, end.link.link
    for space in spaces:
        other = space.by_index.get(index or 0)
        if other is None or (end.link.kind == "veth" and other.link != end.link.index):
            continue
        if state.netns_id(sock, space.view.fd) == number:
            return space
    return None


def _readable(view: View) -> Space | None:
    """What a stranger's namespace holds; that it cannot be read is no news, as nobody asked for it."""
    try:
        return read(view)
    except NshError:
        return None
