# SPDX-License-Identifier: MIT
"""A packet in one line, much as tcpdump(8) writes it.

What a packet holds was sent by anybody. Every field is looked at only where it
is there, and a packet that is cut short, or tells lies about its lengths, ends
in `[short]`.
"""

from __future__ import annotations

import _socket

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

ETHERNET, RAW = 1, 101
"""Kinds of link layer, by their numbers in pcap files (LINKTYPE_ETHERNET, LINKTYPE_RAW)."""

_IP4, _ARP, _VLAN, _IP6, _QINQ = 0x0800, 0x0806, 0x8100, 0x86DD, 0x88A8
_NAMES = {0x88CC: "LLDP", 0x8847: "MPLS", 0x888E: "EAPOL", 0x8863: "PPPoE discovery", 0x8864: "PPPoE"}
_ICMP, _TCP, _UDP, _ICMP6 = 1, 6, 17, 58
_PROTOCOLS = {2: "IGMP", 41: "IPv6 in IP", 47: "GRE", 50: "ESP", 51: "AH", 89: "OSPF", 132: "SCTP"}
_SKIPPED = (0, 43, 60)  # hop-by-hop options, routing, destination options: each says how long it is
_FRAGMENT = 44
_MOST_HEADERS = 8
_FLAGS = ((0x02, "S"), (0x01, "F"), (0x04, "R"), (0x08, "P"), (0x20, "U"), (0x40, "E"), (0x80, "W"), (0x10, "."))
_ICMP_TYPES = {
    0: "echo reply",
    3: "destination unreachable",
    4: "source quench",
    5: "redirect",
    8: "echo request",
    11: "time exceeded",
    12: "parameter problem",
}
_ICMP6_TYPES = {
    1: "destination unreachable",
    2: "packet too big",
    3: "time exceeded",
    4: "parameter problem",
    128: "echo request",
    129: "echo reply",
    130: "multicast listener query",
    131: "multicast listener report",
    133: "router solicitation",
    134: "router advertisement",
    135: "neighbor solicitation",
    136: "neighbor advertisement",
    143: "multicast listener report v2",
}
_WITH_TARGET = (135, 136)


class Short(Exception):
    """The packet ends before the field."""


class Packet:
    """What a line tells: protocol, who to whom (addresses; None where there is none), and the rest in words."""

    __slots__ = ("destination", "protocol", "source", "summary")

    def __init__(self) -> None:
        self.protocol = "?"
        self.source: str | None = None
        self.destination: str | None = None
        self.summary = ""


def read(data: bytes, link: int) -> Packet:
    """A packet as it was on a device of that kind of link layer."""
    packet = Packet()
    try:
        if link == ETHERNET:
            _ethernet(packet, data)
        else:
            _by_version(packet, data)
    except Short:
        packet.summary = f"{packet.summary} [short]".lstrip()
    return packet


def _number(data: bytes, start: int, length: int) -> int:
    part = data[start : start + length]
    if len(part) < length:
        raise Short
    return int.from_bytes(part, "big")


def _mac(data: bytes, start: int) -> str:
    return _number(data, start, 6).to_bytes(6, "big").hex(":")


def _ethernet(packet: Packet, data: bytes) -> None:
    packet.protocol = "Ethernet"
    packet.destination, packet.source = _mac(data, 0), _mac(data, 6)
    kind, start, tags = _number(data, 12, 2), 14, ""
    while kind in (_VLAN, _QINQ) and len(tags) < 40:
        tags += f"vlan {_number(data, start, 2) & 0x0FFF}, "
        kind, start = _number(data, start + 2, 2), start + 4
    reader = _BY_TYPE.get(kind)
    if reader is not None:
        reader(packet, data[start:])
    elif kind < 0x0600:  # an 802.3 frame: it is a length
        packet.protocol, packet.summary = "802.3", f"length {kind}"
    else:
        packet.protocol = _NAMES.get(kind, f"0x{kind:04x}")
        packet.summary = f"length {len(data) - start}"
    packet.summary = tags + packet.summary


def _by_version(packet: Packet, data: bytes) -> None:
    version = _number(data, 0, 1) >> 4
    if version not in (4, 6):
        packet.summary = f"length {len(data)}"
        return
    (_ip4 if version == 4 else _ip6)(packet, data)


def _arp(packet: Packet, data: bytes) -> None:
    packet.protocol, packet.summary = "ARP", ""
    operation = _number(data, 6, 2)
    if _number(data, 0, 8) >> 16 != 0x000108000604:  # Ethernet and IPv4, addresses of 6 and 4 bytes
        packet.summary = f"operation {operation}, length {len(data)}"
        return
    mac, sender, target = _mac(data, 8), _address(data, 14, 4), _address(data, 24, 4)
    packet.source, packet.destination = sender, target
    if operation == 1:
        packet.summary = f"who has {target}? tell {sender}"
    elif operation == 2:
        packet.summary = f"{sender} is at {mac}"
    else:
        packet.summary = f"operation {operation}"


