# SPDX-License-Identifier: MIT
"""The ledger: what a session is about to make on the machine, written and synced before it is made.

One file for each session, locked as long as the session lives (flock(2)), in a
directory that only its user can write. A reader that gets the lock knows that
the session is dead, and that what was begun and never done is nobody's.

What becomes of an entry is written over its first word, so it needs no room:
on a full disk what was begun can still be done, or be taken back.
"""

from __future__ import annotations

import errno
import fcntl
import os

from nsh.errors import SessionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOTS_OWN = "/run/nsh/ledger"
_NOBODY_WE_KNOW = 65534  # in a user namespace, the owner of what belongs to the machine (overflowuid)
_SEPARATOR = "\t"
_BEGUN, _DONE = "begin", "done "  # of one length
_SPARED = "spared."
PIN = "pin"  # the kind of entry of what is bound, or unbound, at a path


class Entry:
    """One line: `begin` or `done`, what is made, and where."""

    __slots__ = ("kind", "path", "state")

    def __init__(self, state: str, kind: str, path: str) -> None:
        self.state = state
        self.kind = kind
        self.path = path

    def __str__(self) -> str:
        return _SEPARATOR.join((self.state, self.kind, _escaped(self.path)))


def _escaped(path: str) -> str:
    return path.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t")


def _plain(text: str) -> str:
    marked = text.replace("\\\\", "\0").replace("\\n", "\n").replace("\\t", "\t")
    return marked.replace("\0", "\\")


def folder() -> str:
    """Where the ledgers of this user lie."""
    if os.geteuid() == 0:
        return ROOTS_OWN
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    if os.path.isabs(runtime) and os.path.isdir(runtime):
        return f"{runtime}/nsh/ledger"
    return f"/tmp/nsh-{os.geteuid()}/ledger"


