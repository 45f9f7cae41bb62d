# SPDX-License-Identifier: MIT
"""The lines of ip(8) that furnish a host or make a switch: written for engines that run them, and read back."""

from __future__ import annotations

from nsh.errors import UsageError
from nsh.net import labwords
from nsh.net.labplan import BRIDGE
from nsh.printable import excerpt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from nsh.net.labplan import Address, Host, LabPlan, Link, Route, Switch

    Wrong = Callable[[str, str | None], UsageError]

_STP = ("stp_state", "1", "forward_delay", "200", "hello_time", "100")
"""As fast as the protocol goes, in hundredths of a second: the same that `lab --stp` sets."""
_KNOWN = "nsh reads ip addr add, ip route add, ip link add br0 type bridge, ip link set"
_NUMBERS = frozenset("0123456789")


# Writing.


def ends_of(plan: LabPlan) -> dict[str, list[tuple[str, Link]]]:
    """{host or switch: (device, link) of each link that ends there}, in the order of the links."""
    found: dict[str, list[tuple[str, Link]]] = {name: [] for name in plan.names}
    for link in plan.links:
        for name, device in link.ends:
            found[name].append((device, link))
    return found


def of_host(host: Host, ends: list[tuple[str, Link]]) -> list[list[str]]:
    """The words of each line that a host needs, when its devices are there and up."""
    lines = [
        ["ip", "addr", "add", str(address), "dev", device]
        for device, addresses in host.addresses.items()
        for address in addresses
    ]
    return [*lines, *map(_route_line, host.routes), *_down_lines(ends)]


def of_switch(switch: Switch, ends: list[tuple[str, Link]]) -> list[list[str]]:
    """The words of each line that a switch needs: a bridge inside, and every device a port of it."""
    make = ["ip", "link", "add", BRIDGE, "type", "bridge", *(_STP if switch.stp else ())]
    ports = [["ip", "link", "set", "dev", device, "master", BRIDGE] for device, _ in ends]
    return [make, *ports, ["ip", "link", "set", "dev", BRIDGE, "up"], *_down_lines(ends)]


def _route_line(route: Route) -> list[str]:
    to = str(route.destination) if route.destination.prefix else "default"
    family = ["-6"] if len(route.gateway.packed) == 16 else []
    return ["ip", *family, "route", "add", to, "via", route.gateway.ip]


def _down_lines(ends: list[tuple[str, Link]]) -> list[list[str]]:
    return [["ip", "link", "set", "dev", device, "down"] for device, link in ends if not link.up]


# Reading.


