# SPDX-License-Identifier: MIT
"""The network of a lab as lines for `ip -batch`: what the kernel holds now, made again in named network namespaces.

In such a line a word with a blank stands in quotes, and nothing can stand for
a `#`, which begins a comment (ip(8) of iproute2).
"""

from __future__ import annotations

import _socket

from nsh.errors import SessionError
from nsh.net import state
from nsh.net.attributes import number
from nsh.printable import excerpt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from nsh.net.attributes import Attributes
    from nsh.net.graph import Space, Wire
    from nsh.net.state import Address, Hop, Link, Neighbour, Route

_LOCAL_TABLE = 255
_STP_STATE = 5  # IFLA_BR_STP_STATE
_OF_STP = {1: "forward_delay", 2: "hello_time", 3: "max_age"}
_NODAD, _PERMANENT = 0x02, 0x80
_OWN_OF_LO = ("127.0.0.1/8", "::1/128")
_BY_KERNEL = ("kernel", "redirect", "ra")
_EVERYWHERE = ("sit0", "tunl0", "ip6tnl0", "gre0", "gretap0", "erspan0", "ip_vti0", "ip6_vti0", "ip6gre0")
"""Devices that the kernel puts into each new network namespace when the module of a tunnel is loaded."""


class Node:
    """A host or switch as the kernel has it: its devices and addresses in `space`, routes of all tables, neighbours.

    `bridges` has the IFLA_INFO_DATA of each bridge.
    """

    __slots__ = ("bridges", "id", "name", "neighbours", "routes", "space")

    def __init__(self, name: str, its_id: str, space: Space) -> None:
        self.name = name
        self.id = its_id
        self.space = space
        self.routes: list[Route] = []
        self.neighbours: list[Neighbour] = []
        self.bridges: dict[str, Attributes] = {}


def line(words: Iterable[str]) -> str:
    """A line of ip -batch. SessionError where a word cannot be said in one."""
    return " ".join(_quoted(word) for word in words)


def _quoted(word: str) -> str:
    if "#" in word or ("'" in word and '"' in word):
        raise SessionError(f"{excerpt(word)}: ip -batch has no way to say this name", "`link rename` gives it another")
    if word[:1] in "'\"" or any(char.isspace() for char in word):
        return f'"{word}"' if '"' not in word else f"'{word}'"
    return word


def pairs(nodes: Sequence[Node], wires: Iterable[Wire]) -> list[list[str]]:
    """The words of a line for each veth between two of them."""
    by_space = {node.space.inode: node for node in nodes}
    found = []
    for wire in wires:
        if wire.kind != "veth" or wire.other is None or wire.other.space.inode not in by_space:
            continue
        one, other = wire.one, wire.other
        words = ["link", "add", *_end(one.link, by_space[one.space.inode]), "type", "veth"]
        found.append([*words, "peer", *_end(other.link, by_space[other.space.inode])])
    return found


def _end(link: Link, node: Node) -> list[str]:
    return ["name", link.name, "netns", node.id, *_hardware(link)]


def _hardware(link: Link) -> list[str]:
    address = ["address", link.mac] if link.mac else []
    return ["index", str(link.index), *address, "mtu", str(link.mtu)]


def furniture(node: Node) -> list[list[str]]:
    """The words of each line that a node needs inside, when its veths are there."""
    links, names = node.space.links, {link.index: link.name for link in node.space.links}
    lines = [
        ["link", "add", "name", one.name, *_hardware(one), "type", "bridge", *_tree(node.bridges.get(one.name, {}))]
        for one in links
        if _is_bridge(one)
    ]
    lines += [
        ["link", "set", "dev", one.name, "master", names[one.master]]
        for one in links
        if _is_carried(one) and one.master in names
    ]
    lines += [["link", "set", "dev", one.name, "addrgenmode", "none"] for one in links if _is_alone(one, node)]
    lines += [["link", "set", "dev", one.name, "up"] for one in links if _is_carried(one) and one.is_up]
    lines += [
        _address(one, link)
        for link in links
        if _is_carried(link)
        for one in node.space.addresses.get(link.index, ())
        if _is_set(one, link)
    ]
    lines += [_route(one, names) for one in _in_order(node.routes) if _is_made(one)]
    return lines + [_neighbour(one, names) for one in node.neighbours if _is_known(one, names)]


def asking(node: Node, wires: Iterable[Wire]) -> list[list[str]]:
    """The words of a line for each veth of a node that is up at both ends: what shows whether it works."""
    ends = [end for wire in wires if _is_up(wire) for end in (wire.one, wire.other) if end is not None]
    return [["link", "show", "dev", end.link.name] for end in ends if end.space is node.space]


