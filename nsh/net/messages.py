# SPDX-License-Identifier: MIT
"""The few rtnetlink(7) messages that labs are built of, packed here and sent many at a time.

pyroute2 packs and sends one in a millisecond, which is as long as the kernel
takes to make a device: a lab would take twice as long. A test compares these,
byte for byte, with what pyroute2 makes.
"""

from __future__ import annotations

import _socket
from struct import Struct

from nsh.errors import HelperLost
from nsh.net.attributes import (
    HEADER,
    IFADDR,
    IFINFO,
    LONGEST_WAIT,
    NDMSG,
    NLM_F_ACK,
    NLMSG_ERROR,
    RTMSG,
    attribute,
    attributes,
    messages,
    text,
)
from nsh.net.rtnl import (
    CREATE,
    EXCLUSIVE,
    IFF_UP,
    REPLACE,
    RTM_DELNEIGH,
    RTM_GETLINK,
    RTM_NEWADDR,
    RTM_NEWLINK,
    RTM_NEWNEIGH,
    RTM_NEWROUTE,
    refused,
)
from nsh.net.state import read_link

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from nsh.net.state import Link

LARGEST_BATCH = 1 << 16  # bytes: well below what a netlink socket takes at once
_NLM_F_REQUEST, _NLM_F_CAPPED = 0x1, 0x100
_BLOCK = -1  # no kind of message: what is packed already
_IN_A_BLOCK = 0  # the number of all messages in blocks
_SOL_NETLINK, _CAP_ACK, _EXT_ACK = 270, 10, 11

_IFLA_ADDRESS, _IFLA_IFNAME, _IFLA_MTU, _IFLA_MASTER, _IFLA_LINKINFO = 1, 3, 4, 10, 18
_IFLA_EXT_MASK, _SKIP_STATISTICS = 29, 8
_LOOKS_AT_ONCE = 32  # each answer takes 3 KiB of what a socket holds back
_IFLA_NET_NS_FD, _IFLA_NUM_TX_QUEUES, _IFLA_NUM_RX_QUEUES = 28, 31, 32
_IFLA_INFO_KIND, _IFLA_INFO_DATA, _VETH_INFO_PEER = 1, 2, 1
_IFLA_BR_FORWARD_DELAY, _IFLA_BR_HELLO_TIME, _IFLA_BR_STP_STATE = 1, 2, 5
_IFA_ADDRESS, _IFA_LOCAL, _IFA_FLAGS, _IFA_F_NODAD = 1, 2, 8, 0x02
_RTA_DST, _RTA_GATEWAY = 1, 5
_NDA_DST, _NDA_LLADDR, _NUD_PERMANENT = 1, 2, 0x80
_TABLE_MAIN, _PROTO_BOOT, _SCOPE_UNIVERSE, _UNICAST = 254, 3, 0, 1

_U32 = Struct("=I")
_I32 = Struct("=i")

_ONE_QUEUE = attribute(_IFLA_NUM_TX_QUEUES, 1) + attribute(_IFLA_NUM_RX_QUEUES, 1)
_IS_VETH = attribute(_IFLA_INFO_KIND, "veth")
_IS_BRIDGE = attribute(_IFLA_INFO_KIND, "bridge")
_SHORTEST_STP = (
    attribute(_IFLA_BR_FORWARD_DELAY, 200)  # hundredths of a second: the least the kernel takes
    + attribute(_IFLA_BR_HELLO_TIME, 100)
    + attribute(_IFLA_BR_STP_STATE, 1)
)


class Request:
    """One message, not sent yet; `shown` names it in a refusal."""

    __slots__ = ("body", "flags", "kind", "shown")

    def __init__(self, kind: int, flags: int, body: bytes, shown: str) -> None:
        self.kind = kind
        self.flags = flags
        self.body = body
        self.shown = shown


class End:
    """One end of a veth: its name, the index it is to have, its hardware address (None for any).

    `fd` is the network namespace it is made in, None for that of the socket;
    `master` the index of a bridge there. Only the near end can be set up by the message that makes both.
    """

    __slots__ = ("fd", "index", "mac", "master", "name", "up")

    def __init__(
        self,
        name: str,
        fd: int | None,
        index: int,
        mac: bytes | None = None,
        master: int | None = None,
        up: bool = False,
    ) -> None:
        self.name = name
        self.fd = fd
        self.index = index
        self.mac = mac
        self.master = master
        self.up = up


def bridge(name: str, index: int, mac: bytes, *, stp: bool = False) -> Request:
    """A bridge that is up; with `stp` it runs the spanning tree protocol, at its fastest.

    Its hardware address is given, so that the kernel need not look at all ports whenever one is added.
    """
    data = attribute(_IFLA_INFO_DATA, _SHORTEST_STP) if stp else b""
    body = (
        IFINFO.pack(0, 0, index, IFF_UP, IFF_UP)
        + attribute(_IFLA_IFNAME, name)
        + attribute(_IFLA_ADDRESS, mac)
        + attribute(_IFLA_LINKINFO, _IS_BRIDGE + data)
    )
    return Request(RTM_NEWLINK, CREATE | EXCLUSIVE, body, f"RTM_NEWLINK({name}, bridge)")


