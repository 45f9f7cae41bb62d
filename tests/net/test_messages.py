# SPDX-License-Identifier: MIT
"""The messages labs are built of, beside pyroute2's, and many of them in one call."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from nsh.net import messages, rtnl
from nsh.net.messages import End, Request

ROOT = Path(__file__).resolve().parent.parent.parent

MAC = b"\x02\x4e\0\0\0\1"
ONE_QUEUE = [("IFLA_NUM_TX_QUEUES", 1), ("IFLA_NUM_RX_QUEUES", 1)]
IPV4, IPV6 = socket.inet_aton("10.0.0.1"), socket.inet_pton(socket.AF_INET6, "fd00::1")
STP = [("IFLA_BR_FORWARD_DELAY", 200), ("IFLA_BR_HELLO_TIME", 100), ("IFLA_BR_STP_STATE", 1)]
UP = {"flags": 1, "change": 1}


def link(attrs: list[tuple[str, Any]], **header: int) -> Mapping[str, Any]:
    """The fields of a message about a device, as pyroute2 takes them."""
    return {**header, "attrs": attrs}


def bridge(data: list[tuple[str, Any]]) -> Mapping[str, Any]:
    """A bridge, as pyroute2 takes it."""
    info = [("IFLA_INFO_KIND", "bridge"), *([("IFLA_INFO_DATA", {"attrs": data})] if data else [])]
    attrs = [("IFLA_IFNAME", "br0"), ("IFLA_ADDRESS", MAC.hex(":")), ("IFLA_LINKINFO", {"attrs": info})]
    return link(attrs, index=2, **UP)


def veth(near: list[tuple[str, Any]], far: list[tuple[str, Any]], **header: int) -> Mapping[str, Any]:
    """A pair, as pyroute2 takes it."""
    peer = {"index": 2, "attrs": far}
    data = {"attrs": [("VETH_INFO_PEER", peer)]}
    info = {"attrs": [("IFLA_INFO_KIND", "veth"), ("IFLA_INFO_DATA", data)]}
    return link([*near, ("IFLA_LINKINFO", info)], index=3, **header)


FAR = [("IFLA_IFNAME", "eth0"), ("IFLA_NET_NS_FD", 8), ("IFLA_ADDRESS", MAC.hex(":")), *ONE_QUEUE]
MTU = [("IFLA_MTU", 1400)]
ROUTE = {"table": 254, "proto": 3, "scope": 0, "type": 1}
CASES: list[tuple[str, Request, Mapping[str, Any]]] = [
    ("bridge", messages.bridge("br0", 2, MAC), bridge([])),
    ("bridge with stp", messages.bridge("br0", 2, MAC, stp=True), bridge(STP)),
    (
        "veth, near end up and a port",
        messages.veth(End("p1", None, 3, None, 2, True), End("eth0", 8, 2, MAC)),
        veth([("IFLA_IFNAME", "p1"), ("IFLA_MASTER", 2), *ONE_QUEUE], FAR, **UP),
    ),
    (
        "veth, near end elsewhere and down",
        messages.veth(End("p1", 7, 3, MAC), End("eth0", 8, 2, MAC), 1400),
        veth(
            [("IFLA_IFNAME", "p1"), ("IFLA_NET_NS_FD", 7), ("IFLA_ADDRESS", MAC.hex(":")), *ONE_QUEUE, *MTU],
            [*FAR, *MTU],
        ),
    ),
    ("up", messages.up(2), link([], index=2, **UP)),
    ("port", messages.port(3, 2, is_up=True), link([("IFLA_MASTER", 2)], index=3, **UP)),
    ("port of a link that stays down", messages.port(3, 2, is_up=False), link([("IFLA_MASTER", 2)], index=3)),
    (
        "address",
        messages.address(2, IPV4, 16),
        {"family": 2, "prefixlen": 16, "index": 2, "attrs": [("IFA_LOCAL", "10.0.0.1"), ("IFA_ADDRESS", "10.0.0.1")]},
    ),
    (
        "address of IPv6",
        messages.address(2, IPV6, 64),
        {
            "family": 10,
            "prefixlen": 64,
            "index": 2,
            "attrs": [("IFA_LOCAL", "fd00::1"), ("IFA_ADDRESS", "fd00::1"), ("IFA_FLAGS", 2)],
        },
    ),
    (
        "default route",
        messages.route(bytes(4), 0, IPV4),
        {"family": 2, "dst_len": 0, **ROUTE, "attrs": [("RTA_GATEWAY", "10.0.0.1")]},
    ),
    (
        "route",
        messages.route(socket.inet_aton("10.9.0.0"), 16, IPV4),
        {"family": 2, "dst_len": 16, **ROUTE, "attrs": [("RTA_DST", "10.9.0.0"), ("RTA_GATEWAY", "10.0.0.1")]},
    ),
    (
        "neighbour",
        messages.neighbour(2, IPV4, MAC),
        {
            "family": 2,
            "ifindex": 2,
            "state": 0x80,
            "attrs": [("NDA_DST", "10.0.0.1"), ("NDA_LLADDR", MAC.hex(":"))],
        },
    ),
    ("no neighbour", messages.no_neighbour(2, IPV4), {"family": 2, "ifindex": 2, "attrs": [("NDA_DST", "10.0.0.1")]}),
]


@pytest.mark.parametrize(("request_", "fields"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_message_is_byte_for_byte_what_pyroute2_packs(request_: Request, fields: Mapping[str, Any]) -> None:
    """The body behind the netlink header."""
    assert request_.body.hex() == rtnl.packed(request_.kind, fields).hex()


def test_neighbours_packed_for_many_are_those_packed_for_one() -> None:
    """The same entries, with a header that asks for no answer."""
    (packed,) = messages.neighbours(2, [(IPV4, MAC)])
    one = messages.neighbour(2, IPV4, MAC)
    assert packed[16:] == one.body
    assert int.from_bytes(packed[4:6], "little") == one.kind


BATCH = """
import socket
from nsh.errors import Refused
from nsh.net import messages, state
sock = socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, 0)
messages.prepare(sock)
ip, mac = socket.inet_aton("10.0.0.1"), bytes((2, 0, 0, 0, 0, 1))
try:
    messages.send(sock, [messages.up(1), messages.up(99), messages.address(1, ip, 16)], "h1: ")
except Refused as refusal:
    print(refusal.message)
print([one.text for one in state.addresses(sock) if one.text.startswith("10.")])
block = messages.block(b"".join(messages.neighbours(99, [(ip, mac)])), "RTM_NEWNEIGH(permanent)")
try:
    messages.send(sock, [block, messages.up(1)], "h1: ")
except Refused as refusal:
    print(refusal.message)
messages.send(sock, [messages.up(1)] * 5000)
print("in step")
"""


@pytest.mark.real
def test_many_messages_are_one_call_and_the_first_refusal_is_told() -> None:
    """What follows a refusal is done all the same; a block is named as a whole; the next answers are the next's."""
    done = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--net", sys.executable, "-c", BATCH],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
    )
    first, addresses, second, last = done.stdout.splitlines()
    assert first.startswith("h1: RTM_NEWLINK(index 99, up): No such device")
    assert addresses == "['10.0.0.1/16']"
    assert second.startswith("h1: RTM_NEWNEIGH(permanent): No such device")
    assert last == "in step"
