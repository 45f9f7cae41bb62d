# SPDX-License-Identifier: MIT
"""Labs from files and to files, at host."""

from __future__ import annotations

import os
import stat

from nsh.errors import Refused, SessionError, UsageError
from nsh.net import labyaml

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.net.labplan import LabPlan
    from nsh.session.labs import Lab
    from nsh.session.session import Session


def load(path: str, prefix: str) -> tuple[LabPlan, str | None]:
    """The plan in a file, and the name it gives the lab. Raises Refused, UsageError with FILE:LINE:COLUMN."""
    return labyaml.read(_text_of(path), path, prefix)


def _text_of(path: str) -> str:
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
        with os.fdopen(fd, "rb") as file:
            if not stat.S_ISREG(os.fstat(fd).st_mode):
                raise UsageError(f"{path}: not a regular file")
            raw = file.read(labyaml.LARGEST + 1)
    except OSError as error:
        raise Refused(f'open("{path}")', error.errno or 0) from error
    except ValueError as error:
        raise UsageError(f"{path!r}: {error}") from error
    if len(raw) > labyaml.LARGEST:
        raise UsageError(f"{path}: larger than {labyaml.LARGEST >> 20} MiB: no lab is described at such length")
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        column = error.start - raw.rfind(b"\n", 0, error.start)
        raise UsageError(f"{path}:{line}:{column}: not UTF-8") from error


def save(session: Session, lab: Lab, path: str) -> None:
    """Write what is left of a lab; a file that was there is replaced when all is written.

    Raises Refused, SessionError, UsageError.
    """
    alive = {place.name for place in lab.alive(session)}
    text = labyaml.write(lab.plan.without([name for name in lab.plan.names if name not in alive]), lab.name)
    if os.path.exists(path) and not os.path.isfile(path):
        raise SessionError(f"{path}: not a regular file")
    new = f"{path}.new"
    try:
        with open(new, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(new, path)
    except OSError as error:
        raise Refused(f'open("{path}")', error.errno or 0) from error
    except ValueError as error:
        raise UsageError(f"{path!r}: {error}") from error
