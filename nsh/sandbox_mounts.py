# SPDX-License-Identifier: MIT
"""What of the machine's files a sandbox shows: all of it read-only, empty tmpfs where programs write, a small /dev."""

from __future__ import annotations

import errno
import os
import sys

from nsh.kernel import mount
from nsh.kernel.mountflags import MS_BIND, MS_NODEV, MS_NOEXEC, MS_NOSUID, MS_REC

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_WRITABLE = ("/run", "/tmp", "/mnt", "/var/tmp")
_DEVICES = ("null", "zero", "full", "random", "urandom", "tty", "net/tun")


class Files:
    """The mounts of one sandbox, which are made in a mount namespace of its own.

    What it must see is opened when this is made: by a process that may still
    look into a home that is closed to others. It has become root when it calls
    `arrange`.
    """

    def __init__(self, home: str, needed: Iterable[str]) -> None:
        self._covered = _writable(home)
        self._kept = self._open(needed)

    def arrange(self) -> None:
        """Make all of it read-only, then put the empty places, /dev and /proc over it. Raises OSError."""
        mount.mount_setattr("/", mount.MOUNT_ATTR_RDONLY, recursive=True)
        self._empty_places()
        os.stat(os.__file__)  # an interpreter that is out of reach from here on: say so
        _small_dev()
        fresh_proc()

    def _open(self, wanted: Iterable[str]) -> list[tuple[str, int]]:
        """nsh, its interpreter and what else is needed, as far as an empty tmpfs would hide it."""
        own = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        interpreter = os.path.dirname(os.path.realpath(sys.executable))
        needed = {own, sys.prefix, sys.base_prefix, interpreter, *filter(os.path.exists, wanted)}
        paths = sorted(os.path.realpath(path) for path in needed)
        if os.geteuid() != 0:  # the ids inside are nobody's, who passes no closed home: open a way through it
            self._covered += sorted({home for path in paths if (home := _closed_above(path, self._covered))})
        hidden = [os.path.realpath(place) for place in self._covered]
        found: list[tuple[str, int]] = []
        for path in paths:
            is_within = any(path.startswith(f"{place}/") for place, _ in found)  # and comes with it
            if not is_within and any(path.startswith(f"{place}/") for place in hidden):
                found.append((path, os.open(path, os.O_PATH | os.O_CLOEXEC)))
        return found

    def _empty_places(self) -> None:
        """tmpfs where programs must write, and what nsh needs bound back into it, read-only as it is."""
        for place in self._covered:
            mode = "1777" if place in ("/tmp", "/var/tmp") else "0755"
            os.makedirs(place, exist_ok=True)  # a home under /tmp is hidden by now
            mount.mount("tmpfs", place, "tmpfs", MS_NOSUID | MS_NODEV, f"mode={mode}")
        for path, fd in self._kept:
            _make_target(fd, path)
            mount.mount(f"/proc/self/fd/{fd}", path, None, MS_BIND | MS_REC, None)
            os.close(fd)
        for place in ("/run/netns", "/run/nsh", "/run/lock"):
            os.makedirs(place, exist_ok=True)


def _writable(home: str) -> list[str]:
    places = [place for place in _WRITABLE if os.path.isdir(place)]
    return [*places, home] if os.path.isdir(home) and os.path.realpath(home) != "/" else places


def _closed_above(path: str, covered: list[str]) -> str | None:
    """The uppermost folder above `path` that others may not pass; None where there is none, or it is covered anyway."""
    if any(f"{path}/".startswith(f"{os.path.realpath(place)}/") for place in covered):
        return None
    names = path.split("/")
    above = ("/".join(names[:end]) for end in range(2, len(names)))
    return next((folder for folder in above if not os.stat(folder).st_mode & 0o001), None)


def _small_dev() -> None:
    """A /dev of a few harmless devices: the real one has the machine's disks."""
    opened = []
    for name in _DEVICES:
        try:
            opened.append((name, os.open(f"/dev/{name}", os.O_PATH | os.O_CLOEXEC)))
        except OSError as error:
            if error.errno not in (errno.ENOENT, errno.EACCES):
                raise
    mount.mount("tmpfs", "/dev", "tmpfs", MS_NOSUID | MS_NOEXEC, "mode=0755")
    for name, fd in opened:
        target = f"/dev/{name}"
        _make_target(fd, target)
        mount.mount(f"/proc/self/fd/{fd}", target, None, MS_BIND | MS_REC, None)
        os.close(fd)
    # Terminals of its own: a bound ptmx finds no pts beside it, and the real one's is not ours to open.
    os.mkdir("/dev/pts")
    mount.mount("devpts", "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620")
    os.symlink("pts/ptmx", "/dev/ptmx")
    for link, to in (("fd", "/proc/self/fd"), ("stdin", "fd/0"), ("stdout", "fd/1"), ("stderr", "fd/2")):
        os.symlink(to, f"/dev/{link}")
    for name in ("shm", "mqueue"):
        os.mkdir(f"/dev/{name}", 0o1777)
    mount.mount("tmpfs", "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777")


def _make_target(fd: int, target: str) -> None:
    import stat

    os.makedirs(os.path.dirname(target), exist_ok=True)
    if stat.S_ISDIR(os.fstat(fd).st_mode):
        os.makedirs(target, exist_ok=True)
    elif not os.path.exists(target):
        os.close(os.open(target, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o666))


def fresh_proc() -> None:
    """Mount a proc of the pid namespace we are in. Raises OSError."""
    mount.mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, None)
