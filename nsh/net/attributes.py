# SPDX-License-Identifier: MIT
"""Netlink messages taken apart: headers, attributes, dumps (netlink(7), linux/netlink.h).

Written for speed (pyroute2 needs 0.7 ms for each device) and for input that
may be cut short or made up: what does not fit is left out, and nothing here
raises because of it.
"""

from __future__ import annotations

import _socket
import os
import sys
from struct import Struct

from nsh.errors import HelperLost, Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    Attributes = dict[int, bytes]

NLM_F_REQUEST, NLM_F_ACK, NLM_F_DUMP = 0x1, 0x4, 0x300
NLM_F_DUMP_INTR = 0x10
NLMSG_ERROR, NLMSG_DONE = 2, 3
NLA_TYPE = 0x3FFF  # without NLA_F_NESTED and NLA_F_NET_BYTEORDER
LONGEST_WAIT = 10  # seconds: the kernel answers at once; only what is no kernel keeps silent
LARGEST_MESSAGE = 1 << 16  # the kernel fills 32 KiB at most, but for devices with many virtual functions
ATTEMPTS = 8  # a dump that changes under way is begun again, so often

HEADER = Struct("=IHHII")
IFINFO = Struct("=BxHiII")
IFADDR = Struct("=BBBBI")
RTMSG = Struct("=BBBBBBBBI")
NDMSG = Struct("=BxxxiHBB")
"""What a message about devices, addresses, routes and neighbours begins with (rtnetlink(7)): struct ifinfomsg …"""

_ATTRIBUTE = Struct("=HH")
_I32 = Struct("=i")
_U32 = Struct("=I")
_TIMEVAL = Struct("@ll")


class Message:
    """One netlink message: its type, flags and sequence number, and what follows the header."""

    __slots__ = ("body", "flags", "kind", "sequence")

    def __init__(self, kind: int, flags: int, sequence: int, body: bytes) -> None:
        self.kind = kind
        self.flags = flags
        self.sequence = sequence
        self.body = body


def messages(data: bytes) -> Iterator[Message]:
    """The messages in a datagram, as far as they are whole."""
    offset, end = 0, len(data)
    while offset + HEADER.size <= end:
        length, kind, flags, sequence, _ = HEADER.unpack_from(data, offset)
        if length < HEADER.size or offset + length > end:
            return
        yield Message(kind, flags, sequence, data[offset + HEADER.size : offset + length])
        offset += (length + 3) & ~3


def attributes(data: bytes, offset: int = 0) -> Attributes:
    """{type: value} of the attributes from an offset on, as far as they are whole; of two alike, the last."""
    found: Attributes = {}
    end = len(data)
    while offset + 4 <= end:
        length, kind = _ATTRIBUTE.unpack_from(data, offset)
        if length < 4 or offset + length > end:
            break
        found[kind & NLA_TYPE] = data[offset + 4 : offset + length]
        offset += (length + 3) & ~3
    return found


def attribute(kind: int, value: bytes | int | str) -> bytes:
    """One attribute packed: bytes as they are, an int as an unsigned 32-bit one, a text with its NUL."""
    if isinstance(value, int):
        value = _U32.pack(value)
    elif isinstance(value, str):
        value = value.encode("utf-8", "surrogateescape") + b"\0"
    return _ATTRIBUTE.pack(4 + len(value), kind) + value + b"\0" * (-len(value) % 4)


def message(kind: int, flags: int, sequence: int, body: bytes) -> bytes:
    """One request packed."""
    return HEADER.pack(HEADER.size + len(body), kind, flags | NLM_F_REQUEST, sequence, 0) + body


def number(found: Attributes, kind: int) -> int | None:
    """An unsigned number of 8, 16, 32 or 64 bits in host order, None where there is none."""
    value = found.get(kind)
    return int.from_bytes(value, sys.byteorder) if value is not None and len(value) in (1, 2, 4, 8) else None


def signed(found: Attributes, kind: int) -> int | None:
    """A signed 32-bit number, None where there is none."""
    value = found.get(kind)
    return int(_I32.unpack(value)[0]) if value is not None and len(value) == 4 else None


def text(found: Attributes, kind: int) -> str | None:
    """A text up to its NUL, bytes that are no UTF-8 as Python carries them, None where there is none."""
    value = found.get(kind)
    return None if value is None else value.partition(b"\0")[0].decode("utf-8", "surrogateescape")


def dump(sock: _socket.socket, shown: str, kind: int, body: bytes) -> list[bytes]:
    """The bodies of all messages that a dump answers with. Raises Refused, HelperLost.

    `shown` names the request in a refusal. A dump during which something
    changed (NLM_F_DUMP_INTR) is begun again.
    """
    for _ in range(ATTEMPTS):
        whole, found = _dump_once(sock, shown, message(kind, NLM_F_DUMP, _sequence(), body))
        if whole:
            break
    return found


def ask(sock: _socket.socket, shown: str, kind: int, body: bytes) -> list[bytes]:
    """The bodies of the messages that one request is answered with. Raises Refused, HelperLost."""
    return _dump_once(sock, shown, message(kind, NLM_F_ACK, _sequence(), body))[1]


def _dump_once(sock: _socket.socket, shown: str, request: bytes) -> tuple[bool, list[bytes]]:
    """Whether nothing changed meanwhile, and the bodies."""
    sequence = HEADER.unpack_from(request)[3]
    submit(sock, shown, request)
    whole = True
    found: list[bytes] = []
    while True:
        for one in messages(receive(sock, shown)):
            if one.sequence != sequence:
                continue  # the rest of an answer nobody waited for
            whole = whole and not one.flags & NLM_F_DUMP_INTR
            if one.kind in (NLMSG_DONE, NLMSG_ERROR):
                code = -_I32.unpack_from(one.body)[0] if len(one.body) >= 4 else 0
                if code:
                    raise Refused(shown, code)
                return whole, found
            found.append(one.body)


def submit(sock: _socket.socket, shown: str, request: bytes) -> None:
    """Send a request to the kernel. Raises Refused; HelperLost where the socket is none of netlink's.

    Without an address: with one, the rights of this process count and not those of the one that made the socket.
    """
    if sock.family != _socket.AF_NETLINK:
        raise HelperLost(f"{shown}: what came back is no netlink socket")
    try:
        sock.setsockopt(_socket.SOL_SOCKET, _socket.SO_RCVTIMEO, _TIMEVAL.pack(LONGEST_WAIT, 0))
        sock.send(request)
    except OSError as error:
        raise Refused(shown, error.errno or 0) from error


def receive(sock: _socket.socket, shown: str) -> bytes:
    """The next datagram of the kernel's; what others send is left out. Raises Refused, HelperLost."""
    while True:
        try:
            data, _, flags, address = sock.recvmsg(LARGEST_MESSAGE)
        except BlockingIOError as error:
            raise HelperLost(f"{shown}: no answer in {LONGEST_WAIT} s") from error
        except OSError as error:
            raise Refused(shown, error.errno or 0) from error
        if address[0] != 0:
            continue
        if flags & _socket.MSG_TRUNC:
            raise HelperLost(f"{shown}: an answer longer than {LARGEST_MESSAGE} bytes")
        return data


def _sequence() -> int:
    """A number that earlier requests on the socket did not have."""
    global _last
    _last = _last % 0x7FFFFFFF + 1
    return _last


_last = os.getpid()
