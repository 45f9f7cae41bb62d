# SPDX-License-Identifier: MIT
"""Masquerading by nftables: rules that give what leaves by a device the address of that device (nft(8), masquerade).

`sock` is a NETLINK_NETFILTER socket of the namespace that routes. All of nsh's
rules there lie in one table of its own, and several changes are one
transaction: they are made together or not at all. The few messages are packed
here; tests read them back with nft(8).
"""

from __future__ import annotations

import _socket
import errno
import sys
import time
from struct import Struct

from nsh import traced
from nsh.errors import HelperLost, NotSupported, Refused
from nsh.net.attributes import NLMSG_ERROR, attribute, attributes, dump, message, messages, text
from nsh.net.kinds import LONGEST_NAME

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from nsh.net.attributes import Attributes

NETLINK_NETFILTER = 12
TABLE = "nsh"
CHAIN = "postrouting"

_SUBSYSTEM = 10  # NFNL_SUBSYS_NFTABLES
_NEWTABLE, _DELTABLE, _NEWCHAIN, _NEWRULE, _GETRULE, _DELRULE = (_SUBSYSTEM << 8 | n for n in (0, 2, 3, 6, 7, 8))
_GETTABLE = _SUBSYSTEM << 8 | 1
_BEGIN, _END = 0x10, 0x11
_ACK, _CREATE, _APPEND = 0x4, 0x400, 0x800
_INET = 1  # NFPROTO_INET: IPv4 and IPv6
_OWNED = 2  # NFT_TABLE_F_OWNER, Linux 5.12: the table goes with the socket
_POST_ROUTING, _SOURCE_NAT = 4, 100  # the hook, and the priority that nft(8) calls srcnat
_REGISTER = 1
_META_OIFNAME, _META_NFPROTO = 7, 15
_NETWORK_HEADER = 1
_SOURCE = {_socket.AF_INET: (12, 4), _socket.AF_INET6: (8, 16)}  # offset and length of the source address
_NFPROTO = {_socket.AF_INET: 2, _socket.AF_INET6: 10}
_NESTED = 0x8000
_NAME_LENGTH = LONGEST_NAME + 1
_LONGEST_WAIT = 10.0
_SOL_NETLINK, _EXT_ACK, _CAP_ACK = 270, 11, 10

_NFGENMSG = Struct(">BBH")
_BE32, _BE64 = Struct(">I"), Struct(">Q")
_I32 = Struct("=i")


class Rule:
    """One rule of nsh's: what it is for (a place's name), from which network (None: any), by which device; how much."""

    __slots__ = ("bytes", "family", "handle", "label", "packets", "source", "table", "via")

    def __init__(self, table: str, handle: int, label: str) -> None:
        self.table = table
        self.handle = handle
        self.label = label
        self.source: str | None = None
        self.family: int | None = None
        self.via: str | None = None
        self.packets = 0
        self.bytes = 0


def has_tables(sock: _socket.socket) -> bool:
    """Has anybody put a table of nf_tables there? Raises Refused, HelperLost."""
    return bool(dump(sock, "NFT_MSG_GETTABLE", _GETTABLE, _NFGENMSG.pack(0, 0, 0)))


def add(
    sock: _socket.socket,
    device: str,
    networks: Sequence[tuple[int, str, int] | None],
    label: str,
    shown: str,
    table: str = TABLE,
    *,
    owned: bool = False,
) -> None:
    """Masquerade what leaves by a device, from each network (family, address, prefix), None for all there is.

    An `owned` table can be changed by this socket only, and goes with it.
    Raises Refused, NotSupported, HelperLost; then nothing is changed.
    """
    flags = attribute(2, _BE32.pack(_OWNED)) if owned else b""
    hook = attribute(1, _BE32.pack(_POST_ROUTING)) + attribute(2, _BE32.pack(_SOURCE_NAT))
    chain = attribute(1, table) + attribute(3, CHAIN) + attribute(4 | _NESTED, hook) + attribute(7, "nat")
    batch = [(_NEWTABLE, _CREATE, attribute(1, table) + flags), (_NEWCHAIN, _CREATE, chain)]
    for network in networks:
        expressions = [*(_from(*network) if network is not None else []), *_leaving_by(device)]
        expressions += [_expression("counter"), _expression("masq")]
        body = attribute(1, table) + attribute(2, CHAIN)
        body += attribute(4 | _NESTED, b"".join(attribute(1 | _NESTED, one) for one in expressions))
        body += attribute(7, _comment(label))
        batch.append((_NEWRULE, _CREATE | _APPEND, body))
    _transact(sock, batch, shown)


