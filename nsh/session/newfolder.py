# SPDX-License-Identifier: MIT
"""A folder at host that is written as a whole or not at all: beside its place first, then renamed."""

from __future__ import annotations

import errno
import os

from nsh.errors import NshError, SessionError, UsageError
from nsh.printable import excerpt
from nsh.session.beside import Beside, Held

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.session import Session


class NewFolder:
    """Used with `with`: files are written into a folder beside the one that is meant, which takes its name at the end.

    Where anything goes wrong before, ^C, TERM and HUP included, nothing of it
    is left. One that is there is only taken when it is empty. Raises
    UsageError, SessionError, NshError.
    """

    def __init__(self, session: Session, path: str) -> None:
        if "\0" in path or not path:
            raise UsageError(f"{path!r}: cannot be the name of a folder")
        self._session = session
        self.name = path
        self.path = os.path.normpath(os.path.join(session.host.cwd, path))
        self._check()
        self._held = Held()

    def _check(self) -> None:
        if not os.path.lexists(self.path):
            return
        try:
            inside = os.listdir(self.path)
        except OSError as error:
            raise SessionError(
                f"{excerpt(self.name)}: {error.strerror}", "name a folder that is not there yet"
            ) from None
        if inside:
            raise SessionError(
                f"{excerpt(self.name)}: there is such a folder already, and it is not empty",
                "name one that is not there yet, or empty it",
            )
        if os.path.islink(self.path) or os.path.samefile(self.path, self._session.host.cwd):
            raise SessionError(
                f"{excerpt(self.name)}: is where you are, or a link", "name a folder that is not there yet"
            )

    def __enter__(self) -> NewFolder:
        self._held.__enter__()
        try:
            self._new = Beside(self.path, is_folder=True)
        except OSError as error:
            self._held.__exit__()
            raise self._not_written(error) from None
        return self

    def folder(self, name: str, mode: int = 0o755) -> None:
        """A folder inside, with those above it; `name` is relative. Raises NshError, KeyboardInterrupt."""
        self._may_end()
        try:
            os.makedirs(self._inside(name), exist_ok=True)
            os.chmod(self._inside(name), mode)
        except OSError as error:
            raise self._not_written(error, name) from None

    def write(self, name: str, content: str | bytes, mode: int = 0o644) -> None:
        """A file inside, whose folder is there. Raises NshError, KeyboardInterrupt."""
        self._may_end()
        data = content if isinstance(content, bytes) else content.encode("utf-8", "surrogateescape")
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        try:
            with os.fdopen(os.open(self._inside(name), flags, mode), "wb") as file:
                file.write(data)
            os.chmod(self._inside(name), mode)
        except OSError as error:
            raise self._not_written(error, name) from None

    def link(self, name: str, target: str) -> None:
        """A symbolic link inside. Raises NshError."""
        try:
            os.symlink(target, self._inside(name))
        except OSError as error:
            raise self._not_written(error, name) from None

    def _may_end(self) -> None:
        """Between two files: raise what ^C, TERM and HUP stand for when one has come meanwhile."""
        self._session.interrupts.check()
        self._held.let_in()

    def _inside(self, name: str) -> str:
        """Where a name is written: never outside of the folder, whatever the name says."""
        own = f"/proc/self/fd/{self._new.fd}"  # not by its name: who may write around it could put a link there
        path = os.path.normpath(os.path.join(own, name))
        if os.path.commonpath([path, own]) != own:
            raise NshError(f"{excerpt(name)}: leads out of {excerpt(self.name)}")
        return path

    def __exit__(self, kind: object, *_error: object) -> None:
        try:
            self._end(is_whole=kind is None)
        finally:
            self._held.__exit__()

    def _end(self, *, is_whole: bool) -> None:
        try:
            if is_whole:
                self._session.interrupts.check()
                self._new.publish()
        except OSError as error:
            raise self._not_written(error) from None
        finally:
            self._new.drop()

    def _not_written(self, error: OSError, name: str = "") -> NshError:
        at = os.path.join(self.name, name) if name else self.name
        hint = None
        parent = os.path.dirname(self.path)
        if error.errno == errno.ENOENT and not os.path.isdir(parent):
            hint = f"mkdir -p {parent}"
        elif error.errno == errno.EROFS and self._session.in_sandbox:
            hint = "in the sandbox /tmp and your home can be written: give the whole path"
        return NshError(f"{excerpt(at)}: {error.strerror}", hint)
