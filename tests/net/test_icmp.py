# SPDX-License-Identifier: MIT
"""ICMP echo: what is packed, and that nothing a stranger sends can break the reading."""

from __future__ import annotations

import _socket
import struct
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nsh.net import icmp

IP4 = bytes([0x45]) + bytes(19)
FAMILIES = st.sampled_from([icmp.AF_INET, icmp.AF_INET6])
ANCILLARY = st.lists(
    st.tuples(st.sampled_from([0, 1, 41]), st.sampled_from([2, 11, 25, 35, 52]), st.binary(max_size=40)), max_size=4
)


@given(st.integers(0, 0xFFFF), st.integers(0, 70000), st.integers(0, 2000))
def test_the_checksum_of_a_request_is_right(ident: int, number: int, size: int) -> None:
    """Summed up again with the checksum in it, the packet comes to zero (RFC 1071)."""
    packet = icmp.request(icmp.AF_INET, ident, number, size)
    assert len(packet) == 8 + size
    assert icmp.checksum(packet) == 0


def test_a_reply_to_ours_is_read_from_behind_the_header() -> None:
    """A raw socket of IPv4 gives the header too, with its options; the others do not."""
    reply = struct.pack("!BBHHH", 0, 0, 0, 7, 3) + b"x" * 56
    hops = [(0, 2, struct.pack("=i", 63))]
    with_options = bytes([0x46]) + bytes(23)
    for is_raw, data in ((True, IP4 + reply), (True, with_options + reply), (False, reply)):
        found = icmp.read_reply(icmp.AF_INET, is_raw, 7, data, hops, "10.1.1.2")
        assert found is not None
        assert (found.number, found.size, found.ttl, found.source) == (3, 64, 63, "10.1.1.2")


@pytest.mark.parametrize("packet", [(8, 0, 7), (0, 1, 7), (0, 0, 8)], ids=["a request", "a code", "another's"])
def test_what_is_no_reply_to_ours_is_passed_over(packet: tuple[int, int, int]) -> None:
    """Another type, code or identifier."""
    kind, code, ident = packet
    data = struct.pack("!BBHHH", kind, code, 0, ident, 3)
    assert icmp.read_reply(icmp.AF_INET, False, 7, data, [], "10.1.1.2") is None


@given(FAMILIES, st.booleans(), st.binary(max_size=80), ANCILLARY)
def test_no_packet_breaks_the_reading_of_replies(
    family: int, is_raw: bool, data: bytes, ancillary: list[tuple[int, int, bytes]]
) -> None:
    """Whatever comes, it is a reply to ours or nothing."""
    found = icmp.read_reply(family, is_raw, 7, data, ancillary, "10.1.1.2")
    assert found is None or 8 <= found.size <= len(data)


@given(FAMILIES, st.binary(max_size=80), ANCILLARY)
def test_no_error_breaks_the_reading_of_errors(
    family: int, data: bytes, ancillary: list[tuple[int, int, bytes]]
) -> None:
    """Whatever the error queue holds, it can be told in words that a terminal shows."""
    found = icmp.read_trouble(family, 7, data, ancillary)
    assert found is None or found.text.isprintable()


@pytest.mark.parametrize(
    ("family", "kind", "code", "text"),
    [
        (icmp.AF_INET, 3, 0, "Destination Net Unreachable"),
        (icmp.AF_INET, 3, 4, "Frag needed and DF set (mtu = 1280)"),
        (icmp.AF_INET, 11, 0, "Time to live exceeded"),
        (icmp.AF_INET6, 1, 3, "Destination unreachable: Address unreachable"),
        (icmp.AF_INET6, 2, 0, "Packet too big: mtu=1280"),
        (icmp.AF_INET6, 3, 0, "Time exceeded: Hop limit"),
    ],
)
def test_an_error_is_worded_as_ping_words_it(family: int, kind: int, code: int, text: str) -> None:
    """With who says so, and about which request."""
    origin, recverr = (2, 11) if family == icmp.AF_INET else (3, 25)
    request = icmp.request(family, 7, 5, 8)
    address = "10.1.1.1" if family == icmp.AF_INET else "fd00::1"
    packed = _socket.inet_pton(family, address)
    offender = struct.pack("=HH", family, 0) + (packed if len(packed) == 4 else bytes(4) + packed)
    error = struct.pack("=IBBBxII", 113, origin, kind, code, 1280, 0) + offender
    found = icmp.read_trouble(family, 7, request, [(0, recverr, error)])
    assert found is not None
    assert (found.number, found.source, found.text) == (5, address, text)


DATAGRAMS = """
import select, socket, sys
from nsh.net.icmp import Echo
family, address = int(sys.argv[1]), sys.argv[2]
protocol = 1 if family == 2 else 58
echo = Echo(socket.socket(family, socket.SOCK_DGRAM, protocol), family, is_raw=False)
echo.connect(address)
echo.send(1, 56)
select.select([echo.sock], [], [])
print([(one.number, one.size, one.source, one.ttl) for one in echo.receive()])
"""


@pytest.mark.real
@pytest.mark.parametrize(("family", "address"), [(2, "127.0.0.1"), (10, "::1")])
def test_a_datagram_socket_does_as_well(family: int, address: str) -> None:
    """Where ping_group_range allows it no capability is needed; the kernel chooses the identifier."""
    script = (
        "echo 0 0 > /proc/sys/net/ipv4/ping_group_range && ip link set lo up && "
        f"exec {sys.executable} -c '{DATAGRAMS}' {family} {address}"
    )
    done = subprocess.run(["unshare", "-Urn", "sh", "-c", script], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == f"[(1, 64, '{address}', 64)]", done.stderr
