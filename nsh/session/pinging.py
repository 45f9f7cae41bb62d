# SPDX-License-Identifier: MIT
"""ping: echo requests from where you sit, told as ping(8) tells it.

The ICMP socket is made by a process that is there and used by nsh: raw where
that process may (CAP_NET_RAW), else the kind that net.ipv4.ping_group_range allows.
"""

from __future__ import annotations

import _socket
import errno
import time

from nsh.errors import Refused
from nsh.net import icmp, state
from nsh.net.icmp import Echo, Reply, Trouble
from nsh.session import hosts, nets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from nsh.session.hosts import Host
    from nsh.session.nets import Net
    from nsh.session.session import Session

_REMEMBERED = 4096  # requests whose reply is still known for one: later ones are counted as lost
_HEADERS = {icmp.AF_INET: 28, icmp.AF_INET6: 48}


class Wish:
    """What ping(8)'s options say: -c -i -W -w -s -q; seconds and bytes, None for no limit."""

    __slots__ = ("count", "deadline", "interval", "quiet", "size", "timeout")

    def __init__(
        self, count: int | None, interval: float, timeout: float, deadline: float | None, size: int, quiet: bool
    ) -> None:
        self.count = count
        self.interval = interval
        self.timeout = timeout
        self.deadline = deadline
        self.size = size
        self.quiet = quiet


