# SPDX-License-Identifier: MIT
"""A program on a terminal of its own inside yours: keys go in, output comes out, and somebody listens.

What the program sees is a pseudo-terminal of the size of yours (pty(7)); yours
is in raw mode meanwhile, so that every key, ^C and ^Z too, is the program's.
"""

from __future__ import annotations

import errno
import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import tty
from codecs import getincrementaldecoder
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from types import FrameType
from typing import Protocol

from nsh.kernel.foreground import set_modes

USUAL_SIZE = 100, 30
"""Columns and rows where there is no terminal to ask."""

_CHUNK = 65536
_PATIENCE = 10.0
"""Seconds that a program has to end after its terminal was closed."""

_TOLD = (
    signal.SIGCHLD,
    signal.SIGWINCH,
    signal.SIGTERM,
    signal.SIGHUP,
    signal.SIGINT,
    signal.SIGTSTP,
    signal.SIGCONT,
    signal.SIGALRM,
)


class Listener(Protocol):
    """Who is told what happens on the terminal, at once."""

    def output(self, text: str) -> None:
        """The program wrote this."""

    def resized(self, columns: int, rows: int) -> None:
        """The terminal has another size."""


class Keys(Protocol):
    """Types for a user who is not there."""

    @property
    def wants_more(self) -> bool:
        """Is standard input to be read?"""

    def hear(self) -> None:
        """Standard input can be read."""

    def due(self) -> bytes:
        """What is to be typed now."""


def size_of(fd: int) -> tuple[int, int]:
    """Columns and rows of a terminal; USUAL_SIZE where it has none."""
    try:
        columns, rows = os.get_terminal_size(fd)
    except OSError:
        return USUAL_SIZE
    return (columns, rows) if columns and rows else USUAL_SIZE


