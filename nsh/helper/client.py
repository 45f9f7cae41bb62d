# SPDX-License-Identifier: MIT
"""The prompt's end of a helper: ask, be answered, notice that it is gone.

A request once sent is always awaited: a lost answer would lose what was made.
SIGINT only sets a flag elsewhere, so no wait here is cut short.
"""

from __future__ import annotations

import _signal
import _socket
import os
import select
import sys

from nsh.errors import HelperLost, NotSent, Refused, Silent
from nsh.helper import channel, wire
from nsh.kernel import proc

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Event = tuple[dict[str, str], list[int]]


_DISMISS_SECONDS = 1.0
_WORD_SECONDS = 5.0
_BRINGS_FILES = ("run", "open", "socket", "detached")
_AT_ONCE = 10_000  # events; what a liar says more is taken in later, between other things
_KEPT = 64 << 20  # characters, of far more events than processes of the largest lab that end during one request
_EVENT, _FILE = 1024, 64 << 10  # what an event, and a file that comes with it, counts beside them
_SILENCE = (1).to_bytes(8, sys.byteorder) + bytes(8)  # struct timeval: a second


def _wait_on() -> None:
    """What is done about a silence when nobody has said what."""


_on_silence: Callable[[], None] = _wait_on


def mind_silence(act: Callable[[], None]) -> None:
    """Have `act` called for each second in which a helper that was asked has said nothing."""
    global _on_silence
    _on_silence = act


def _never_deaf(sock: _socket.socket) -> _socket.socket:
    """The socket, on which a wait ends after a second with EAGAIN (SO_RCVTIMEO, socket(7)); the next begins."""
    sock.setsockopt(_socket.SOL_SOCKET, _socket.SO_RCVTIMEO, _SILENCE)
    return sock


def _next_message(sock: _socket.socket) -> tuple[bytes, list[int]] | None:
    """Wait for a message, however long it takes; None at the end. Raises OSError (EMFILE)."""
    while True:
        try:
            return channel.receive(sock)
        except BlockingIOError:
            _on_silence()


class Reply:
    """An answer: `errno` 0 when it was done, its `fields`, and the `fds` that came along."""

    __slots__ = ("errno", "fds", "fields")

    def __init__(self, fields: dict[str, str], fds: list[int]) -> None:
        self.fields = fields
        self.fds = fds
        self.errno = wire.errno_in(fields)

    def fd(self, title: str) -> int:
        """The one fd that the answer must bring. Raises HelperLost."""
        if len(self.fds) != 1:
            channel.close_all(self.fds)
            raise HelperLost(f"{title}: answered with {len(self.fds)} files instead of one: state unknown")
        return self.fds[0]


class Peer:
    """One helper or holder: its socket, its pidfd, its pid as the prompt counts (-1 once it is gone)."""

    def __init__(self, sock: _socket.socket, pidfd: int, title: str) -> None:
        self.sock = _never_deaf(sock)
        self.pidfd = pidfd
        self.title = title
        self.pid = proc.pid_of(pidfd) if pidfd >= 0 else -1
        self.events: list[Event] = []
        self.lost = False
        self._number = 0
        self._kept = 0  # how much there is of the events

    def request(self, verb: str, *arguments: object, fds: tuple[int, ...] = ()) -> Reply:
        """Ask for something and wait for the answer; what the kernel refused is in `errno`.

        Raises NotSent (surely not done) or Silent (state unknown) when the helper is gone.
        """
        self._number += 1
        try:
            channel.send(self.sock, wire.pack_request(self._number, verb, arguments), fds)
        except OSError as error:
            self.lost = True
            raise NotSent(f"{self.title}: gone; {verb} was not sent ({error.strerror})") from error
        while True:
            try:
                message = self.receive()
            except Refused as refusal:  # done or not, nobody can say
                answer = f"{self.title}: its answer to {verb} could not be read"
                raise Silent(f"{answer} ({refusal.message}): state unknown", refusal.hint) from refusal
            if message is None:
                raise Silent(f"{self.title}: ended before it answered {verb}: state unknown")
            fields, received = message
            if wire.number_in(fields, "re") == self._number:
                if verb not in _BRINGS_FILES or "errno" in fields:
                    channel.close_all(received)
                    received = []
                return Reply(fields, received)
            self._keep(fields, received)

    def receive(self) -> tuple[dict[str, str], list[int]] | None:
        """Wait for the next message, None when the helper is gone."""
        try:
            message = _next_message(self.sock)
        except OSError as error:
            raise Refused(
                "recvmsg", error.errno or 0, "nsh has as many files open as it may (RLIMIT_NOFILE)"
            ) from error
        if message is None:
            self.lost = True
            return None
        return wire.unpack_fields(message[0]), message[1]

    def _keep(self, fields: dict[str, str], fds: list[int]) -> None:
        """Something said unasked. Raises Silent where a helper does nothing else any more."""
        self._kept += _EVENT + sum(map(len, fields.values())) + _FILE * len(fds)
        if len(fds) > 1:
            channel.close_all(fds)  # what comes with a program that succeeded another is one
            fds = []
        self.events.append((fields, fds))
        if self._kept > _KEPT:
            self.lost = True
            raise Silent(f"{self.title}: talks without end, and is let go: state unknown")

    def take_events(self) -> list[Event]:
        """What the helper has said unasked, and the fds that came with it, without waiting."""
        while not self.lost and len(self.events) < _AT_ONCE and is_readable(self.sock.fileno()):
            message = self.receive()
            if message is not None:
                self._keep(*message)
        events, self.events = self.events, []
        self._kept = 0
        return events

    def is_alive(self) -> bool:
        """Has the process not ended yet? The end of its socket comes a moment before its own."""
        return not self.lost and self.pidfd >= 0 and not is_readable(self.pidfd)

    def dismiss(self) -> None:
        """Let it go and wait until it is gone, so that what it kept alive is not seen any more."""
        self.sock.close()
        if self.pidfd >= 0:
            wait_for_end(self.pidfd, _DISMISS_SECONDS)
        self.close()

    def close(self) -> None:
        """Let it go: a helper leaves at the end of its socket."""
        self.lost = True
        self.sock.close()
        if self.pidfd >= 0:
            os.close(self.pidfd)
            self.pidfd = -1


