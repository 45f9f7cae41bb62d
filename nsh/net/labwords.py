# SPDX-License-Identifier: MIT
"""The words that files about labs are made of: addresses, routes, hardware addresses, names of devices."""

from __future__ import annotations

import _socket

from nsh.errors import UsageError
from nsh.net.kinds import LONGEST_NAME
from nsh.net.labplan import PLAIN, Address, Route
from nsh.printable import excerpt

SHORTEST_MTU, LONGEST_MTU = 68, 65535
_HEX = frozenset("0123456789abcdefABCDEF")


def packed(text: str) -> bytes | None:
    """An address alone in network order, None where it is none."""
    try:
        return _socket.inet_pton(_socket.AF_INET6 if ":" in text else _socket.AF_INET, text)
    except (OSError, ValueError, UnicodeError):
        return None


def address(text: str) -> Address:
    """`10.0.0.1/16`, `fd00::1/64`. Raises UsageError."""
    plain, slash, length = text.partition("/")
    found = packed(plain)
    if found is None:
        raise UsageError(f"{excerpt(text)}: not an address", "for example 10.0.0.1/16")
    bits = 8 * len(found)
    if not slash or not (length.isascii() and length.isdigit() and len(length) < 4 and int(length) <= bits):
        raise UsageError(f"{excerpt(text)}: a prefix from /0 to /{bits} belongs behind it")
    return Address(found, int(length))


def network(text: str) -> tuple[str, int]:
    """The network that addresses are taken from: IPv4, with room for two. Raises UsageError."""
    found = address(text)
    if len(found.packed) != 4 or found.prefix > 30:
        raise UsageError(f"{found}: the network is an IPv4 one, of /30 at most", "10.0.0.0/16")
    return _socket.inet_ntoa(found.network[1]), found.prefix


def gateway(text: str) -> Address:
    """`10.0.0.254`. Raises UsageError."""
    found = packed(text)
    if found is None:
        raise UsageError(f"{excerpt(text)}: not an address", "for example 10.0.0.254")
    return Address(found, 8 * len(found))


def destination(text: str, by: Address) -> Address:
    """`default`, or a network of any family; of the gateway's where it says none. Raises UsageError."""
    if text == "default":
        return Address(bytes(len(by.packed)), 0)
    network = address(text)
    if network.network[1] != network.packed:
        raise UsageError(f"{network}: has bits set behind its prefix")
    return network


def route(to: Address, by: Address) -> Route:
    """Both, where they are of one family. Raises UsageError."""
    if len(to.packed) != len(by.packed):
        raise UsageError(f"{by.ip}: network and gateway are not of the same family")
    return Route(to, by)


def device(word: str) -> str:
    """A name that a device can have, and a file can hold without quotes. Raises UsageError."""
    if not 0 < len(word.encode()) <= LONGEST_NAME or word in (".", "..") or not PLAIN.issuperset(word):
        why = f"a device's name has 1 to {LONGEST_NAME} letters, digits and . _ -"
        raise UsageError(f"{excerpt(word) or repr(word)}: {why}")
    return word


def hardware(text: str) -> bytes:
    """`02:00:00:00:00:01`: the address of one device, not of a group. Raises UsageError."""
    parts = text.replace("-", ":").split(":")
    if len(parts) != 6 or not all(len(part) == 2 and _HEX.issuperset(part) for part in parts):
        raise UsageError(f"{excerpt(text)}: not a hardware address", "for example 02:00:00:00:00:01")
    found = bytes(int(part, 16) for part in parts)
    if found[0] & 1 or not any(found):
        raise UsageError(f"{excerpt(text)}: no device can have that hardware address", "for example 02:00:00:00:00:01")
    return found


def mtu(word: str) -> int:
    """A number of bytes. Raises UsageError."""
    if not (word.isascii() and word.isdigit() and len(word) < 10 and SHORTEST_MTU <= int(word) <= LONGEST_MTU):
        raise UsageError(f"{excerpt(word)}: a number from {SHORTEST_MTU} to {LONGEST_MTU} should be here")
    return int(word)