@dataclass(slots=True)
class Relay:
    """One program on its terminal. `keys` types where standard input is none."""

    listener: Listener
    keys: Keys | None = None
    size: tuple[int, int] = USUAL_SIZE
    _pid: int = 0
    _master: int = -1
    _status: int | None = None
    _typed: bytearray = field(default_factory=bytearray)
    _told: list[int] = field(default_factory=list)
    _saved: list[object] | None = None
    _is_hung_up: bool = False
    _ending: int = 0

    def run(self, argv: Sequence[str], environment: Mapping[str, str]) -> int:
        """The program's exit status, 128 + N for signal N; 128 + N too when N ended us. Raises OSError."""
        with _signals(self._told) as wakeup, self._modes_kept():
            self._start(argv, environment)
            try:
                self._raw()
                self._accompany(wakeup)
            finally:
                self._end()
        return 128 + self._ending if self._ending else self._status or 0

    def _start(self, argv: Sequence[str], environment: Mapping[str, str]) -> None:
        self._pid, self._master = pty.fork()
        if self._pid == 0:
            _become(argv, environment, self.size, self._saved)
        os.set_blocking(self._master, False)

    def _accompany(self, wakeup: int) -> None:
        """Until the program has ended, and all it wrote was read."""
        decoder = getincrementaldecoder("utf-8")("replace")
        while self._status is None:
            self._typed += self.keys.due() if self.keys else b""
            reading = [wakeup, self._master] + ([0] if self._wants_input() else [])
            ready, _, _ = select.select(reading, [self._master] if self._typed else [], [])
            if wakeup in ready:
                os.read(wakeup, _CHUNK)
                self._heed()
            if 0 in ready:
                self._read_keys()
            self._send_keys()
            self._pass_on(decoder.decode)
        while self._pass_on(decoder.decode):
            pass

    def _wants_input(self) -> bool:
        return not self._is_hung_up if self.keys is None else self.keys.wants_more

    def _read_keys(self) -> None:
        if self.keys is not None:
            self.keys.hear()
            return
        try:
            data = os.read(0, _CHUNK)
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            data = b""
        if data:
            self._typed += data
        else:
            self._hang_up(signal.SIGHUP)

    def _send_keys(self) -> None:
        with suppress(BlockingIOError, OSError):  # full: later; or the program has gone
            while self._typed:
                del self._typed[: os.write(self._master, self._typed[:_CHUNK])]

    def _pass_on(self, decode: Callable[[bytes], str]) -> bool:
        """What the program wrote goes to the terminal and the listener; was there anything?"""
        try:
            data = os.read(self._master, _CHUNK)
        except BlockingIOError:
            return False
        except OSError:  # EIO: nobody has the other side open any more
            self._wait(0 if self._status is None else os.WNOHANG)
            return False
        self._show(data)
        text = decode(data)
        if text:
            self.listener.output(text)
        return bool(data)

    def _show(self, data: bytes) -> None:
        if self._is_hung_up:
            return
        try:
            while data:
                data = data[os.write(1, data) :]
        except OSError:  # nobody sees it any more
            self._hang_up(signal.SIGHUP)

    def _heed(self) -> None:
        """Do what the signals say that came meanwhile."""
        while self._told:
            number = self._told.pop(0)
            if number == signal.SIGCHLD:
                self._wait(os.WNOHANG)
            elif number == signal.SIGWINCH:
                self._resize()
            elif number in (signal.SIGTERM, signal.SIGHUP):
                self._hang_up(number)
            elif number == signal.SIGINT:
                self._typed += b"\x03"  # sent by kill(1): the key is never ours
            elif number == signal.SIGTSTP:
                self._stop()
            elif number == signal.SIGCONT:
                self._raw()
            elif number == signal.SIGALRM:  # it did not end with its terminal
                os.kill(self._pid, signal.SIGKILL)

    def _wait(self, options: int) -> None:
        """Look after the program: has it ended, has it stopped?"""
        if self._status is not None:
            return
        pid, raw = os.waitpid(self._pid, options | os.WUNTRACED)
        if pid and os.WIFSTOPPED(raw):
            self._stop()
            os.kill(self._pid, signal.SIGCONT)
        elif pid:
            code = os.waitstatus_to_exitcode(raw)
            self._status = 128 - code if code < 0 else code

    def _stop(self) -> None:
        """Stop as a job of the shell that started us, with its terminal as it was; go on when told to."""
        set_modes(self._saved)
        before = signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        os.killpg(os.getpgrp(), signal.SIGTSTP)  # where no shell could continue us, the kernel drops it
        signal.signal(signal.SIGTSTP, before)
        self._raw()
        self._resize()

    def _resize(self) -> None:
        size = size_of(0 if self.keys is None else -1)
        if size == self.size:
            return
        self.size = size
        _set_size(self._master, size)
        self.listener.resized(*size)

    def _hang_up(self, number: int) -> None:
        """Close the program's terminal: it ends as it does when a window is closed, and so do we."""
        if self._is_hung_up:
            return
        self._is_hung_up = True
        self._ending = number
        with suppress(ProcessLookupError):
            os.kill(self._pid, number)
        signal.setitimer(signal.ITIMER_REAL, _PATIENCE)

    def _end(self) -> None:
        """Whatever happened: the program does not outlive us, its terminal neither."""
        signal.setitimer(signal.ITIMER_REAL, 0)
        os.close(self._master)
        if self._status is None:
            with suppress(ProcessLookupError, ChildProcessError):
                os.kill(self._pid, signal.SIGKILL)
                os.waitpid(self._pid, 0)

    @contextmanager
    def _modes_kept(self) -> Iterator[None]:
        """Put the terminal's modes back, whatever ended us."""
        if self.keys is None:
            with suppress(termios.error):
                self._saved = termios.tcgetattr(0)
        try:
            yield
        finally:
            set_modes(self._saved)

    def _raw(self) -> None:
        if self._saved is not None and not self._is_hung_up:
            with suppress(termios.error):
                tty.setraw(0, termios.TCSADRAIN)


def _become(
    argv: Sequence[str], environment: Mapping[str, str], size: tuple[int, int], modes: list[object] | None
) -> None:
    """In the child: be that program, on a terminal of this size with these modes."""
    try:
        _set_size(0, size)
        if modes is not None:
            termios.tcsetattr(0, termios.TCSANOW, modes)  # type: ignore[arg-type]
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        os.execvpe(argv[0], list(argv), environment)
    except (OSError, termios.error) as error:
        sys.stderr.write(f"{argv[0]}: {error}\r\n")
        sys.stderr.flush()
    finally:
        os._exit(127)


def _set_size(fd: int, size: tuple[int, int]) -> None:
    columns, rows = size
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


@contextmanager
def _signals(told: list[int]) -> Iterator[int]:
    """A descriptor that is readable when a signal has come; which ones are appended to `told`."""

    def hear(number: int, _frame: FrameType | None) -> None:
        told.append(number)

    reading, writing = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
    ignored = {number for number in _TOLD if signal.getsignal(number) == signal.SIG_IGN}
    before = {number: signal.signal(number, hear) for number in set(_TOLD) - ignored}
    wakeup = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    try:
        yield reading
    finally:
        signal.set_wakeup_fd(wakeup)
        for number, handler in before.items():
            signal.signal(number, handler)
        os.close(reading)
        os.close(writing)