def remove(sock: _socket.socket, rules: Sequence[Rule], shown: str, *, all_of_them: bool) -> None:
    """Remove some rules; with the last one the table too. Raises Refused, HelperLost; then nothing is changed."""
    if all_of_them:
        batch = [(_DELTABLE, 0, attribute(1, table)) for table in dict.fromkeys(rule.table for rule in rules)]
    else:
        batch = [
            (_DELRULE, 0, attribute(1, rule.table) + attribute(2, CHAIN) + attribute(3, _BE64.pack(rule.handle)))
            for rule in rules
        ]
    _transact(sock, batch, shown)


def rules(sock: _socket.socket) -> list[Rule]:
    """nsh's rules in a namespace, of this and other sessions. Raises Refused, HelperLost."""
    try:
        bodies = dump(sock, "NFT_MSG_GETRULE", _GETRULE, _NFGENMSG.pack(_INET, 0, 0))
    except Refused as refusal:
        raise refused(refusal.op, refusal.errno) from refusal
    return [rule for rule in map(read_rule, bodies) if rule is not None]


def read_rule(body: bytes) -> Rule | None:
    """A rule of nsh's, None for anybody else's and for what is no rule."""
    found = attributes(body, _NFGENMSG.size)
    table, handle = text(found, 1) or "", found.get(3, b"")
    label = _label(found.get(7, b""))
    if not table.startswith(TABLE) or text(found, 2) != CHAIN or len(handle) != _BE64.size or label is None:
        return None
    rule = Rule(table, _BE64.unpack(handle)[0], label)
    asked, mask = b"", None
    for name, data in _expressions(found.get(4, b"")):
        if name == "meta":
            asked = data.get(2, b"")
        elif name == "payload":
            asked, mask = b"source", None
        elif name == "bitwise":
            mask = attributes(data.get(4, b"")).get(1, b"")
        elif name == "cmp":
            _compared(rule, asked, attributes(data.get(3, b"")).get(1, b""), mask)
        elif name == "counter":
            rule.bytes, rule.packets = (int.from_bytes(data.get(kind, b"")[:8], "big") for kind in (1, 2))
    return rule


def _compared(rule: Rule, asked: bytes, value: bytes, mask: bytes | None) -> None:
    if asked == b"source":
        family = {4: _socket.AF_INET, 16: _socket.AF_INET6}.get(len(value))
        if family is not None:
            bits = sum(bin(octet).count("1") for octet in mask) if mask is not None else 8 * len(value)
            rule.family, rule.source = family, f"{_socket.inet_ntop(family, value)}/{bits}"
    elif asked == _BE32.pack(_META_OIFNAME):
        rule.via = value.partition(b"\0")[0].decode("utf-8", "surrogateescape")


def _expressions(data: bytes) -> Iterator[tuple[str, Attributes]]:
    """(name, attributes) of each expression; they all are attributes of one type, so a dict would keep only one."""
    while len(data) >= 4:
        length = int.from_bytes(data[:2], sys.byteorder)
        if length < 4 or length > len(data):
            return
        found = attributes(data[4:length])
        yield text(found, 1) or "", attributes(found.get(2, b""))
        data = data[length + 3 & ~3 :]


def _expression(name: str, data: bytes = b"") -> bytes:
    return attribute(1, name) + (attribute(2 | _NESTED, data) if data else b"")


def _equals(value: bytes) -> bytes:
    data = attribute(3 | _NESTED, attribute(1, value))
    return _expression("cmp", attribute(1, _BE32.pack(_REGISTER)) + attribute(2, _BE32.pack(0)) + data)


def _meta(key: int) -> bytes:
    return _expression("meta", attribute(2, _BE32.pack(key)) + attribute(1, _BE32.pack(_REGISTER)))


def _leaving_by(device: str) -> list[bytes]:
    name = device.encode("utf-8", "surrogateescape").ljust(_NAME_LENGTH, b"\0")
    return [_meta(_META_OIFNAME), _equals(name)]


