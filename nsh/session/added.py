# SPDX-License-Identifier: MIT
"""What nsh adds to the network of the machine, outside a sandbox: marked, written down before, taken away at exit.

A device carries the session's mark as its alias (IFLA_IFALIAS), so renaming or
moving it loses nothing, and nothing of the same name is taken for it. With
--host nsh may also add addresses and routes to devices that it did not make;
those are remembered one by one.
"""

from __future__ import annotations

import _socket
import errno
import os

from nsh.errors import NshError, Refused, UsageError
from nsh.kernel import proc
from nsh.net import changes, forwarding, inet, shaping, state

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from nsh.net.state import Link
    from nsh.session.nets import Net
    from nsh.session.session import Session

DEVICES, ADDRESS, ROUTE = "devices", "address", "route"
FORWARD, QUEUE = "forward", "queue"
"""Kinds of ledger entries: the mark; `DEV ADDRESS/LENGTH`; `FAMILY DESTINATION GATEWAY DEV METRIC`, `-` for none.

Then what was forwarded before, `IPV4 IPV6`; and a device whose queue was set."""

KINDS = (DEVICES, ADDRESS, ROUTE, FORWARD, QUEUE)
_PREFIX = "nsh "


class Added:
    """What one session has added to the machine's network."""

    __slots__ = ("_begun", "_entries", "_session")

    def __init__(self, session: Session) -> None:
        self._session = session
        self._begun = False
        self._entries: dict[tuple[str, str], None] = {}

    @property
    def mark(self) -> str:
        """The alias of our devices: no other session, past or present, has the same."""
        return f"{_PREFIX}{proc.mark(os.getpid())}"

    def is_ours(self, link: Link) -> bool:
        """Did this session make that device, or put it there?"""
        return self._begun and link.alias == self.mark

    def concerns(self, net: Net) -> bool:
        """Is what is added to this namespace to be taken away again? Not where it is gone with its sandbox or place."""
        return net.is_host and not self._session.in_sandbox

    def require_ours(self, net: Net, link: Link, shown: str) -> None:
        """Refuse to change a device of the machine. Raises SessionError."""
        if not self.is_ours(link):
            self._session.guard.namespace("net", net.inode, shown)

    def begin_devices(self) -> None:
        """Say in the ledger, before the first is there, that those with our mark are temporary. Raises SessionError."""
        if not self._begun:
            self._session.ledger.begin(DEVICES, self.mark)
            self._begun = True

    def begin(self, kind: str, text: str) -> None:
        """Say it of something else. Raises SessionError."""
        self._session.ledger.begin(kind, text)
        self._entries[kind, text] = None

    def remember(self, kind: str, text: str, add: Callable[[], None]) -> None:
        """Add an address or a route, written down before; what is refused is not remembered. Raises what `add` does."""
        if (kind, text) in self._entries:
            add()  # only to be refused: it is there, and stays remembered
            return
        self.begin(kind, text)
        try:
            add()
        except Refused:
            self.done(kind, text)
            raise

    def has(self, kind: str, text: str | None = None) -> bool:
        """Is there such an entry, of this session?"""
        return any(kind == one and text in (None, other) for one, other in self._entries)

    def done(self, kind: str, text: str) -> None:
        """It is not there any more, or never was."""
        if (kind, text) in self._entries:
            del self._entries[kind, text]
            self._session.ledger.done(kind, text)

    def take_back(self) -> bool:
        """At the end of nsh, all of it, the last first. What cannot be is left to `clean`, by the ledger: False."""
        entries = [*reversed(self._entries)]
        if self._begun:
            entries.append((DEVICES, self.mark))
        outcomes = [self._try(kind, text) for kind, text in entries]  # each is tried
        return all(outcomes)

    def _try(self, kind: str, text: str) -> bool:
        try:
            finish(kind, text)
            self._session.ledger.done(kind, text)
        except NshError:
            return False
        return True


def finish(kind: str, text: str) -> bool:
    """Take away from the machine what an entry of the ledger names; True when there was something. Raises Refused.

    nsh's own process never moves, so a socket of its own is one of the machine.
    """
    try:
        sock = _socket.socket(_socket.AF_NETLINK, _socket.SOCK_DGRAM | _socket.SOCK_CLOEXEC, 0)
    except OSError as error:
        raise Refused("socket(AF_NETLINK)", error.errno or 0) from error
    try:
        return _TAKERS[kind](sock, text)
    except Refused as refusal:
        if refusal.errno not in _GONE:
            raise
        return False
    except (UsageError, ValueError):
        return False  # none of our lines
    finally:
        sock.close()


def _take_devices(sock: _socket.socket, mark: str) -> bool:
    """Those with the mark; with one end of a veth goes the other."""
    found = False
    while mark.startswith(_PREFIX):
        link = next((link for link in state.links(sock) if link.alias == mark), None)
        if link is None:
            break
        changes.remove(sock, link.index, link.name)
        found = True
    return found


def _take_address(sock: _socket.socket, text: str) -> bool:
    device, _, address = text.partition(" ")
    link = state.link(sock, device)
    if link is None:
        return False
    changes.remove_address(sock, link.index, inet.read_address(address), device)
    return True


def route_text(way: changes.Way, device: str | None) -> str:
    """A route as the ledger has it."""
    words = (way.destination, way.gateway and way.gateway.address, device, way.metric)
    return " ".join(["6" if way.family == _socket.AF_INET6 else "4", *("-" if w is None else str(w) for w in words)])


def _take_route(sock: _socket.socket, text: str) -> bool:
    family, destination, gateway, device, metric = text.split(" ")
    link = None if device == "-" else state.link(sock, device)
    if device != "-" and link is None:
        return False
    way = changes.Way(
        _socket.AF_INET6 if family == "6" else _socket.AF_INET,
        None if destination == "-" else inet.read_destination(destination),
        None if gateway == "-" else inet.read_ip(gateway),
        None if link is None else link.index,
        None if metric == "-" else int(metric),
    )
    changes.remove_route(sock, way, text)
    return True


def _take_forwarding(sock: _socket.socket, text: str) -> bool:
    """What was forwarded before: `0 0`, IPv4 and IPv6."""
    before = [word == "1" for word in text.split()]
    changed = [forwarding.restore(sock, family, on) for family, on in zip(forwarding.FILES, before, strict=False)]
    return any(changed)


def _take_queue(sock: _socket.socket, device: str) -> bool:
    link = state.link(sock, device)
    if link is None or shaping.shape_of(shaping.queues(sock, link.index)) is None:
        return False
    shaping.clear(sock, link.index, device)
    return True


_TAKERS = {
    DEVICES: _take_devices,
    ADDRESS: _take_address,
    ROUTE: _take_route,
    FORWARD: _take_forwarding,
    QUEUE: _take_queue,
}
_GONE = (errno.ENODEV, errno.ESRCH, errno.ENOENT, errno.EADDRNOTAVAIL, errno.ERANGE)
