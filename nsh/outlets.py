# SPDX-License-Identifier: MIT
"""Where the text of one command goes: the terminal, a file (`>`), the filters behind it (`|`)."""

from __future__ import annotations

import errno
import os

from nsh.errors import Refused, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from nsh.grammar import Stage, Token
    from nsh.session.recorded import Shown
    from nsh.session.session import Session

    Write = Callable[[str], None]


class OutputLost(Exception):
    """Nobody reads our output any more, or it cannot be written: nsh ends, quietly for EPIPE."""

    def __init__(self, number: int) -> None:
        super().__init__(os.strerror(number))
        self.is_broken_pipe = number == errno.EPIPE


def encode(text: str) -> bytes:
    """Text as it goes to a terminal or file; bytes that were no UTF-8 come out as they came in."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # a lone surrogate that never was a byte
        return text.encode("utf-8", "backslashreplace")


def write_all(fd: int, text: str) -> None:
    """Write a text to a file descriptor, all of it. OSError as write(2)."""
    data = memoryview(encode(text))
    while data:
        try:
            data = data[os.write(fd, data) :]
        except BlockingIOError:  # somebody made our terminal or pipe non-blocking
            import select

            select.select([], [fd], [])


def say(text: str) -> None:
    """Talk goes to standard error; when nobody hears it, that is no reason to stop."""
    try:
        write_all(2, text)
    except OSError:
        pass


def writer(fd: int) -> Write:
    """A function that writes text to one of our own file descriptors; raises OutputLost."""

    def write(text: str) -> None:
        try:
            write_all(fd, text)
        except OSError as error:
            raise OutputLost(error.errno or errno.EIO) from error

    return write


def terminal_width() -> int | None:
    """The columns of the terminal on standard output; None where there is none, or where it does not say."""
    try:
        return os.get_terminal_size(1).columns or None
    except OSError:
        return None


def no_terminal() -> int | None:
    """The width of an output that is no terminal."""
    return None


class Screen:
    """What nsh itself writes to: `out` for data, `err` for talk; `width()` is None off a terminal.

    `json`: show every result as `--json` does. `hear` is told all that is shown, for `save`.
    """

    __slots__ = ("color", "err", "hear", "json", "out", "width")

    def __init__(self, out: Write, err: Write, color: bool, width: Callable[[], int | None], json: bool) -> None:
        self.out = out
        self.err = err
        self.color = color
        self.width = width
        self.json = json
        self.hear: Callable[[Shown], None] | None = None


class Outlets:
    """`out` and `err` of one command, as its redirections want them; to be closed.

    `is_terminal` says that `out` was not redirected; `pipe` is the file that
    becomes standard input of the filters, or None.
    """

    __slots__ = ("_fds", "_writers", "is_terminal", "pipe")

    def __init__(self, screen: Screen) -> None:
        self._fds: list[int] = []
        self._writers = {1: screen.out, 2: screen.err}
        self.is_terminal = True
        self.pipe: int | None = None

    @property
    def out(self) -> Write:
        """Where data goes."""
        return self._writers[1]

    @property
    def err(self) -> Write:
        """Where talk goes."""
        return self._writers[2]

    def into_pipe(self) -> None:
        """Keep the data for the filters."""
        self.pipe = os.memfd_create("nsh: output", os.MFD_CLOEXEC)
        self._fds.append(self.pipe)
        self._to(1, self.pipe, "the pipe")

    def rewound(self) -> int:
        """What was kept for the filters, at its beginning."""
        assert self.pipe is not None
        os.lseek(self.pipe, 0, os.SEEK_SET)
        return self.pipe

    def redirect(self, session: Session, stage: Stage, expand: Callable[[Token], str]) -> None:
        """Follow the redirections, in their order. Refused as open(2) refuses, where we sit."""
        for redirect in stage.redirects:
            if redirect.target is None:
                self._writers[redirect.fd] = self._writers[int(redirect.number)]
                self.is_terminal = self.is_terminal and redirect.fd != 1
            elif redirect.fd == 0:
                span = redirect.token.start, redirect.target.end
                raise UsageError("a command of nsh reads no standard input", None, span)
            else:
                path = expand(redirect.target)
                fd = session.open_file(path, redirect.mode)
                self._fds.append(fd)
                self._to(redirect.fd, fd, path)

    def _to(self, number: int, fd: int, name: str) -> None:
        def write(text: str) -> None:
            try:
                write_all(fd, text)
            except OSError as error:
                raise Refused(f'write("{name}")', error.errno or errno.EIO) from error

        self._writers[number] = write
        if number == 1:
            self.is_terminal = False

    def close(self) -> None:
        """Let go of the files."""
        for fd in self._fds:
            os.close(fd)
        self._fds = []
