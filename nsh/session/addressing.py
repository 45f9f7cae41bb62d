# SPDX-License-Identifier: MIT
"""Addresses of devices and routes of places, added and taken away by what the user typed."""

from __future__ import annotations

import _socket

from nsh.errors import Refused, UsageError
from nsh.net import changes, inet, state
from nsh.session.added import ADDRESS, ROUTE, route_text
from nsh.session.reach import Reach

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from nsh.net.inet import Network
    from nsh.session.nets import Endpoint
    from nsh.session.reach import Device, There
    from nsh.session.session import Session


def add_address(session: Session, endpoint: Endpoint, address: Network, *, no_dad: bool) -> None:
    """Give a device an address. Raises NoSuchName, Refused, SessionError."""
    with Reach(session) as reach:
        device = reach.own_device(endpoint)

        def add() -> None:
            changes.add_address(device.sock, device.index, address, str(device), no_dad=no_dad)

        _remembered(session, device, address, add)


def _remembered(session: Session, device: Device, address: Network, add: Callable[[], None]) -> None:
    """On a device of the machine (--host) it is written down first, and taken away at exit."""
    added = session.guard.added
    if added.is_ours(device.link) or not added.concerns(device.there.net):
        add()
    else:
        added.remember(ADDRESS, f"{device.link.name} {address}", add)


def remove_address(session: Session, endpoint: Endpoint, address: Network) -> None:
    """Take an address away. Raises NoSuchName, Refused, SessionError."""
    with Reach(session) as reach:
        device = reach.own_device(endpoint)
        try:
            changes.remove_address(device.sock, device.index, address, str(device))
        except Refused as refusal:
            refusal.hint = _those_there(device) or refusal.hint
            raise
        session.guard.added.done(ADDRESS, f"{device.link.name} {address}")


def _those_there(device: Device) -> str | None:
    found = [one.text for one in state.addresses(device.sock) if one.index == device.index]
    return f"{device} has {', '.join(found[:8])}" if found else f"{device} has no address"


class Wanted:
    """A route as it was typed: destination (None for `default`), gateway, device, metric."""

    __slots__ = ("destination", "device", "gateway", "metric")

    def __init__(
        self, destination: Network | None, gateway: Network | None, device: str | None, metric: int | None
    ) -> None:
        self.destination = destination
        self.gateway = gateway
        self.device = device
        self.metric = metric

    def __str__(self) -> str:
        words = [str(self.destination or "default")]
        words += [] if self.gateway is None else ["via", self.gateway.address]
        words += [] if self.device is None else ["dev", self.device]
        return " ".join([*words, *([] if self.metric is None else ["metric", str(self.metric)])])

    def family(self) -> int:
        """That of the destination; of `default` that of the gateway, IPv4 without one."""
        known = self.destination or self.gateway
        return known.family if known is not None else _socket.AF_INET


def add_route(session: Session, place: str | None, wanted: Wanted) -> None:
    """Add a route. Raises NoSuchName, Refused, SessionError, UsageError."""
    with Reach(session) as reach:
        there = reach.at(place)
        way = _way(reach, there, wanted)
        shown = f"{wanted}{'' if place in (None, '.') else f', in {place}'}"
        added = session.guard.added

        def add() -> None:
            changes.add_route(there.sock, way, shown)

        if not added.concerns(there.net) or _by_our_device(reach, there, wanted):
            add()
            return
        session.guard.namespace("net", there.net.inode, f"the table of routes in {there.net.label}")
        added.remember(ROUTE, route_text(way, wanted.device), add)


def _by_our_device(reach: Reach, there: There, wanted: Wanted) -> bool:
    """A route by a device that nsh put there goes with it."""
    link = state.link(there.sock, wanted.device) if wanted.device is not None else None
    return link is not None and reach.session.guard.added.is_ours(link)


def _way(reach: Reach, there: There, wanted: Wanted) -> changes.Way:
    if wanted.metric is not None and not 0 <= wanted.metric < 1 << 32:
        raise UsageError(f"--metric {wanted.metric}: out of range", "0 to 4294967295; the lowest is taken")
    device = None if wanted.device is None else reach.device_there(there, wanted.device)
    gateway = wanted.gateway
    to = wanted.destination
    if to is not None and gateway is not None and (to.family, gateway.family) == (_socket.AF_INET6, _socket.AF_INET):
        raise UsageError(f"{to} via {gateway.address}: an IPv6 network has an IPv6 gateway", "as in via fd00::1")
    index = None if device is None else device.index
    return changes.Way(wanted.family(), to, gateway, index, wanted.metric)


def remove_route(session: Session, place: str | None, wanted: Wanted) -> None:
    """Remove a route. Raises NoSuchName, Refused, SessionError."""
    with Reach(session) as reach:
        there = reach.at(place)
        way = _way(reach, there, wanted)
        if not _by_our_device(reach, there, wanted):
            session.guard.namespace("net", there.net.inode, f"the table of routes in {there.net.label}")
        changes.remove_route(there.sock, way, f"{wanted}{'' if place in (None, '.') else f', in {place}'}")
        session.guard.added.done(ROUTE, route_text(way, wanted.device))


def read_way(how: str, what: str, device: str | None) -> tuple[Network | None, str | None]:
    """`via GATEWAY` or `dev DEVICE`: (gateway, device). Raises BadWord, UsageError."""
    from nsh.session.nets import read_device

    if how == "via":
        return inet.read_ip(what), device
    if device is not None:
        raise UsageError("dev and --dev: the device was given twice", f"dev {what}")
    return None, read_device(what)