def veth(near: End, far: End, mtu: int | None = None) -> Request:
    """A pair of devices: the near one in its namespace, up and a port where that is asked for, and the far one."""
    more = _ONE_QUEUE if mtu is None else _ONE_QUEUE + attribute(_IFLA_MTU, mtu)
    peer = IFINFO.pack(0, 0, far.index, 0, 0) + _device(far) + more
    flags = IFF_UP if near.up else 0
    master = b"" if near.master is None else attribute(_IFLA_MASTER, near.master)
    info = _IS_VETH + attribute(_IFLA_INFO_DATA, attribute(_VETH_INFO_PEER, peer))
    body = IFINFO.pack(0, 0, near.index, flags, flags) + _device(near) + master + more + attribute(_IFLA_LINKINFO, info)
    return Request(RTM_NEWLINK, CREATE | EXCLUSIVE, body, f"RTM_NEWLINK({near.name}, veth, peer {far.name})")


def _device(end: End) -> bytes:
    name = attribute(_IFLA_IFNAME, end.name)
    where = b"" if end.fd is None else attribute(_IFLA_NET_NS_FD, end.fd)
    return name + where + (b"" if end.mac is None else attribute(_IFLA_ADDRESS, end.mac))


def up(index: int) -> Request:
    """A device set up."""
    return Request(RTM_NEWLINK, 0, IFINFO.pack(0, 0, index, IFF_UP, IFF_UP), f"RTM_NEWLINK(index {index}, up)")


def port(index: int, master: int, *, is_up: bool) -> Request:
    """A device made a port of a bridge, and set up."""
    flags = IFF_UP if is_up else 0
    body = IFINFO.pack(0, 0, index, flags, flags) + attribute(_IFLA_MASTER, master)
    return Request(RTM_NEWLINK, 0, body, f"RTM_NEWLINK(index {index}, master {master})")


def address(index: int, packed: bytes, prefix: int) -> Request:
    """An IPv4 or IPv6 address of a device; an IPv6 one is not looked for elsewhere first (no DAD)."""
    family = _family(packed)
    nodad = attribute(_IFA_FLAGS, _IFA_F_NODAD) if len(packed) == 16 else b""
    body = (
        IFADDR.pack(family, prefix, 0, 0, index)
        + attribute(_IFA_LOCAL, packed)
        + attribute(_IFA_ADDRESS, packed)
        + nodad
    )
    shown = f"RTM_NEWADDR({_socket.inet_ntop(family, packed)}/{prefix})"
    return Request(RTM_NEWADDR, CREATE | EXCLUSIVE, body, shown)


def route(destination: bytes, prefix: int, gateway: bytes) -> Request:
    """A route to a prefix by a gateway; the default route is that to a prefix of no length."""
    family = _family(gateway)
    to = attribute(_RTA_DST, destination) if prefix else b""
    header = RTMSG.pack(family, prefix, 0, 0, _TABLE_MAIN, _PROTO_BOOT, _SCOPE_UNIVERSE, _UNICAST, 0)
    where = f"{_socket.inet_ntop(family, destination)}/{prefix}" if prefix else "default"
    shown = f"RTM_NEWROUTE({where} via {_socket.inet_ntop(family, gateway)})"
    return Request(RTM_NEWROUTE, CREATE | EXCLUSIVE, header + to + attribute(_RTA_GATEWAY, gateway), shown)


def neighbour(index: int, packed: bytes, mac: bytes) -> Request:
    """A permanent entry of the neighbour table: it is not counted against net.ipv4.neigh.default.gc_thresh3."""
    header = NDMSG.pack(_family(packed), index, _NUD_PERMANENT, 0, 0)
    body = header + attribute(_NDA_DST, packed) + attribute(_NDA_LLADDR, mac)
    return Request(RTM_NEWNEIGH, CREATE | REPLACE, body, "RTM_NEWNEIGH(permanent)")


def neighbours(index: int, known: Sequence[tuple[bytes, bytes]]) -> list[bytes]:
    """The entries of many (address, hardware address) on a device, each packed to the end, for `block`."""
    found = []
    for packed, mac in known:
        one = neighbour(index, packed, mac)
        size = HEADER.size + len(one.body)
        found.append(HEADER.pack(size, one.kind, one.flags | _NLM_F_REQUEST, _IN_A_BLOCK, 0) + one.body)
    return found


def block(packed: bytes, shown: str) -> Request:
    """Messages that are packed already: those that many hosts are sent alike. It cannot be the last of a call."""
    return Request(_BLOCK, 0, packed, shown)


