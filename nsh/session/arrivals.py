# SPDX-License-Identifier: MIT
"""A device that comes to be in a namespace, made there or moved: room for its name, rights there, our mark in host."""

from __future__ import annotations

import errno
import os

from nsh.errors import NameTaken, Refused
from nsh.net import changes, state
from nsh.session.reach import There

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nsh.net.kinds import Attribute
    from nsh.session.session import Session


class OpenNets:
    """Namespaces opened for one message."""

    __slots__ = ("_open",)

    def __init__(self) -> None:
        self._open: list[int] = []

    def __enter__(self) -> OpenNets:
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


def from_one_of(senders: Sequence[There], send: Callable[[There], None]) -> None:
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


def prepare(session: Session, there: There, name: str) -> None:
    """Before a device is made somewhere. Raises NameTaken, SessionError."""
    if state.link(there.sock, name) is not None:
        raise NameTaken(f"{there.label(name)}: there is a device of that name", instead(there, name))
    begin(session, there)


def instead(there: There, name: str) -> str:
    """The hint where a name is taken."""
    return f"take another name, or `link rm {there.label(name)}`"


def begin(session: Session, there: There) -> None:
    """Before a device comes to be in host. Raises SessionError."""
    if session.guard.added.concerns(there.net):
        session.guard.added.begin_devices()


def claim(session: Session, there: There, name: str) -> None:
    """Mark a device that is now in host as ours."""
    added = session.guard.added
    link = state.link(there.sock, name)
    if added.concerns(there.net) and link is not None:
        changes.adjust(there.sock, link.index, [("IFLA_IFALIAS", added.mark)], there.label(name))


def with_all_rights(there: There, send: Callable[[There], None]) -> None:
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
