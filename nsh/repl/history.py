# SPDX-License-Identifier: MIT
"""The lines typed before, in a file that is private, bounded, shared and never in the way.

One session appends each line under a lock, so that two sessions at once lose
nothing. The file is read when the first prompt is already drawn. Whatever is
wrong with it costs the history, never the session.
"""

from __future__ import annotations

import fcntl
import os
import stat
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from prompt_toolkit.history import History

LIMIT = 10_000
"""Lines kept in the file. It grows to a fifth more before it is cut back."""

_NOBODY_WE_KNOW = 65534  # in a user namespace, the owner of what belongs to the machine (overflowuid)

PATIENCE = 0.5
"""Seconds to wait for another session that has the file locked."""


def history_path(environ: dict[str, str], euid: int) -> str | None:
    """Where the history lives, or None when nothing may be kept.

    `$NSH_HISTFILE` decides if it is set (empty or /dev/null switch history
    off); else `$XDG_STATE_HOME/nsh/history`, by default under
    `~/.local/state`. A home that belongs to somebody else, as under sudo, is
    left alone: a file of root's there would lock its owner out.
    """
    chosen = environ.get("NSH_HISTFILE")
    if chosen is not None:
        return None if chosen in ("", "/dev/null") else chosen
    state = environ.get("XDG_STATE_HOME", "")
    if not state.startswith("/"):  # the specification: a relative one is to be ignored
        home = environ.get("HOME", "")
        if not home.startswith("/") or not os.path.isdir(home):
            return None
        state = f"{home}/.local/state"
    return f"{state}/nsh/history" if _is_own(state, euid) else None


def _is_own(path: str, euid: int) -> bool:
    """Is the nearest folder of the path that exists ours, and did nobody else choose where that is?"""
    while not os.path.isdir(path):
        path = os.path.dirname(path)
    if os.stat(path).st_uid != euid:
        return False
    while path != "/":
        if os.lstat(path).st_uid not in (0, euid, _NOBODY_WE_KNOW):
            return False
        path = os.path.dirname(path)
    return True


class BoundedFileHistory(History):
    """History in a file of prompt_toolkit's format, at most `limit` entries long.

    `warn` gets one line when the file cannot be used; from then on the
    history is in memory. `on_load` gets the old lines, oldest first, once.
    """

    def __init__(
        self, path: str | None, *, warn: Callable[[str], None], on_load: Callable[[list[str]], None], limit: int = LIMIT
    ) -> None:
        super().__init__()
        self.path = path
        self._warn = warn
        self._on_load = on_load
        self._limit = limit

    def load_history_strings(self) -> Iterable[str]:
        """The newest entry first, as prompt_toolkit wants it."""
        entries = self._read() if self.path is not None else []
        self._on_load(entries)
        return reversed(entries)

    def append_string(self, string: str) -> None:
        """Remember a line, unless it begins with a blank or repeats the one before."""
        if string.strip() and not string.startswith(" ") and self._loaded_strings[:1] != [string]:
            super().append_string(string)

    def store_string(self, string: str) -> None:
        """Append to the file at once, so that it is there for the next session."""
        if self.path is None:
            return
        body = "".join(f"+{line}\n" for line in string.split("\n"))
        record = f"\n# {time.strftime('%Y-%m-%d %H:%M:%S')}\n{body}"
        try:
            with _locked(self.path) as fd:
                _write(fd, record.encode("utf-8", "surrogateescape"))
        except OSError as error:
            self._give_up(error)

    def _read(self) -> list[str]:
        assert self.path is not None
        try:
            if not os.path.exists(self.path):
                return []
            with _locked(self.path) as fd:
                data = _read_all(fd)
                entries = parse(data)
                if entries is None:
                    self._set_aside()
                    return []
                if len(entries) > self._limit * 6 // 5:
                    entries = entries[-self._limit :]
                    _replace(self.path, entries)
                return entries
        except OSError as error:
            self._give_up(error)
            return []

    def _set_aside(self) -> None:
        assert self.path is not None
        os.replace(self.path, f"{self.path}.corrupt")
        self._warn(f"{self.path} is not a history file; it is {self.path}.corrupt now, and a new one begins")

    def _give_up(self, error: OSError) -> None:
        self._warn(f"history is kept in memory only: {self.path}: {error.strerror}")
        self.path = None


def parse(data: bytes) -> list[str] | None:
    """The entries of a history file, oldest first; None if it is none.

    A last line that was cut off is forgiven: the machine may have stopped
    in the middle of it.
    """
    entries: list[str] = []
    lines: list[str] = []
    for line in data.decode("utf-8", "surrogateescape").split("\n"):
        if line.startswith("+"):
            lines.append(line[1:])
            continue
        if "\0" in line or (line and not line.startswith("#")):
            return None
        if lines:
            entries.append("\n".join(lines))
            lines = []
    if lines:
        entries.append("\n".join(lines))
    return entries


@contextmanager
def _locked(path: str) -> Iterator[int]:
    """The file, open and ours alone.

    Between open and lock another session may have put a shorter file in its
    place; then the lock is on the old one, and we begin again.
    """
    os.makedirs(os.path.dirname(os.path.abspath(path)), mode=0o700, exist_ok=True)
    while True:
        # O_NONBLOCK: a FIFO of that name must not hang the prompt.
        fd = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK, 0o600)
        try:
            if not stat.S_ISREG(os.fstat(fd).st_mode):
                raise OSError(0, "not a regular file")
            _lock(fd)
            os.fchmod(fd, 0o600)
            if os.path.exists(path) and os.path.samestat(os.fstat(fd), os.stat(path)):
                yield fd
                return
        finally:
            os.close(fd)


def _lock(fd: int) -> None:
    """Take the lock, but never hang the prompt on a session that is stopped while it has it."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise
        time.sleep(0.002)


def _read_all(fd: int) -> bytes:
    chunks = []
    while chunk := os.read(fd, 1 << 20):
        chunks.append(chunk)
    return b"".join(chunks)


def _write(fd: int, data: bytes) -> None:
    while data:
        data = data[os.write(fd, data) :]


def _replace(path: str, entries: list[str]) -> None:
    """Put a shorter file in the place of the old one, whole or not at all."""
    body = "".join("\n" + "".join(f"+{line}\n" for line in entry.split("\n")) for entry in entries)
    draft = f"{path}.{os.getpid()}"
    if os.path.lexists(draft):  # of one that was killed and had our number
        os.unlink(draft)
    fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        _write(fd, body.encode("utf-8", "surrogateescape"))
    finally:
        os.close(fd)
    os.replace(draft, path)
