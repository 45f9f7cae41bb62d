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
from nsh.errors import HelperLost, NotSupported, Refused
from nsh.net.attributes import attributes, message, messages, receive, submit, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    import _socket
    from collections.abc import Callable, Mapping
    from typing import Any

    from nsh.net.attributes import Message

    Fields = Mapping[str, Any]

RTM_NEWLINK, RTM_DELLINK, RTM_GETLINK, RTM_SETLINK = 16, 17, 18, 19
RTM_NEWADDR, RTM_DELADDR = 20, 21
RTM_NEWROUTE, RTM_DELROUTE = 24, 25
RTM_NEWNEIGH, RTM_DELNEIGH = 28, 29
RTM_NEWQDISC, RTM_DELQDISC = 36, 37
REPLACE, EXCLUSIVE, CREATE = 0x100, 0x200, 0x400
"""Flags of a change: NLM_F_REPLACE, NLM_F_EXCL, NLM_F_CREATE."""

IFF_UP = 1

_REQUEST, _ACK, _CAPPED, _WITH_TLVS = 1, 4, 0x100, 0x200
_NLMSG_ERROR = 2
_ATTR_MSG = 1
_SOL_NETLINK, _CAP_ACK, _EXT_ACK = 270, 10, 11
_HEADER = 16
_UNKNOWN_KINDS = ("Unknown device type", "qdisc kind is unknown")
_numbers = itertools.count(1)
instead: Callable[[str], None] | None = None
"""While a line is rehearsed: what is called instead of making a change."""


def change(sock: _socket.socket, kind: int, fields: Fields, *, shown: str, flags: int = 0) -> None:
    """Ask for one change and wait for the answer. Raises Refused, NotSupported.

    `kind` is the message's type, `fields` those of its header and `attrs`, a
    list of (name, value) as pyroute2 knows them. `shown` is the op in a refusal:
    `RTM_NEWADDR(netns1:veth1, 10.1.1.1/24)`.
    """
    if instead is not None:
        instead(shown)
        return
    body = packed(kind, fields)
    began = time.monotonic_ns()
    number, said = ask_packed(sock, kind, body, flags=flags)
    traced.tell("nsh", shown, -1 if number else 0, number, time.monotonic_ns() - began)
    if number:
        raise refused(shown, number, said)


def refused(shown: str, number: int, said: str | None, hint: str | None = None) -> Refused:
    """The refusal of one change; NotSupported where the kernel does not know such a thing at all."""
    lacks = number in (errno.EPROTONOSUPPORT, errno.EAFNOSUPPORT) or (said or "").endswith(_UNKNOWN_KINDS)
    refusal = (NotSupported if lacks else Refused)(shown, number, hint, said)
    if hint is None:
        from nsh.net import reasons  # with the first refusal, not with every start

        refusal.hint = reasons.explain(refusal, said)
    return refusal


def ask_packed(sock: _socket.socket, kind: int, body: bytes, *, flags: int = 0) -> tuple[int, str | None]:
    """The same for a message whose body is packed already: errno, and the words of the kernel. Raises HelperLost."""
    number = next(_numbers) & 0xFFFFFFFF
    shown = f"rtnetlink message {kind}"
    try:
        sock.setsockopt(_SOL_NETLINK, _EXT_ACK, 1)
        sock.setsockopt(_SOL_NETLINK, _CAP_ACK, 1)
    except OSError as error:
        raise HelperLost(f"{shown}: what came back is no netlink socket") from error
    submit(sock, shown, message(kind, flags | _REQUEST | _ACK, number, body))
    while True:
        for found in messages(receive(sock, shown)):
            if found.sequence == number and found.kind == _NLMSG_ERROR and len(found.body) >= 8:
                return _verdict(found)


def packed(kind: int, fields: Fields) -> bytes:
    """The body of a message as pyroute2 packs it, without its netlink header."""
    packer = _message_class(kind)()
    packer.setvalue(dict(fields))
    packer.encode()
    return bytes(packer.data[_HEADER:])


def _message_class(kind: int) -> Any:
    """pyroute2's class for a type of message; its import takes a tenth of a second, so it waits for the first."""
    from pyroute2.netlink.rtnl import fibmsg, ifaddrmsg, ifinfmsg, ndmsg, nsidmsg, rtmsg, tcmsg

    classes = {
        16: ifinfmsg.ifinfmsg,
        20: ifaddrmsg.ifaddrmsg,
        24: rtmsg.rtmsg,
        28: ndmsg.ndmsg,
        32: fibmsg.fibmsg,
        36: tcmsg.tcmsg,
        40: tcmsg.tcmsg,
        44: tcmsg.tcmsg,
        88: nsidmsg.nsidmsg,
    }
    return classes[kind - kind % 4]


def _verdict(answer: Message) -> tuple[int, str | None]:
    """errno and words of an NLMSG_ERROR (netlink(7); its attributes: linux/netlink.h, enum nlmsgerr_attrs)."""
    import struct

    number, length = struct.unpack_from("=iI", answer.body)
    if not answer.flags & _WITH_TLVS:
        return -number, None
    start = 4 + (_HEADER if answer.flags & _CAPPED else length)  # what was asked is repeated first
    said = text(attributes(answer.body, start), _ATTR_MSG)
    return -number, said.rstrip(". ") if said else None
