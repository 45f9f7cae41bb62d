# SPDX-License-Identifier: MIT
"""What the kernel holds in a network namespace: devices, addresses, routes, neighbours (rtnetlink(7)).

Each function takes a NETLINK_ROUTE socket that was made in the namespace, as
`Net.route_socket` gives one, and asks there. Raises Refused, HelperLost.
"""

from __future__ import annotations

import _socket
import errno
from struct import Struct

from nsh.errors import Refused
from nsh.net.attributes import IFADDR, IFINFO, NDMSG, RTMSG, ask, attribute, attributes, dump, number, signed, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.net.attributes import Attributes

RTM_GETLINK, RTM_GETADDR, RTM_GETROUTE, RTM_GETNEIGH, RTM_GETNSID = 18, 22, 26, 30, 90
IFF_UP, IFF_LOOPBACK = 0x1, 0x8
MAIN_TABLE = 254

_IFLA_ADDRESS, _IFLA_IFNAME, _IFLA_MTU, _IFLA_LINK, _IFLA_MASTER = 1, 3, 4, 5, 10
_IFLA_OPERSTATE, _IFLA_LINKINFO, _IFLA_IFALIAS, _IFLA_EXT_MASK = 16, 18, 20, 29
_IFLA_CARRIER, _IFLA_LINK_NETNSID = 33, 37
_IFLA_INFO_KIND, _IFLA_INFO_DATA = 1, 2
_SKIP_STATS = 8  # RTEXT_FILTER_SKIP_STATS: half the size, and nobody here counts packets
_IFA_ADDRESS, _IFA_LOCAL, _IFA_BROADCAST, _IFA_FLAGS = 1, 2, 4, 8
_RTA_DST, _RTA_OIF, _RTA_GATEWAY, _RTA_PRIORITY, _RTA_PREFSRC = 1, 4, 5, 6, 7
_RTA_MULTIPATH, _RTA_TABLE, _RTA_VIA = 9, 15, 18
_NDA_DST, _NDA_LLADDR = 1, 2
_NETNSA_NSID, _NETNSA_FD = 1, 3

_HOP = Struct("=HBBi")

_OPERSTATES = ("UNKNOWN", "NOTPRESENT", "DOWN", "LOWERLAYERDOWN", "TESTING", "DORMANT", "UP")
_SCOPES = {0: "global", 200: "site", 253: "link", 254: "host", 255: "nowhere"}
_PROTOCOLS = {0: "unspec", 1: "redirect", 2: "kernel", 3: "boot", 4: "static", 9: "ra", 16: "dhcp"}
_ROUTE_KINDS = [
    "unspec",
    "unicast",
    "local",
    "broadcast",
    "anycast",
    "multicast",
    "blackhole",
    "unreachable",
    "prohibit",
    "throw",
    "nat",
    "xresolve",
]
_NEIGHBOUR_STATES = {
    0x01: "INCOMPLETE",
    0x02: "REACHABLE",
    0x04: "STALE",
    0x08: "DELAY",
    0x10: "PROBE",
    0x20: "FAILED",
    0x40: "NOARP",
    0x80: "PERMANENT",
}


class Link:
    """A device.

    `kind` is what `ip link add type` calls it ("veth", "bridge"), "loopback"
    for lo, None for hardware. `master` is the index of the bridge it is a port
    of. `link` is the index of what it belongs to: the other end of a veth, the
    lower device of a macvlan; in the namespace that goes here by the number
    `link_netns`, None for this one. `operstate` is RFC 2863's, in capitals.
    """

    __slots__ = (
        "alias",
        "carrier",
        "flags",
        "index",
        "kind",
        "link",
        "link_netns",
        "mac",
        "master",
        "mtu",
        "name",
        "operstate",
    )

    def __init__(self, index: int, name: str, flags: int, found: Attributes) -> None:
        info = attributes(found.get(_IFLA_LINKINFO, b""))
        carrier = number(found, _IFLA_CARRIER)
        state = number(found, _IFLA_OPERSTATE) or 0
        self.index = index
        self.name = name
        self.flags = flags
        self.kind = text(info, _IFLA_INFO_KIND) or ("loopback" if flags & IFF_LOOPBACK else None)
        self.mac = mac(found.get(_IFLA_ADDRESS, b""))
        self.mtu = number(found, _IFLA_MTU) or 0
        self.master = number(found, _IFLA_MASTER) or None
        self.link = number(found, _IFLA_LINK) or None
        self.link_netns = signed(found, _IFLA_LINK_NETNSID)
        self.alias = text(found, _IFLA_IFALIAS)
        self.carrier = None if carrier is None else bool(carrier)
        self.operstate = _OPERSTATES[state] if state < len(_OPERSTATES) else "UNKNOWN"

    def __repr__(self) -> str:
        return f"<Link {self.index} {self.name}>"

    @property
    def is_up(self) -> bool:
        """Did somebody set it up (IFF_UP)? Whether it also has a carrier is another question."""
        return bool(self.flags & IFF_UP)

    @property
    def works(self) -> bool:
        """Can packets pass: set up, and with a carrier where that is known?

        `operstate` says the same up to a second later: linkwatch in the kernel takes its time.
        """
        return self.is_up and self.carrier is not False