class Ping:
    """One run: `lines` does it, piece by piece; `status` is ping(8)'s; `as_json` what came of it."""

    def __init__(self, session: Session, host: Host, echo: Echo, wish: Wish) -> None:
        self._session = session
        self._interrupts = session.interrupts
        self._echo = echo
        self._wish = wish
        self._sent: dict[int, tuple[int, int]] = {}  # number in the packet -> (number, when)
        self._answered: dict[int, None] = {}
        self._had_no_room = False
        self.host = host
        self.rows: list[dict[str, object]] | None = None
        self.transmitted = self.received = self.duplicates = self.errors = 0
        self.times: list[float] = [0.0, 0.0, 0.0, 0.0]  # least, most, sum, sum of squares; milliseconds
        self._began = self._last = time.monotonic()

    @property
    def status(self) -> int:
        """0 where anything came back, else 1."""
        return 0 if self.received else 1

    def doubt(self) -> str | None:
        """Where nothing came back: what stands in the way here, if that can be seen."""
        if self.received or not self.transmitted:
            return None
        if self._had_no_room:
            return _full_table()
        net = nets.find(self._session, None)
        with nets.Closing(net.route_socket()) as sock:
            links, own = state.links(sock), {one.address for one in state.addresses(sock)}
        return _lo_is_down(net, self.host, links, own)

    def lines(self) -> Iterator[str]:
        """Each line of ping(8), when it is known. ^C ends the sending, not the summary."""
        try:
            with self._interrupts:
                try:
                    yield self._heading()
                    for line in self._exchange():
                        if not self._wish.quiet:
                            yield line
                except KeyboardInterrupt:
                    pass
                yield from self._summary()
        finally:
            self._echo.sock.close()

    def _heading(self) -> str:
        size, host = self._wish.size, self.host
        if host.family == icmp.AF_INET6:
            return f"PING {host.name}({host.address}) {size} data bytes"
        return f"PING {host.name} ({host.address}) {size}({size + _HEADERS[host.family]}) bytes of data."

    def _exchange(self) -> Iterator[str]:
        wish = self._wish
        self._began = due = time.monotonic()
        end = None if wish.deadline is None else self._began + wish.deadline
        while True:
            now = time.monotonic()
            if end is not None and now >= end:
                return
            more = wish.count is None or self.transmitted < wish.count
            if more and now >= due:
                yield from self._send()
                due = max(due + wish.interval, now)
                more = wish.count is None or self.transmitted < wish.count
            if not more and self._is_over():
                return
            until = [due] if more else [self._patience()]
            until += [end] if end is not None else []
            self._interrupts.wait([self._echo.sock.fileno()], min(until) - time.monotonic())
            yield from self._take()

    def _is_over(self) -> bool:
        return self.received + self.errors >= self.transmitted or time.monotonic() >= self._patience()

    def _patience(self) -> float:
        """Until when the last reply is waited for: -W without any, else twice the longest time (as ping(8))."""
        usual = max(2 * self.times[1] / 1000, self._wish.interval)
        return self._last + (usual if self.received else self._wish.timeout)

    def _send(self) -> Iterator[str]:
        """One request; where an earlier one's error stands in the way, that first."""
        self.transmitted += 1
        self._last = time.monotonic()
        for attempt in (1, 2):
            try:
                at = self._echo.send(self.transmitted, self._wish.size)
                break
            except OSError as error:
                if attempt == 2:
                    self.errors += 1
                    self._had_no_room = error.errno == errno.ENOBUFS
                    yield self._told(self.transmitted, None, f"sendmsg: {error.strerror}")
                    return
                yield from self._take()
        self._sent[self.transmitted & 0xFFFF] = (self.transmitted, at)
        if len(self._sent) > _REMEMBERED:
            forgotten, _ = self._sent.pop(next(iter(self._sent)))
            self._answered.pop(forgotten, None)

    def _take(self) -> Iterator[str]:
        for one in self._echo.receive():
            line = self._reply(one) if isinstance(one, Reply) else self._trouble(one)
            if line is not None:
                yield line

    def _reply(self, reply: Reply) -> str | None:
        if reply.number not in self._sent:
            return None  # not ours, or too late
        number, at = self._sent[reply.number]
        again = number in self._answered
        took = max(reply.at - at, 0) / 1_000_000
        if again:
            self.duplicates += 1
        else:
            self._count(number, took)
        shown = self.host.name != self.host.address and reply.source == self.host.address
        who = f"{self.host.name} ({reply.source})" if shown else reply.source
        hops = "" if reply.ttl is None else f" ttl={reply.ttl}"
        self._note(number, reply.source, reply.size, reply.ttl, round(took, 3), None)
        mark = " (DUP!)" if again else ""
        return f"{reply.size} bytes from {who}: icmp_seq={number}{hops} time={milliseconds(took)} ms{mark}"

    def _count(self, number: int, took: float) -> None:
        self._answered[number] = None
        least, most, total, squares = self.times
        least = took if not self.received else min(least, took)
        self.received += 1
        self.times = [least, max(most, took), total + took, squares + took * took]

    def _trouble(self, trouble: Trouble) -> str | None:
        if trouble.number is not None and trouble.number not in self._sent:
            return None
        self.errors += 1
        number = None if trouble.number is None else self._sent[trouble.number][0]
        return self._told(number, trouble.source, trouble.text)

    def _told(self, number: int | None, source: str | None, text: str) -> str:
        self._note(number, source, None, None, None, text)
        if source is None:
            return f"ping: {text}" if text.startswith("sendmsg") else f"ping: local error: {text}"
        return f"From {source}{'' if number is None else f' icmp_seq={number}'} {text}"

    def _note(
        self,
        number: int | None,
        source: str | None,
        size: int | None,
        ttl: int | None,
        took: float | None,
        error: str | None,
    ) -> None:
        if self.rows is not None:
            row: dict[str, object] = {
                "icmp_seq": number,
                "from": source,
                "bytes": size,
                "ttl": ttl,
                "time_ms": took,
                "error": error,
            }
            self.rows.append(row)

    def _summary(self) -> Iterator[str]:
        yield ""
        yield f"--- {self.host.name} ping statistics ---"
        more = f", +{self.duplicates} duplicates" if self.duplicates else ""
        more += f", +{self.errors} errors" if self.errors else ""
        loss = "" if self.loss is None else f", {self.loss:g}% packet loss"
        yield (f"{self.transmitted} packets transmitted, {self.received} received{more}{loss}, time {self._took()}ms")
        if self.received:
            yield "rtt min/avg/max/mdev = {:.3f}/{:.3f}/{:.3f}/{:.3f} ms".format(*self._round_trips())

    @property
    def loss(self) -> float | None:
        """Per cent of the requests that nobody answered, None where there was none."""
        return 100 * (self.transmitted - self.received) / self.transmitted if self.transmitted else None

    def _took(self) -> int:
        """Milliseconds from the first request to the last."""
        return round((self._last - self._began) * 1000) if self.transmitted > 1 else 0

    def _round_trips(self) -> list[float]:
        """Least, mean, most, standard deviation, in milliseconds."""
        least, most, total, squares = self.times
        mean = total / self.received
        return [least, mean, most, max(squares / self.received - mean * mean, 0) ** 0.5]

    def as_json(self) -> dict[str, object]:
        """One object, with a row for each reply and error."""
        numbers = [round(one, 3) for one in self._round_trips()] if self.received else [None] * 4
        return {
            "destination": self.host.name,
            "address": self.host.address,
            "transmitted": self.transmitted,
            "received": self.received,
            "duplicates": self.duplicates,
            "errors": self.errors,
            "loss_percent": self.loss,
            "time_ms": self._took(),
            **dict(zip(("min_ms", "avg_ms", "max_ms", "mdev_ms"), numbers, strict=True)),
            "replies": self.rows or [],
        }


