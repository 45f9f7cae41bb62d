# SPDX-License-Identifier: MIT
"""Reading by netlink: the same as ip(8) says, and nothing that is sent can break it."""

from __future__ import annotations

import _socket
import json
import os
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nsh.errors import HelperLost, Refused
from nsh.net import attributes, state
from tests.net.made import address_message, link_message

ROOT = Path(__file__).resolve().parents[2]
READERS = [state.read_link, state.read_address, state.read_route, state.read_neighbour]

SETUP = """
ip link set lo up
ip link add br0 type bridge
ip link add v0 type veth peer name v1
ip link set v0 master br0
ip link set v1 address 02:00:00:00:00:07 mtu 1400 alias 'two words'
ip link set br0 up; ip link set v0 up; ip link set v1 up
ip addr add 10.0.0.1/24 brd + dev v1
ip addr add 10.9.0.1 peer 10.9.0.2 dev v1
ip -6 addr add fd00::1/64 dev v1 nodad
ip route add default via 10.0.0.9 metric 7
ip route add 10.5.0.0/16 nexthop via 10.0.0.7 weight 3 nexthop via 10.0.0.8
ip route add blackhole 10.6.0.0/16
ip route add 10.7.0.0/16 dev v1 table 1000
ip neigh add 10.0.0.9 lladdr 00:11:22:33:44:55 dev v1
ip link add m0 link v1 type macvlan mode bridge
"""
READ = """
import _socket, json
from nsh.net import state
def flat(one):
    return {key: getattr(one, key) for key in one.__slots__ if key != "hops"}
sock = _socket.socket(_socket.AF_NETLINK, _socket.SOCK_DGRAM, 0)
hops = lambda route: [[hop.gateway, hop.index, hop.weight] for hop in route.hops]
print(json.dumps({
    "links": [flat(one) for one in state.links(sock)],
    "addresses": [flat(one) for one in state.addresses(sock)],
    "routes": [{**flat(one), "hops": hops(one)} for one in state.routes(sock)],
    "tables": sorted({one.table for one in state.routes(sock, None)}),
    "neighbours": [flat(one) for one in state.neighbours(sock)],
    "one": state.link(sock, "br0").index, "none": state.link(sock, "nope"),
}))
"""


@pytest.fixture(scope="module")
def told() -> tuple[dict[str, Any], dict[str, Any]]:
    """What nsh and what ip(8) say of the same namespace."""
    ips = "; ".join(f"ip -j -d {what}; echo" for what in ("link", "addr", "route", "neigh"))
    script = f"set -e; {SETUP}\n{ips}\nexec {sys.executable} -c '{READ}'"
    done = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--net", "sh", "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
    )
    texts = [json.loads(line) for line in done.stdout.splitlines() if line.strip()]
    return texts[-1], dict(zip(("link", "addr", "route", "neigh"), texts, strict=False))


@pytest.mark.real
def test_devices_are_those_of_ip(told: tuple[dict[str, Any], dict[str, Any]]) -> None:
    """Index, name, MAC, MTU, kind, alias, bridge and what a device stands on."""
    ours, theirs = told
    names = {one["index"]: one["name"] for one in ours["links"]}
    assert [one["ifindex"] for one in theirs["link"]] == [one["index"] for one in ours["links"]]
    for one, other in zip(ours["links"], theirs["link"], strict=True):
        assert (one["name"], one["mac"], one["mtu"]) == (other["ifname"], other["address"], other["mtu"])
        assert one["kind"] == other.get("linkinfo", {}).get("info_kind", "loopback")
        assert one["alias"] == other.get("ifalias")
        assert names.get(one["master"]) == other.get("master")
        assert names.get(one["link"]) == other.get("link")
        assert bool(one["flags"] & state.IFF_UP) == ("UP" in other["flags"])
    assert (names[ours["one"]], ours["none"]) == ("br0", None)


@pytest.mark.real
def test_addresses_are_those_of_ip(told: tuple[dict[str, Any], dict[str, Any]]) -> None:
    """Address, prefix, peer, broadcast, scope; of each device in the same order."""
    ours, theirs = told
    assert len(ours["addresses"]) == sum(len(device["addr_info"]) for device in theirs["addr"]) > 0
    for device in theirs["addr"]:
        wanted = [
            (one["local"], one["prefixlen"], one.get("address"), one.get("broadcast"), one["scope"])
            for one in device["addr_info"]
        ]
        found = [
            (one["address"], one["prefix"], one["peer"], one["broadcast"], one["scope"])
            for one in ours["addresses"]
            if one["index"] == device["ifindex"]
        ]
        assert found == wanted


