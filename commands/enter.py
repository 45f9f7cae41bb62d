# SPDX-License-Identifier: MIT
"""enter: move into namespaces that exist, with setns(2)."""

from __future__ import annotations

from nsh.errors import UsageError
from nsh.registry import command
from nsh.results import Quiet, Result
from nsh.session import moves

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.session import Session


@command("enter <ref:ref>", man=("setns(2)",), category="namespaces")
def enter_all(session: Session, ref: str) -> Result:
    """Move into every namespace that a place owns, or those of a process that differ from yours.

    REF is a name, `host`, a pid, `uts:[4026532386]`, or a path such as
    /proc/8187/ns/uts. In a pid namespace you get a pid of your own there,
    which is not 1: the holder is. `leave` goes back.

        nsh> enter demo
        nsh[demo]> hostname
        web1
        nsh[demo]> leave
    """
    return _enter(session, None, ref)


@command("enter <types:types> <ref:ref>", man=("setns(2)",), category="namespaces")
def enter_some(session: Session, types: tuple[str, ...], ref: str) -> Result:
    """Move into some of the namespaces of a reference; the types not named stay as they are.

        nsh> enter uts,net lab
        nsh[uts:lab,net:lab]> leave
        nsh> enter uts /proc/self/ns/uts
    """
    return _enter(session, types, ref)


def _enter(session: Session, types: tuple[str, ...] | None, ref: str) -> Result:
    target = session.resolve(ref)
    if types is not None:
        lacking = [kind for kind in types if kind not in target.ns]
        if lacking:
            raise UsageError(f"{ref}: has no {lacking[0]} namespace", f"it has {', '.join(target.types)}")
    before = session.seat.cwd
    if not moves.enter(session, target, types):
        return Quiet([f"you are in {ref} already"])
    cwd = session.seat.cwd
    return Quiet([f"{before} is not there: you are in {cwd}"] if cwd != before else ())
