# SPDX-License-Identifier: MIT
"""The network namespaces that one command acts in: a socket in each, and its devices by their endpoints."""

from __future__ import annotations

import errno
import os

from nsh.errors import Refused, SessionError
from nsh.net import reasons, state
from nsh.session import nets

TYPE_CHECKING = False
if TYPE_CHECKING:
    import _socket

    from nsh.net.state import Link
    from nsh.session.nets import Endpoint, Net
    from nsh.session.session import Session

_MOST_PLACES_SEARCHED = 50


class There:
    """A network namespace, what the user called it (`.` for None), and a NETLINK_ROUTE socket in it."""

    __slots__ = ("net", "ref", "sock")

    def __init__(self, net: Net, ref: str | None, sock: _socket.socket) -> None:
        self.net = net
        self.ref = ref
        self.sock = sock

    def label(self, device: str) -> str:
        """A device as the user would type it."""
        return device if self.ref in (None, ".") else f"{self.ref}:{device}"

    def __str__(self) -> str:
        return "here" if self.ref in (None, ".") else str(self.ref)


class Device:
    """A device that is there."""

    __slots__ = ("link", "there")

    def __init__(self, there: There, link: Link) -> None:
        self.there = there
        self.link = link

    def __str__(self) -> str:
        return self.there.label(self.link.name)

    @property
    def index(self) -> int:
        """Its number in its namespace."""
        return self.link.index

    @property
    def sock(self) -> _socket.socket:
        """A socket where it is."""
        return self.there.sock


class Reach:
    """Used with `with`: opens a socket in each namespace when it is first named, and closes them all."""

    __slots__ = ("_nets", "_socks", "session")

    def __init__(self, session: Session) -> None:
        self.session = session
        self._nets: dict[int, Net] = {}
        self._socks: dict[int, _socket.socket] = {}

    def __enter__(self) -> Reach:
        return self

    def __exit__(self, _kind: object, error: object, _traceback: object) -> None:
        for sock in self._socks.values():
            sock.close()
        if isinstance(error, Refused) and error.errno == errno.EPERM and error.hint == reasons.RIGHTS:
            error.hint = self._whose() or error.hint

    def _whose(self) -> str | None:
        """Which of the namespaces is not ours to change, and whose it is, as it can be seen."""
        from nsh.hints import rights  # with the first refusal, not with every start

        one = rights.doer(self.session.seat.peer.pid)
        for net in self._nets.values():
            fd = net.open_fd()
            try:
                levels = rights.owners_of(fd)
            finally:
                os.close(fd)
            if one is not None and not one.has_over(levels, "CAP_NET_ADMIN"):
                owner = str(levels[0]) if levels else "a user namespace above nsh's own"
                return (
                    f"net:[{net.inode}] ({net.name}) is owned by {owner}, and you have no CAP_NET_ADMIN there;\n"
                    "`new user,net` makes one of your own"
                )
        return None

    def at(self, ref: str | None) -> There:
        """The network namespace of a reference. Raises NoSuchName, Refused, SessionError."""
        net = nets.find(self.session, ref)
        if net.inode not in self._socks:
            self._socks[net.inode] = net.route_socket()
            self._nets[net.inode] = net
        return There(net, ref, self._socks[net.inode])

    def device(self, endpoint: Endpoint) -> Device:
        """The device of an endpoint. Raises NoSuchName, Refused, SessionError."""
        return self.device_there(self.at(endpoint.place), endpoint.device)

    def device_there(self, there: There, name: str) -> Device:
        """The device of a name. Raises SessionError, Refused."""
        link = state.link(there.sock, name)
        if link is None:
            raise self._unknown(there, name)
        return Device(there, link)

    def own_device(self, endpoint: Endpoint) -> Device:
        """The same, of one that may be changed: in host, outside a sandbox, only what nsh put there."""
        device = self.device(endpoint)
        self.session.guard.added.require_ours(device.there.net, device.link, str(device))
        return device

    def _unknown(self, there: There, name: str) -> SessionError:
        """What is said of a device that is not there: one like it, or the place that has it."""
        from nsh.spelling import nearest

        names = [link.name for link in state.links(there.sock)]
        place = self._place_with(name, there)
        meant = nearest(name, names)
        if name in self.session.places:
            hint = f"{name} is a place; a device in it: {name}:DEVICE, and `link ls {name}` shows those there are"
        elif place is not None:
            hint = f"{place} has one: {place}:{name}"
        elif meant is not None:
            hint = f"did you mean {there.label(meant)}?"
        else:
            hint = f"devices there: {', '.join(names[:12])}{' …' if len(names) > 12 else ''}"
        return SessionError(f"{there.label(name)}: no such device", hint)

    def _place_with(self, name: str, there: There) -> str | None:
        """A place with a device of that name, among those that a process keeps."""
        from nsh.session.devices import names_seen_by

        if name == "lo":
            return None
        others: list[tuple[str, int, int | None]] = [
            ("host", self.session.host.peer.pid, self.session.host.ns.get("net"))
        ]
        places = [place for place in self.session.places.values() if "net" in place.ns and place.pid is not None]
        others += [(place.name, place.pid or 0, place.ns["net"]) for place in places[:_MOST_PLACES_SEARCHED]]
        for place, pid, inode in others:
            if inode != there.net.inode and name in names_seen_by(pid):
                return place
        return None
