# SPDX-License-Identifier: MIT
"""ICMP echo between many hosts at once: one raw socket in each namespace, all answers awaited together (epoll(7)).

The requests go out in rounds: in the first each host sends to the one after
it, in the second to the one after that. So nobody's queue runs over.
"""

from __future__ import annotations

import _socket
import select
import time

from nsh.net.icmp import AF_INET, Echo, Reply, request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Pair = tuple[int, int]

_SIZE = 56  # bytes of data, as ping(8) sends
_MOST_WAITING = 4096  # requests without an answer, before it is waited for some
_ANY_PORT = 0
_IP_RECVERR = 11


class Node:
    """A host: its name, its address, a raw ICMP socket that was made in it."""

    __slots__ = ("address", "echo", "name")

    def __init__(self, name: str, address: str, sock: _socket.socket) -> None:
        self.name = name
        self.address = address
        self.echo = Echo(sock, AF_INET, is_raw=True)
        # Else the error about one host is what the next request, to another one, is answered with (ip(7)).
        sock.setsockopt(_socket.IPPROTO_IP, _IP_RECVERR, 0)


class Outcome:
    """What came of it: round trips in seconds by pair, and why a request could not be sent."""

    __slots__ = ("asked", "refused", "rtts")

    def __init__(self) -> None:
        self.asked: list[Pair] = []
        self.rtts: dict[Pair, float] = {}
        self.refused: dict[Pair, OSError] = {}

    @property
    def lost(self) -> list[Pair]:
        """The pairs without an answer, in order."""
        return sorted(pair for pair in self.asked if pair not in self.rtts)


class Pairs:
    """Requests under way between nodes; `tick` is called with how many pairs are done with."""

    def __init__(self, nodes: Sequence[Node], seconds: float, tick: Callable[[int], None]) -> None:
        self.nodes = nodes
        self.outcome = Outcome()
        self._seconds = seconds
        self._tick = tick
        self._sent: dict[Pair, int] = {}
        self._by_fd = {node.echo.sock.fileno(): at for at, node in enumerate(nodes)}

    def run(self, rounds: Sequence[int]) -> None:
        """Each node asks the one so many places after it, for each of these numbers; then the last are waited for."""
        with select.epoll() as poll:
            for fd in self._by_fd:
                poll.register(fd, select.EPOLLIN)
            for distance in rounds:
                self._send_round(distance)
                self._take(poll, 0.0)
                if len(self._sent) > _MOST_WAITING:
                    self._drain(poll, _MOST_WAITING // 2)
            self._drain(poll, 0)

    def _send_round(self, distance: int) -> None:
        count = len(self.nodes)
        for at, node in enumerate(self.nodes):
            pair = at, (at + distance) % count
            self.outcome.asked.append(pair)
            packet = request(AF_INET, node.echo.ident, pair[1], _SIZE)
            self._sent[pair] = time.time_ns()
            try:
                node.echo.sock.sendto(packet, (self.nodes[pair[1]].address, _ANY_PORT))
            except OSError as error:
                self.outcome.refused[pair] = error
                del self._sent[pair]
                self._tick(1)

    def _drain(self, poll: select.epoll, enough: int) -> None:
        """Take in answers until few are missing; those are lost that none has come for as long as one waits."""
        while len(self._sent) > enough:
            if not self._take(poll, self._seconds):
                self._tick(len(self._sent))
                self._sent.clear()

    def _take(self, poll: select.epoll, seconds: float) -> bool:
        """Take in what has come; wait where there is nothing. False when nothing came."""
        ready = poll.poll(seconds)
        for fd, _event in ready:
            at = self._by_fd[fd]
            for one in self.nodes[at].echo.receive():
                if isinstance(one, Reply):
                    self._answered(at, one)
        return bool(ready)

    def _answered(self, at: int, reply: Reply) -> None:
        pair = at, reply.number
        sent = self._sent.get(pair)
        if sent is not None and reply.source == self.nodes[reply.number].address:
            del self._sent[pair]
            self.outcome.rtts[pair] = max(reply.at - sent, 0) / 1e9
            self._tick(1)
