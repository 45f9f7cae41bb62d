# SPDX-License-Identifier: MIT
"""Networks made up of netlink attributes, for drawings: no kernel is asked."""

from __future__ import annotations

import _socket
import struct
from collections.abc import Iterable
from typing import TypeVar

from nsh.net.attributes import attribute
from nsh.net.graph import End, Graph, Space, View, Wire
from nsh.net.state import Address, Link, read_address, read_link

Kind = TypeVar("Kind")
UP, LOOPBACK = 0x1, 0x8
OPER_DOWN, OPER_LOWER_DOWN, OPER_UP = 2, 3, 6


def link_message(
    index: int,
    name: str,
    kind: str = "veth",
    *,
    up: bool = True,
    carrier: bool = True,
    link: int | None = None,
    netns: int | None = None,
    master: int | None = None,
) -> bytes:
    """An ifinfomsg with the attributes that the kernel would give."""
    flags = (UP if up else 0) | (LOOPBACK if kind == "loopback" else 0)
    oper = OPER_DOWN if not up else OPER_UP if carrier else OPER_LOWER_DOWN
    body = struct.pack("=BxHiII", 0, 1, index, flags, 0) + attribute(3, name) + attribute(4, 1500)
    body += (
        attribute(1, bytes((2, 0, 0, 0, 0, index & 0xFF)))
        + attribute(16, bytes([oper]))
        + attribute(33, bytes([carrier]))
    )
    if kind not in ("loopback", "hardware"):
        body += attribute(18, attribute(1, kind))
    for number, value in ((5, link), (37, netns), (10, master)):
        if value is not None:
            body += attribute(number, value)
    return body


def address_message(index: int, text: str, scope: int = 0) -> bytes:
    """An ifaddrmsg with the attributes that the kernel would give."""
    address, _, prefix = text.partition("/")
    family = _socket.AF_INET6 if ":" in address else _socket.AF_INET
    packed = _socket.inet_pton(family, address)
    body = struct.pack("=BBBBI", family, int(prefix), 0x80, scope, index) + attribute(1, packed)
    return body + (attribute(2, packed) if family == _socket.AF_INET else b"")


class Net:
    """Namespaces and veths between them, in the order they are asked for."""

    def __init__(self) -> None:
        self.spaces: dict[str, tuple[list[Link], list[Address]]] = {}
        self._wires: list[tuple[str, str, str, str]] = []

    def space(self, name: str, *, lo: bool = True) -> str:
        """A namespace with nothing but lo."""
        self.spaces[name] = ([], [])
        self.device(name, "lo", "loopback", up=lo)
        return name

    def device(
        self,
        space: str,
        name: str,
        kind: str = "veth",
        *addresses: str,
        up: bool = True,
        master: str | None = None,
        link: str | None = None,
    ) -> None:
        """A device there; `master` and `link` are names of others there."""
        links, found = self.spaces[space]
        index = len(links) + 1
        by_name = {one.name: one.index for one in links}
        made = link_message(index, name, kind, up=up, master=by_name.get(master or ""), link=by_name.get(link or ""))
        links.append(_sure(read_link(made)))
        found += [_sure(read_address(address_message(index, text))) for text in addresses]

    def wire(self, one: str, other: str) -> None:
        """A veth from `a:eth0` to `b:eth1`, both there already."""
        space, _, device = one.rpartition(":")
        far_space, _, far_device = other.rpartition(":")
        self._wires.append((space, device, far_space, far_device))

    def join(self, one: str, other: str, *addresses: str, up: bool = True) -> None:
        """Both devices and the veth, an address for each end or for none."""
        for number, end in enumerate((one, other)):
            space, _, device = end.rpartition(":")
            self.device(space, device, "veth", *addresses[number : number + 1], up=up)
        self.wire(one, other)

    def graph(self) -> Graph:
        """The same as the kernel would tell it."""
        made = {name: Space(_view(number, name), *held) for number, (name, held) in enumerate(self.spaces.items())}
        wires = [Wire("veth", _end(made[a], x), _end(made[b], y)) for a, x, b, y in self._wires]
        return Graph(list(made.values()), wires)


def star(hosts: int, *, down: Iterable[int] = ()) -> Net:
    """Hosts h1, h2 … around a bridge."""
    net = Net()
    net.space("s1")
    net.device("s1", "br0", "bridge")
    for number in range(1, hosts + 1):
        up = number not in down
        net.space(f"h{number}")
        net.device(f"h{number}", "eth0", "veth", f"10.0.0.{number}/16", up=up)
        net.device("s1", f"p{number}", "veth", master="br0", up=True)
        net.wire(f"s1:p{number}", f"h{number}:eth0")
    return net


def _view(number: int, name: str) -> View:
    nobody = _socket.socket()
    nobody.close()
    return View(name, name, 4026532000 + number, -1, nobody)


def _end(space: Space, device: str) -> End:
    return End(space, next(link for link in space.links if link.name == device))


def _sure(found: Kind | None) -> Kind:
    assert found is not None
    return found
