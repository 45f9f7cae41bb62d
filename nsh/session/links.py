# SPDX-License-Identifier: MIT
"""Devices: made, moved, renamed, joined, removed, by the endpoints that the user typed."""

from __future__ import annotations

import errno
import os

from nsh.errors import NameTaken, NotSupported, Refused, SessionError, UsageError
from nsh.net import changes, kinds, rtnl, state
from nsh.session.reach import Device, Reach, There

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nsh.net.inet import Network
    from nsh.net.kinds import Attribute
    from nsh.session.nets import Endpoint
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


class _Fds:
    """Namespaces opened for one message."""

    __slots__ = ("_open",)

    def __init__(self) -> None:
        self._open: list[int] = []

    def __enter__(self) -> _Fds:
        return self

    def __exit__(self, *_error: object) -> None:
        for fd in self._open:
            os.close(fd)

    def of(self, there: There, seen_from: There) -> list[Attribute]:
        """IFLA_NET_NS_FD, unless the message is sent from that namespace."""
        if there.net == seen_from.net:
            return []
        self._open.append(there.net.open_fd())
        return [("IFLA_NET_NS_FD", self._open[-1])]


def _from_one_of(senders: Sequence[There], send: Callable[[There], None]) -> None:
    """Send from the first namespace whose socket has the rights in all that the message names.

    The kernel looks at who made the socket: one made in a user namespace has
    none outside it, so from inside nothing is put into host, but from host it is.
    """
    refusal: Refused | None = None
    for sender in senders:
        try:
            send(sender)
            return
        except Refused as found:
            if found.errno != errno.EPERM:
                raise
            refusal = refusal or found
    assert refusal is not None, "there is a sender"
    raise refusal


def _prepare(session: Session, there: There, name: str) -> None:
    """Before a device is made somewhere. Raises NameTaken, SessionError."""
    if state.link(there.sock, name) is not None:
        raise NameTaken(f"{there.label(name)}: there is a device of that name", _instead(there, name))
    _begin(session, there)


def _instead(there: There, name: str) -> str:
    return f"take another name, or `link rm {there.label(name)}`"


def _begin(session: Session, there: There) -> None:
    """Before a device comes to be in host. Raises SessionError."""
    if session.guard.added.concerns(there.net):
        session.guard.added.begin_devices()


def _claim(session: Session, there: There, name: str) -> None:
    """Mark a device that is now in host as ours."""
    added = session.guard.added
    link = state.link(there.sock, name)
    if added.concerns(there.net) and link is not None:
        changes.adjust(there.sock, link.index, [("IFLA_IFALIAS", added.mark)], there.label(name))


def add_veth(session: Session, one: Endpoint, other: Endpoint, wishes: Wishes) -> None:
    """Both ends with one message; `wishes.mac` is that of the first. Raises NameTaken, NoSuchName, Refused."""
    with Reach(session) as reach:
        near, far = reach.at(one.place), reach.at(other.place)
        if near.net == far.net and one.device == other.device:
            raise UsageError(f"{other}: both ends have one name", "the ends of a veth are two devices")
        ends = ((near, one.device), (far, other.device))
        for there, name in ends:
            _prepare(session, there, name)
        peer: list[Attribute] = [("IFLA_IFNAME", other.device)]
        if wishes.mtu is not None:
            peer.append(("IFLA_MTU", wishes.mtu))
        shown = f"{near.label(one.device)}, peer {far.label(other.device)}"

        def send(sender: There) -> None:
            with _Fds() as fds:
                data: list[Attribute] = [("VETH_INFO_PEER", {"attrs": [*peer, *fds.of(far, sender)]})]
                named: list[Attribute] = [("IFLA_IFNAME", one.device), *wishes.attributes(), *fds.of(near, sender)]
                changes.make(sender.sock, [*named, kinds.link_info("veth", data)], shown)

        _made("veth", lambda: _from_one_of((near, far, reach.at(None)), send))
        for there, name in ends:
            _claim(session, there, name)
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
        _prepare(session, there, new.device)
        below = None if lower is None else reach.own_device(lower)
        attributes = [("IFLA_IFNAME", new.device), *wishes.attributes()]
        info = kinds.link_info(kind, data.attributes(kind, None if below is None else below.index))
        if below is not None and kind != "vxlan":
            attributes.append(("IFLA_LINK", below.index))

        def send(sender: There) -> None:
            with _Fds() as fds:
                whole = [*attributes, *fds.of(there, sender), info]
                changes.make(sender.sock, whole, there.label(new.device), up=wishes.up)

        if below is None:
            _made(kind, lambda: _from_one_of((there, reach.at(None)), send))
        else:
            _made(kind, lambda: _with_all_rights(below.there, send))
        _claim(session, there, new.device)


def _add_tun(session: Session, kind: str, new: Endpoint, wishes: Wishes) -> None:
    """By /dev/net/tun, opened by a process that is there; the device stays when it is closed."""
    wishes.attributes()
    with Reach(session) as reach:
        there = reach.at(new.place)
        _prepare(session, there, new.device)
        _make_tun(session, there, kind, new)
        _claim(session, there, new.device)
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