@pytest.mark.real
def test_routes_are_those_of_ip(told: tuple[dict[str, Any], dict[str, Any]]) -> None:
    """Destination, gateways, metric and kind of the main table; other tables when asked for."""
    ours, theirs = told
    names = {one["index"]: one["name"] for one in ours["links"]}
    found = {
        (
            one["destination"].removesuffix("/32"),
            one["kind"],
            tuple((gateway, names.get(index)) for gateway, index, _ in one["hops"]),
        )
        for one in ours["routes"]
        if one["family"] == _socket.AF_INET
    }
    wanted = set()
    for one in theirs["route"]:
        hops = one.get("nexthops") or ([one] if "dev" in one else [])
        ways = tuple((hop.get("gateway"), hop["dev"]) for hop in hops)
        wanted.add((one["dst"], one.get("type", "unicast"), ways))
    assert found == wanted
    (default,) = [one for one in ours["routes"] if one["destination"] == "default"]
    assert (default["metric"], default["protocol"]) == (7, "boot")
    assert [weight for one in ours["routes"] for _, _, weight in one["hops"] if len(one["hops"]) > 1] == [3, 1]
    assert {254, 255, 1000} <= set(ours["tables"])


@pytest.mark.real
def test_neighbours_are_those_of_ip(told: tuple[dict[str, Any], dict[str, Any]]) -> None:
    """Address, MAC and state of what somebody put there; ip(8) leaves the multicast entries out."""
    ours, theirs = told
    wanted = {(one["dst"], one.get("lladdr"), *one["state"]) for one in theirs["neigh"]}
    found = {(one["address"], one["mac"], one["state"]) for one in ours["neighbours"] if one["state"] != "NOARP"}
    assert found == wanted == {("10.0.0.9", "00:11:22:33:44:55", "PERMANENT")}


@given(st.binary(max_size=200))
def test_no_bytes_break_a_reader(data: bytes) -> None:
    """Whatever a message holds: a value, or None, and no exception."""
    for read in READERS:
        read(data)
    for one in attributes.messages(data):
        attributes.attributes(one.body)


@given(st.dictionaries(st.integers(0, 60), st.binary(max_size=40), max_size=12), st.binary(min_size=16, max_size=16))
@example({9: struct.pack("=HBBi", 8, 0, 0, 2) * 3 + b"\x04\0"}, bytes([2, 0, 0, 0, 254, 0, 0, 1]) + bytes(8))
@example({18: b"\x02"}, bytes([7]) * 16)
def test_no_attributes_break_a_reader(found: dict[int, bytes], header: bytes) -> None:
    """Values too short, too long, or no text at all, behind a header that is whole."""
    body = b"".join(attributes.attribute(kind, value) for kind, value in found.items())
    state.read_link(header + body)
    state.read_address(header[:8] + body)
    state.read_route(header[:12] + body)
    state.read_neighbour(header[:12] + body)


@pytest.mark.parametrize("message", [link_message(7, "eth0", link=3, netns=1), address_message(2, "fd00::1/64")])
def test_a_message_cut_anywhere_is_read_as_far_as_it_goes(message: bytes) -> None:
    """Each shorter form gives what is whole in it, and never a wrong name or address."""
    for length in range(len(message)):
        link, address = state.read_link(message[:length]), state.read_address(message[:length])
        assert link is None or link.name in ("eth0", "")
        assert address is None or len(message) != 36 or address.address in ("fd00::1", "?")


def test_attributes_come_back_as_they_were_packed() -> None:
    """Numbers, texts with bytes that are no UTF-8, and lengths that are filled up to four."""
    data = attributes.attribute(3, "v\udcff") + attributes.attribute(4, 1500) + attributes.attribute(1, b"\1\2\3\4\5\6")
    found = attributes.attributes(data)
    assert (attributes.text(found, 3), attributes.number(found, 4), found[1]) == ("v\udcff", 1500, b"\1\2\3\4\5\6")


def test_a_socket_that_is_no_netlink_is_not_believed() -> None:
    """A helper in a hostile place may send any socket: nothing is asked of one that is not the kernel's."""
    ours, theirs = _socket.socketpair(_socket.AF_UNIX, _socket.SOCK_DGRAM)
    with pytest.raises(HelperLost, match="no netlink socket"):
        state.links(ours)
    ours.close()
    theirs.close()


def test_what_other_processes_send_is_not_read() -> None:
    """A netlink socket takes messages from everybody; only those of the kernel's port 0 are answers."""
    ours = _socket.socket(_socket.AF_NETLINK, _socket.SOCK_DGRAM, 2)  # NETLINK_USERSOCK: nobody answers
    theirs = _socket.socket(_socket.AF_NETLINK, _socket.SOCK_DGRAM, 2)
    ours.bind((0, 0))
    theirs.sendto(attributes.message(2, 0, 1, bytes(20)), (ours.getsockname()[0], 0))
    with pytest.raises((HelperLost, Refused)):
        state.links(ours)
    ours.close()
    theirs.close()