def _is_up(wire: Wire) -> bool:
    return wire.kind == "veth" and wire.one.link.is_up and wire.other is not None and wire.other.link.is_up


def _tree(found: Attributes) -> list[str]:
    """Whether it runs the spanning tree protocol, and then how, in hundredths of a second."""
    names = {_STP_STATE: "stp_state"} | (_OF_STP if number(found, _STP_STATE) else {})
    return [word for kind, name in names.items() for word in (name, str(number(found, kind) or 0))]


def _is_bridge(link: Link) -> bool:
    return link.kind == "bridge"


def _is_carried(link: Link) -> bool:
    return link.kind in ("bridge", "veth", "loopback")


def _is_alone(link: Link, node: Node) -> bool:
    """Is it up, without the address of its own that the kernel gives each device where IPv6 is?"""
    addresses = node.space.addresses.get(link.index, ())
    return (
        link.is_up
        and link.kind in ("bridge", "veth")
        and not any(one.is_ipv6 and one.scope == "link" for one in addresses)
    )


def _is_set(address: Address, link: Link) -> bool:
    """Did somebody give it, rather than the kernel?"""
    if address.is_ipv6 and address.scope == "link":
        return False
    return not (link.kind == "loopback" and address.text in _OWN_OF_LO) and bool(address.flags & _PERMANENT)


def _address(one: Address, link: Link) -> list[str]:
    whole = [one.text] if one.peer is None else [one.address, "peer", f"{one.peer}/{one.prefix}"]
    broadcast = ["broadcast", one.broadcast] if one.broadcast else []
    scope = [] if one.scope in ("global", "host") else ["scope", one.scope]
    no_dad = ["nodad"] if one.is_ipv6 and one.flags & _NODAD else []
    return ["addr", "add", *whole, *broadcast, "dev", link.name, *scope, *no_dad]


def _is_made(route: Route) -> bool:
    return route.table == state.MAIN_TABLE and route.protocol not in _BY_KERNEL


def _in_order(routes: Sequence[Route]) -> list[Route]:
    """Those by a device first: the gateways of others may be behind them."""
    return sorted(routes, key=lambda route: route.gateway is not None)


def _route(one: Route, names: dict[int, str]) -> list[str]:
    is_default_of_6 = one.destination == "default" and one.family == _socket.AF_INET6
    words = [
        "route",
        "add",
        *([] if one.kind == "unicast" else [one.kind]),
        "::/0" if is_default_of_6 else one.destination,
    ]
    if len(one.hops) > 1:
        hops = [word for hop in one.hops for word in ("nexthop", *_hop(hop, names), "weight", str(hop.weight))]
    else:
        hops = [word for hop in one.hops for word in _hop(hop, names)]
    metric = ["metric", str(one.metric)] if one.metric else []
    source = ["src", one.source] if one.source else []
    return [*words, "proto", one.protocol, *metric, *source, *hops]


def _hop(hop: Hop, names: dict[int, str]) -> list[str]:
    by = ["via", hop.gateway] if hop.gateway is not None else []
    return [*by, "dev", names[hop.index]] if hop.index in names else by


def _is_known(one: Neighbour, names: dict[int, str]) -> bool:
    return one.state == "PERMANENT" and one.mac is not None and one.index in names


def _neighbour(one: Neighbour, names: dict[int, str]) -> list[str]:
    return ["neigh", "add", one.address, "lladdr", one.mac or "", "dev", names[one.index], "nud", "permanent"]


# What stays behind.


def left_out(node: Node, wires: Iterable[Wire], inside: set[int]) -> list[str]:
    """What of a node no line says; `inside` are the inodes of the lab's network namespaces."""
    whole = {
        end.link.index
        for wire in wires
        if wire.other is not None
        for end in (wire.one, wire.other)
        if end.space is node.space and {wire.one.space.inode, wire.other.space.inode} <= inside
    }
    found = [
        f"{node.name}: the {link.kind or 'real'} device {link.name}"
        for link in node.space.links
        if not _is_carried(link) and link.name not in _EVERYWHERE
    ]
    found += [
        f"{node.name}: {link.name}, whose other end is not in the lab"
        for link in node.space.links
        if link.kind == "veth" and link.index not in whole
    ]
    tables = sorted({route.table for route in node.routes} - {state.MAIN_TABLE, _LOCAL_TABLE, 0})
    return [*found, f"{node.name}: its routes in the tables {', '.join(map(str, tables))}"] if tables else found
