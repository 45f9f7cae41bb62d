# SPDX-License-Identifier: MIT
"""A stream of TCP or UDP between two sockets of this process, as fast as the network between them lets it.

Both ends were made in a namespace of their own, so what is measured is the
path: devices, queues, bridges. Data is taken in without being copied out
(MSG_TRUNC, tcp(7)).
"""

from __future__ import annotations

import _socket
import errno
import time

from nsh.errors import Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Wait = Callable[[list[int], float | None, list[int] | None], list[int]]

DATAGRAM = 1470  # bytes, as iperf sends them: one packet on Ethernet

_CHUNK = 1 << 18
_BURST = 64  # datagrams between two looks at what has come
_PATIENCE = 5.0  # seconds for a connection to be made, and for the last bytes to come
_TCP_INFO, _RETRANSMITS_AT = 11, 100  # tcpi_total_retrans of struct tcp_info
_IN_PROGRESS = (errno.EINPROGRESS, errno.EAGAIN)


class Stream:
    """Sender and receiver. `sent` and `received` count bytes; of UDP, `datagrams_sent` and `datagrams` too."""

    def __init__(self, sender: _socket.socket, receiver: _socket.socket, *, is_udp: bool) -> None:
        self.sender = sender
        self.receiver = receiver
        self.is_udp = is_udp
        self.sent = self.received = self.datagrams_sent = self.datagrams = 0
        self.seconds = 0.0
        self.retransmits: int | None = None
        self._data = bytes(DATAGRAM if is_udp else _CHUNK)
        self._room = bytearray(_CHUNK)

    def run(self, seconds: float, wait: Wait) -> Iterator[float]:
        """Send for so long; after each full second, which one it was. `wait` waits for fds, and raises at ^C."""
        began = time.monotonic()
        told, end = 1, began + seconds
        try:
            while (now := time.monotonic()) < end:
                moved = self._send() + self._receive()
                wait([], 0, None) if moved else self._await(wait, end - now)
                self.seconds = time.monotonic() - began
                if self.seconds >= told:
                    told = int(self.seconds) + 1
                    yield self.seconds
        finally:
            self.seconds = time.monotonic() - began
            self._finish()

    def _await(self, wait: Wait, seconds: float) -> None:
        wait([self.receiver.fileno()], min(seconds, 1.0), [self.sender.fileno()])

    def _send(self) -> int:
        """Send what goes; bytes."""
        before = self.sent
        for _ in range(_BURST if self.is_udp else 4):
            try:
                self.sent += self.sender.send(self._data)
                self.datagrams_sent += 1
            except BlockingIOError:
                break
            except OSError as error:
                if error.errno == errno.ENOBUFS:  # the device's queue is full
                    break
                raise Refused("send", error.errno or 0) from error
        return self.sent - before

    def _receive(self) -> int:
        """Take in what has come; bytes."""
        before = self.received
        flags = 0 if self.is_udp else _socket.MSG_TRUNC
        for _ in range(4 * _BURST):
            try:
                length = self.receiver.recv_into(self._room, 0, flags)
            except OSError:  # EAGAIN, or ECONNREFUSED of a datagram before
                break
            if not length:
                break
            self.received += length
            self.datagrams += 1
        return self.received - before

    def _finish(self) -> None:
        """Take in what is there already; what is still on its way counts as not come."""
        while self._receive():
            pass
        if not self.is_udp:
            self.retransmits = _retransmits(self.sender)

    @property
    def bits_per_second(self) -> float:
        """What came, over the time it took."""
        return 8 * self.received / self.seconds if self.seconds > 0 else 0.0

    def close(self) -> None:
        """Be done with both ends."""
        self.sender.close()
        self.receiver.close()


def _retransmits(sock: _socket.socket) -> int | None:
    info = sock.getsockopt(_socket.IPPROTO_TCP, _TCP_INFO, 256)
    part = info[_RETRANSMITS_AT : _RETRANSMITS_AT + 4]
    return int.from_bytes(part, "little") if len(part) == 4 else None


def join(client: _socket.socket, server: _socket.socket, address: str, wait: Wait, *, is_udp: bool) -> Stream:
    """Bind the server's socket to a free port of that address, and connect the client's to it.

    Raises Refused: bind(2), connect(2), or ETIMEDOUT where nothing came back.
    """
    try:
        server.bind((address, 0))
        if not is_udp:
            server.listen(1)
    except OSError as error:
        raise Refused(f"bind({address})", error.errno or 0) from error
    client.setblocking(False)
    server.setblocking(False)
    number = client.connect_ex(server.getsockname())
    if number not in (0, *_IN_PROGRESS):
        raise Refused(f"connect({address})", number)
    if is_udp:
        return Stream(client, server, is_udp=True)
    is_open = wait([], _PATIENCE, [client.fileno()])
    number = client.getsockopt(_socket.SOL_SOCKET, _socket.SO_ERROR)
    if number:
        raise Refused(f"connect({address})", number)
    if not is_open or not wait([server.fileno()], _PATIENCE, None):
        hint = "no answer: a device that is down, a firewall, or a router in between that does not forward"
        raise Refused(f"connect({address})", errno.ETIMEDOUT, hint)
    fd, _ = server._accept()  # type: ignore[attr-defined]  # the stubs know only the one of `socket`
    server.close()
    receiver = _socket.socket(fileno=fd)
    receiver.setblocking(False)
    return Stream(client, receiver, is_udp=False)
