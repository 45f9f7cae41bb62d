# SPDX-License-Identifier: MIT
"""Namespaces and sockets that no process stays for: a maker opens them, sends them, and ends."""

from __future__ import annotations

import _socket
import os

from nsh import nstypes
from nsh.errors import HelperLost
from nsh.helper import channel
from nsh.ops import Clone, Gate, Give, Op, SetNs
from nsh.session.births import MapsWanted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from nsh.helper.client import Peer
    from nsh.session.session import Session

AT_ONCE = 256
"""Namespaces by one maker: between two of them ^C is looked for."""
_SOCKETS_AT_ONCE = 120
_CAP_SYS_ADMIN = 1 << 21
_NEWUSER = nstypes.BY_NAME["user"].flag
_NEWNET = nstypes.BY_NAME["net"].flag


def open_namespaces(
    session: Session,
    types: tuple[str, ...],
    count: int,
    makers: list[Peer],
    *,
    owner: int = -1,
    routing: bool = False,
    quiet: bool = False,
) -> Iterator[list[list[int]]]:
    """New namespaces, as lists of their open files in the order of `types`, some at a time.

    `owner` is the open user namespace that is to own them, where it is not the
    one you sit in. With `routing` a NETLINK_ROUTE socket follows the files of
    each. The `makers` are on their way out, and to be dismissed when there is
    time to wait for that. Raises Refused, HelperLost; what came before is then
    the caller's to close.
    """
    each = len(types) + routing
    while count:
        some = min(count, AT_ONCE)
        plan: list[Op] = [Clone(), *_into(owner), Give(nstypes.mask(types), types, some, routing=routing, quiet=quiet)]
        fds = (owner,) if owner >= 0 else ()
        born = session.bear(plan, fds, "maker", "nsh: maker", None, session.where(types))
        makers.append(born.peer)
        opened = [fd for group in born.made for fd in group]
        if len(opened) != some * each:
            channel.close_all(opened)
            raise HelperLost(f"nsh: maker: sent {len(opened)} files instead of {some * each}")
        count -= some
        yield [opened[at : at + each] for at in range(0, len(opened), each)]


def _into(owner: int) -> list[Op]:
    return [SetNs(1, _NEWUSER, "the owner")] if owner >= 0 else []


def dismiss(makers: list[Peer]) -> None:
    """See them gone, so that what they were in is not seen as theirs any more."""
    for maker in makers:
        maker.dismiss()


def owner_if_needed(session: Session) -> int:
    """A new user namespace, open, for somebody who may not make others without one; else -1. Raises Refused."""
    with open(f"/proc/{session.seat.peer.pid}/status", encoding="utf-8", errors="replace") as file:
        effective = next(int(line.split()[1], 16) for line in file if line.startswith("CapEff:"))
    if effective & _CAP_SYS_ADMIN:
        return -1
    maps = MapsWanted(session.seat.peer, None, None)
    plan: list[Op] = [Clone(_NEWUSER), Gate()]
    born = session.bear(plan, (), "holder", "nsh: owner", maps, session.where(("user",)))
    try:
        return os.open(f"/proc/{born.peer.pid}/ns/user", os.O_RDONLY | os.O_CLOEXEC)
    finally:
        born.peer.dismiss()


def sockets_in(
    session: Session, opened: Sequence[int], owner: int, family: int, kind: int, protocol: int
) -> list[_socket.socket]:
    """A socket in each of these open network namespaces, all owned by one user namespace. Raises Refused."""
    made: list[_socket.socket] = []
    try:
        for start in range(0, len(opened), _SOCKETS_AT_ONCE):
            made += _some_sockets(session, opened[start : start + _SOCKETS_AT_ONCE], owner, (family, kind, protocol))
    except BaseException:
        for sock in made:
            sock.close()
        raise
    return made


def _some_sockets(
    session: Session, opened: Sequence[int], owner: int, what: tuple[int, int, int]
) -> list[_socket.socket]:
    lead = (owner,) if owner >= 0 else ()
    steps = [
        step
        for index, _ in enumerate(opened, 1 + len(lead))
        for step in (SetNs(index, _NEWNET, "a net namespace"), Op("socket", *what))
    ]
    plan = [Clone(), *_into(owner), *steps]
    born = session.bear(plan, (*lead, *opened), "maker", "nsh: maker", None, session.where(("net",), "enter"))
    born.peer.dismiss()
    return [_socket.socket(fileno=fd) for (fd,) in born.made]
