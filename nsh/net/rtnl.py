# SPDX-License-Identifier: MIT
"""Changes to devices, addresses and routes by rtnetlink(7), on a socket that lives in the network namespace.

pyroute2 packs the messages. What the kernel answers is read here, so that a
refusal carries its own words (NETLINK_EXT_ACK, Linux 4.12).
"""

from __future__ import annotations

import errno
import itertools
import time

from nsh import traced
from nsh.errors import NotSupported, Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    import _socket
    from collections.abc import Mapping
    from typing import Any

    Fields = Mapping[str, Any]

RTM_NEWLINK, RTM_DELLINK, RTM_GETLINK, RTM_SETLINK = 16, 17, 18, 19
RTM_NEWADDR, RTM_DELADDR = 20, 21
RTM_NEWROUTE, RTM_DELROUTE = 24, 25
RTM_NEWNEIGH, RTM_DELNEIGH = 28, 29
RTM_NEWRULE, RTM_DELRULE = 32, 33
RTM_NEWQDISC, RTM_DELQDISC = 36, 37
RTM_NEWNSID = 88
REPLACE, EXCLUSIVE, CREATE = 0x100, 0x200, 0x400
"""Flags of a change: NLM_F_REPLACE, NLM_F_EXCL, NLM_F_CREATE."""

IFF_UP = 1

_REQUEST, _ACK, _CAPPED, _WITH_TLVS = 1, 4, 0x100, 0x200
_NLMSG_ERROR = 2
_ATTR_MSG = 1
_SOL_NETLINK, _CAP_ACK, _EXT_ACK = 270, 10, 11
_LONGEST_ANSWER = 65536
_HEADER = 16
_UNKNOWN_KINDS = ("Unknown device type", "qdisc kind is unknown")
_numbers = itertools.count(1)


def change(sock: _socket.socket, kind: int, fields: Fields, *, shown: str, flags: int = 0) -> None:
    """Ask for one change and wait for the answer. Raises Refused, NotSupported.

    `kind` is the message's type, `fields` those of its header and `attrs`, a
    list of (name, value) as pyroute2 knows them. `shown` is the op in a refusal:
    `RTM_NEWADDR(netns1:veth1, 10.1.1.1/24)`.
    """
    began = time.monotonic_ns()
    number, said, _ = ask(sock, kind, fields, flags=flags)
    traced.tell("nsh", shown, -1 if number else 0, number, time.monotonic_ns() - began)
    if number:
        raise refused(shown, number, said)


def refused(shown: str, number: int, said: str | None, hint: str | None = None) -> Refused:
    """The refusal of one change; NotSupported where the kernel does not know such a thing at all."""
    lacks = number in (errno.EPROTONOSUPPORT, errno.EAFNOSUPPORT) or (said or "").endswith(_UNKNOWN_KINDS)
    return (NotSupported if lacks else Refused)(shown, number, hint, said)


def ask(sock: _socket.socket, kind: int, fields: Fields, *, flags: int = 0) -> tuple[int, str | None, bytes]:
    """Send one message: (errno or 0, the kernel's words, the body of its answer if there is one).

    Raises OSError where the socket itself is of no use any more.
    """
    import struct

    number = next(_numbers) & 0xFFFFFFFF
    body = packed(kind, fields)
    sock.setsockopt(_SOL_NETLINK, _EXT_ACK, 1)
    sock.setsockopt(_SOL_NETLINK, _CAP_ACK, 1)
    sock.send(struct.pack("=IHHII", _HEADER + len(body), kind, flags | _REQUEST | _ACK, number, 0) + body)
    answer = b""
    while True:
        data = sock.recv(_LONGEST_ANSWER)
        while len(data) >= _HEADER:
            length, found, more, told, _ = struct.unpack_from("=IHHII", data)
            if told == number and found == _NLMSG_ERROR:
                return _verdict(data[:length], more, answer)
            if told == number:
                answer = data[_HEADER:length]
            data = data[max(length + 3 & ~3, _HEADER) :]


def packed(kind: int, fields: Fields) -> bytes:
    """The body of a message as pyroute2 packs it, without its netlink header."""
    message = _message_class(kind)()
    message.setvalue(dict(fields))
    message.encode()
    return bytes(message.data[_HEADER:])


def _message_class(kind: int) -> Any:
    """pyroute2's class for a type of message; its import takes a tenth of a second, so it waits for the first."""
    from importlib import import_module

    name = _CLASSES[kind - kind % 4]
    return getattr(import_module(f"pyroute2.netlink.rtnl.{name}"), name)


_CLASSES = {
    16: "ifinfmsg",
    20: "ifaddrmsg",
    24: "rtmsg",
    28: "ndmsg",
    32: "fibmsg",
    36: "tcmsg",
    40: "tcmsg",
    44: "tcmsg",
    88: "nsidmsg",
}


def _verdict(data: bytes, flags: int, answer: bytes) -> tuple[int, str | None, bytes]:
    """errno and words of an NLMSG_ERROR (netlink(7); its attributes: linux/netlink.h, enum nlmsgerr_attrs)."""
    import struct

    (number,) = struct.unpack_from("=i", data, _HEADER)
    start = _HEADER + 4 + (_HEADER if flags & _CAPPED else struct.unpack_from("=I", data, _HEADER + 4)[0])
    said = None
    while flags & _WITH_TLVS and start + 4 <= len(data):
        length, kind = struct.unpack_from("=HH", data, start)
        if kind & 0x3FFF == _ATTR_MSG:
            said = data[start + 4 : start + length].rstrip(b"\0").decode("utf-8", "replace").rstrip(". ")
        start += max(length + 3 & ~3, 4)
    return -number, said or None, answer


def index_of(sock: _socket.socket, name: str) -> int | None:
    """The index of a device by its name, None where there is none. Raises Refused."""
    import struct

    number, said, answer = ask(sock, RTM_GETLINK, {"attrs": [("IFLA_IFNAME", name)]})
    if number == errno.ENODEV:
        return None
    if number:
        raise Refused(f"RTM_GETLINK({name})", number, None, said)
    return int(struct.unpack_from("=i", answer, 4)[0])
