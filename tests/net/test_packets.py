# SPDX-License-Identifier: MIT
"""Packets in one line: what they say, and that no packet can break it or move the cursor."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nsh.net import packets

MACS = bytes.fromhex("020000000002020000000001")
V4 = bytes([10, 1, 1, 1, 10, 1, 1, 2])
V6 = bytes.fromhex("fd00" + "00" * 13 + "01" + "fd00" + "00" * 13 + "02")


def ethernet(kind: int, body: bytes, tag: int | None = None) -> bytes:
    """A frame, with a VLAN tag where wanted."""
    vlan = b"" if tag is None else struct.pack("!HH", 0x8100, tag)
    return MACS + vlan + struct.pack("!H", kind) + body


def ip4(protocol: int, body: bytes, fragment: int = 0) -> bytes:
    """A packet of IPv4."""
    return struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(body), 1, fragment, 64, protocol, 0) + V4 + body


def ip6(protocol: int, body: bytes) -> bytes:
    """A packet of IPv6."""
    return struct.pack("!IHBB", 0x60000000, len(body), protocol, 64) + V6 + body


ECHO = struct.pack("!BBHHH", 8, 0, 0, 7, 1) + bytes(56)
TCP = struct.pack("!HHIIBBHHH", 40000, 80, 5, 9, 0x50, 0x12, 1024, 0, 0) + b"\x1b[31m"
UDP = struct.pack("!HHHH", 5353, 53, 12, 0) + b"\x1b]0;"
ARP = bytes.fromhex("0001080006040001") + MACS[6:] + V4[:4] + bytes(6) + V4[4:]

KNOWN = [
    (ethernet(0x0806, ARP), "ARP", "10.1.1.1", "who has 10.1.1.2? tell 10.1.1.1"),
    (ethernet(0x0800, ip4(1, ECHO)), "ICMP", "10.1.1.1", "echo request, id 7, seq 1, length 64"),
    (ethernet(0x0800, ip4(6, TCP)), "TCP", "10.1.1.1:40000", "[S.], seq 5, ack 9, win 1024, length 5"),
    (ethernet(0x0800, ip4(17, UDP)), "UDP", "10.1.1.1:5353", "length 4"),
    (ethernet(0x0800, ip4(17, UDP, 0x2002)), "IP", "10.1.1.1", "fragment at 16, length 12"),
    (ethernet(0x0800, ip4(1, ECHO), tag=5), "ICMP", "10.1.1.1", "vlan 5, echo request, id 7, seq 1, length 64"),
    (ethernet(0x86DD, ip6(58, b"\x87" + bytes(7) + V6[16:])), "ICMP6", "fd00::1", None),
    (ethernet(0x86DD, ip6(0, bytes([17, 0]) + bytes(6) + UDP)), "UDP", "[fd00::1]:5353", "length 4"),
    (ethernet(0x0800, ip4(132, b"")), "IP", "10.1.1.1", "SCTP, length 0"),
    (ethernet(0x88CC, b""), "LLDP", "02:00:00:00:00:01", "length 0"),
]


@pytest.mark.parametrize(("frame", "protocol", "source", "summary"), KNOWN)
def test_a_packet_says_what_it_is(frame: bytes, protocol: str, source: str, summary: str | None) -> None:
    """Protocol, sender with its port, and the rest in words."""
    found = packets.read(frame, packets.ETHERNET)
    assert (found.protocol, found.source) == (protocol, source)
    assert summary in (None, found.summary)


@pytest.mark.parametrize("frame", [row[0] for row in KNOWN])
def test_a_packet_may_end_anywhere(frame: bytes) -> None:
    """Cut after each byte it is still a line."""
    for length in range(len(frame)):
        assert shown(packets.read(frame[:length], packets.ETHERNET)).isprintable()


def test_a_device_without_frames_gives_packets_of_ip() -> None:
    """As a tun device does."""
    assert packets.read(ip4(1, ECHO), packets.RAW).protocol == "ICMP"
    assert packets.read(ip6(17, UDP), packets.RAW).protocol == "UDP"
    assert packets.read(b"", packets.RAW).summary == "[short]"


def shown(packet: packets.Packet) -> str:
    """All of it."""
    return f"{packet.protocol} {packet.source} {packet.destination} {packet.summary}"


@given(st.binary(max_size=200), st.sampled_from([packets.ETHERNET, packets.RAW]))
def test_no_packet_can_break_the_line(data: bytes, link: int) -> None:
    """Any bytes at all are a line without an escape in it."""
    assert shown(packets.read(data, link)).isprintable()


@given(
    st.sampled_from([0x0800, 0x0806, 0x86DD, 0x8100]),
    st.integers(0, 255),
    st.integers(0, 255),
    st.binary(max_size=120),
)
def test_no_lie_of_a_header_can_break_the_line(kind: int, first: int, protocol: int, rest: bytes) -> None:
    """Frames that begin well: with a wrong version, header length, protocol, next header."""
    for body in (bytes([first]) + rest, bytes([0x45]) + rest, ip4(protocol, rest), ip6(protocol, rest)):
        assert shown(packets.read(ethernet(kind, body), packets.ETHERNET)).isprintable()
