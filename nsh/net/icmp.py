# SPDX-License-Identifier: MIT
"""ICMP echo (RFC 792, RFC 4443): requests packed, replies and errors read, on a socket made in a namespace.

Raw sockets and datagram ("ping") sockets both do, see icmp(7) and raw(7).
What comes in was sent by anybody: whatever does not fit is passed over.
"""

from __future__ import annotations

import _socket
import errno
import os
import sys
import time
from struct import Struct

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    Ancillary = Sequence[tuple[int, int, bytes]]

LARGEST = 65507  # bytes of data: 65535 without the headers of IPv4 and ICMP
AF_INET, AF_INET6 = _socket.AF_INET, _socket.AF_INET6
_PROTOCOLS = {AF_INET: _socket.IPPROTO_ICMP, AF_INET6: _socket.IPPROTO_ICMPV6}
_REQUEST = {AF_INET: 8, AF_INET6: 128}
_REPLY = {AF_INET: 0, AF_INET6: 129}
_LARGEST_PACKET = 65536
_LARGEST_ANCILLARY = 1024
_MOST_AT_ONCE = 1000  # packets: whoever floods us must not keep ^C from being seen

_IP_TTL, _IP_RECVERR, _IP_RECVTTL = 2, 11, 12
_IPV6_RECVERR, _IPV6_RECVHOPLIMIT, _IPV6_HOPLIMIT = 25, 51, 52
_SOL_RAW, _ICMP_FILTER, _ICMP6_FILTER = 255, 1, 1
_SO_TIMESTAMPNS = 35
_MSG_ERRQUEUE = 0x2000
_BY_ICMP = (2, 3)  # SO_EE_ORIGIN_ICMP, SO_EE_ORIGIN_ICMP6

_ECHO = Struct("!BBHHH")
_EXTENDED_ERROR = Struct("=IBBBxII")
_TIMESPEC = Struct("=qq")
_FILTER, _FILTER6 = Struct("=I"), Struct("=8I")

_UNREACHABLE = {
    0: "Destination Net Unreachable",
    1: "Destination Host Unreachable",
    2: "Destination Protocol Unreachable",
    3: "Destination Port Unreachable",
    5: "Source Route Failed",
    6: "Destination Net Unknown",
    7: "Destination Host Unknown",
    9: "Destination Net Prohibited",
    10: "Destination Host Prohibited",
    13: "Packet filtered",
}
_UNREACHABLE6 = {
    0: "No route",
    1: "Administratively prohibited",
    2: "Beyond scope of source address",
    3: "Address unreachable",
    4: "Port unreachable",
}


class Reply:
    """An echo reply: its number, who sent it, bytes of ICMP, hops left (None where not told), when it came.

    `at` is in nanoseconds of the real-time clock.
    """

    __slots__ = ("at", "number", "size", "source", "ttl")

    def __init__(self, number: int, source: str, size: int, ttl: int | None, at: int) -> None:
        self.number = number
        self.source = source
        self.size = size
        self.ttl = ttl
        self.at = at


class Trouble:
    """An error about one of our requests: its number (None where not told), who says so, None for this kernel, what."""

    __slots__ = ("number", "source", "text")

    def __init__(self, number: int | None, source: str | None, text: str) -> None:
        self.number = number
        self.source = source
        self.text = text