def is_readable(fd: int) -> bool:
    """Is there something to read now, or an end? A pidfd is readable once its process has ended."""
    return becomes_readable(fd, 0)


def wait_for_end(pidfd: int, seconds: float) -> bool:
    """Wait until the process behind a pidfd has ended: False when the time is over."""
    return becomes_readable(pidfd, seconds)


def becomes_readable(fd: int, seconds: float) -> bool:
    """Wait until there is something to read, or an end: False when the time is over."""
    watch = select.poll()
    watch.register(fd, select.POLLIN)
    return bool(watch.poll(seconds * 1000))


def wait_readable(fds: list[int], seconds: float | None) -> list[int]:
    """Those of the fds that can be read, after waiting for one."""
    watch = select.poll()
    for fd in fds:
        watch.register(fd, select.POLLIN)
    return [fd for fd, _event in watch.poll(None if seconds is None else seconds * 1000)]


def kill(pidfd: int, signal: int = _signal.SIGKILL) -> None:
    """Send a signal through a pidfd; one that has ended is no error. Raises Refused."""
    try:
        _signal.pidfd_send_signal(pidfd, signal)
    except ProcessLookupError:
        pass
    except PermissionError as error:
        hint = "a set-uid program is not yours to kill"
        raise Refused(f"pidfd_send_signal({signal})", error.errno or 0, hint) from error


def is_ours(pidfd: int) -> bool:
    """Is it of this process itself? Who lies can have such a one from the socket's other end (SO_PEERPIDFD)."""
    return proc.pid_of(pidfd) == os.getpid()


class Birth:
    """A process being born: its messages until it is ready, and who it became.

    `clones` are the steps of the plan that clone; the process changes at each.
    `files` is how many the plan has sent to us at most: of more nothing is kept.
    """

    def __init__(self, sock: _socket.socket, clones: list[int], title: str, files: int = 0) -> None:
        self.sock = _never_deaf(sock)
        self.title = title
        self.made: list[list[int]] = []
        self.did: list[tuple[int, int, int]] = []  # step, result, nanoseconds: what is known by the last stop
        self._clones = clones
        self._files = files
        self._pidfds: dict[int, int] = {}

    @property
    def pidfd(self) -> int:
        """The newest process, -1 before the first clone."""
        return self._pidfds[max(self._pidfds)] if self._pidfds else -1

    def next_stop(self) -> dict[str, str]:
        """Wait until it is ready, at the gate, or refused. Raises HelperLost when it ends without a word."""
        stop: dict[str, str] | None = None
        while stop is None or not self._is_known(stop):
            if stop is not None and not becomes_readable(self.sock.fileno(), _WORD_SECONDS):
                raise HelperLost(f"{self.title}: who made it was killed before it could say so: state unknown")
            message = _next_message(self.sock)
            if message is None:
                raise HelperLost(f"{self.title}: ended while it was being made: state unknown")
            fields, fds = wire.unpack_fields(message[0]), message[1]
            kind = fields.get("ev")
            self.did += [(int(what), value, took) for what, value, took in wire.steps_in(fields) if what.isdecimal()]
            step = wire.number_in(fields, "step")
            if kind == "cloned" and step not in self._pidfds and len(fds) == 1 and not is_ours(fds[0]):
                self._pidfds[step] = fds[0]
            elif kind == "made" and len(fds) <= self._files:
                self._files -= len(fds)
                self.made.append(fds)
            else:
                channel.close_all(fds)
                stop = fields
        return stop

    def _is_known(self, stop: dict[str, str]) -> bool:
        """Has the process that stopped been named by its pidfd? The one who cloned it may be slower than it."""
        if stop.get("ev") == "refused":
            return True
        before = wire.number_in(stop, "step", len(self._clones) and self._clones[-1] + 1)
        return all(step in self._pidfds for step in self._clones if step < before)

    def open_gate(self) -> None:
        """Let it go on. Raises HelperLost when it has ended there."""
        try:
            channel.send(self.sock, b"go")
        except OSError as error:
            raise HelperLost(f"{self.title}: ended while it was being made: state unknown") from error

    def keep(self) -> int:
        """The pidfd of who it became; those it was on the way are seen gone: they stood in its namespaces too."""
        pidfd = self.pidfd
        for other in self._pidfds.values():
            if other != pidfd:
                wait_for_end(other, _DISMISS_SECONDS)
                os.close(other)
        self._pidfds = {step: other for step, other in self._pidfds.items() if other == pidfd}
        return pidfd

    def give_up(self) -> None:
        """Close everything: at the end of its socket it leaves."""
        self.sock.close()
        channel.close_all(list(self._pidfds.values()))
        for fds in self.made:
            channel.close_all(fds)