class Furniture:
    """What the lines of one node come to: a bridge or none, and what each device has.

    `places` says where a device was named first, for the mistakes that only show at the end; `ways` has the routes
    that say by which device, too.
    """

    def __init__(self) -> None:
        self.has_bridge = False
        self.stp = False
        self.ports: set[str] = set()
        self.down: set[str] = set()
        self.addresses: dict[str, list[Address]] = {}
        self.routes: list[Route] = []
        self.ways: list[tuple[Route, str, Wrong]] = []
        self.mtus: dict[str, int] = {}
        self.macs: dict[str, bytes] = {}
        self.names: dict[str, str] = {}
        self.places: dict[str, Wrong] = {}

    def take(self, argv: list[str], wrong: Wrong) -> None:
        """One line more. Raises what `wrong` makes of a mistake; a line that nsh has no word for is one."""
        try:
            if argv[:1] != ["ip"]:
                raise UsageError(f"{excerpt(' '.join(argv))}: is not read here", _KNOWN)
            self._take(argv[1:], wrong)
        except UsageError as error:
            raise wrong(error.message, error.hint) from None

    def _take(self, words: list[str], wrong: Wrong) -> None:
        family = words.pop(0) if words[:1] in (["-4"], ["-6"]) else None
        match words:
            case ["address" | "addr" | "a", "add", address, "dev", device]:
                self.addresses.setdefault(self._device(device, wrong), []).append(labwords.address(address))
            case ["route" | "r", "add", to, "via", gateway]:
                self._route(to, gateway, family)
            case ["route" | "r", "add", to, "via", gateway, "dev", device]:
                self._device(device, wrong)
                self._route(to, gateway, family)
                self.ways.append((self.routes[-1], device, wrong))
            case ["link" | "l", "add", *rest]:
                self._add(rest[1:] if rest[:1] in (["name"], ["dev"]) else rest)
            case ["link" | "l", "set", "dev", device, *settings] | ["link" | "l", "set", device, *settings]:
                self._set(device, settings, wrong)
            case _:
                raise UsageError(f"{excerpt(' '.join(['ip', *words]))}: is not read here", _KNOWN)

    def _device(self, word: str, wrong: Wrong) -> str:
        self.places.setdefault(labwords.device(word), wrong)
        return word

    def check_ways(self) -> None:
        """That the kernel finds each gateway behind the device that was said. Raises what is wrong at that line."""
        for route, device, wrong in self.ways:
            behind = [name for name, found in self.addresses.items() if any(map(route.gateway.is_beside, found))]
            if behind != [device]:
                where = f"is behind {', '.join(behind)}" if behind else "is in the network of no address here"
                raise wrong(f"{route.gateway.ip}: {where}, not behind {device}", None)

    def _route(self, to: str, gateway: str, family: str | None) -> None:
        by = labwords.gateway(gateway)
        if family is not None and (family == "-6") is not (len(by.packed) == 16):
            raise UsageError(f"{by.ip}: is no address of the family that {family} stands for")
        self.routes.append(labwords.route(labwords.destination(to, by), by))

    def _add(self, words: list[str]) -> None:
        if words[1:3] != ["type", "bridge"]:
            raise UsageError(f"ip link add {excerpt(' '.join(words))}: is not read here", _KNOWN)
        if words[0] != BRIDGE or self.has_bridge:
            raise UsageError(
                f"{excerpt(words[0])}: a switch of nsh has one bridge, called {BRIDGE}", "one node for each bridge"
            )
        self.has_bridge = True
        settings = dict(zip(words[3::2], words[4::2], strict=False))
        usual = dict(zip(_STP[::2], _STP[1::2], strict=True))
        if len(words) % 2 == 0 or settings not in ({}, {"stp_state": "0"}, {"stp_state": "1"}, usual):
            raise UsageError(f"{excerpt(' '.join(words[3:]))}: nsh sets of a bridge only stp_state", "stp_state 1")
        self.stp = settings.get("stp_state") == "1"

    def _set(self, device: str, rest: list[str], wrong: Wrong) -> None:
        """`ip link set dev DEVICE` and what follows."""
        if device == BRIDGE and rest == ["up"] and self.has_bridge:
            return
        self._device(device, wrong)
        if not rest:
            raise UsageError(f"ip link set {device}: and what?", _KNOWN)
        while rest:
            rest = self._setting(device, rest)

    def _setting(self, device: str, words: list[str]) -> list[str]:
        """One setting of a device; what is left of the line."""
        match words:
            case ["up", *rest]:
                self.down.discard(device)
            case ["down", *rest]:
                self.down.add(device)
            case ["master", master, *rest]:
                if master != BRIDGE or not self.has_bridge:
                    raise UsageError(f"{excerpt(master)}: there is no such bridge in this node")
                self.ports.add(device)
            case ["mtu", number, *rest]:
                self.mtus[device] = labwords.mtu(number)
            case ["address", mac, *rest]:
                self.macs[device] = labwords.hardware(mac)
            case ["name", name, *rest]:
                self._rename(device, labwords.device(name))
            case _:
                raise UsageError(f"{excerpt(' '.join(words))}: nsh sets no such thing of a device", _KNOWN)
        return rest

    def _rename(self, device: str, name: str) -> None:
        """Only of a device that nothing was said of but that it is to be down: what follows uses the new name."""
        if not (device.startswith("eth") and _NUMBERS.issuperset(device[3:])) or device in self.names:
            raise UsageError(f"{device}: only eth0, eth1 … get another name, once")
        if name in self.places or name in self.names.values():
            raise UsageError(f"{excerpt(name)}: there is such a device already")
        self.names[device] = name
        self.down.discard(device)
        self.places[name] = self.places.pop(device)
