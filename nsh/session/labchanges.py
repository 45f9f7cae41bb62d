# SPDX-License-Identifier: MIT
"""A lab as it is now, beside the plan it was built after: what was changed since, what is shaped, who is inside."""

from __future__ import annotations

import _socket

from nsh.errors import Refused
from nsh.handover.lablosses import few
from nsh.net import forwarding, labplan, masquerade, shaping, state
from nsh.session import nets
from nsh.session.labbuild import ROUTING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.net.labplan import LabPlan
    from nsh.net.shaping import Shape
    from nsh.session.labs import Lab
    from nsh.session.places import Place
    from nsh.session.session import Session

_USUAL_MTU = 1500
_MOST_WITH_RULES = 64
"""In larger labs firewall rules are not looked for: that takes a process in each place."""
_FAMILIES = {_socket.AF_INET: "IPv4", _socket.AF_INET6: "IPv6"}


class Changes:
    """What is found of a lab: `shaped` are (place, device, shape), `losses` what its plan does not say."""

    def __init__(self, session: Session, lab: Lab, plan: LabPlan) -> None:
        self.shaped: list[tuple[str, str, Shape]] = []
        self.losses: list[str] = []
        self._wanted = _wanted(plan)
        self._known = _wanted(lab.plan)  # with the ends of links to what was removed: they go when the kernel is done
        inodes = set()
        for place in lab.alive(session):
            inodes.add(place.ns["net"])
            kept = place.sockets.get(ROUTING)
            if kept is not None:
                self._look_at(place, kept)
            else:
                with nets.Closing(nets.find(session, place.name).route_socket()) as sock:
                    self._look_at(place, sock)
            if len(plan.names) <= _MOST_WITH_RULES and _has_rules(session, place):
                self.losses.append(f"{place.name}: its firewall rules")
            session.interrupts.check()
        if len(plan.names) > _MOST_WITH_RULES:
            most = f"more than {_MOST_WITH_RULES} hosts and switches"
            self.losses.append(f"{lab.name}: firewall rules, which are not looked for in labs of {most}")
        if lab.owner is not None:
            self.losses.append(f"{lab.name}: the user namespace user:[{lab.owner}] that owns it, and its ID maps")
        nested = [place.name for place in session.places.values() if _is_nested(place, inodes, lab)]
        if nested:
            self.losses.append(f"{few(nested)}: made inside of the lab, but not of it")

    def _look_at(self, place: Place, sock: _socket.socket) -> None:
        links = {link.index: link for link in state.links(sock)}
        queues = shaping.queues(sock)
        for index, link in links.items():
            shape = shaping.shape_of([queue for queue in queues if queue.index == index])
            if shape is not None:
                self.shaped.append((place.name, link.name, shape))
        wanted, found = self._wanted[place.name], _found(sock, links)
        odd = [*sorted(found - self._known[place.name]), *(f"no {fact}" for fact in sorted(wanted - found))]
        if odd:
            self.losses.append(f"{place.name}: what was changed since it was built: {few(odd)}")
        passed = [word for family, word in _FAMILIES.items() if forwarding.is_on(sock, family)]
        if passed:
            self.losses.append(f"{place.name}: that it forwards {' and '.join(passed)}")


def _has_rules(session: Session, place: Place) -> bool:
    """Are there tables of nftables in it; no where that cannot be asked."""
    net = nets.find(session, place.name)
    try:
        with nets.Closing(net.socket(_socket.AF_NETLINK, _socket.SOCK_RAW, masquerade.NETLINK_NETFILTER)) as sock:
            return masquerade.has_tables(sock)
    except Refused:
        return False  # a kernel without nftables


def _is_nested(place: Place, inodes: set[int], lab: Lab) -> bool:
    """Is a place of somebody else's in a network of the lab, or was it made there?"""
    if place.lab is lab:
        return False
    maker = place.made_in.ns.get("net") if place.made_in is not None else None
    return bool(inodes & {place.whole.get("net", 0), maker or 0})


def _wanted(plan: LabPlan) -> dict[str, set[str]]:
    """{host or switch: what the plan says of it, one text for each fact}."""
    found: dict[str, set[str]] = {name: set() for name in plan.names}
    for name in plan.switches:
        found[name] |= _device(labplan.BRIDGE, _USUAL_MTU, is_up=True)
    for link in plan.links:
        for name, device in link.ends:
            found[name] |= _device(device, link.mtu or _USUAL_MTU, is_up=link.up)
    for host in plan.hosts.values():
        for device, addresses in host.addresses.items():
            found[host.name] |= {f"address {address} of {device}" for address in addresses}
        for route in host.routes:
            to = str(route.destination) if route.destination.prefix else "default"
            found[host.name].add(f"route {to} via {route.gateway.ip}")
    return found


def _device(name: str, mtu: int, *, is_up: bool) -> set[str]:
    return {
        f"device {name}",
        *(() if is_up else (f"{name} down",)),
        *(() if mtu == _USUAL_MTU else (f"MTU {mtu} of {name}",)),
    }


def _found(sock: _socket.socket, links: dict[int, state.Link]) -> set[str]:
    """The same of what the kernel has; not what it makes by itself: lo, link-local addresses, routes to networks."""
    found: set[str] = set()
    mtus = {link.name: link.mtu for link in links.values()}
    for link in links.values():
        if link.kind in ("veth", "bridge"):
            mtu = _USUAL_MTU if link.kind == "bridge" else mtus[link.name]
            found |= _device(link.name, mtu, is_up=link.is_up)
        elif link.is_up and link.kind != "loopback":
            found.add(f"device {link.name}")
    for address in state.addresses(sock):
        if address.index in links and address.scope == "global":
            found.add(f"address {address.address}/{address.prefix} of {links[address.index].name}")
    for route in state.routes(sock):
        if route.gateway is not None:
            found.add(f"route {route.destination} via {route.gateway}")
    return found
