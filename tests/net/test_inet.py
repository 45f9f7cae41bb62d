# SPDX-License-Identifier: MIT
"""Addresses as they are typed: what is taken, and what is said of the rest."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nsh.errors import BadWord
from nsh.net import inet


@given(st.ip_addresses(), st.integers(0, 128))
def test_what_is_an_address_for_python_is_one_here(address: ipaddress.IPv4Address, length: int) -> None:
    """Every address of both families, with every length of its prefix, in the kernel's spelling."""
    prefix = min(length, address.max_prefixlen)
    read = inet.read_address(f"{address}/{prefix}")
    assert ipaddress.ip_address(read.address) == address
    assert (str(read).rpartition("/")[2], read.prefix) == (str(prefix), prefix)


@given(st.text(alphabet="0123456789abcdef.:/-+ ", max_size=24))
def test_what_is_none_for_python_is_refused(text: str) -> None:
    """No other exception, and never a different address."""
    try:
        read = inet.read_address(text)
    except BadWord:
        return
    assert str(ipaddress.ip_interface(text)) == str(ipaddress.ip_interface(str(read)))


@given(st.ip_addresses(), st.integers(0, 128))
def test_a_destination_is_a_network_without_bits_beyond_its_prefix(address: ipaddress.IPv4Address, length: int) -> None:
    """As ip_network has it; else the hint is the network that is meant."""
    prefix = min(length, address.max_prefixlen)
    network = ipaddress.ip_network(f"{address}/{prefix}", strict=False)
    assert ipaddress.ip_network(str(inet.read_destination(str(network)))) == network
    if network.network_address != address:
        with pytest.raises(BadWord) as caught:
            inet.read_destination(f"{address}/{prefix}")
        assert ipaddress.ip_network(str(caught.value.hint).rpartition(" ")[2]) == network


@pytest.mark.parametrize(
    ("text", "why", "hint"),
    [
        ("10.1.1.1/33", "/33 is out of range", "0 to 32 bits"),
        ("fd00::1/129", "/129 is out of range", "0 to 128 bits"),
        ("10.1.1.256/24", "256 is out of range: an octet is at most 255", "10.1.1.1"),
        ("10.1.1/24", "four octets, this one 3", "10.1.1.1"),
        ("10.1.1.1", "the length of the prefix is missing", "10.1.1.1/24, or 10.1.1.1/32"),
        ("fd00::1", "the length of the prefix is missing", "fd00::1/64, or fd00::1/128"),
        ("10.1.1.1/255.255.255.0", "a number of bits", "10.1.1.1/24"),
        ("10.1.1.1/255.0.255.0", "a number of bits", "as in /24"),
        ("010.1.1.1/24", "read as octal by some programs", "10.1.1.1"),
        ("fd00::g/64", "not an IPv6 address", "fd00::1"),
        ("10.1.1.1/-1", "a number of bits", "/24"),
        ("10.1.1.1/", "a number of bits", "/24"),
        ("web/24", "not an address", "10.1.1.1"),
        ("", "not an address", "10.1.1.1"),
        ("10.1.1.1/²", "a number of bits", "/24"),
        ("1\0/8", "not an address", "10.1.1.1"),
    ],
)
def test_what_is_wrong_with_an_address_is_said_with_an_example(text: str, why: str, hint: str) -> None:
    """The part that is wrong, and what could stand there."""
    with pytest.raises(BadWord) as caught:
        inet.read_address(text)
    assert why in caught.value.message
    assert hint in str(caught.value.hint)


def test_default_is_the_network_of_no_bits_of_either_family() -> None:
    """Whose family the gateway decides."""
    assert inet.read_destination("default") is None


@pytest.mark.parametrize("text", ["02:00:00:00:00:01", "2:0:0:0:0:1", "FE:ff:0:0:0:0"])
def test_a_hardware_address_is_six_octets(text: str) -> None:
    """One or two digits each, in the kernel's spelling."""
    octets = [int(part, 16) for part in text.split(":")]
    assert inet.read_mac(text) == bytes(octets).hex(":")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("01:00:5e:00:00:01", "a group's address"),
        ("00:00:00:00:00:00", "a group's address (or none)"),
        ("02:00:00:00:00", "not a hardware address"),
        ("02:00:00:00:00:0g", "not a hardware address"),
        ("02-00-00-00-00-01", "not a hardware address"),
        ("", "not a hardware address"),
    ],
)
def test_a_hardware_address_that_no_device_can_have_is_refused(text: str, why: str) -> None:
    """The kernel would say no more than `Cannot assign requested address`."""
    with pytest.raises(BadWord, match=why.replace("(", r"\(").replace(")", r"\)")):
        inet.read_mac(text)


@pytest.mark.parametrize("read", [inet.read_ip, inet.read_destination])
def test_one_address_needs_no_prefix(read: Callable[[str], inet.Network]) -> None:
    """A gateway has none; a route to one host means all its bits."""
    assert str(read("10.1.1.2")) == "10.1.1.2/32"
    assert str(read("fd00::2")) == "fd00::2/128"
