# SPDX-License-Identifier: MIT
"""Files at host that replace others as a whole or not at all: beside their places first, then renamed."""

from __future__ import annotations

import os

from nsh.errors import NshError, SessionError, UsageError
from nsh.printable import excerpt
from nsh.session import beside

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.session import Session


def replace(session: Session, files: dict[str, tuple[str, int]]) -> None:
    """Write {path: (text, mode)}; what was there is replaced when all of it is written.

    Raises UsageError, SessionError, NshError, KeyboardInterrupt; then nothing is.
    """
    written: dict[str, str] = {}  # path: what stands beside its target
    with beside.Held() as held:
        try:
            with session.interrupts:
                for path, (text, mode) in files.items():
                    written[path] = beside.name_for(_target(session, path))
                    _write(path, written[path], text, mode)
                    session.interrupts.check()
                    held.let_in()
            for path, new in written.items():
                _rename(path, new, _target(session, path))
        finally:
            for new in written.values():
                if os.path.lexists(new):
                    os.unlink(new)


def _target(session: Session, path: str) -> str:
    if not path or "\0" in path:
        raise UsageError(f"{path!r}: cannot be the name of a file")
    target = os.path.realpath(os.path.join(session.host.cwd, path))
    if path.endswith("/"):
        raise UsageError(f"{excerpt(path)}: is the name of a folder", "name a file in it")
    if os.path.exists(target) and not os.path.isfile(target):
        raise SessionError(f"{excerpt(path)}: not a regular file")
    return target


def _write(path: str, new: str, text: str, mode: int) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    try:
        with os.fdopen(os.open(new, flags, mode), "wb") as file:
            file.write(text.encode())
    except OSError as error:
        raise NshError(f"{excerpt(path)}: {error.strerror}") from None


def _rename(path: str, new: str, target: str) -> None:
    try:
        os.replace(new, target)
    except OSError as error:
        raise NshError(f"{excerpt(path)}: {error.strerror}") from None
