# SPDX-License-Identifier: MIT
"""`nsh notes`: what only the speaker sees of a show that runs in another terminal."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import stat
import termios
import time
import tty
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from nsh.commandline import STATUSES, CommandLine
from nsh.errors import NshError, UsageError
from nsh.kernel.foreground import set_modes, stop_as_job
from nsh.outlets import OutputLost, writer
from nsh.printable import clip, printable
from nsh.stage import notes_socket
from nsh.stage.notes_page import lines_of, page_of
from nsh.stage.orders import News, news_from_json

_TICK = 0.3
"""Seconds until a show is looked for again, and the clock."""
_CHUNK = 65536
_QUIT = (b"q", b"Q", b"\x03", b"\x04")
_EPILOG = f"""\
Run it in a second terminal, before or after `nsh play`: it waits for a show and follows the next one
too. FILE is the page, where several are played; SOCKET one show's own. q ends it.
{STATUSES}"""


class _Over(Exception):
    """The speaker wants no more notes."""


def main(argv: list[str]) -> int:
    """`nsh notes` with these words; the exit status. Raises NshError."""
    parser = CommandLine(
        "notes",
        "nsh notes [FILE|SOCKET]",
        "The speaker's notes, the next command and the time of a talk, while `nsh play` shows its page.",
        _EPILOG,
    )
    parser.option("show", nargs="?", metavar="FILE|SOCKET", help="which show, if there are several")
    asked = parser.read(argv)
    finder = _Finder.of(asked.show)
    try:
        with _screen() as screen, suppress(_Over, KeyboardInterrupt):
            while True:
                follow(finder.wait(screen), screen)
    except OutputLost as lost:
        if not lost.is_broken_pipe:
            raise NshError(f"standard output: {lost}") from None
    finally:
        finder.close()
    return 0


@dataclass(slots=True)
class _Finder:
    """Finds the show: of one page, at one socket, or the latest."""

    folder: int
    name: str = ""
    page: str = ""
    is_told: bool = False
    """Has it been said that there is no show?"""

    @staticmethod
    def of(asked: str | None) -> _Finder:
        """Raises NshError for what can be no show."""
        if asked is None:
            return _Finder(notes_socket.open_folder())
        path = Path(os.path.realpath(asked))
        try:
            kind = os.stat(path).st_mode
        except OSError as error:
            raise UsageError(f"{asked}: {error.strerror}") from None
        if stat.S_ISSOCK(kind):
            return _Finder(os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC), path.name)
        if not stat.S_ISREG(kind):
            raise UsageError(f"{asked}: is neither a page nor a socket", "nsh notes, without a word, finds the show")
        return _Finder(notes_socket.open_folder(), page=str(path))

    def wait(self, screen: _Screen) -> _Show:
        """The show, as soon as there is one."""
        while (show := self._find()) is None:
            if not self.is_told:
                of_page = f" of {os.path.basename(self.page)}" if self.page else ""
                screen.tell(f"no show{of_page} yet; it begins with: nsh play FILE")
            self.is_told = True
            screen.wait()
        self.is_told = True
        return show

    def _find(self) -> _Show | None:
        for name in [self.name] if self.name else notes_socket.shows(self.folder):
            connection = notes_socket.connect(self.folder, name)
            if connection is None:
                continue
            show = _Show(connection)
            if not self.page or show.page() == self.page:
                return show
            connection.close()
        return None

    def close(self) -> None:
        """Look no more."""
        os.close(self.folder)


class _Show:
    """A connection to a show, which tells its news line by line."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self._waiting = b""

    def page(self) -> str:
        """The page it plays; '' where it does not say so soon."""
        self.connection.settimeout(_TICK)
        try:
            while b"\n" not in self._waiting:
                data = self.connection.recv(_CHUNK)
                if not data:
                    return ""
                self._waiting += data
            return str(json.loads(self._waiting.split(b"\n")[0])["page"])
        except (OSError, ValueError, KeyError, TypeError):
            return ""
        finally:
            self.connection.settimeout(None)

    def hear(self) -> News | None:
        """The latest news there are now, if any. Raises EOFError when the show is over."""
        data = self.connection.recv(_CHUNK)
        if not data:
            raise EOFError
        return self.latest_of(data)

    def latest_of(self, data: bytes = b"") -> News | None:
        """The latest news in that, and in what came with the greeting or was not yet a whole line, if any."""
        *lines, self._waiting = (self._waiting + data).split(b"\n")
        news = None
        for line in lines:
            with suppress(ValueError):  # the greeting; and what comes out of a sandbox may be anything
                news = news_from_json(line.decode(errors="replace"))
        return news


