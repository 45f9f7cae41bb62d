# SPDX-License-Identifier: MIT
"""iperf: how fast is it from one place to another? Both ends are nsh's own sockets, made there."""

from __future__ import annotations

import _socket

from nsh.errors import SessionError
from nsh.net import stream
from nsh.session import hosts, nets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from nsh.net.stream import Stream
    from nsh.session.nets import Net
    from nsh.session.session import Session

_AF_INET, _AF_INET6 = _socket.AF_INET, _socket.AF_INET6


class Measurement:
    """One run: `lines` does it."""

    def __init__(self, session: Session, names: tuple[str, str], address: str, flow: Stream, seconds: float) -> None:
        self._session = session
        self._interrupts = session.interrupts
        self._names = names
        self._address = address
        self._flow = flow
        self._seconds = seconds

    def lines(self) -> Iterator[str]:
        """A line for each second, and one for all of it. ^C ends it earlier."""
        client, server = self._names
        flow, before, since = self._flow, 0, 0.0
        try:
            with self._interrupts:
                yield f"{client} > {server} ({self._address})  {self._protocol}"
                try:
                    for second in flow.run(self._seconds, self._interrupts.wait):
                        if self._seconds > 1:
                            yield _line(since, second, flow.received - before)
                        before, since = flow.received, second
                except KeyboardInterrupt:
                    if self._session.terminal is not None:
                        self._session.say("")  # the line that ^C stands on
                yield f"{_line(0, flow.seconds, flow.received)}  total{self._losses()}"
        finally:
            flow.close()

    @property
    def _protocol(self) -> str:
        return "UDP" if self._flow.is_udp else "TCP"

    def _lost(self) -> int | None:
        return max(self._flow.datagrams_sent - self._flow.datagrams, 0) if self._flow.is_udp else None

    def _losses(self) -> str:
        lost, flow = self._lost(), self._flow
        if lost is None:
            return f", {flow.retransmits} retransmitted" if flow.retransmits else ""
        share = 100 * lost / flow.datagrams_sent if flow.datagrams_sent else 0.0
        return f", {lost} of {flow.datagrams_sent} datagrams lost ({share:.1f}%)"

    def as_json(self) -> dict[str, object]:
        """One flat object."""
        client, server = self._names
        flow = self._flow
        return {
            "client": client,
            "server": server,
            "address": self._address,
            "protocol": self._protocol.lower(),
            "seconds": round(flow.seconds, 3),
            "bytes": flow.received,
            "bits_per_second": round(flow.bits_per_second),
            "retransmits": flow.retransmits,
            "datagrams": flow.datagrams_sent if flow.is_udp else None,
            "lost": self._lost(),
        }


def start(session: Session, one: str, other: str, seconds: float, *, is_udp: bool) -> Measurement:
    """Connect two places. Raises NoSuchName, SessionError, Refused, KeyboardInterrupt; then nothing is left open."""
    client, server = nets.find(session, one), nets.find(session, other)
    family, address = _address_of(client, server)
    kind = _socket.SOCK_DGRAM if is_udp else _socket.SOCK_STREAM
    socks: list[_socket.socket] = []
    try:
        for net in (client, server):
            socks.append(net.socket(family, kind))
        with session.interrupts:
            flow = stream.join(socks[0], socks[1], address, session.interrupts.wait, is_udp=is_udp)
    except BaseException:
        for sock in socks:
            sock.close()
        raise
    return Measurement(session, (client.name, server.name), address, flow, seconds)


def _address_of(client: Net, server: Net) -> tuple[int, str]:
    """An address of the server that the client has a route to."""
    if client.inode == server.inode:
        if not hosts.is_routed(client, _AF_INET, "127.0.0.1"):
            raise SessionError(f"lo is down in {client.name}", f"`link up {client.name}:lo`")
        return _AF_INET, "127.0.0.1"
    candidates = hosts.of_net(server)
    for family, address in candidates:
        if hosts.is_routed(client, family, address):
            return family, address
    shown = ", ".join(address for _, address in candidates[:4])
    raise SessionError(
        f"{client.name} has no route to {server.name} ({shown})",
        f"`route ls {client.name}` and `link ls {client.name}` show what there is",
    )


def _line(since: float, until: float, octets: int) -> str:
    took = max(until - since, 1e-9)
    return f"{since:5.1f} - {until:4.1f} s  {_scaled(octets, 'Byte'):>12}  {_scaled(8 * octets / took, 'bit/s'):>12}"


def _scaled(value: float, unit: str) -> str:
    for size, prefix in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:.3g} {prefix}{unit}"
    return f"{value:.0f} {unit}"