def move(session: Session, moved: Endpoint, place: str, name: str | None) -> None:
    """Put a device into another place, perhaps under another name. Raises NameTaken, NoSuchName, Refused."""
    with Reach(session) as reach:
        device, there = reach.own_device(moved), reach.at(place)
        chosen = name if name is not None else moved.device
        if device.there.net == there.net and name is None:
            raise SessionError(f"{device} is in {place} already", "`link rename` gives it another name")
        if name is None:
            _begin(session, there)
        else:  # Linux moves first and then renames: refused in the second, the device would be there by its old name
            _prepare(session, there, name)
        shown = f"{device}, to {there.label(chosen)}"

        def send(sender: There) -> None:
            with _Fds() as fds:
                attributes = fds.of(there, device.there)
                if name is not None:
                    attributes.append(("IFLA_IFNAME", name))
                changes.adjust(sender.sock, device.index, attributes, shown)

        try:
            _with_all_rights(device.there, send)
        except Refused as refusal:
            if refusal.errno == errno.EEXIST:
                refusal.hint = (
                    f"{there.label(chosen)} is there: `link move {device} {place} NAME` gives it another name"
                )
            raise
        _claim(session, there, chosen)


def _with_all_rights(there: There, send: Callable[[There], None]) -> None:
    """On the socket there is; else on that of a process which enters from where you sit, with its rights here."""
    try:
        send(there)
    except Refused as refusal:
        if refusal.errno != errno.EPERM:
            raise
        try:
            sock = there.net.visitors_socket()
        except Refused:
            raise refusal from None
        try:
            send(There(there.net, there.ref, sock))
        finally:
            sock.close()


def rename(session: Session, endpoint: Endpoint, name: str) -> None:
    """Give a device another name. Raises NameTaken, NoSuchName, Refused."""
    with Reach(session) as reach:
        device = reach.own_device(endpoint)
        if name == endpoint.device:
            raise SessionError(f"{device} is its name already", f"link rename {device} NAME")
        try:
            changes.adjust(device.sock, device.index, [("IFLA_IFNAME", name)], f"{device}, name {name}")
        except Refused as refusal:
            if refusal.errno == errno.EEXIST:
                refusal.hint = _instead(device.there, name)
            raise


def adjust(session: Session, endpoint: Endpoint, wishes: Wishes) -> None:
    """Change MTU or hardware address. Raises NoSuchName, Refused, UsageError."""
    attributes = wishes.attributes()
    if not attributes:
        raise UsageError("nothing to set", "--mtu BYTES, --mac ADDRESS")
    with Reach(session) as reach:
        device = reach.own_device(endpoint)
        changes.adjust(device.sock, device.index, attributes, str(device))


def _all_or_none(devices: Sequence[Device], do: Callable[[Device], None], undo: Callable[[Device], None]) -> None:
    """Change some devices; when one cannot be, the others are put back."""
    done = []
    try:
        for device in devices:
            do(device)
            done.append(device)
    except Refused:
        for device in reversed(done):
            undo(device)
        raise


def set_up(session: Session, endpoints: Sequence[Endpoint], *, up: bool) -> None:
    """Set devices up or down; all, or none. Raises NoSuchName, Refused."""
    with Reach(session) as reach:
        _all_or_none(
            [reach.own_device(endpoint) for endpoint in endpoints],
            lambda device: changes.set_up(device.sock, device.index, str(device), up=up),
            lambda device: changes.set_up(device.sock, device.index, str(device), up=device.link.is_up),
        )


def remove(session: Session, endpoints: Sequence[Endpoint]) -> None:
    """Delete devices; first all are looked up. Raises NoSuchName, Refused."""
    with Reach(session) as reach:
        for device in [reach.own_device(endpoint) for endpoint in endpoints]:
            try:
                changes.remove(device.sock, device.index, str(device))
            except Refused as refusal:
                if refusal.errno != errno.ENODEV:  # it went with the other end of its veth, which was named too
                    raise


def attach(session: Session, bridge: Endpoint, ports: Sequence[Endpoint]) -> None:
    """Make devices ports of a bridge; first all are looked at. Raises NoSuchName, Refused, SessionError."""
    with Reach(session) as reach:
        master = reach.own_device(bridge)
        if master.link.kind != "bridge":
            raise SessionError(
                f"{master} is no bridge: {master.link.kind or 'a device'}",
                "`link ls` shows the kind of each; `bridge add BRIDGE` makes one",
            )
        devices = [reach.own_device(port) for port in ports]
        for device in devices:
            _require_beside(device, master)
        _all_or_none(
            devices,
            lambda device: _set_master(device, master.index, f"master {master}"),
            lambda device: _set_master(device, device.link.master or 0, "as before"),
        )


def _set_master(device: Device, master: int, shown: str) -> None:
    changes.adjust(device.sock, device.index, [("IFLA_MASTER", master)], f"{device}, {shown}")


def _require_beside(device: Device, master: Device) -> None:
    if device.there.net != master.there.net:
        place = master.there.ref or "."
        raise SessionError(
            f"{device} and {master} are in two namespaces: a bridge and its ports are in one",
            f"link move {device} {place}",
        )
    if device.link.name == "lo":
        raise SessionError(f"{device}: lo cannot be a port of a bridge", "a port is one end of a veth, as a rule")


def detach(session: Session, ports: Sequence[Endpoint]) -> None:
    """Take devices out of their bridge; first all are looked at. Raises NoSuchName, Refused, SessionError."""
    with Reach(session) as reach:
        devices = [reach.own_device(port) for port in ports]
        loose = next((device for device in devices if device.link.master is None), None)
        if loose is not None:
            raise SessionError(f"{loose} is no port of a bridge", "`link ls` shows the bridge of each")
        for device in devices:
            _set_master(device, 0, "no master")
