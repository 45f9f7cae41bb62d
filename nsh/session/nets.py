# SPDX-License-Identifier: MIT
"""Network namespaces to act in, by reference, and devices by their endpoint `PLACE:DEV`.

A socket stays in the network namespace it was made in, wherever it is sent. So
netlink, ICMP and packet sockets are made by a process that is there and used
by nsh itself, which never moves.
"""

from __future__ import annotations

import _socket
import os

from nsh import nstypes
from nsh.errors import BadWord, SessionError
from nsh.kernel import nsfs
from nsh.net.kinds import LONGEST_NAME
from nsh.ops import Clone, Op, SetNs
from nsh.printable import excerpt
from nsh.session import births

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.places import Place
    from nsh.session.refs import Target
    from nsh.session.session import Session

NETLINK_ROUTE = 0


class Net:
    """A network namespace: what the user called it, its inode, the place it is of, and sockets that live in it."""

    __slots__ = ("_session", "_target", "inode", "label", "place")

    def __init__(self, session: Session, target: Target) -> None:
        self._session = session
        self._target = target
        self.label = target.label
        self.inode = target.ns["net"]
        self.place: Place | None = target.place

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Net) and self.inode == other.inode

    def __hash__(self) -> int:
        return self.inode

    @property
    def is_host(self) -> bool:
        """Is it the one nsh was started in?"""
        return self.inode == self._session.host.ns.get("net")

    @property
    def name(self) -> str:
        """What to call it: `host`, the place that owns it, else as it was referred to."""
        if self.is_host:
            return "host"
        places = self._session.places.values()
        return next((place.name for place in places if place.ns.get("net") == self.inode), self.label)

    def socket(self, family: int, kind: int, protocol: int = 0) -> _socket.socket:
        """A socket in it (socket(2)), for the caller to close. Raises Refused, HelperLost.

        What it may do is what the process that made it may: the one you sit
        in, the holder of the place, or one that entered the namespace for it.
        """
        session, place = self._session, self.place
        shown = Op("socket", family, kind, protocol)
        if self.inode == session.seat.ns.get("net"):
            peer = session.seat.peer
        elif self.is_host:
            peer = session.host.peer
        elif place is not None and place.peer is not None and place.uid is None and place.gid is None:
            peer = place.peer
        else:
            return self._by_maker(shown)
        reply = peer.request("socket", family, kind, protocol)
        if reply.errno:
            raise births.refused(shown, reply.errno, session.where(("net",)))
        return _socket.socket(fileno=reply.fd(peer.title))

    def route_socket(self) -> _socket.socket:
        """A NETLINK_ROUTE socket in it (rtnetlink(7)). Raises as `socket`."""
        return self.socket(_socket.AF_NETLINK, _socket.SOCK_DGRAM, NETLINK_ROUTE)

    def visitors_socket(self) -> _socket.socket:
        """A NETLINK_ROUTE socket in it of a process that entered no more than that from where you sit.

        It has your rights elsewhere as well, which one made inside a user namespace has not. Raises as `socket`.
        """
        made = Op("socket", _socket.AF_NETLINK, _socket.SOCK_DGRAM, NETLINK_ROUTE)
        return self._by_maker(made, with_owner=False)

    def open_fd(self) -> int:
        """The namespace itself, opened: for IFLA_NET_NS_FD. Raises Refused."""
        return self._target.open_fd("net")

    def _by_maker(self, made: Op, *, with_owner: bool = True) -> _socket.socket:
        """Have a process enter it, the owning user namespace first, and make the socket there."""
        session = self._session
        fds = [self.open_fd()]
        steps: list[Op] = [SetNs(1, nstypes.BY_NAME["net"].flag, f"net:[{self.inode}]")]
        try:
            owner = _owner_to_enter(fds[0], session.seat.ns.get("user")) if with_owner else None
            if owner is not None:
                fds.append(owner)
                inode = os.fstat(owner).st_ino
                steps.insert(0, SetNs(2, nstypes.BY_NAME["user"].flag, f"user:[{inode}]"))
            plan = [Clone(), *steps, made]
            born = session.bear(plan, tuple(fds), "maker", "nsh: maker", None, session.where(("net",), "enter"))
        finally:
            for fd in fds:
                os.close(fd)
        born.peer.dismiss()
        ((fd,),) = born.made
        return _socket.socket(fileno=fd)


class Closing:
    """A socket that is closed at the end of a `with`."""

    __slots__ = ("_sock",)

    def __init__(self, sock: _socket.socket) -> None:
        self._sock = sock

    def __enter__(self) -> _socket.socket:
        return self._sock

    def __exit__(self, *_error: object) -> None:
        self._sock.close()


def _owner_to_enter(fd: int, here: int | None) -> int | None:
    """The user namespace that owns a namespace, open, unless we are in it or may not know it."""
    try:
        owner = nsfs.owner_of(fd)
    except OSError:
        return None  # EPERM: it is not below ours
    if os.fstat(owner).st_ino == here:
        os.close(owner)
        return None
    return owner


def find(session: Session, ref: str | None) -> Net:
    """The network namespace of a reference, None for where you are. Raises NoSuchName, Refused, SessionError."""
    target = session.resolve(ref if ref is not None else ".")
    if "net" not in target.ns:
        raise SessionError(f"{ref}: has no net namespace", f"its types: {','.join(target.types)}")
    return Net(session, target)


class Endpoint:
    """A device by its place: `netns1:veth1`; without a place, in the one you are in."""

    __slots__ = ("device", "place")

    def __init__(self, place: str | None, device: str) -> None:
        self.place = place
        self.device = device

    def __str__(self) -> str:
        return self.device if self.place is None else f"{self.place}:{self.device}"

    def net(self, session: Session) -> Net:
        """The network namespace it is in. Raises NoSuchName, Refused, SessionError."""
        return find(session, self.place)


def read_endpoint(text: str) -> Endpoint:
    """An endpoint as typed; a device's name has no colon, so the last one parts. Raises BadWord."""
    place, colon, device = text.rpartition(":")
    if colon and not place:
        raise BadWord(excerpt(text), "the place before the colon is missing", f"`.:{device}` or `{device}` is one here")
    return Endpoint(place if colon else None, read_device(device))


def read_device(text: str) -> str:
    """A device's name, as the kernel takes one (dev_valid_name in Linux). Raises BadWord."""
    shown = excerpt(text) or "''"
    if not text or text in (".", ".."):
        raise BadWord(shown, "a device's name is missing", "an endpoint is PLACE:DEV, as in netns1:veth1")
    length = len(text.encode("utf-8", "surrogateescape"))
    if length > LONGEST_NAME:
        why = f"a device's name has at most {LONGEST_NAME} bytes, this one {length}"
        raise BadWord(shown, why, "IFNAMSIZ is 16, with the NUL at the end (netdevice(7))")
    if any(char in "/:%" or char.isspace() or not char.isprintable() for char in text):
        why = "a device's name has no blanks, no `/`, `:` or `%`, and only letters that can be seen"
        raise BadWord(shown, why, "as in eth0 or veth-1.10")
    return text
