# SPDX-License-Identifier: MIT
"""Addresses as people write them, IPv4 and IPv6, read strictly: what is wrong is said before the kernel is asked."""

from __future__ import annotations

import _socket

from nsh.errors import BadWord
from nsh.printable import excerpt

_BITS = {_socket.AF_INET: 32, _socket.AF_INET6: 128}
_NAMES = {_socket.AF_INET: "IPv4", _socket.AF_INET6: "IPv6"}


class Network:
    """An address with the length of its prefix: `10.1.1.1/24`."""

    __slots__ = ("address", "family", "prefix")

    def __init__(self, family: int, address: str, prefix: int) -> None:
        self.family = family
        self.address = address
        self.prefix = prefix

    def __str__(self) -> str:
        return f"{self.address}/{self.prefix}"


def read_ip(text: str) -> Network:
    """An address without a prefix: 10.1.1.1, fd00::1. Raises BadWord."""
    if "/" in text:
        raise BadWord(excerpt(text), "an address without a prefix belongs here", text.partition("/")[0])
    family, address = _read(text, text)
    return Network(family, address, _BITS[family])


def read_address(text: str) -> Network:
    """An address with its prefix, as a device gets one: 10.1.1.1/24. Raises BadWord."""
    address, slash, length = text.partition("/")
    family, plain = _read(address, text)
    if not slash:
        raise BadWord(
            excerpt(text),
            "the length of the prefix is missing",
            f"{text}/{24 if family == _socket.AF_INET else 64}, or {text}/{_BITS[family]} for it alone",
        )
    return Network(family, plain, _read_length(family, length, text))


def read_destination(text: str) -> Network | None:
    """Where a route leads: 10.2.0.0/16, one address, or `default` (None: of the gateway's family). Raises BadWord."""
    if text == "default":
        return None
    address, slash, length = text.partition("/")
    family, plain = _read(address, text)
    prefix = _read_length(family, length, text) if slash else _BITS[family]
    begins = _masked(family, plain, prefix)
    if begins != plain:
        raise BadWord(
            excerpt(text), f"bits are set beyond the prefix of {prefix}", f"the network it is in: {begins}/{prefix}"
        )
    return Network(family, plain, prefix)


def read_mac(text: str) -> str:
    """A hardware address of a device: 02:00:00:00:00:01. Raises BadWord."""
    parts = text.lower().split(":")
    if len(parts) != 6 or not all(1 <= len(part) <= 2 and _is_hex(part) for part in parts):
        raise BadWord(excerpt(text) or "''", "not a hardware address", "six octets, as in 02:00:00:00:00:01")
    octets = [int(part, 16) for part in parts]
    if octets[0] & 1 or not any(octets):
        meant = f"{octets[0] & 0xFE | 2:02x}:{':'.join(parts[1:])}"
        raise BadWord(excerpt(text), "a group's address (or none), not a device's", f"an even first octet: {meant}")
    return ":".join(f"{octet:02x}" for octet in octets)


def _is_hex(text: str) -> bool:
    return all(char in "0123456789abcdef" for char in text)


def _read(address: str, whole: str) -> tuple[int, str]:
    """The family, and the address as the kernel writes it."""
    family = _socket.AF_INET6 if ":" in address else _socket.AF_INET
    try:
        packed = _socket.inet_pton(family, address)
    except (OSError, ValueError, UnicodeError):
        raise BadWord(excerpt(whole) or "''", *_objection(family, address)) from None
    return family, _socket.inet_ntop(family, packed)


def _objection(family: int, address: str) -> tuple[str, str]:
    """What is wrong with it, and an example."""
    if family == _socket.AF_INET6:
        return (
            "not an IPv6 address",
            "eight groups of up to four hexadecimal digits, or fewer with one ::, as in fd00::1",
        )
    parts = address.split(".")
    numbers = [part for part in parts if part.isascii() and part.isdecimal()]
    large = next((part for part in numbers if len(part) > 3 or int(part) > 255), None)
    if large is not None and len(numbers) == len(parts):
        return f"{excerpt(large)} is out of range: an octet is at most 255", "as in 10.1.1.1"
    zero = next((part for part in numbers if len(part) > 1 and part.startswith("0")), None)
    if zero is not None and len(numbers) == len(parts) == 4:
        return f"{zero} is read as octal by some programs", ".".join(str(int(part)) for part in parts)
    if len(numbers) == len(parts) and len(parts) != 4:
        return f"an IPv4 address has four octets, this one {len(parts)}", "as in 10.1.1.1"
    return "not an address", "as in 10.1.1.1 or fd00::1"


def _read_length(family: int, text: str, whole: str) -> int:
    most = _BITS[family]
    if not (text.isascii() and text.isdecimal() and len(text) <= 9):
        if "." in text:
            return _of_mask(text, whole)
        raise BadWord(excerpt(whole), "the length of a prefix is a number of bits", f"0 to {most}, as in /24")
    if int(text) > most:
        raise BadWord(excerpt(whole), f"/{text} is out of range", f"an {_NAMES[family]} prefix has 0 to {most} bits")
    return int(text)


def _of_mask(text: str, whole: str) -> int:
    """`/255.255.255.0` is refused with what it means here."""
    try:
        bits = int.from_bytes(_socket.inet_aton(text), "big")
    except OSError:
        bits = 0
    length = bin(bits).count("1")
    is_mask = bits and bits == (0xFFFFFFFF << (32 - length)) & 0xFFFFFFFF
    hint = f"{whole.partition('/')[0]}/{length}" if is_mask else "0 to 32, as in /24"
    raise BadWord(excerpt(whole), "the length of a prefix is a number of bits", hint)


def _masked(family: int, address: str, prefix: int) -> str:
    most = _BITS[family]
    value = int.from_bytes(_socket.inet_pton(family, address), "big")
    kept = value >> (most - prefix) << (most - prefix)
    return _socket.inet_ntop(family, kept.to_bytes(most // 8, "big"))
