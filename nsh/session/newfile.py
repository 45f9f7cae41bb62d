# SPDX-License-Identifier: MIT
"""Files at host that are written as a whole or not at all: beside their places first, then renamed."""

from __future__ import annotations

import errno
import os

from nsh.errors import NshError, SessionError, UsageError
from nsh.printable import excerpt
from nsh.session.beside import Beside, Held, followed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.session import Session


def replace(session: Session, files: dict[str, tuple[str, int]]) -> None:
    """Write {path: (text, mode)}; what was there is replaced when all of it is written.

    Raises UsageError, SessionError, NshError, KeyboardInterrupt; then nothing is.
    """
    written: dict[str, Beside] = {}
    with Held() as held:
        try:
            with session.interrupts:
                for path, (text, mode) in files.items():
                    written[path] = _begun(path, session.host.cwd, mode)
                    _write(path, written[path], text)
                    session.interrupts.check()
                    held.let_in()
            for path, new in written.items():
                _publish(path, new)
        finally:
            for new in written.values():
                new.drop()


class NewFile:
    """A file in the making, with `with`; one that is there is kept as it was until then, and altogether unless `force`.

    Begun before anything takes time: a path that cannot be is said at once. Raises NshError.
    """

    def __init__(self, path: str, folder: str, *, force: bool) -> None:
        self._name = path
        self._force = force
        there = os.path.join(folder, path)
        if not force and os.path.lexists(there):
            raise _is_there(path)
        self._new = _begun(path, folder, 0o666)
        _take_after(self._new.fd, there)

    def __enter__(self) -> NewFile:
        return self

    def write(self, text: str) -> None:
        """All that is in the file from now on. Raises NshError."""
        _write(self._name, self._new, text)

    def __exit__(self, kind: object, *_error: object) -> None:
        try:
            if kind is None:
                _publish(self._name, self._new, replace=self._force)
        finally:
            self._new.drop()


def _begun(path: str, folder: str, mode: int) -> Beside:
    try:
        return Beside(_target(path, folder), mode)
    except OSError as error:
        raise NshError(f"{excerpt(path)}: {error.strerror}", _where_to_write(error.errno)) from None


def _take_after(fd: int, there: str) -> None:
    """Have a new file belong to whom the one that it replaces does, with the same modes, as far as we may."""
    try:
        old, new = os.stat(there), os.fstat(fd)
    except FileNotFoundError:
        return
    if (old.st_uid, old.st_gid) != (new.st_uid, new.st_gid):
        try:
            os.fchown(fd, old.st_uid, old.st_gid)
        except OSError:
            pass  # somebody else's, in a folder of ours: it is ours now
    os.fchmod(fd, old.st_mode & 0o777)


def _target(path: str, folder: str) -> str:
    if not path or "\0" in path:
        raise UsageError(f"{path!r}: cannot be the name of a file")
    if path.endswith("/"):
        raise UsageError(f"{excerpt(path)}: is the name of a folder", "name a file in it")
    target = followed(os.path.join(folder, path))
    if os.path.exists(target) and not os.path.isfile(target):
        raise SessionError(f"{excerpt(path)}: not a regular file")
    return target


def _write(path: str, new: Beside, text: str) -> None:
    data = memoryview(text.encode("utf-8", "surrogateescape"))
    try:
        while data:
            data = data[os.write(new.fd, data) :]
    except OSError as error:
        raise NshError(f"{excerpt(path)}: {error.strerror}") from None


def _publish(path: str, new: Beside, *, replace: bool = True) -> None:
    try:
        new.publish(replace=replace)
    except FileExistsError:
        raise _is_there(path) from None
    except OSError as error:
        raise NshError(f"{excerpt(path)}: {error.strerror}") from None


def _is_there(path: str) -> SessionError:
    return SessionError(f"{path}: there is such a file already", f"save --force {path}")


def _where_to_write(number: int | None) -> str | None:
    return (
        "this folder is read-only; in the sandbox /tmp and your home are not: give the whole path"
        if number == errno.EROFS
        else None
    )