def start(session: Session, text: str, wish: Wish, family: int | None = None) -> Ping:
    """Find the host, make the socket, ask for a route. Raises BadWord, SessionError, Refused, HelperLost."""
    net = nets.find(session, None)
    host = hosts.find(session, net, text, family)
    echo = open_echo(session, net, host.family)
    try:
        echo.connect(host.address, host.scope)
    except OSError as error:
        echo.sock.close()
        raise Refused(f"connect({host.name})", error.errno or 0, _why(net, host, error.errno)) from error
    return Ping(session, host, echo, wish)


def open_echo(session: Session, net: Net, family: int) -> Echo:
    """An ICMP socket in a namespace: raw, or else a datagram one. Raises Refused, HelperLost."""
    try:
        return Echo(net.socket(family, _socket.SOCK_RAW, icmp.protocol(family)), family, is_raw=True)
    except Refused as refusal:
        if refusal.errno not in (errno.EPERM, errno.EACCES):
            raise
    try:
        return Echo(net.socket(family, _socket.SOCK_DGRAM, icmp.protocol(family)), family, is_raw=False)
    except Refused as refusal:
        if refusal.errno == errno.EACCES:
            allowed = " ".join(session.read_there("/proc/sys/net/ipv4/ping_group_range").split())
            refusal.hint = (
                "a raw socket wants CAP_NET_RAW over this net namespace, which you do not have; one for pings wants a\n"
                f"group in /proc/sys/net/ipv4/ping_group_range, which is `{allowed}` here; `!ping` may have the right"
            )
        raise


def milliseconds(value: float) -> str:
    """Three significant digits, as ping(8) prints them."""
    return f"{value:.{0 if value >= 100 else 1 if value >= 10 else 2 if value >= 1 else 3}f}"


def _why(net: Net, host: Host, number: int | None) -> str | None:
    """What stands in the way of a connect, looked for where it was refused."""
    if number == errno.EACCES:
        return f"{host.address} is a broadcast address there: `!ping -b {host.address}` sends to it"
    if number == errno.EINVAL and host.address.startswith("fe80"):
        return f"a link-local address wants its device: {host.address}%DEV"
    if number not in (errno.ENETUNREACH, errno.EADDRNOTAVAIL, errno.EHOSTUNREACH):
        return None
    with nets.Closing(net.route_socket()) as sock:
        links, own = state.links(sock), {one.address for one in state.addresses(sock)}
    if (lo := _lo_is_down(net, host, links, own)) is not None:
        return lo
    up = [link.name for link in links if link.is_up and link.name != "lo"]
    if not up:
        return f"no device but lo is up in {net.name}: `link ls {net.name}` shows what there is"
    return f"no route there leads to {host.address}: `route ls {net.name}`, `route add`"


def _full_table() -> str | None:
    """ENOBUFS is how a full table of neighbours shows (arp(7)): how many entries it has is known of all namespaces."""
    try:
        with open("/proc/net/stat/arp_cache", encoding="ascii") as file:
            entries = int(file.read().splitlines()[1].split()[0], 16)
    except (OSError, ValueError, IndexError):
        return None
    return (
        f"the kernel's ARP table, one for all namespaces, has {entries} entries and may be full\n"
        "(net.ipv4.neigh.default.gc_thresh3, usually 1024); permanent ones do not count (arp(7))"
    )


def _lo_is_down(net: Net, host: Host, links: list[state.Link], own: set[str]) -> str | None:
    """What a namespace sends to its own addresses goes through lo."""
    lo = next((link for link in links if link.name == "lo"), None)
    if lo is None or lo.is_up or not (host.address in own or _is_loopback(host.address)):
        return None
    return f"lo is down in {net.name}: `link up {net.name}:lo`"


def _is_loopback(address: str) -> bool:
    return address == "::1" or address.startswith("127.")