class Address:
    """An IPv4 or IPv6 address of a device; `peer` is the other end's on a point-to-point link."""

    __slots__ = ("address", "broadcast", "family", "flags", "index", "peer", "prefix", "scope")

    def __init__(self, family: int, prefix: int, flags: int, scope: int, index: int, found: Attributes) -> None:
        remote = inet(family, found.get(_IFA_ADDRESS))
        local = inet(family, found.get(_IFA_LOCAL))
        more = number(found, _IFA_FLAGS)
        self.index = index
        self.family = family
        self.address = local or remote or "?"
        self.prefix = prefix
        self.peer = remote if local is not None and remote != local else None
        self.broadcast = inet(family, found.get(_IFA_BROADCAST))
        self.scope = _SCOPES.get(scope, str(scope))
        self.flags = flags if more is None else more

    def __repr__(self) -> str:
        return f"<Address {self.text} on {self.index}>"

    @property
    def text(self) -> str:
        """`10.1.1.1/24`."""
        return f"{self.address}/{self.prefix}"

    @property
    def is_ipv6(self) -> bool:
        """Is it IPv6?"""
        return self.family == _socket.AF_INET6


class Hop:
    """Where a route leads: a gateway, a device's index, or both."""

    __slots__ = ("gateway", "index", "weight")

    def __init__(self, gateway: str | None, index: int | None, weight: int = 1) -> None:
        self.gateway = gateway
        self.index = index
        self.weight = weight


class Route:
    """A route; `destination` is `default` or a prefix. `hops` are several in a multipath route, none in a blackhole."""

    __slots__ = ("destination", "family", "hops", "kind", "metric", "protocol", "scope", "source", "table")

    def __init__(self, header: tuple[int, ...], found: Attributes) -> None:
        family, length, _, _, table, protocol, scope, kind, _ = header
        wide = number(found, _RTA_TABLE)
        self.family = family
        self.destination = _destination(family, length, found.get(_RTA_DST))
        self.hops = _hops(family, found)
        self.kind = _ROUTE_KINDS[kind] if kind < len(_ROUTE_KINDS) else str(kind)
        self.metric = number(found, _RTA_PRIORITY)
        self.protocol = _PROTOCOLS.get(protocol, str(protocol))
        self.scope = _SCOPES.get(scope, str(scope))
        self.source = inet(family, found.get(_RTA_PREFSRC))
        self.table = table if wide is None else wide

    def __repr__(self) -> str:
        return f"<Route {self.destination}>"

    @property
    def gateway(self) -> str | None:
        """The gateway of the first hop."""
        return self.hops[0].gateway if self.hops else None

    @property
    def index(self) -> int | None:
        """The device of the first hop."""
        return self.hops[0].index if self.hops else None


class Neighbour:
    """An entry of the ARP or neighbour discovery table."""

    __slots__ = ("address", "family", "flags", "index", "mac", "state")

    def __init__(self, family: int, index: int, state: int, flags: int, found: Attributes) -> None:
        self.family = family
        self.index = index
        self.address = inet(family, found.get(_NDA_DST)) or "?"
        self.mac = mac(found.get(_NDA_LLADDR, b""))
        self.state = _NEIGHBOUR_STATES.get(state, "NONE" if not state else str(state))
        self.flags = flags

    def __repr__(self) -> str:
        return f"<Neighbour {self.address} on {self.index}>"


def links(sock: _socket.socket) -> list[Link]:
    """The devices, by index."""
    body = IFINFO.pack(0, 0, 0, 0, 0) + attribute(_IFLA_EXT_MASK, _SKIP_STATS)
    answers = dump(sock, "RTM_GETLINK", RTM_GETLINK, body)
    return sorted((link for link in map(read_link, answers) if link is not None), key=lambda link: link.index)


def link(sock: _socket.socket, name: str) -> Link | None:
    """The device of that name, None where there is none."""
    body = _asked_for(sock, name)
    return read_link(body) if body else None


def kind_data(sock: _socket.socket, name: str) -> Attributes:
    """What only devices of its kind have (IFLA_INFO_DATA), by number; nothing where there is no such device."""
    found = attributes(_asked_for(sock, name), IFINFO.size)
    return attributes(attributes(found.get(_IFLA_LINKINFO, b"")).get(_IFLA_INFO_DATA, b""))


def _asked_for(sock: _socket.socket, name: str) -> bytes:
    """The ifinfomsg of a device with its attributes, b'' where there is none."""
    body = IFINFO.pack(0, 0, 0, 0, 0) + attribute(_IFLA_IFNAME, name) + attribute(_IFLA_EXT_MASK, _SKIP_STATS)
    try:
        answers = ask(sock, f"RTM_GETLINK({name})", RTM_GETLINK, body)
    except Refused as refusal:
        if refusal.errno == errno.ENODEV:
            return b""
        raise
    return answers[0] if answers else b""