def no_neighbour(index: int, packed: bytes) -> Request:
    """The same entry taken away."""
    header = NDMSG.pack(_family(packed), index, 0, 0, 0)
    return Request(RTM_DELNEIGH, 0, header + attribute(_NDA_DST, packed), "RTM_DELNEIGH")


def _family(packed: bytes) -> int:
    return _socket.AF_INET if len(packed) == 4 else _socket.AF_INET6


def prepare(sock: _socket.socket) -> None:
    """Have the kernel answer a refusal in words, without sending back what it was sent (netlink(7))."""
    sock.setsockopt(_SOL_NETLINK, _EXT_ACK, 1)
    sock.setsockopt(_SOL_NETLINK, _CAP_ACK, 1)
    sock.settimeout(LONGEST_WAIT)


def send(sock: _socket.socket, requests: Sequence[Request], where: str = "") -> None:
    """Have all of them done, in as few calls as there is room for; only the last of a call is acknowledged.

    A refusal comes with its number in any case, and what follows it is done
    all the same. Raises Refused for the first, its op with `where` in front;
    HelperLost where no kernel answers.
    """
    start = size = 0
    for at, request in enumerate(requests):
        size += HEADER.size + len(request.body)
        if size > LARGEST_BATCH and request.kind != _BLOCK:
            _send(sock, requests[start : at + 1], where)
            start, size = at + 1, 0
    if start < len(requests):
        _send(sock, requests[start:], where)


def asleep(sock: _socket.socket, indexes: Sequence[int], where: str = "") -> list[int]:
    """Those of some devices that do not pass packets on yet. Raises Refused, HelperLost.

    A device whose carrier comes after it was set up waits for a worker of the
    kernel. Asking for it by its index has the work done at once (Linux 6.8).
    """
    found: list[int] = []
    for start in range(0, len(indexes), _LOOKS_AT_ONCE):
        looks = [_look(index) for index in indexes[start : start + _LOOKS_AT_ONCE]]
        found += [one.index for one in _send(sock, looks, where) if one.operstate != "UP"]
    return found


def _look(index: int) -> Request:
    body = IFINFO.pack(0, 0, index, 0, 0) + attribute(_IFLA_EXT_MASK, _SKIP_STATISTICS)
    return Request(RTM_GETLINK, 0, body, f"RTM_GETLINK(index {index})")


def _send(sock: _socket.socket, requests: Sequence[Request], where: str) -> list[Link]:
    """Send some in one call; the devices that the answers are about."""
    global _last
    first, _last = _last + 1, _last + len(requests)
    if _last > 0x7FFFFFFF:
        first, _last = 1, len(requests)
    sock.sendall(b"".join(_numbered(requests, first)))
    told: list[tuple[int, int, str | None]] = []
    links: list[Link] = []
    while not told or told[-1][0] != _last:
        data = _receive(sock, where)
        told += _verdicts(data, first)
        links += _links(data)
    refusal = next(((number, errno, said) for number, errno, said in told if errno), None)
    if refusal is not None:
        number, errno, said = refusal
        if number == _IN_A_BLOCK:
            shown = next(request.shown for request in requests if request.kind == _BLOCK)
        else:
            shown = requests[number - first].shown
        raise refused(f"{where}{shown}", errno, said)
    return links


def _links(data: bytes) -> list[Link]:
    found = (read_link(one.body) for one in messages(data) if one.kind == RTM_NEWLINK)
    return [link for link in found if link is not None]


def _numbered(requests: Sequence[Request], first: int) -> Iterable[bytes]:
    last = len(requests) - 1
    for at, request in enumerate(requests):
        if request.kind == _BLOCK:
            yield request.body
            continue
        ack = NLM_F_ACK if at == last else 0
        flags = request.flags | _NLM_F_REQUEST | ack
        yield HEADER.pack(HEADER.size + len(request.body), request.kind, flags, first + at, 0) + request.body


def _receive(sock: _socket.socket, where: str) -> bytes:
    try:
        return sock.recv(LARGEST_BATCH)
    except TimeoutError as error:
        raise HelperLost(f"{where}no answer in {LONGEST_WAIT:.0f} s") from error


def _verdicts(data: bytes, first: int) -> list[tuple[int, int, str | None]]:
    """(number, errno or 0, the kernel's words) of each answer to a request of this round."""
    found: list[tuple[int, int, str | None]] = []
    for one in messages(data):
        is_ours = first <= one.sequence <= _last or one.sequence == _IN_A_BLOCK
        if one.kind != NLMSG_ERROR or not is_ours or len(one.body) < 4 + HEADER.size:
            continue
        code = -_I32.unpack_from(one.body)[0]
        sent_back = HEADER.size if one.flags & _NLM_F_CAPPED else _U32.unpack_from(one.body, 4)[0]
        said = text(attributes(one.body, 4 + sent_back), 1) if code else None  # NLMSGERR_ATTR_MSG
        found.append((one.sequence, code, said))
    return found


_last = 0
