# SPDX-License-Identifier: MIT
"""Passing packets on between the devices of a place: the two sysctls, and what they are now."""

from __future__ import annotations

import _socket
import os

from nsh import traced
from nsh.errors import Refused
from nsh.net import forwarding
from nsh.session import nets
from nsh.session.added import FORWARD
from nsh.session.shapes import all_nets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.session import Session

_AF_INET, _AF_INET6 = _socket.AF_INET, _socket.AF_INET6


def switch(session: Session, ref: str | None, *, on: bool) -> None:
    """Turn it on or off, for IPv4 and IPv6 alike. Raises NoSuchName, SessionError, Refused."""
    net = nets.find(session, ref)
    session.guard.namespace("net", net.inode, "what it forwards")
    if session.guard.added.concerns(net) and not session.guard.added.has(FORWARD):
        session.guard.added.begin(FORWARD, _state(net))
    if ref is None or net.inode == session.seat.ns.get("net"):
        _write(session, on=on)
        return
    with session.on(ref):
        _write(session, on=on)


def rows(session: Session, ref: str | None) -> list[dict[str, object]]:
    """{place, ipv4, ipv6} of one place, or of host and all places; null where the kernel does not have a family."""
    found: list[dict[str, object]] = []
    for net in all_nets(session) if ref is None else [nets.find(session, ref)]:
        with nets.Closing(net.route_socket()) as sock:
            ipv4, ipv6 = forwarding.is_on(sock, _AF_INET), forwarding.is_on(sock, _AF_INET6)
        found.append({"place": net.name, "ipv4": ipv4, "ipv6": ipv6})
    return found


def _write(session: Session, *, on: bool) -> None:
    for family, path in forwarding.FILES.items():
        try:
            fd = session.open_file(path, "w")
        except Refused as refusal:
            if family == _AF_INET6 and refusal.errno == 2:  # ENOENT: a kernel without IPv6
                continue
            raise
        try:
            forwarding.write(fd, on)
            traced.tell("nsh", f'write("{path}", "{int(on)}")', 2)
        except OSError as error:
            raise Refused(f'write("{path}")', error.errno or 0) from error
        finally:
            os.close(fd)


def _state(net: nets.Net) -> str:
    """What the machine's is now, for the ledger: `0 0`, IPv4 and IPv6."""
    with nets.Closing(net.route_socket()) as sock:
        return " ".join(str(int(bool(forwarding.is_on(sock, family)))) for family in (_AF_INET, _AF_INET6))