def addresses(sock: _socket.socket) -> list[Address]:
    """The addresses of all devices, IPv4 first, in the kernel's order."""
    answers = dump(sock, "RTM_GETADDR", RTM_GETADDR, IFADDR.pack(0, 0, 0, 0, 0))
    return [address for address in map(read_address, answers) if address is not None]


def routes(sock: _socket.socket, table: int | None = MAIN_TABLE) -> list[Route]:
    """The routes of a table, `None` for those of all tables."""
    answers = dump(sock, "RTM_GETROUTE", RTM_GETROUTE, RTMSG.pack(0, 0, 0, 0, 0, 0, 0, 0, 0))
    found = [route for route in map(read_route, answers) if route is not None]
    return [route for route in found if table in (None, route.table)]


def neighbours(sock: _socket.socket) -> list[Neighbour]:
    """The ARP and neighbour discovery tables."""
    answers = dump(sock, "RTM_GETNEIGH", RTM_GETNEIGH, NDMSG.pack(0, 0, 0, 0, 0))
    return [neighbour for neighbour in map(read_neighbour, answers) if neighbour is not None]


def netns_id(sock: _socket.socket, fd: int) -> int | None:
    """The number by which a namespace, open as `fd`, goes in the socket's, None where it has none yet."""
    answers = ask(sock, "RTM_GETNSID", RTM_GETNSID, b"\0\0\0\0" + attribute(_NETNSA_FD, fd))
    found = signed(attributes(answers[0], 4), _NETNSA_NSID) if answers else None
    return found if found is not None and found >= 0 else None


def read_link(body: bytes) -> Link | None:
    """An ifinfomsg with its attributes; None where there is no header or no name."""
    if len(body) < IFINFO.size:
        return None
    _, _, index, flags, _ = IFINFO.unpack_from(body)
    found = attributes(body, IFINFO.size)
    name = text(found, _IFLA_IFNAME)
    return Link(index, name, flags, found) if name else None


def read_address(body: bytes) -> Address | None:
    """An ifaddrmsg with its attributes; None where there is no header, or no address of a family known here."""
    if len(body) < IFADDR.size:
        return None
    family, prefix, flags, scope, index = IFADDR.unpack_from(body)
    found = Address(family, prefix, flags, scope, index, attributes(body, IFADDR.size))
    return found if found.address != "?" else None


def read_route(body: bytes) -> Route | None:
    """An rtmsg with its attributes; None where there is no header, or another family (MPLS) or a clone."""
    if len(body) < RTMSG.size:
        return None
    header = RTMSG.unpack_from(body)
    if header[0] not in (_socket.AF_INET, _socket.AF_INET6):
        return None
    return Route(header, attributes(body, RTMSG.size))


def read_neighbour(body: bytes) -> Neighbour | None:
    """An ndmsg with its attributes; None where there is no header, or no address of a family known here."""
    if len(body) < NDMSG.size:
        return None
    family, index, state, flags, _ = NDMSG.unpack_from(body)
    found = Neighbour(family, index, state, flags, attributes(body, NDMSG.size))
    return found if found.address != "?" else None


def mac(value: bytes) -> str | None:
    """A hardware address as `aa:bb:cc:dd:ee:ff`, None where there is none."""
    return value.hex(":") if value else None


def inet(family: int, value: bytes | None) -> str | None:
    """An address as people write it, None where it is missing or of another length than the family's."""
    length = {_socket.AF_INET: 4, _socket.AF_INET6: 16}.get(family)
    if value is None or len(value) != length:
        return None
    return _socket.inet_ntop(family, value)


def _destination(family: int, length: int, value: bytes | None) -> str:
    address = inet(family, value)
    if address is None:
        return "default" if length == 0 else f"?/{length}"
    return f"{address}/{length}"


def _hops(family: int, found: Attributes) -> tuple[Hop, ...]:
    if _RTA_MULTIPATH in found:
        return tuple(_multipath(family, found[_RTA_MULTIPATH]))
    hop = Hop(_gateway(family, found), number(found, _RTA_OIF))
    return (hop,) if hop.gateway is not None or hop.index is not None else ()


def _multipath(family: int, data: bytes) -> list[Hop]:
    """Each struct rtnexthop and its attributes."""
    hops, offset = [], 0
    while offset + _HOP.size <= len(data):
        length, _, weight, index = _HOP.unpack_from(data, offset)
        if length < _HOP.size or offset + length > len(data):
            break
        found = attributes(data[offset + _HOP.size : offset + length])
        hops.append(Hop(_gateway(family, found), index, weight + 1))
        offset += (length + 3) & ~3
    return hops


def _gateway(family: int, found: Attributes) -> str | None:
    """RTA_GATEWAY, or RTA_VIA for a gateway of the other family."""
    via = found.get(_RTA_VIA, b"")
    if len(via) > 2:
        return inet(int.from_bytes(via[:2], "little"), via[2:])
    return inet(family, found.get(_RTA_GATEWAY))
