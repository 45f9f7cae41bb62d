# SPDX-License-Identifier: MIT
"""A file that is there when it is whole: written beside its name, and given the name at the end."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

from nsh.errors import NshError, UsageError
from nsh.session import beside


class Draft:
    """The file `path` in the making. What was written is kept, whatever ends us; the name comes with `keep`."""

    def __init__(self, path: Path, *, replace: bool = False) -> None:
        """Raises UsageError where no such file can be made, or one is there that is not to be replaced."""
        self.path = path
        self.lost = ""
        """Why the rest could not be written; '' as long as all was."""
        self._replace = replace
        self._whole = 0
        if path.is_dir():
            raise UsageError(f"{path}: is a folder", f"{path}/talk.cast")
        if path.exists() and not path.is_file():
            raise UsageError(f"{path}: is no regular file")
        if not replace and os.path.lexists(path):
            raise UsageError(f"{path}: is there already", "another name, or --force to replace it")
        self._draft = Path(beside.name_for(str(path), "part"))
        try:
            self._fd = os.open(self._draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
        except OSError as error:
            raise UsageError(f"{path}: {error.strerror}") from None

    def write(self, text: str) -> None:
        """Add whole lines; after the first that cannot be written, none."""
        if self.lost:
            return
        data = text.encode("utf-8", "replace")
        try:
            while data:
                data = data[os.write(self._fd, data) :]
        except OSError as error:
            self.lost = error.strerror or "cannot be written"
            with suppress(OSError):
                os.ftruncate(self._fd, self._whole)
        else:
            self._whole = os.lseek(self._fd, 0, os.SEEK_CUR)

    def keep(self) -> Path:
        """Give it its name; where another file has come to that name meanwhile, one like it. Raises NshError."""
        os.close(self._fd)
        try:
            if self._replace:
                os.replace(self._draft, self.path)
                return self.path
            return self._link()
        except OSError as error:
            raise NshError(f"{self.path}: {error.strerror}; all is in {self._draft}") from None

    def _link(self) -> Path:
        for path in (self.path, self.path.with_stem(f"{self.path.stem}-{secrets.token_hex(2)}")):
            with suppress(FileExistsError):
                beside.give_name(str(self._draft), str(path))
                return path
        raise FileExistsError(0, "is there already")
