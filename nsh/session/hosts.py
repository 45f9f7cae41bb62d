# SPDX-License-Identifier: MIT
"""What a host's name stands for, as seen from a network namespace: an address, a place, what programs there would find.

A place of this session, or a pinned net namespace, is known by its name, to
`ping h2` as to `enter h2`; then come /etc/hosts and the resolver of where you sit.
"""

from __future__ import annotations

import _socket
import errno

from nsh.errors import BadWord, Refused, SessionError
from nsh.net import state
from nsh.printable import excerpt
from nsh.session import nets, pins

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.nets import Net
    from nsh.session.session import Session

AF_INET, AF_INET6 = _socket.AF_INET, _socket.AF_INET6
_LONGEST_NAME = 253  # of a name in the DNS
_ANY_PORT = 1025
_LOCALHOST = {AF_INET: "127.0.0.1", AF_INET6: "::1"}


class Host:
    """An address to send to: `name` is what was typed, `scope` the index of the device of a link-local one."""

    __slots__ = ("address", "family", "name", "scope")

    def __init__(self, name: str, family: int, address: str, scope: int = 0) -> None:
        self.name = name
        self.family = family
        self.address = address
        self.scope = scope


def find(session: Session, net: Net, text: str, family: int | None = None) -> Host:
    """What a name or an address means to a process in `net` that is where you sit.

    With `family` (AF_INET, AF_INET6) only addresses of that one. Raises
    BadWord, SessionError, Refused, KeyboardInterrupt.
    """
    host = _literal(net, text)
    if host is None:
        _check_name(text)
        candidates = _addresses(session, text)
        host = _choose(net, text, [one for one in candidates if family in (None, one[0])], bool(candidates))
    if family not in (None, host.family):
        wanted = "IPv6" if family == AF_INET6 else "IPv4"
        raise BadWord(excerpt(text), f"not an {wanted} address")
    return host


def _literal(net: Net, text: str) -> Host | None:
    """An address as typed; one of a link has its device behind a `%`."""
    plain, percent, device = text.partition("%")
    family = AF_INET6 if ":" in plain else AF_INET
    try:
        address = _socket.inet_ntop(family, _socket.inet_pton(family, plain))
    except (OSError, ValueError, UnicodeError):
        return None
    if percent and family == AF_INET:
        raise BadWord(excerpt(text), "only an IPv6 address has a device behind a %")
    return Host(text, family, address, _index(net, nets.read_device(device)) if percent else 0)


def _index(net: Net, device: str) -> int:
    with nets.Closing(net.route_socket()) as sock:
        link = state.link(sock, device)
    if link is None:
        raise SessionError(f"{device}: no such device in {net.name}", "`link ls` shows those there are")
    return link.index


def _check_name(text: str) -> None:
    letters = text.replace("-", "").replace("_", "").replace(".", "")
    if not text or text[0] in "-." or len(text) > _LONGEST_NAME or not letters.isalnum():
        from nsh.net import inet

        if text and all(char in "0123456789abcdefABCDEF:." for char in text):
            inet.read_ip(text)  # says what is wrong with the address
        raise BadWord(excerpt(text) or "''", "neither an address nor the name of a host")
    if letters.isdecimal():
        from nsh.net import inet

        inet.read_ip(text)


def _addresses(session: Session, name: str) -> list[tuple[int, str]]:
    """(family, address) in the order of preference; SessionError where nothing goes by that name."""
    place = session.places.get(name)
    if name == "host" or (place is not None and "net" in place.types) or "net" in pins.named(name):
        return of_net(nets.find(session, name))
    found = in_hosts_file(session.read_there("/etc/hosts"), name)
    if not found and name == "localhost":
        found = list(_LOCALHOST.items())
    return found or _by_resolver(session, name)


def of_net(net: Net) -> list[tuple[int, str]]:
    """The addresses of a namespace's devices that others may reach, IPv4 first. SessionError where it has none."""
    with nets.Closing(net.route_socket()) as sock:
        up = {link.index for link in state.links(sock) if link.is_up}
        found = [one for one in state.addresses(sock) if one.scope == "global"]
    if not found:
        raise SessionError(
            f"{net.name} has no address that others could reach", f"for example `addr add {net.name}:DEV 10.1.1.2/24`"
        )
    found.sort(key=lambda one: (one.family != AF_INET, one.index not in up))
    return [(one.family, one.address) for one in found]


def in_hosts_file(text: str, name: str) -> list[tuple[int, str]]:
    """What a file such as /etc/hosts says of a name (hosts(5)), IPv4 first; lines that are none are passed over."""
    found = []
    for line in text.splitlines():
        address, *names = line.partition("#")[0].split() or [""]
        if name.lower() in (one.lower() for one in names):
            found += _as_address(address)
    return sorted(found, key=lambda one: one[0] != AF_INET)


def _as_address(text: str) -> list[tuple[int, str]]:
    family = AF_INET6 if ":" in text else AF_INET
    try:
        return [(family, _socket.inet_ntop(family, _socket.inet_pton(family, text)))]
    except (OSError, ValueError, UnicodeError):
        return []


def _by_resolver(session: Session, name: str) -> list[tuple[int, str]]:
    """What getent(1) finds, run where you sit: by the files, the servers and through the network of that place."""
    from nsh.session.captured import output_of

    answer = output_of(session, ["getent", "ahosts", name], "libc-bin")
    lines = [line.split() for line in answer.out.splitlines()]
    found = dict.fromkeys(pair for words in lines if words for pair in _as_address(words[0]))
    if not found:
        raise SessionError(f"{excerpt(name)}: no such host", _why_unknown(session, name))
    return list(found)


def _why_unknown(session: Session, name: str) -> str:
    from nsh import hints
    from nsh.spelling import did_you_mean

    nearly = did_you_mean(name, [place.name for place in session.places.values() if "net" in place.types])
    if nearly:
        return nearly
    is_moved = session.seat.ns.get("net") != session.host.ns.get("net")
    resolver = hints.explain("getaddrinfo", name, errno.EAGAIN, session.where(("net",))) if is_moved else None
    return resolver or "neither a place, nor in /etc/hosts, nor does a name server here know it; an address always does"


def _choose(net: Net, name: str, candidates: list[tuple[int, str]], some: bool) -> Host:
    """The first that there is a route to, else the first."""
    if not candidates:
        reason = "has no address of that family" if some else "no such host"
        raise SessionError(f"{excerpt(name)}: {reason}")
    if len(candidates) > 1:
        for family, address in candidates:
            if is_routed(net, family, address):
                return Host(name, family, address)
    return Host(name, *candidates[0])


def is_routed(net: Net, family: int, address: str) -> bool:
    """Is there a route to an address: connect(2) on a datagram socket asks for one and sends nothing."""
    try:
        with nets.Closing(net.socket(family, _socket.SOCK_DGRAM)) as sock:
            sock.connect((address, _ANY_PORT))
    except (OSError, Refused):
        return False
    return True
