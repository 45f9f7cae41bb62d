# SPDX-License-Identifier: MIT
"""What is said when nsh ends: what goes with it, and what stays and why."""

from __future__ import annotations

import os

from nsh.errors import NshError
from nsh.session import ledger

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.session import Session

_FEW = 8


def report(session: Session) -> list[str]:
    """The report of a prompt: places and programs that end, pins that stay."""
    said = []
    names = _not_pinned(session)
    if names:
        said.append(f"gone: {_listed(names)}")
    programs = [job.text for job in session.jobs.current]
    if programs:
        said.append(f"ended: {_listed(programs)}")
    unfinished = [path for path in session.ledger.begun(ledger.PIN) if os.path.lexists(path)]
    if unfinished:
        said.append(f"not finished: {_listed(unfinished)} (`clean` takes away what there is)")
    if session.pinned_by_us:
        paths = sorted(session.pinned_by_us)
        remedy = " ".join(sorted({os.path.basename(path) for path in paths}))
        said.append(f"pinned, so they stay: {_listed(paths)} (`unpin {remedy}`)")
    return said


def of_one_command(session: Session) -> list[str]:
    """For a single command of the command line: what it made has ended with it."""
    names = _not_pinned(session)
    if not names:
        return []
    return [f"{_listed(names)}: gone again with nsh, which made it (--pin keeps it; lines in one nsh share it)"]


def spare(session: Session, variable: str) -> list[str]:
    """Have daemons left running, known by their mark in that variable; what there is to say where it cannot be."""
    try:
        ledger.spare(session.host.environment[variable])
        session.zygote.request("spare")
    except (NshError, OSError) as error:
        return [f"--leave-running: {error}: daemons end too"]
    return []


def _not_pinned(session: Session) -> list[str]:
    stay = {os.path.basename(path) for path in session.pinned_by_us}
    return [name for name in session.places if name not in stay]


def _listed(words: list[str]) -> str:
    more = f" and {len(words) - _FEW} more" if len(words) > _FEW else ""
    return ", ".join(words[:_FEW]) + more
