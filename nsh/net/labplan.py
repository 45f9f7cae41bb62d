# SPDX-License-Identifier: MIT
"""A lab before it is built: hosts, switches, links, addresses; what can be wrong with it; which ends know each other.

A switch is a bridge. A host is a network namespace with devices of its own.
"""

from __future__ import annotations

import _socket

from nsh import nstypes
from nsh.errors import UsageError
from nsh.net.kinds import LONGEST_NAME

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

MOST_HOSTS = 4096
MOST_SWITCHES = 1024
MOST_LINKS = 16384
MOST_PORTS = 1023  # of a bridge: BR_MAX_PORTS of the kernel is 1024, and no port has the number 0
MOST_NEIGHBOURS = 128 * 127
"""More permanent neighbours than those of 128 hosts on one segment are not set up front: they cost 0.5 KiB each."""
BRIDGE = "br0"
ALSO = tuple(kind for kind in nstypes.NAMES if kind not in ("net", "user", "time"))
"""What a host can have beside net."""
PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")
"""What names of devices are made of here: nothing that a file or a shell would want in quotes."""
DEFAULT_NETWORK = ("10.0.0.0", 16)


class Host:
    """A host: the types it has beside net, {device: addresses}, routes.

    `is_addressed` says that its addresses were chosen: without, its first device gets the next one that is free.
    """

    __slots__ = ("addresses", "also", "is_addressed", "name", "routes")

    def __init__(self, name: str, also: tuple[str, ...] = ()) -> None:
        self.name = name
        self.also = also
        self.addresses: dict[str, list[Address]] = {}
        self.is_addressed = False
        self.routes: list[Route] = []


class Address:
    """An address with its prefix, `packed` in network order."""

    __slots__ = ("packed", "prefix")

    def __init__(self, packed: bytes, prefix: int) -> None:
        self.packed = packed
        self.prefix = prefix

    @property
    def ip(self) -> str:
        """The address alone."""
        return _socket.inet_ntop(_socket.AF_INET if len(self.packed) == 4 else _socket.AF_INET6, self.packed)

    def __str__(self) -> str:
        return f"{self.ip}/{self.prefix}"

    @property
    def network(self) -> tuple[int, bytes]:
        """What all addresses of its network have in common."""
        bits = 8 * len(self.packed)
        kept = int.from_bytes(self.packed, "big") >> (bits - self.prefix) << (bits - self.prefix)
        return self.prefix, kept.to_bytes(len(self.packed), "big")

    def is_beside(self, other: Address) -> bool:
        """Is it in the network of another, whatever its own prefix is?"""
        return len(self.packed) == len(other.packed) and Address(self.packed, other.prefix).network == other.network


class Route:
    """A route: where to (a prefix of length 0 is the default route), by which gateway."""

    __slots__ = ("destination", "gateway")

    def __init__(self, destination: Address, gateway: Address) -> None:
        self.destination = destination
        self.gateway = gateway


class Switch:
    """A switch: a bridge in a namespace of its own; with `stp` it runs the spanning tree protocol."""

    __slots__ = ("name", "stp")

    def __init__(self, name: str, *, stp: bool = False) -> None:
        self.name = name
        self.stp = stp


class Link:
    """A link between two ends, each (host or switch, device); `up` False leaves it down.

    `macs` are the hardware addresses of the near and the far end, None for one that nobody chose.
    """

    __slots__ = ("far", "macs", "mtu", "near", "up")

    def __init__(
        self,
        near: tuple[str, str],
        far: tuple[str, str],
        *,
        mtu: int | None = None,
        up: bool = True,
        macs: tuple[bytes | None, bytes | None] = (None, None),
    ) -> None:
        self.near = near
        self.far = far
        self.mtu = mtu
        self.up = up
        self.macs = macs

    @property
    def ends(self) -> tuple[tuple[str, str], tuple[str, str]]:
        """Both."""
        return self.near, self.far

    def __str__(self) -> str:
        return f"{':'.join(self.near)} ↔ {':'.join(self.far)}"