def _from(family: int, address: str, prefix: int) -> list[bytes]:
    """The source address, masked, is that of the network."""
    offset, length = _SOURCE[family]
    mask = ((1 << prefix) - 1 << 8 * length - prefix).to_bytes(length, "big")
    network = bytes(a & b for a, b in zip(_socket.inet_pton(family, address), mask, strict=True))
    numbers = ((1, _REGISTER), (2, _NETWORK_HEADER), (3, offset), (4, length))
    load = b"".join(attribute(kind, _BE32.pack(number)) for kind, number in numbers)
    masked = b"".join(
        attribute(kind, _BE32.pack(number)) for kind, number in ((1, _REGISTER), (2, _REGISTER), (3, length))
    )
    masked += attribute(4 | _NESTED, attribute(1, mask)) + attribute(5 | _NESTED, attribute(1, bytes(length)))
    found = [_meta(_META_NFPROTO), _equals(bytes([_NFPROTO[family]])), _expression("payload", load)]
    if prefix < 8 * length:
        found.append(_expression("bitwise", masked))
    return [*found, _equals(network)]


def _comment(label: str) -> bytes:
    """The comment as nft(8) keeps it: type 0, length, text with its NUL."""
    value = f"nsh: {label}".encode("utf-8", "surrogateescape")[:250] + b"\0"
    return bytes([0, len(value)]) + value


def _label(data: bytes) -> str | None:
    if len(data) < 2 or data[0] != 0:
        return None
    comment = data[2 : 2 + data[1]].rstrip(b"\0").decode("utf-8", "surrogateescape")
    return comment.removeprefix("nsh: ") if comment.startswith("nsh: ") else None


def _transact(sock: _socket.socket, batch: list[tuple[int, int, bytes]], shown: str) -> None:
    """Send one transaction and wait for its verdict."""
    sock.settimeout(_LONGEST_WAIT)
    sock.setsockopt(_SOL_NETLINK, _EXT_ACK, 1)
    sock.setsockopt(_SOL_NETLINK, _CAP_ACK, 1)
    edge = _NFGENMSG.pack(0, 0, _SUBSYSTEM)
    parts = [message(_BEGIN, 0, 1, edge)]
    for number, (kind, flags, body) in enumerate(batch, 2):
        parts.append(message(kind, flags | _ACK, number, _NFGENMSG.pack(_INET, 0, 0) + body))
    parts.append(message(_END, 0, len(batch) + 2, edge))
    began = time.monotonic_ns()
    try:
        sock.send(b"".join(parts))  # to an address, our own rights would count and not the maker's
        _await(sock, len(batch), shown)
        traced.tell("nsh", shown, 0, 0, time.monotonic_ns() - began)
    except Refused as refusal:
        traced.tell("nsh", shown, -1, refusal.errno, time.monotonic_ns() - began)
        raise
    except TimeoutError as error:
        raise HelperLost(f"{shown}: no answer in {_LONGEST_WAIT:.0f} s") from error
    except OSError as error:
        raise Refused(shown, error.errno or 0) from error


def _await(sock: _socket.socket, wanted: int, shown: str) -> None:
    while wanted > 0:
        for one in messages(sock.recv(65536)):
            if one.kind != NLMSG_ERROR or len(one.body) < _I32.size:
                continue
            number = -_I32.unpack_from(one.body)[0]
            if number:
                raise refused(shown, number)
            wanted -= 1


def refused(shown: str, number: int) -> Refused:
    """Why nftables said no."""
    if number in (errno.EOPNOTSUPP, errno.EPROTONOSUPPORT, errno.EAFNOSUPPORT):
        hint = "this kernel is built without CONFIG_NF_TABLES (and _INET), or its module nf_tables is not there"
        return NotSupported(shown, number, hint)
    if number == errno.ENOENT:
        hint = "this kernel lacks what the rule is made of: CONFIG_NFT_MASQ, CONFIG_NF_NAT, CONFIG_NF_CONNTRACK"
        return NotSupported(shown, number, hint)
    if number == errno.EPERM:
        return Refused(
            shown, number, "it wants CAP_NET_ADMIN over that net namespace: `new user,net` makes one of yours"
        )
    return Refused(shown, number)
