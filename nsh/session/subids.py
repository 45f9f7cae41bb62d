# SPDX-License-Identifier: MIT
"""ID maps that an ordinary user may not write alone: newuidmap(1), newgidmap(1) and the rows of subuid(5)."""

from __future__ import annotations

import errno
import os

from nsh.errors import Refused, SessionError
from nsh.session.programs import Program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.maps import IdMap
    from nsh.session.session import Session

_FILES = {"newuidmap": "/etc/subuid", "newgidmap": "/etc/subgid"}


def are_needed(lines: list[IdMap]) -> bool:
    """Does writing this map want more rights than an ordinary user's own single line?"""
    return os.geteuid() != 0 and not (len(lines) == 1 and lines[0].count == 1 and lines[0].outer == os.geteuid())


def write(session: Session, pid: int, lines: list[IdMap]) -> None:
    """Have newuidmap and newgidmap write both maps of a process. Raises SessionError, Refused."""
    require(session, lines)
    for program in _FILES:
        words = [str(number) for line in lines for number in (line.inner, line.outer, line.count)]
        status, said = _run(session, Program([program, str(pid), *words]))
        if status:
            raise Refused(f"{program} {pid} {' '.join(words)}", errno.EPERM, _why_not(session, program, said))


def require(session: Session, lines: list[IdMap]) -> None:
    """Refuse before anything is tried when a program or a row is missing. Raises SessionError."""
    for program in _FILES:
        if not session.find_program(program):
            raise SessionError(
                f"{program}: no such program: an ordinary user needs it for more than one id",
                "install it, `apt-get install uidmap`, or use --map root",
            )
        _require_rows(program, lines)


def _why_not(session: Session, program: str, said: str) -> str:
    from nsh.hints import wrapped
    from nsh.hints.identities import why_not_by_helper

    reply = session.host.peer.request("find", program, session.host.environment.get("PATH", os.defpath))
    return wrapped(why_not_by_helper(reply.fields.get("found") or program, said))


def _require_rows(program: str, lines: list[IdMap]) -> None:
    """Name the exact row that is missing, before anything is tried."""
    own = os.geteuid() if program == "newuidmap" else os.getegid()
    path = _FILES[program]
    user = user_name()
    have_all = ranges(path)
    for line in lines:
        if line.outer == own and line.count == 1:
            continue
        if not any(start <= line.outer and line.outer + line.count <= start + count for start, count in have_all):
            have = ", ".join(f"{start}..{start + count - 1}" for start, count in have_all) or "none"
            raise SessionError(
                f"{path} gives {user} no ids {line.outer}..{line.outer + line.count - 1} (it gives: {have})",
                f"root adds a row: `echo {user}:{line.outer}:{line.count} >> {path}` (subuid(5))",
            )


def user_name() -> str:
    """The name of who runs nsh, the number where there is none."""
    import pwd

    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())


def ranges(path: str) -> list[tuple[int, int]]:
    """(first, how many) of the rows that /etc/subuid or /etc/subgid has for who runs nsh."""
    user = user_name()
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            rows = [line.strip().split(":") for line in file]
    except OSError:
        return []
    mine = [row for row in rows if len(row) == 3 and row[0] in (user, str(os.geteuid()))]
    return [(int(start), int(count)) for _who, start, count in mine if start.isdecimal() and count.isdecimal()]


def _run(session: Session, program: Program) -> tuple[int, str]:
    """Run a program at host with its words in a pipe: (status, what it said)."""
    read_end, write_end = os.pipe2(os.O_CLOEXEC)
    try:
        job = session.jobs.launch([program], background=True, output=(write_end, write_end), seat=session.host)
    finally:
        os.close(write_end)
    try:
        with os.fdopen(read_end, encoding="utf-8", errors="replace") as said:
            text = said.read()
        return session.jobs.wait(job), text
    except BaseException:
        session.jobs.wait(job)
        raise