class LabPlan:
    """All that a lab is to have; `network` is where addresses are taken from that nobody chose."""

    def __init__(self, shape: str, *, also: tuple[str, ...] = (), prefix: str = "", stp: bool = False) -> None:
        self.shape = shape
        self.network = DEFAULT_NETWORK
        self.hosts: dict[str, Host] = {}
        self.switches: dict[str, Switch] = {}
        self.links: list[Link] = []
        self._also = also
        self._prefix = prefix
        self._stp = stp
        self._used: dict[str, set[str]] = {}
        self._addressed = 0

    def __contains__(self, name: str) -> bool:
        return name in self.hosts or name in self.switches

    @property
    def names(self) -> list[str]:
        """Hosts, then switches."""
        return [*self.hosts, *self.switches]

    # Putting it together.

    def add_hosts(self, count: int) -> list[str]:
        """So many more hosts, called h1, h2 …"""
        first = len(self.hosts) + 1
        names = [f"{self._prefix}h{number}" for number in range(first, first + count)]
        for name in names:
            self.add_host(Host(name, self._also))
        return names

    def add_switches(self, count: int) -> list[str]:
        """So many more switches, called s1, s2 …"""
        first = len(self.switches) + 1
        names = [f"{self._prefix}s{number}" for number in range(first, first + count)]
        for name in names:
            self.add_switch(Switch(name, stp=self._stp))
        return names

    def add_host(self, host: Host) -> None:
        """One host. UsageError beyond the most."""
        if len(self.hosts) >= MOST_HOSTS:
            raise UsageError(f"a lab has at most {MOST_HOSTS} hosts")
        self.hosts[host.name] = host
        self._used[host.name] = {"lo"}

    def add_switch(self, switch: Switch) -> None:
        """One switch. UsageError beyond the most."""
        if len(self.switches) >= MOST_SWITCHES:
            raise UsageError(f"a lab has at most {MOST_SWITCHES} switches")
        self.switches[switch.name] = switch
        self._used[switch.name] = {"lo", BRIDGE}

    def connect(
        self,
        one: str,
        other: str,
        *,
        devices: tuple[str | None, str | None] = (None, None),
        mtu: int | None = None,
        up: bool = True,
        macs: tuple[bytes | None, bytes | None] = (None, None),
    ) -> Link:
        """A link between two; its near end is a switch's, if one is.

        Devices that are not named are eth0, eth1 … in a host; in a switch they
        are called after whom they lead to. UsageError where a device is taken, a
        switch is full, or there are too many links.
        """
        if len(self.links) >= MOST_LINKS:
            raise UsageError(f"a lab has at most {MOST_LINKS} links")
        near = one, self._device(one, other, devices[0])
        far = other, self._device(other, one, devices[1])
        if other in self.switches and one in self.hosts:
            near, far, macs = far, near, macs[::-1]
        link = Link(near, far, mtu=mtu, up=up, macs=macs)
        self.links.append(link)
        return link

    def has_device(self, name: str, device: str) -> bool:
        """Does a link end there, or is it lo?"""
        return device in self._used[name]

    def _device(self, name: str, towards: str, wish: str | None) -> str:
        used = self._used[name]
        if name in self.switches and len(used) - 2 >= MOST_PORTS:
            raise UsageError(
                f"{name}: a bridge has at most {MOST_PORTS} ports (BR_MAX_PORTS of the kernel)",
                "several switches hold more hosts: `lab tree 2 32` has 1024",
            )
        if wish is not None and wish in used:
            raise UsageError(f"{name}:{wish}: there is such a device already")
        device = wish or self._free_device(name, towards, used)
        used.add(device)
        return device

    def _free_device(self, name: str, towards: str, used: set[str]) -> str:
        if name in self.switches and towards not in used and _is_device(towards):
            return towards
        stem = "p" if name in self.switches else "eth"
        number = max(len(used) - 1 - (name in self.switches), 0)
        while f"{stem}{number}" in used:
            number += 1
        return f"{stem}{number}"

    def address_all(self) -> None:
        """An address for the first device of each host that has none."""
        first: dict[str, str] = {}
        for link in self.links:
            for name, device in link.ends:
                if name in self.hosts:
                    first.setdefault(name, device)
        base, prefix = self.network
        network = Address(_socket.inet_aton(base), prefix)
        taken = {one.packed for host in self.hosts.values() for found in host.addresses.values() for one in found}
        for name, host in self.hosts.items():
            if name in first and not host.is_addressed:
                host.addresses[first[name]] = [self._next_address(network, taken)]

    def _next_address(self, network: Address, taken: set[bytes]) -> Address:
        while True:
            packed = _numbered(network, self._addressed)
            self._addressed += 1
            if packed is None:
                raise UsageError(f"{network}: has not enough addresses for all hosts")
            if packed not in taken:
                return Address(packed, network.prefix)

    def break_loops(self) -> int:
        """Leave down each link between switches that would close a loop, unless they run STP; how many.

        A loop of bridges that nothing breaks passes each broadcast on for ever.
        """
        if any(switch.stp for switch in self.switches.values()):
            return 0
        trees = _Trees()
        count = 0
        for link in self.links:
            (one, _), (other, _) = link.ends
            if link.up and one in self.switches and other in self.switches and not trees.join(one, other):
                link.up = False
                count += 1
        return count

    def without(self, names: Collection[str]) -> LabPlan:
        """The same without some hosts or switches, and without the links that ended there."""
        rest = LabPlan(self.shape)
        rest.network = self.network
        rest.hosts = {name: host for name, host in self.hosts.items() if name not in names}
        rest.switches = {name: switch for name, switch in self.switches.items() if name not in names}
        rest.links = [link for link in self.links if link.near[0] in rest and link.far[0] in rest]
        return rest

    # What follows from it.

    def segments(self) -> list[list[tuple[str, str]]]:
        """The hosts' devices, parted by who hears whose broadcasts."""
        trees = _Trees()
        for link in self.links:
            if link.up:
                trees.join(*(name if name in self.switches else f"{name}:{device}" for name, device in link.ends))
        found: dict[str, list[tuple[str, str]]] = {}
        for link in self.links:
            for name, device in link.ends:
                if name in self.hosts:
                    found.setdefault(trees.root(f"{name}:{device}"), []).append((name, device))
        return list(found.values())

    def acquainted(self) -> list[list[tuple[str, str, Address]]]:
        """Groups of (host, device, address) that reach each other without a router."""
        groups: list[list[tuple[str, str, Address]]] = []
        for segment in self.segments():
            by_network: dict[tuple[int, bytes], list[tuple[str, str, Address]]] = {}
            for name, device in segment:
                for address in self.hosts[name].addresses.get(device, ()):
                    by_network.setdefault(address.network, []).append((name, device, address))
            groups += [group for group in by_network.values() if len(group) > 1]
        return groups


def _is_device(name: str) -> bool:
    return len(name) <= LONGEST_NAME and PLAIN.issuperset(name)


class _Trees:
    """Which are joined: a forest of names (union-find)."""

    def __init__(self) -> None:
        self._above: dict[str, str] = {}

    def root(self, name: str) -> str:
        """The one that stands for all that are joined with it."""
        path = []
        while (above := self._above.get(name, name)) != name:
            path.append(name)
            name = above
        for passed in path:
            self._above[passed] = name
        return name

    def join(self, one: str, other: str) -> bool:
        """Join two; False where they were already."""
        first, second = self.root(one), self.root(other)
        self._above[first] = second
        return first != second


def _numbered(network: Address, number: int) -> bytes | None:
    """The address of that number in a network, None past its end; those that end in .0 and .255 are left out."""
    size = 1 << (32 - network.prefix)
    base = int.from_bytes(network.network[1], "big")
    place = number + 1 if size <= 256 else number // 254 * 256 + number % 254 + 1
    return (base + place).to_bytes(4, "big") if place < size - 1 else None


def neighbour_count(groups: list[list[tuple[str, str, Address]]]) -> int:
    """How many entries it takes for all to know each other."""
    return sum(len(group) * (len(group) - 1) for group in groups)