def _address(data: bytes, start: int, length: int) -> str:
    value = _number(data, start, length).to_bytes(length, "big")
    return _socket.inet_ntop(_socket.AF_INET if length == 4 else _socket.AF_INET6, value)


def _ip4(packet: Packet, data: bytes) -> None:
    packet.protocol = "IP"
    header = (_number(data, 0, 1) & 0x0F) * 4
    packet.source, packet.destination = _address(data, 12, 4), _address(data, 16, 4)
    if header < 20 or len(data) < header:
        raise Short
    total = _number(data, 2, 2)
    body = data[header : total if header <= total <= len(data) else len(data)]
    offset = (_number(data, 6, 2) & 0x1FFF) * 8
    if offset:
        packet.summary = f"fragment at {offset}, length {len(body)}"
        return
    _transport(packet, _number(data, 9, 1), body, max(total - header, 0))


def _ip6(packet: Packet, data: bytes) -> None:
    packet.protocol = "IP6"
    packet.source, packet.destination = _address(data, 8, 16), _address(data, 24, 16)
    kind, length = _number(data, 6, 1), _number(data, 4, 2)
    body = data[40 : 40 + length]
    for _ in range(_MOST_HEADERS):
        if kind in _SKIPPED:
            size = (_number(body, 1, 1) + 1) * 8
        elif kind == _FRAGMENT:
            offset = _number(body, 2, 2) & 0xFFF8
            if offset:
                packet.summary = f"fragment at {offset}, length {len(body) - 8}"
                return
            size = 8
        else:
            break
        kind, body, length = _number(body, 0, 1), body[size:], max(length - size, 0)
    _transport(packet, kind, body, length)


def _transport(packet: Packet, kind: int, body: bytes, length: int) -> None:
    """`length` is what the header says, `body` what is there."""
    reader = _BY_PROTOCOL.get(kind)
    if reader is None:
        packet.summary = f"{_PROTOCOLS.get(kind, f'protocol {kind}')}, length {length}"
    else:
        reader(packet, body, length)


def _icmp(packet: Packet, body: bytes, length: int) -> None:
    packet.protocol = "ICMP"
    _told(packet, _ICMP_TYPES, body, length, (0, 8))


def _icmp6(packet: Packet, body: bytes, length: int) -> None:
    packet.protocol = "ICMP6"
    _told(packet, _ICMP6_TYPES, body, length, (128, 129))
    if _number(body, 0, 1) in _WITH_TARGET:
        packet.summary += f", {_address(body, 8, 16)}"


def _told(packet: Packet, names: dict[int, str], body: bytes, length: int, echoes: tuple[int, int]) -> None:
    kind, code = _number(body, 0, 1), _number(body, 1, 1)
    packet.summary = names.get(kind, f"type {kind}")
    if kind in echoes:
        packet.summary += f", id {_number(body, 4, 2)}, seq {_number(body, 6, 2)}"
    elif code:
        packet.summary += f", code {code}"
    packet.summary += f", length {length}"


def _tcp(packet: Packet, body: bytes, length: int) -> None:
    packet.protocol = "TCP"
    _ports(packet, body)
    bits = _number(body, 13, 1)
    header = (_number(body, 12, 1) >> 4) * 4
    flags = "".join(letter for bit, letter in _FLAGS if bits & bit) or "none"
    acked = f", ack {_number(body, 8, 4)}" if bits & 0x10 else ""
    packet.summary = f"[{flags}], seq {_number(body, 4, 4)}{acked}, win {_number(body, 14, 2)}"
    packet.summary += f", length {max(length - header, 0)}"


def _udp(packet: Packet, body: bytes, length: int) -> None:
    packet.protocol = "UDP"
    _ports(packet, body)
    packet.summary = f"length {max(length - 8, 0)}"


def _ports(packet: Packet, body: bytes) -> None:
    one, other = _number(body, 0, 2), _number(body, 2, 2)
    packet.source = _with_port(packet.source, one)
    packet.destination = _with_port(packet.destination, other)


def _with_port(address: str | None, port: int) -> str:
    return f"[{address}]:{port}" if address is not None and ":" in address else f"{address}:{port}"


_BY_TYPE: dict[int, Callable[[Packet, bytes], None]] = {_IP4: _ip4, _IP6: _ip6, _ARP: _arp}
_BY_PROTOCOL: dict[int, Callable[[Packet, bytes, int], None]] = {
    _ICMP: _icmp,
    _ICMP6: _icmp6,
    _TCP: _tcp,
    _UDP: _udp,
}