def open_folder(path: str, *, make: bool) -> int:
    """An fd of the ledger's directory, step by step and never through a link. Raises SessionError, OSError.

    Each step must be root's or ours, and closed to others or sticky; the last must be ours.
    """
    fd = os.open("/", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for name in path.strip("/").split("/"):
            if make:
                try:
                    os.mkdir(name, 0o755 if os.geteuid() == 0 else 0o700, dir_fd=fd)
                except FileExistsError:
                    pass
            below = os.open(name, os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=fd)
            os.close(fd)
            fd = below
            _require_trusted(fd, path)
        _require_ours(fd, path)
    except BaseException:
        os.close(fd)
        raise
    return fd


def _require_trusted(fd: int, path: str) -> None:
    whole = os.readlink(f"/proc/self/fd/{fd}")
    found = os.fstat(fd)
    owner_is_known = found.st_uid in (0, os.geteuid(), _NOBODY_WE_KNOW)
    if owner_is_known and (found.st_mode & 0o022 == 0 or found.st_mode & 0o1000):
        return
    raise SessionError(
        f"{path}: somebody else could put another folder there, so it cannot hold a ledger",
        f"the owner of {whole} is uid {found.st_uid}, its mode {found.st_mode & 0o7777:04o}",
    )


def _require_ours(fd: int, path: str) -> None:
    found = os.fstat(fd)
    if found.st_uid != os.geteuid() or found.st_mode & 0o022:
        raise SessionError(
            f"{path}: somebody else can write there, so it cannot be a ledger",
            f"its owner is uid {found.st_uid}, its mode {found.st_mode & 0o7777:04o}; remove it, or ask its owner",
        )


class Ledger:
    """The ledger of one session; its file is made with the first entry."""

    def __init__(self) -> None:
        self._fd = -1
        self._folder_fd = -1
        self._name = f"{os.getpid()}-{os.urandom(6).hex()}"
        self._lines: dict[tuple[str, str], int] = {}  # where each begins
        self._open_lines: dict[tuple[str, str], None] = {}
        self._end = 0

    def begin(self, kind: str, path: str) -> None:
        """Say that this will be made, or taken away, on the disk before it is. Raises SessionError."""
        if (kind, path) in self._open_lines:
            return
        try:
            self._open()
            if (kind, path) in self._lines:
                self._write_over(self._lines[kind, path], _BEGUN, _DONE)
            else:
                self._append(kind, path)
        except OSError as error:
            raise SessionError(
                f"{folder()}: {error.strerror}: nothing is made that could not be written down first",
                "the ledger says what to take away when nsh dies; it needs a few bytes there",
            ) from error
        self._open_lines[kind, path] = None

    def done(self, kind: str, path: str) -> None:
        """Say that it is made, or gone: it is nobody's leftover now. Raises SessionError when it cannot be said."""
        if (kind, path) not in self._open_lines:
            return
        try:
            self._write_over(self._lines[kind, path], _DONE, _BEGUN)
        except OSError as error:
            raise SessionError(
                f"{folder()}: {error.strerror}: {path}: that it is done cannot be noted",
                "`clean` takes away what was not",
            ) from error
        del self._open_lines[kind, path]

    def begun(self, kind: str) -> list[str]:
        """What of that kind was begun and is not done."""
        return [path for one, path in self._open_lines if one == kind]

    def _append(self, kind: str, path: str) -> None:
        """All of the line, on the disk; or nothing, so that the next begins a line."""
        line = os.fsencode(f"{Entry(_BEGUN, kind, path)}\n")
        try:
            if os.pwrite(self._fd, line, self._end) != len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(self._fd)
        except OSError:
            os.ftruncate(self._fd, self._end)
            raise
        self._lines[kind, path] = self._end
        self._end += len(line)

    def _write_over(self, at: int, state: str, before: str) -> None:
        try:
            os.pwrite(self._fd, state.encode(), at)
            os.fsync(self._fd)
        except OSError:
            os.pwrite(self._fd, before.encode(), at)
            raise

    def _open(self) -> None:
        """Make the file and lock it; one that a `clean` took for a dead session's meanwhile is made again."""
        if self._folder_fd < 0:
            self._folder_fd = open_folder(folder(), make=True)
        flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC
        while self._fd < 0:
            fd = os.open(self._name, flags, 0o600, dir_fd=self._folder_fd)
            fcntl.flock(fd, fcntl.LOCK_EX)
            if os.fstat(fd).st_nlink:
                self._fd = fd
            else:
                os.close(fd)

    def close(self, *, keep: bool) -> None:
        """The session ends in order: nothing is begun and undone, so there is nothing to remember; or `keep` it."""
        if self._fd >= 0:
            if not keep:
                _unlink(self._name, self._folder_fd)
            os.close(self._fd)
            os.close(self._folder_fd)
            self._fd = -1


def spare(mark: str) -> None:
    """Remember that the programs with this mark were left running on purpose. Raises SessionError, OSError."""
    folder_fd = open_folder(folder(), make=True)
    try:
        flags = os.O_CREAT | os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC
        os.close(os.open(_SPARED + mark, flags, 0o600, dir_fd=folder_fd))
    finally:
        os.close(folder_fd)


def spared(*, still: Callable[[str], bool]) -> set[str]:
    """The marks that were spared; one that nothing carries any more is forgotten."""
    try:
        folder_fd = open_folder(folder(), make=False)
    except (OSError, SessionError):
        return set()
    found = set()
    try:
        for name in os.listdir(folder_fd):
            mark = name.removeprefix(_SPARED)
            if mark != name and still(mark):
                found.add(mark)
            elif mark != name:
                _unlink(name, folder_fd)
    finally:
        os.close(folder_fd)
    return found


def _unlink(name: str, folder_fd: int) -> None:
    """Remove a file of the folder; somebody may have been quicker."""
    try:
        os.unlink(name, dir_fd=folder_fd)
    except FileNotFoundError:
        pass


def leftovers() -> Iterator[Entry]:
    """What dead sessions began and never finished; each file goes once its entries have been dealt with.

    Raises SessionError when the directory is not to be trusted.
    """
    try:
        fd = open_folder(folder(), make=False)
    except FileNotFoundError:
        return
    except OSError as error:
        raise SessionError(f"{folder()}: {error.strerror}") from error
    try:
        for name in sorted(n for n in os.listdir(fd) if not n.startswith(_SPARED)):
            yield from _of_dead(fd, name)
    finally:
        os.close(fd)


def _of_dead(folder_fd: int, name: str) -> Iterator[Entry]:
    try:
        fd = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK, dir_fd=folder_fd)
    except OSError:
        return  # gone meanwhile, or a link that is none of ours
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(fd).st_nlink == 0:
            return  # another `clean` has just dealt with it
        with os.fdopen(os.dup(fd), encoding="utf-8", errors="surrogateescape") as file:
            yield from _unfinished(file.read())
        _unlink(name, folder_fd)
    except BlockingIOError:
        return  # its session lives
    finally:
        os.close(fd)


def _unfinished(text: str) -> list[Entry]:
    """The entries that were begun and not done; a last line that was cut short was never acted upon."""
    open_entries: dict[tuple[str, str], Entry] = {}
    for line in text.split("\n")[:-1]:
        words = line.split(_SEPARATOR)
        if len(words) != 3:
            continue
        state, kind, path = words[0], words[1], _plain(words[2])
        if state == _BEGUN:
            open_entries[kind, path] = Entry(state, kind, path)
        else:
            open_entries.pop((kind, path), None)
    return list(open_entries.values())
