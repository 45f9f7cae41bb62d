# SPDX-License-Identifier: MIT
"""capture: the packets of a device, as they pass, on a socket in its namespace; shown, or written to a file at host."""

from __future__ import annotations

import _socket
import os
import time

from nsh.errors import Refused, SessionError
from nsh.net import packets
from nsh.net.capture import File, Tap
from nsh.session.progress import Progress
from nsh.session.reach import Reach

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from nsh.net.capture import Taken
    from nsh.session.nets import Endpoint
    from nsh.session.session import Session

_AF_PACKET = 17
_MOST_ROWS = 100_000  # kept for --json; a capture that is longer belongs in a file


class Capture:
    """One run: `lines` does it; `summary` says how it went."""

    def __init__(self, session: Session, tap: Tap, shown: str, count: int | None, seconds: float | None) -> None:
        self._session = session
        self._tap = tap
        self._shown = shown
        self._left = count
        self._seconds = seconds
        self.file: File | None = None
        self.rows: list[dict[str, object]] | None = None
        self.taken = 0
        self._dropped = 0
        self._stopped: str | None = None
        self._progress = Progress("packets", count or 0)

    def lines(self) -> Iterator[str]:
        """A line for each packet, none where they go to a file. ^C ends it. Raises Refused where the file is full."""
        interrupts = self._session.interrupts
        until = None if self._seconds is None else time.monotonic() + self._seconds
        try:
            with interrupts:
                self._session.say(f"capturing on {self._shown}; ^C ends it")
                try:
                    while self._left != 0 and (until is None or time.monotonic() < until):
                        left = None if until is None else until - time.monotonic()
                        interrupts.wait([self._tap.sock.fileno()], left)
                        yield from self._take()
                except KeyboardInterrupt:
                    if self._session.terminal is not None:
                        self._session.say("")  # the line that ^C stands on
                self._dropped = self._tap.dropped()
        finally:
            self._progress.end()
            self._tap.sock.close()
            if self.file is not None:
                self.file.close()

    def _take(self) -> Iterator[str]:
        found: list[Taken] = []
        try:
            for one in self._tap.take():
                found.append(one)
                if self._left is not None:
                    self._left -= 1
                if self._left == 0 or len(found) >= 1000:
                    break
        except Refused as refusal:
            self._stopped, self._left = refusal.message.partition(": ")[2], 0
        self.taken += len(found)
        if self.file is not None or self.rows is not None:
            self._progress.step(len(found))
        if self.file is not None:
            self.file.add(found)
            return
        for number, one in enumerate(found, self.taken - len(found) + 1):
            yield self._line(number, one)

    def _line(self, number: int, one: Taken) -> str:
        packet = packets.read(one.data, self._tap.kind)
        if self.rows is not None and len(self.rows) < _MOST_ROWS:
            self.rows.append(
                {
                    "number": number,
                    "time": one.at / 1e9,
                    "source": packet.source,
                    "destination": packet.destination,
                    "protocol": packet.protocol,
                    "length": one.length,
                    "summary": packet.summary,
                }
            )
        clock = time.strftime("%H:%M:%S", time.localtime(one.at // 1_000_000_000))
        who = f" {packet.source} > {packet.destination}" if packet.source and packet.protocol != "ARP" else ""
        return f"{clock}.{one.at // 1000 % 1_000_000:06d} {packet.protocol}{who}: {packet.summary}".rstrip(": ")

    def summary(self) -> list[str]:
        """How many there were, and what was missed."""
        where = "" if self.file is None else f", in {self.file.path}"
        said = [f"{self.taken} packet{'' if self.taken == 1 else 's'} captured{where}"]
        if self._dropped:
            said.append(f"{self._dropped} missed: there was no room for them (net.core.rmem_max)")
        if self._stopped is not None:
            said.append(f"{self._shown}: {self._stopped}")
        return said


def start(session: Session, endpoint: Endpoint, path: str | None, count: int | None, seconds: float | None) -> Capture:
    """Listen on a device from now on. Raises NoSuchName, SessionError, Refused; then no file is made."""
    with Reach(session) as reach:
        device = reach.device(endpoint)
    shown = str(device)
    if not device.link.is_up:
        raise SessionError(f"{shown} is down: nothing passes there", f"`link up {shown}`")
    sock = device.there.net.socket(_AF_PACKET, _socket.SOCK_RAW)
    try:
        capture = Capture(session, Tap(sock, device.link.name), shown, count, seconds)
        if path is not None:
            capture.file = File(os.path.join(session.host.cwd, path), capture._tap.kind)
    except BaseException:
        sock.close()
        raise
    return capture
