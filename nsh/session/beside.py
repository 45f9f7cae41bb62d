# SPDX-License-Identifier: MIT
"""What is written beside its place first, and then renamed: it is there as a whole or not at all.

Its maker holds a lock on it (flock(2)) until it has its name, and the kernel
lets go of that with him. So what was left by one that was killed is known, in
whatever pid namespace he was, and goes when the same is written again.
"""

from __future__ import annotations

import _signal
import errno
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_ENDING = (_signal.SIGTERM, _signal.SIGHUP)
_LONGEST = 200  # bytes of 255 (NAME_MAX): the rest is for what is put around
_RANDOM = 4  # bytes
_MOST_LINKS = 40  # of the kernel, path_resolution(7)
_KIND, _LINK = 0o170000, 0o120000  # inode(7)
_EVERYBODYS = 0o1002  # sticky, and others may write


def name_for(target: str, kind: str = "new") -> str:
    """A hidden name beside a path, another each time, so that nothing that was left over is in the way."""
    return f"{_beginning(target, kind)}{os.urandom(_RANDOM).hex()}"


def _beginning(target: str, kind: str) -> str:
    folder, name = os.path.split(target)
    start = os.fsencode(name)[:_LONGEST].decode("utf-8", "ignore")  # not half a letter at its end
    return os.path.join(folder, f".{start}.{kind}-")


class Beside:
    """A file, or a folder, in the making: at `path`, open as `fd`, until `publish` gives it its name."""

    __slots__ = ("_target", "fd", "path")

    def __init__(self, target: str, mode: int = 0o666, *, is_folder: bool = False) -> None:
        """Raises OSError. A link to a file is followed: what it leads to gets another content."""
        self._target = followed(target)
        for left in list(_left(self._target)):
            _remove_if_dead(left)
        while True:
            self.path = name_for(self._target)
            self.fd = _made(self.path, mode, is_folder=is_folder)
            if _locked(self.fd) and os.path.lexists(self.path):
                return
            os.close(self.fd)  # somebody takes it for one of a dead process at this very moment

    def publish(self, *, replace: bool = True) -> None:
        """Give it its name. Raises OSError, FileExistsError where something is there that is not to be replaced."""
        if replace:
            os.replace(self.path, self._target)
        else:
            give_name(self.path, self._target)
        self.drop()

    def drop(self) -> None:
        """Leave nothing of it, unless it has its name. May be said twice."""
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1
            _remove(self.path)


def followed(path: str) -> str:
    """Where a path leads through its links. Raises OSError, also for a link that somebody else put into a /tmp.

    The kernel refuses to follow those (fs.protected_symlinks, proc_sys_fs(5)); who reads links himself has to look.
    Each is looked at and read as one and the same, whatever is put in its place meanwhile.
    """
    whole = path if path.startswith("/") else os.path.join(os.getcwd(), path)
    at, left, links = "/", _names(whole), 0
    while left:
        name = left.pop()
        one = os.path.dirname(at) if name == ".." else os.path.join(at, name)
        try:
            fd = os.open(one, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError:
            return os.path.join(one, *reversed(left))
        try:
            to = _led_to(fd, at, one)
        finally:
            os.close(fd)
        if to is None:
            at = one
            continue
        links += 1
        if links > _MOST_LINKS:
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
        at = "/" if to.startswith("/") else at
        left += _names(to)
    return at


def _names(path: str) -> list[str]:
    """What a path goes through, the first at the end."""
    return [name for name in reversed(path.split("/")) if name not in ("", ".")]


def _led_to(fd: int, folder: str, path: str) -> str | None:
    """Where a link leads, None of what is none. Raises PermissionError for one of somebody else's in a /tmp."""
    found = os.fstat(fd)
    if found.st_mode & _KIND != _LINK:
        return None
    around = os.stat(folder)
    if around.st_mode & _EVERYBODYS == _EVERYBODYS and found.st_uid not in (os.geteuid(), around.st_uid):
        raise PermissionError(errno.EACCES, "a link of somebody else's in a folder of everybody's", path)
    return os.readlink("", dir_fd=fd)


def give_name(path: str, target: str) -> None:
    """Rename a file, but onto none that is there: FileExistsError then. Raises OSError."""
    try:
        os.link(path, target)
    except FileExistsError:
        raise
    except OSError:  # a file system without links
        os.rename(path, target)
    else:
        os.unlink(path)


def _made(path: str, mode: int, *, is_folder: bool) -> int:
    if not is_folder:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
    os.mkdir(path)
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    if os.fstat(fd).st_uid != os.geteuid():  # who may write around it has put another one there
        os.close(fd)
        raise PermissionError(errno.EACCES, "somebody else has put another folder there", path)
    return fd


def _locked(fd: int) -> bool:
    """Is the lock on it ours now? Where a file system knows none, nobody takes anything for dead."""
    from fcntl import LOCK_EX, LOCK_NB, flock

    try:
        flock(fd, LOCK_EX | LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        pass
    return True


def _left(target: str) -> Iterator[str]:
    """What lies beside a path, under names as they are made here."""
    beginning = _beginning(target, "new")
    folder, start = os.path.split(beginning)
    try:
        names = os.listdir(folder)
    except OSError:
        return
    yield from (
        os.path.join(folder, name) for name in names if name.startswith(start) and len(name) == len(start) + 2 * _RANDOM
    )


def _remove_if_dead(path: str) -> None:
    """Remove what is ours, and whose maker is gone."""
    from fcntl import LOCK_EX, LOCK_NB, flock

    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if os.fstat(fd).st_uid == os.geteuid():
            flock(fd, LOCK_EX | LOCK_NB)
            _remove(path)
    except OSError:  # its maker lives, or there are no locks here
        pass
    finally:
        os.close(fd)


def _remove(path: str) -> None:
    if os.path.isdir(path):
        import shutil  # only where it went wrong

        shutil.rmtree(path, ignore_errors=True)
    elif os.path.lexists(path):
        os.unlink(path)


class Held:
    """While this is entered the signals that end nsh wait: they cut short neither writing nor clearing up."""

    __slots__ = ("_before",)

    def __enter__(self) -> Held:
        self._before = _signal.pthread_sigmask(_signal.SIG_BLOCK, _ENDING)
        return self

    def let_in(self) -> None:
        """Where one that came may end all of it: raises what its handler raises."""
        try:
            _signal.pthread_sigmask(_signal.SIG_SETMASK, self._before)
        finally:
            _signal.pthread_sigmask(_signal.SIG_BLOCK, _ENDING)

    def __exit__(self, *_error: object) -> None:
        _signal.pthread_sigmask(_signal.SIG_SETMASK, self._before)
