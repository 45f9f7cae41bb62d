# SPDX-License-Identifier: MIT
"""A lab as a file of another engine draws it, put together to a plan: nodes, what their lines do, links."""

from __future__ import annotations

from nsh.errors import UsageError
from nsh.handover.iplines import Furniture
from nsh.handover.lablosses import few
from nsh.names import check_name
from nsh.net.labplan import ALSO, BRIDGE, DEFAULT_NETWORK, Host, LabPlan, Switch
from nsh.printable import excerpt
from nsh.spelling import did_you_mean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from typing import TypeVar

    from nsh.handover.iplines import Wrong

    Mac = bytes | None
    Found = TypeVar("Found")


class Node:
    """A host, or a switch: one whose lines make a bridge, or that `is_switch` without any line.

    `wrong` is the mistake at the place where it stands, `name` what it is called here.
    """

    def __init__(self, name: str, wrong: Wrong, *, is_switch: bool = False) -> None:
        self.name = name
        self.wrong = wrong
        self.is_plain_switch = is_switch
        self.also: tuple[str, ...] = ()
        self.furniture = Furniture()
        self.devices: list[str] = []

    @property
    def is_switch(self) -> bool:
        """Does it pass on what comes, instead of having addresses?"""
        return self.is_plain_switch or self.furniture.has_bridge

    def mac(self, device: str | None, given: Mac) -> Mac:
        """The hardware address of a device: what its link gives, or its lines."""
        return given if given is not None or device is None else self.furniture.macs.get(device)


class Wire:
    """A link: (node as the file calls it, device or None for any) of both ends, and what the file says of it."""

    __slots__ = ("ends", "macs", "mtu", "wrong")

    def __init__(
        self,
        ends: list[tuple[str, str | None]],
        wrong: Wrong,
        *,
        mtu: int | None = None,
        macs: tuple[Mac, Mac] = (None, None),
    ) -> None:
        self.ends = ends
        self.wrong = wrong
        self.mtu = mtu
        self.macs = macs


class Drawing:
    """All nodes, by what the file calls them, and all links; `network` is where addresses come from."""

    def __init__(self) -> None:
        self.nodes: dict[str, Node] = {}
        self.wires: list[Wire] = []
        self.network = DEFAULT_NETWORK
        self._names: set[str] = set()

    def add(self, label: str, node: Node) -> None:
        """One more node. Raises UsageError where there is one of that name."""
        if label in self.nodes or node.name in self._names:
            raise node.wrong(f"{excerpt(node.name)}: there are two of that name", None)
        self.nodes[label] = node
        self._names.add(node.name)

    def plan(self) -> LabPlan:
        """The lab. Raises UsageError with the place of what cannot be."""
        plan = LabPlan("file")
        plan.network = self.network
        for node in self.nodes.values():
            _put(plan, node)
        for wire in self.wires:
            self._connect(plan, wire)
        for node in self.nodes.values():
            _check(plan, node)
        return plan

    def _connect(self, plan: LabPlan, wire: Wire) -> None:
        (one, first), (other, second) = ((self._node(label, wire), device) for label, device in wire.ends)
        macs = one.mac(first, wire.macs[0]), other.mac(second, wire.macs[1])
        is_down = first in one.furniture.down or second in other.furniture.down
        mtu = _mtu(wire, one.furniture.mtus.get(first or ""), other.furniture.mtus.get(second or ""))
        link = _checked(
            wire.wrong,
            lambda: plan.connect(one.name, other.name, devices=(first, second), mtu=mtu, up=not is_down, macs=macs),
        )
        for name, device in link.ends:
            (one if name == one.name else other).devices.append(device)

    def _node(self, label: str, wire: Wire) -> Node:
        if label not in self.nodes:
            hint = did_you_mean(label, self.nodes) or "a link of a lab has both ends in it"
            raise wire.wrong(f"{excerpt(label)}: there is no such node", hint)
        return self.nodes[label]


def also_of(text: str) -> tuple[str, ...]:
    """The types a host has beside net, from a comma list. Raises UsageError."""
    words = text.split(",")
    wrong = next((word for word in words if word not in ALSO), None)
    if wrong is not None:
        raise UsageError(
            f"{excerpt(wrong) or repr(wrong)}: no type that a host can have too", f"any of {','.join(ALSO)}"
        )
    return tuple(kind for kind in ALSO if kind in words)


def title(text: str, remarks: list[str]) -> str | None:
    """What a file calls its lab; None, and a remark, where no lab of nsh can be called so: it is no part of the lab."""
    try:
        check_name(text)
    except UsageError as error:
        remarks.append(f"the lab's own name is not used: {error.message}")
        return None
    return text


def unused(words: Collection[str]) -> list[str]:
    """What there is to say of settings that were read and mean nothing here."""
    others = sorted(set(words) - {"image"})
    said = ["images are not used: hosts run the programs of this machine"] if "image" in words else []
    return [*said, f"not used: {', '.join(others)}"] if others else said


def unrouted(plan: LabPlan) -> list[str]:
    """What there is to say of hosts that are gateways: a container forwards from the start, a host of nsh when told."""
    gateways = {route.gateway.packed for host in plan.hosts.values() for route in host.routes}
    names = [
        host.name
        for host in plan.hosts.values()
        if any(one.packed in gateways for found in host.addresses.values() for one in found)
    ]
    return [f"{few(names)}: a gateway here forwards when it is told: `forward on {names[0]}`"] if names else []


def _put(plan: LabPlan, node: Node) -> None:
    if node.is_switch:
        _checked(node.wrong, lambda: plan.add_switch(Switch(node.name, stp=node.furniture.stp)))
        return
    host = Host(node.name, node.also)
    host.addresses, host.is_addressed = node.furniture.addresses, True
    host.routes = node.furniture.routes
    _checked(node.wrong, lambda: plan.add_host(host))


def _mtu(wire: Wire, one: int | None, other: int | None) -> int | None:
    found = {number for number in (wire.mtu, one, other) if number is not None}
    if len(found) > 1 or (found and wire.mtu is None and None in (one, other)):
        raise wire.wrong("both ends of a link have the same MTU in nsh", "the same `mtu` at both ends")
    return found.pop() if found else None


def _check(plan: LabPlan, node: Node) -> None:
    """That each device that was named is there, and that a switch is nothing else."""
    furniture = node.furniture
    for device, wrong in furniture.places.items():
        if not plan.has_device(node.name, device):
            raise wrong(f"{excerpt(node.name)} has no device {device}: no link ends there", None)
    if not node.is_switch:
        furniture.check_ways()
        return
    if furniture.routes or node.also:
        raise node.wrong(f"{excerpt(node.name)}: a switch of nsh has no routes and is in no other namespaces", None)
    for device in furniture.addresses:
        raise furniture.places[device](f"{excerpt(node.name)}: a switch of nsh has no addresses", None)
    left = [device for device in node.devices if not node.is_plain_switch and device not in furniture.ports]
    if left:
        raise node.wrong(
            f"{excerpt(node.name)}: {left[0]} is no port of {BRIDGE}; a switch of nsh has no other devices",
            f"ip link set dev {left[0]} master {BRIDGE}",
        )


def _checked(wrong: Wrong, act: Callable[[], Found]) -> Found:
    try:
        return act()
    except UsageError as error:
        raise wrong(error.message, error.hint) from None