class Echo:
    """A connected ICMP socket, from which requests are sent and on which replies and errors are read.

    `ident` tells our requests from others'; of a datagram socket it is the
    kernel that chooses it.
    """

    def __init__(self, sock: _socket.socket, family: int, *, is_raw: bool) -> None:
        self.sock = sock
        self.family = family
        self.is_raw = is_raw
        self.ident = int.from_bytes(os.urandom(2), "big")
        sock.setblocking(False)
        sock.setsockopt(_socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        if family == AF_INET:
            sock.setsockopt(_socket.IPPROTO_IP, _IP_RECVERR, 1)
            sock.setsockopt(_socket.IPPROTO_IP, _IP_RECVTTL, 1)
        else:
            sock.setsockopt(_socket.IPPROTO_IPV6, _IPV6_RECVERR, 1)
            sock.setsockopt(_socket.IPPROTO_IPV6, _IPV6_RECVHOPLIMIT, 1)
        if is_raw:
            self._only_replies()

    def _only_replies(self) -> None:
        """A raw socket would be given all the ICMP there is; what blocks is a set bit in both families."""
        if self.family == AF_INET:
            self.sock.setsockopt(_SOL_RAW, _ICMP_FILTER, _FILTER.pack(~(1 << _REPLY[AF_INET]) & 0xFFFFFFFF))
        else:
            word, bit = divmod(_REPLY[AF_INET6], 32)
            words = (~(1 << bit) & 0xFFFFFFFF if i == word else 0xFFFFFFFF for i in range(8))
            self.sock.setsockopt(_socket.IPPROTO_ICMPV6, _ICMP6_FILTER, _FILTER6.pack(*words))

    def connect(self, address: str, scope: int = 0) -> None:
        """Decide on the route. OSError as connect(2): ENETUNREACH where there is none."""
        self.sock.connect((address, 0) if self.family == AF_INET else (address, 0, 0, scope))
        if not self.is_raw:
            self.ident = self.sock.getsockname()[1]

    def send(self, number: int, size: int) -> int:
        """Send request `number` with `size` bytes of data; when, in nanoseconds. OSError as send(2)."""
        packet = request(self.family, self.ident, number, size)
        at = time.time_ns()
        self.sock.send(packet)
        return at

    def receive(self) -> Iterator[Reply | Trouble]:
        """What has come, without waiting; of very much, a part."""
        yield from self._errors()
        for _ in range(_MOST_AT_ONCE):
            try:
                data, ancillary, _, sender = self.sock.recvmsg(_LARGEST_PACKET, _LARGEST_ANCILLARY)
            except BlockingIOError:
                return
            except OSError:  # the error of a request, which is told in full on the error queue
                yield from self._errors()
                continue
            reply = read_reply(self.family, self.is_raw, self.ident, data, ancillary, str(sender[0]))
            if reply is not None:
                yield reply

    def _errors(self) -> Iterator[Trouble]:
        for _ in range(_MOST_AT_ONCE):
            try:
                data, ancillary, _, _ = self.sock.recvmsg(_LARGEST_PACKET, _LARGEST_ANCILLARY, _MSG_ERRQUEUE)
            except OSError:  # EAGAIN: no more
                return
            trouble = read_trouble(self.family, self.ident, data, ancillary)
            if trouble is not None:
                yield trouble


def protocol(family: int) -> int:
    """IPPROTO_ICMP or IPPROTO_ICMPV6."""
    return _PROTOCOLS[family]


def request(family: int, ident: int, number: int, size: int) -> bytes:
    """An echo request with `size` bytes of data, which count up as ping(8)'s do."""
    body = bytes(i & 0xFF for i in range(min(size, 256)))
    data = (body * (size // 256 + 1))[:size]
    kind = _REQUEST[family]
    sum_of_all = checksum(_ECHO.pack(kind, 0, 0, ident, number & 0xFFFF) + data) if family == AF_INET else 0
    return _ECHO.pack(kind, 0, sum_of_all, ident, number & 0xFFFF) + data  # of ICMPv6 the kernel makes the sum


def checksum(data: bytes) -> int:
    """The Internet checksum (RFC 1071)."""
    total = sum(Struct(f"!{len(data) // 2}H").unpack_from(data)) + (data[-1] << 8 if len(data) % 2 else 0)
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return int(~total & 0xFFFF)


def read_reply(family: int, is_raw: bool, ident: int, data: bytes, ancillary: Ancillary, source: str) -> Reply | None:
    """An echo reply to a request of ours, None for anything else."""
    ttl = _number(ancillary, {_IP_TTL} if family == AF_INET else {_IPV6_HOPLIMIT})
    if is_raw and family == AF_INET:  # the header of IPv4 comes along
        start = (data[0] & 0x0F) * 4 if len(data) >= 20 else len(data)
        data = data[start:] if start >= 20 else b""
    if len(data) < _ECHO.size:
        return None
    kind, code, _, found, number = _ECHO.unpack_from(data)
    if kind != _REPLY[family] or code or found != ident:
        return None
    return Reply(number, source.partition("%")[0], len(data), ttl, _came_at(ancillary))


def read_trouble(family: int, ident: int, data: bytes, ancillary: Ancillary) -> Trouble | None:
    """What the error queue holds about a request of ours (ip(7), IP_RECVERR), None for anything else."""
    wanted = (_IP_RECVERR, _IPV6_RECVERR)
    raw = next((value for _, kind, value in ancillary if kind in wanted and len(value) >= _EXTENDED_ERROR.size), None)
    if raw is None:
        return None
    number, origin, kind, code, info, _ = _EXTENDED_ERROR.unpack_from(raw)
    ours = None
    if len(data) >= _ECHO.size:
        sent, _, _, found, ours = _ECHO.unpack_from(data)
        if sent != _REQUEST[family] or found != ident:
            return None
    if origin not in _BY_ICMP:
        text = f"message too long, mtu={info}" if number == errno.EMSGSIZE else os.strerror(number & 0x7FFFFFFF)
        return Trouble(ours, None, text)
    return Trouble(ours, _offender(raw), _in_words(family, kind, code, info))


def _offender(raw: bytes) -> str:
    """SO_EE_OFFENDER: the address behind the extended error."""
    address = raw[_EXTENDED_ERROR.size :]
    family = int.from_bytes(address[:2], sys.byteorder)
    if family == AF_INET and len(address) >= 8:
        return _socket.inet_ntop(AF_INET, address[4:8])
    if family == AF_INET6 and len(address) >= 24:
        return _socket.inet_ntop(AF_INET6, address[8:24])
    return "?"


def _in_words(family: int, kind: int, code: int, info: int) -> str:
    """An ICMP error as ping(8) words it."""
    if family == AF_INET6:
        return _in_words6(kind, code, info)
    if kind == 3:
        frag = f"Frag needed and DF set (mtu = {info})"
        return frag if code == 4 else _UNREACHABLE.get(code, f"Destination Unreachable, Bad Code: {code}")
    if kind == 11:
        return "Time to live exceeded" if code == 0 else "Frag reassembly time exceeded"
    return "Parameter problem" if kind == 12 else f"Bad ICMP type: {kind}"


def _in_words6(kind: int, code: int, info: int) -> str:
    if kind == 1:
        return f"Destination unreachable: {_UNREACHABLE6.get(code, f'Unknown code {code}')}"
    if kind == 2:
        return f"Packet too big: mtu={info}"
    if kind == 3:
        return f"Time exceeded: {'Hop limit' if code == 0 else 'Defragmentation failure'}"
    return "Parameter problem" if kind == 4 else f"Bad ICMP type: {kind}"


def _number(ancillary: Ancillary, kinds: set[int]) -> int | None:
    levels = (_socket.IPPROTO_IP, _socket.IPPROTO_IPV6)
    for level, kind, value in ancillary:
        if level in levels and kind in kinds and len(value) >= 4:
            return int.from_bytes(value[:4], sys.byteorder)
    return None


def _came_at(ancillary: Ancillary) -> int:
    """When the kernel took it in (SO_TIMESTAMPNS), else now."""
    for level, kind, value in ancillary:
        if level == _socket.SOL_SOCKET and kind == _SO_TIMESTAMPNS and len(value) >= _TIMESPEC.size:
            seconds, nanoseconds = _TIMESPEC.unpack_from(value)
            return int(seconds) * 1_000_000_000 + int(nanoseconds)
    return time.time_ns()
