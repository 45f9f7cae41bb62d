# SPDX-License-Identifier: MIT
"""clean: take away what a dead nsh left, and pins one by one."""

from __future__ import annotations

from nsh.errors import UsageError
from nsh.registry import command
from nsh.results import Lines, Result
from nsh.session import afterlife, keep
from nsh.session import pins as pinned

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.session import Session


@command("clean [--pins] [--yes]", category="session")
def clean(session: Session, *, pins: bool = False, yes: bool = False) -> Result:
    """Remove what a killed nsh left: half-made pins, and processes.

    A running nsh, and pins that were asked for, are left alone. --pins offers
    the pins of nsh one by one; --yes takes them all.

        nsh> clean
        nsh> clean --pins
    """
    lines = afterlife.clean(session)
    if pins:
        lines += _pins_one_by_one(session, yes)
    return Lines(lines or ["nothing to clean"], lines)


def _pins_one_by_one(session: Session, yes: bool) -> list[str]:
    names = keep.names_of_ours()
    if names and not yes and not session.interactive:
        raise UsageError("clean --pins asks at a prompt; in a script say --yes")
    lines = []
    for name in names:
        if yes or session.ask(f"unpin {name} ({_kinds(name)})?"):
            keep.let_go(session, name)
            lines.append(f"unpinned {name}")
    return lines


def _kinds(name: str) -> str:
    return ", ".join(one.kind for one in pinned.all_pins() if one.name == name)
