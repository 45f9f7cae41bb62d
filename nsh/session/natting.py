# SPDX-License-Identifier: MIT
"""NAT: what comes from a place leaves by a device with that device's address.

In the machine's own namespace (`nsh --host`) the rules are in a table that
belongs to a socket of this process, so that the kernel removes it with us,
however we end.
"""

from __future__ import annotations

import _socket
import errno
import os

from nsh.errors import NotSupported, Refused, SessionError
from nsh.net import forwarding, masquerade, state
from nsh.session import nets
from nsh.session.reach import Reach
from nsh.session.shapes import all_nets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.net.masquerade import Rule
    from nsh.session.nets import Endpoint, Net
    from nsh.session.session import Session

    Network = tuple[int, str, int]

_OWNERS: dict[int, _socket.socket] = {}
"""By the inode of a namespace: the socket that owns our table there; it is closed with this process."""


def add(session: Session, ref: str, via: Endpoint) -> list[str]:
    """Masquerade what a place sends out by a device; what else it needs, a line each. Raises as Reach and `_open`."""
    with Reach(session) as reach:
        device = reach.device(via)
        router, shown = device.there.net, str(device)
        session.guard.namespace("net", router.inode, shown)
        place = reach.at(ref)
        is_router = place.net.inode == router.inode
        networks: list[Network | None] = [None] if is_router else _networks(state.addresses(place.sock))
        if not networks:
            hint = f"for example `addr add {place.net.name}:DEV 10.1.1.2/24`"
            raise SessionError(f"{place.net.name} has no address that could be masqueraded yet", hint)
        label = place.net.name
        owned = session.guard.added.concerns(router)
        sock, table = _open(router, owned=owned)
        try:
            if any(_is_for(rule, label, device.link.name) for rule in masquerade.rules(sock)):
                raise SessionError(f"{label} is masqueraded via {shown} already", "`nat ls` shows it")
            op = f"NFT_MSG_NEWRULE({shown}, masquerade)"
            masquerade.add(sock, device.link.name, networks, label, op, table, owned=owned)
        finally:
            if not owned:
                sock.close()
        return _missing(reach, ref, device.there.sock, router, networks)


def remove(session: Session, ref: str, via: Endpoint) -> None:
    """Take it back. Raises SessionError, Refused."""
    with Reach(session) as reach:
        there = reach.at(via.place)
        session.guard.namespace("net", there.net.inode, there.label(via.device))
        sock, _ = _open(there.net, owned=session.guard.added.concerns(there.net))
        try:
            label = nets.find(session, ref).name
            everything = masquerade.rules(sock)
            found = [rule for rule in everything if _is_for(rule, label, via.device)]
            if not found:
                shown = there.label(via.device)
                raise SessionError(f"{label} is not masqueraded via {shown}", "`nat ls` shows what is")
            op = f"NFT_MSG_DELRULE({there.label(via.device)}, masquerade)"
            tables = {rule.table for rule in found}
            rest = [rule for rule in everything if rule.table in tables and rule not in found]
            masquerade.remove(sock, found, op, all_of_them=not rest)
        finally:
            if sock is not _OWNERS.get(there.net.inode):
                sock.close()


def rows(session: Session, ref: str | None) -> list[dict[str, object]]:
    """A flat object for each rule in one place, or in all of them and host as far as this user may look."""
    found: list[dict[str, object]] = []
    for net in all_nets(session) if ref is None else [nets.find(session, ref)]:
        try:
            sock, _ = _open(net, owned=net.inode in _OWNERS)
            rules = masquerade.rules(sock)
        except Refused:
            if ref is not None:
                raise
            continue
        if sock is not _OWNERS.get(net.inode):
            sock.close()
        found += [_row(net, rule) for rule in rules]
    return found


def _row(net: Net, rule: Rule) -> dict[str, object]:
    return {
        "place": rule.label,
        "source": rule.source,
        "via": f"{net.name}:{rule.via}",
        "packets": rule.packets,
        "bytes": rule.bytes,
    }


def _is_for(rule: Rule, label: str, device: str) -> bool:
    return rule.label == label and rule.via == device


def _open(net: Net, *, owned: bool) -> tuple[_socket.socket, str]:
    """A netfilter socket in a namespace and the name of our table there. Raises Refused, NotSupported."""
    table = f"{masquerade.TABLE}-{os.getpid()}" if owned else masquerade.TABLE
    if owned and net.inode in _OWNERS:
        return _OWNERS[net.inode], table
    try:
        sock = net.socket(_socket.AF_NETLINK, _socket.SOCK_RAW, masquerade.NETLINK_NETFILTER)
    except Refused as refusal:
        if refusal.errno == errno.EPROTONOSUPPORT:
            raise NotSupported(
                refusal.op, refusal.errno, "this kernel is built without CONFIG_NETFILTER_NETLINK"
            ) from None
        raise
    if owned:
        _OWNERS[net.inode] = sock
    return sock, table


def _networks(addresses: list[state.Address]) -> list[Network | None]:
    """The networks that a place is in, each once."""
    return list(dict.fromkeys(_network_of(one) for one in addresses if one.scope == "global"))


def _network_of(one: state.Address) -> Network:
    packed = int.from_bytes(_socket.inet_pton(one.family, one.address), "big")
    width = 128 if one.is_ipv6 else 32
    masked = packed >> (width - one.prefix) << (width - one.prefix)
    return one.family, _socket.inet_ntop(one.family, masked.to_bytes(width // 8, "big")), one.prefix


def _missing(reach: Reach, ref: str, sock: _socket.socket, router: Net, networks: list[Network | None]) -> list[str]:
    """What else is needed until packets pass: forwarding there, a way out here."""
    notes = []
    wanted = [network for network in networks if network is not None]
    if any(forwarding.is_on(sock, family) is False for family in {network[0] for network in wanted}):
        notes.append(f"hint: {router.name} does not forward yet: `forward on {router.name}`")
    place = reach.at(ref)
    if wanted and not any(route.destination == "default" for route in state.routes(place.sock)):
        gateway = next((one.address for one in state.addresses(sock) if _network_of(one) in wanted), "ADDRESS")
        notes.append(f"hint: {place.net.name} has no default route: `route add {place.net.name} default via {gateway}`")
    return notes
