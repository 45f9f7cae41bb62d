# SPDX-License-Identifier: MIT
"""enter: move into namespaces that exist, with setns(2)."""

from __future__ import annotations

from nsh.errors import UsageError
from nsh.registry import command
from nsh.results import Quiet, Result
from nsh.session import etcnetns, moves

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.session import Session


@command("enter [<types:types>] <ref:ref>", man=("setns(2)",), category="namespaces", shows=False)
def enter(session: Session, types: tuple[str, ...] | None = None, *, ref: str) -> Result:
    """Move into namespaces that exist, with setns(2).

    Those that a place owns, or those of a process that differ from yours.
    REF is a name, `host`, a pid, `uts:[4026532386]`, or a path such as
    /proc/8187/ns/uts. With TYPES only those move; the others stay as they are.
    In a pid namespace you get a pid of your own there, which is not 1: the
    holder is. `leave` goes back.

        nsh> enter demo
        nsh[demo]> hostname
        web1
        nsh[demo]> leave
        nsh> enter uts,net box
        nsh[uts:box,net:box]> leave
    """
    target = session.resolve(ref)
    if types is not None:
        lacking = [kind for kind in types if kind not in target.ns]
        if lacking:
            raise UsageError(f"{ref}: has no {lacking[0]} namespace", f"it has {', '.join(target.types)}")
    before = session.seat
    moved = moves.enter(session, target, types)
    if not moved:
        return Quiet([f"you are in {ref} already"])
    cwd = session.seat.cwd
    notes = [f"{before.cwd} is not there: you are in {cwd}"] if cwd != before.cwd else []
    files = etcnetns.names(target, moved, before)
    if files:
        notes.append(f"bound from /etc/netns over /etc, in a mount namespace of your own: {', '.join(files)}")
    return Quiet(notes)
