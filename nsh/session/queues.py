# SPDX-License-Identifier: MIT
"""IPC objects of the place you sit in: System V by /proc/sysvipc, POSIX queues by a mount nobody sees (sysvipc(7))."""

from __future__ import annotations

import os
import pwd

from nsh.errors import Refused
from nsh.session import identity, objects

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.session import Session

    Row = dict[str, object]

_MOST = 1 << 20
_ID = {"msg": "msqid", "sem": "semid", "shm": "shmid"}


def system_v(session: Session, kind: str) -> list[Row]:
    """The objects of a kind (msg, sem or shm) as /proc/sysvipc lists them, all columns as numbers. Raises Refused."""
    path = f"/proc/sysvipc/{kind}"
    fd = session.open_file(path, "r")
    try:
        with os.fdopen(fd, encoding="ascii", errors="replace") as file:
            lines = file.read(_MOST).splitlines()
    except OSError as error:
        raise Refused(f'read("{path}")', error.errno or 0) from error
    headings = lines[0].split() if lines else []
    rows = [dict(zip(headings, line.split(), strict=False)) for line in lines[1:]]
    return [_plain(row, _ID[kind]) for row in rows]


def _plain(row: dict[str, str], id_name: str) -> Row:
    number = {name: int(text) for name, text in row.items() if name != "perms"}
    return {
        **number,
        "key": f"0x{number['key'] & 0xFFFFFFFF:08x}",
        "id": number[id_name],
        "owner": _user(number["uid"]),
        "perms": f"{int(row['perms'], 8) & 0o777:o}",
    }


def _user(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def posix(session: Session) -> list[Row]:
    """The POSIX message queues, by the files of an mqueue file system. Raises Refused."""
    fd = objects.detached_mount(session, "mqueue")
    try:
        return [_queue(session, fd, name) for name in sorted(os.listdir(fd))]
    finally:
        os.close(fd)


def _queue(session: Session, folder: int, name: str) -> Row:
    """QSIZE is the bytes in the queue (mq_overview(7))."""
    found = os.stat(name, dir_fd=folder)
    try:
        with open(os.open(name, os.O_RDONLY | os.O_CLOEXEC, dir_fd=folder), encoding="ascii") as file:
            words = dict(word.partition(":")[::2] for word in file.read().split())
        used: int | None = int(words["QSIZE"])
    except (OSError, KeyError, ValueError):
        used = None  # not ours to read
    owner = _user(identity.uid_there(session, found.st_uid))
    return {"name": f"/{name}", "owner": owner, "perms": f"{found.st_mode & 0o777:o}", "bytes": used}