def follow(show: _Show, screen: _Screen) -> None:
    """Show its news until it is over."""
    screen.tell("a show begins")
    try:
        if news := show.latest_of():
            screen.show(news)
        while True:
            if show.connection in screen.wait(show.connection) and (news := show.hear()):
                screen.show(news)
    except (EOFError, ConnectionError):
        screen.tell("the show is over; waiting for the next one")
    finally:
        show.connection.close()


class _Terminal:
    """The speaker's second terminal, as far as it is one: its keys, and its second screen."""

    def __init__(self) -> None:
        self.has_keys, self.is_drawn = os.isatty(0), os.isatty(1)
        self._modes = termios.tcgetattr(0) if self.has_keys else None

    def take(self) -> None:
        """Keys come one by one, and what was on the screen is out of the way."""
        if self.has_keys:
            tty.setcbreak(0)
        if self.is_drawn:
            writer(1)("\x1b[?1049h\x1b[2J")

    def leave(self) -> None:
        """All is as it was."""
        with suppress(OutputLost):
            if self.is_drawn:
                writer(1)("\x1b[?25h\x1b[?1049l")
        set_modes(self._modes)

    def stop(self) -> None:
        """The shell has it, until it continues us."""
        self.leave()
        stop_as_job()
        self.take()


class _Screen:
    """Where the notes are shown, and whose keys end them. Off a terminal: lines, as news come."""

    def __init__(self, wakeup: int, terminal: _Terminal) -> None:
        self._write = writer(1)
        self._wakeup = wakeup
        self._terminal = terminal
        self._is_drawn = terminal.is_drawn
        self._news: News | None = None
        self._heard = 0.0
        self._rows: list[str] = []

    def show(self, news: News) -> None:
        """Show these from now on."""
        changed = self._news is None or lines_of(news) != lines_of(self._news)
        self._news, self._heard = news, time.monotonic()
        if self._is_drawn:
            self._draw()
        elif changed:
            self._write("\n".join(lines_of(news)) + "\n")

    def tell(self, text: str) -> None:
        """Say something instead of news."""
        self._news = None
        if self._is_drawn:
            self._put([clip(printable(text), self._size()[0]), "", "q ends the notes"])
        else:
            self._write(f"{printable(text)}\n")

    def wait(self, *sources: socket.socket) -> list[socket.socket]:
        """Those of the sources that have something, after a while at most. Raises _Over."""
        keys = [0] if self._terminal.has_keys else []
        fds: list[int | socket.socket] = [self._wakeup, *keys, *sources]
        ready, _, _ = select.select(fds, [], [], _TICK)
        self._attend(ready)
        return [source for source in sources if source in ready]

    def _attend(self, ready: Sequence[int | socket.socket]) -> None:
        """The window has another size, we are to stop, the clock goes on, a key was pressed."""
        if self._wakeup in ready and signal.SIGTSTP in os.read(self._wakeup, _CHUNK):
            self._terminal.stop()
            self._put(self._rows)
            ready = ()
        if 0 in ready:
            keys = os.read(0, 1)
            if not keys or keys in _QUIT:
                raise _Over
        if self._is_drawn and self._news is not None:
            self._draw()

    def _draw(self) -> None:
        assert self._news is not None
        is_running = self._news.elapsed > 0 and self._news.state != "over"
        elapsed = self._news.elapsed + (time.monotonic() - self._heard if is_running else 0)
        self._put(page_of(self._news, elapsed, *self._size()))

    def _put(self, rows: list[str]) -> None:
        if not self._is_drawn:
            return
        self._rows = rows
        lines = "\x1b[K\r\n".join(rows[: self._size()[1]])
        self._write(f"\x1b[?25l\x1b[H{lines}\x1b[K\x1b[J")

    def _size(self) -> tuple[int, int]:
        try:
            columns, rows = os.get_terminal_size(1)
        except OSError:
            return 80, 24
        return max(columns, 1), max(rows, 1)


@contextmanager
def _screen() -> Iterator[_Screen]:
    """The terminal for the notes; as it was afterwards, whatever ends us."""
    terminal = _Terminal()
    reading, writing = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)

    def end(number: int, _frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    wanted = {
        signal.SIGTERM: end,
        signal.SIGHUP: end,
        **dict.fromkeys((signal.SIGWINCH, signal.SIGTSTP), lambda *_: None),
    }
    heeded = {number: act for number, act in wanted.items() if signal.getsignal(number) != signal.SIG_IGN}
    before = {number: signal.signal(number, act) for number, act in heeded.items()}
    wakeup = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    try:
        terminal.take()
        yield _Screen(reading, terminal)
    finally:
        signal.set_wakeup_fd(wakeup)
        terminal.leave()
        for number, handler in before.items():
            signal.signal(number, handler)
        os.close(reading)
        os.close(writing)
