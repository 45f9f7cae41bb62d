# SPDX-License-Identifier: MIT
"""Does a network namespace pass packets on between its devices: asked by rtnetlink (RTM_GETNETCONF, Linux 3.8)."""

from __future__ import annotations

import _socket
import os
from struct import Struct

from nsh.errors import Refused
from nsh.net.attributes import ask, attribute, attributes, signed

FILES = {
    _socket.AF_INET: "/proc/sys/net/ipv4/ip_forward",
    _socket.AF_INET6: "/proc/sys/net/ipv6/conf/all/forwarding",
}
"""Where it is set, as a process in the namespace sees it; of lesser rights than CAP_NET_ADMIN none may write there."""

_RTM_GETNETCONF = 82
_NETCONFA_IFINDEX, _NETCONFA_FORWARDING = 1, 2
_ALL_DEVICES = -1
_NETCONF = Struct("=Bxxx")
_I32 = Struct("=i")


def is_on(sock: _socket.socket, family: int) -> bool | None:
    """Are packets of a family passed on; None where the kernel does not have it. Raises HelperLost."""
    body = _NETCONF.pack(family) + attribute(_NETCONFA_IFINDEX, _I32.pack(_ALL_DEVICES))
    try:
        answers = ask(sock, "RTM_GETNETCONF", _RTM_GETNETCONF, body)
    except Refused:
        return None
    found = signed(attributes(answers[0], _NETCONF.size), _NETCONFA_FORWARDING) if answers else None
    return None if found is None else bool(found)


def restore(sock: _socket.socket, family: int, on: bool) -> bool:
    """Set it in the namespace of this process, where the socket is too; True where it was otherwise. Raises Refused."""
    if is_on(sock, family) in (None, on):
        return False
    path = FILES[family]
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
        try:
            write(fd, on)
        finally:
            os.close(fd)
    except OSError as error:
        raise Refused(f'open("{path}")', error.errno or 0) from error
    return True


def write(fd: int, on: bool) -> None:
    """Write one of the files, open. OSError as write(2)."""
    os.write(fd, b"1\n" if on else b"0\n")
