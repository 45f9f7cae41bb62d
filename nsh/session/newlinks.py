# SPDX-License-Identifier: MIT
"""Devices made: a veth by its two ends, any other kind alone or on another device."""

from __future__ import annotations

from nsh.errors import NotSupported, Refused, UsageError
from nsh.net import changes, kinds, rtnl
from nsh.session import arrivals
from nsh.session.reach import Reach

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nsh.net.inet import Network
    from nsh.net.kinds import Attribute
    from nsh.session.nets import Endpoint
    from nsh.session.reach import There
    from nsh.session.session import Session


class Wishes:
    """What a new device is to have: MTU in bytes, hardware address, set up at once."""

    __slots__ = ("mac", "mtu", "up")

    def __init__(self, mtu: int | None, mac: str | None, up: bool) -> None:
        self.mtu = mtu
        self.mac = mac
        self.up = up

    def attributes(self) -> list[Attribute]:
        """Those that go into the message."""
        found: list[Attribute] = []
        if self.mtu is not None:
            if not 0 < self.mtu < 1 << 31:
                raise UsageError(f"--mtu {self.mtu}: out of range", "bytes: 1500 is Ethernet's")
            found.append(("IFLA_MTU", self.mtu))
        if self.mac is not None:
            found.append(("IFLA_ADDRESS", self.mac))
        return found


def add_veth(session: Session, one: Endpoint, other: Endpoint, wishes: Wishes) -> None:
    """Both ends with one message; `wishes.mac` is that of the first. Raises NameTaken, NoSuchName, Refused."""
    with Reach(session) as reach:
        near, far = reach.at(one.place), reach.at(other.place)
        if near.net == far.net and one.device == other.device:
            raise UsageError(f"{other}: both ends have one name", "the ends of a veth are two devices")
        ends = ((near, one.device), (far, other.device))
        for there, name in ends:
            arrivals.prepare(session, there, name)
        peer: list[Attribute] = [("IFLA_IFNAME", other.device)]
        if wishes.mtu is not None:
            peer.append(("IFLA_MTU", wishes.mtu))
        shown = f"{near.label(one.device)}, peer {far.label(other.device)}"

        def send(sender: There) -> None:
            with arrivals.OpenNets() as fds:
                data: list[Attribute] = [("VETH_INFO_PEER", {"attrs": [*peer, *fds.of(far, sender)]})]
                named: list[Attribute] = [("IFLA_IFNAME", one.device), *wishes.attributes(), *fds.of(near, sender)]
                changes.make(sender.sock, [*named, kinds.link_info("veth", data)], shown)

        _made("veth", lambda: arrivals.from_one_of((near, far, reach.at(None)), send))
        for there, name in ends:
            arrivals.claim(session, there, name)
        if wishes.up:
            _up_or_none(ends)


def _made(kind: str, make: Callable[[], None]) -> None:
    """Make a device; what the kernel lacks is named by its option."""
    try:
        make()
    except NotSupported as refusal:
        refusal.hint = kinds.missing(kind)
        raise


def _up_or_none(ends: Sequence[tuple[There, str]]) -> None:
    """Set new devices up; where one cannot be, none of them stays."""
    try:
        for there, name in ends:
            changes.set_up(there.sock, name, there.label(name))
    except Refused:
        there, name = ends[0]
        changes.remove(there.sock, name, there.label(name))
        raise


class Data:
    """What kinds of devices are told apart by: those of one kind use some of it."""

    __slots__ = ("local", "mode", "number", "port", "remote")

    def __init__(
        self,
        number: int | None = None,
        mode: str | None = None,
        remote: Network | None = None,
        local: Network | None = None,
        port: int | None = None,
    ) -> None:
        self.number = number
        self.mode = mode
        self.remote = remote
        self.local = local
        self.port = port

    def attributes(self, kind: str, lower: int | None) -> list[Attribute]:
        """IFLA_INFO_DATA of that kind. Raises UsageError."""
        if kind == "macvlan":
            return kinds.macvlan(self.mode)
        if kind == "ipvlan":
            return kinds.ipvlan(self.mode)
        if kind == "vlan":
            return kinds.vlan(self.number)
        if kind == "vxlan":
            return kinds.vxlan(self.number, self.remote, self.local, self.port, lower)
        return []


def add(session: Session, kind: str, new: Endpoint, lower: Endpoint | None, data: Data, wishes: Wishes) -> None:
    """A device of a kind, perhaps on another one. Raises NameTaken, NoSuchName, NotSupported, Refused, UsageError."""
    if kind in ("tun", "tap"):
        _add_tun(session, kind, new, wishes)
        return
    with Reach(session) as reach:
        there = reach.at(new.place)
        arrivals.prepare(session, there, new.device)
        below = None if lower is None else reach.own_device(lower)
        attributes = [("IFLA_IFNAME", new.device), *wishes.attributes()]
        info = kinds.link_info(kind, data.attributes(kind, None if below is None else below.index))
        if below is not None and kind != "vxlan":
            attributes.append(("IFLA_LINK", below.index))

        def send(sender: There) -> None:
            with arrivals.OpenNets() as fds:
                whole = [*attributes, *fds.of(there, sender), info]
                changes.make(sender.sock, whole, there.label(new.device), up=wishes.up)

        if below is None:
            _made(kind, lambda: arrivals.from_one_of((there, reach.at(None)), send))
        else:
            _made(kind, lambda: arrivals.with_all_rights(below.there, send))
        arrivals.claim(session, there, new.device)


def _add_tun(session: Session, kind: str, new: Endpoint, wishes: Wishes) -> None:
    """By /dev/net/tun, opened by a process that is there; the device stays when it is closed."""
    wishes.attributes()
    with Reach(session) as reach:
        there = reach.at(new.place)
        arrivals.prepare(session, there, new.device)
        _make_tun(session, there, kind, new)
        arrivals.claim(session, there, new.device)
        device = reach.device(new)
        try:
            if wishes.attributes():
                changes.adjust(device.sock, device.index, wishes.attributes(), str(device))
            if wishes.up:
                changes.set_up(device.sock, device.index, str(device))
        except Refused:
            changes.remove(device.sock, device.index, str(device))
            raise


def _make_tun(session: Session, there: There, kind: str, new: Endpoint) -> None:
    with session.on(there.ref if there.ref is not None else ".") as visitor:
        try:
            fd = visitor.open_file(kinds.TUN_FILE, "a")
        except Refused as refusal:
            refusal.hint = kinds.why_no_tun(refusal.errno) or refusal.hint
            raise
    try:
        kinds.make_tun(fd, kind, new.device)
    except OSError as error:
        shown = f'ioctl({kinds.TUN_FILE}, TUNSETIFF, "{new.device}")'
        raise rtnl.refused(shown, error.errno or 0, None) from error
