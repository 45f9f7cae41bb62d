# SPDX-License-Identifier: MIT
"""unshare: move into new namespaces with unshare(2)."""

from __future__ import annotations

from nsh.registry import command
from nsh.results import Quiet, Result
from nsh.session import moves
from nsh.session.plans import Wishes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.maps import IdMap
    from nsh.session.session import Session


@command(
    "unshare <types:types> [--fork] [--map <map:map>]... [--hostname <hostname:text>] [--proc|--no-proc]"
    " [--propagation <propagation:propagation>] [--boottime <boottime:duration>] [--monotonic <monotonic:duration>]"
    " [-q|--quiet]",
    man=("unshare(2)", "namespaces(7)"),
    category="namespaces",
)
def unshare(
    session: Session,
    types: tuple[str, ...],
    *,
    fork: bool = False,
    map: tuple[str | IdMap, ...] = (),
    hostname: str | None = None,
    proc: bool = False,
    no_proc: bool = False,
    propagation: str | None = None,
    boottime: float | None = None,
    monotonic: float | None = None,
    quiet: bool = False,
) -> Result:
    """Move into new namespaces, with one unshare(2).

    The process you sit in is copied, the copy makes the call, and you sit in it.
    With pid and time you stay outside: only the next children are in, and the
    prompt says so (pid:next). The first program is then pid 1, and when it has
    ended no other can start. --fork puts you in a child instead. A new user
    namespace has no ID map (--map none); `leave` goes back.

        nsh> unshare uts
        nsh[uts]> hostname ns1
        nsh[uts]> leave
        nsh> unshare --fork pid,mnt
        nsh[mnt,pid]> echo $$
        1
    """
    wishes = Wishes(
        maps=map,
        default_map="none",
        hostname=hostname,
        proc=True if proc else False if no_proc else None,
        propagation=propagation,
        boottime=boottime,
        monotonic=monotonic,
    )
    before = session.seat.cwd
    seat = moves.unshare(session, types, wishes, fork=fork)
    notes = []
    if seat.later and not quiet:
        notes.append(
            f"only the next children are in the new {' and '.join(seat.later)} namespace, not you;"
            f" `unshare --fork {','.join(types)}` puts you in"
        )
    if seat.cwd != before:
        notes.append(f"{before} is not there: you are in {seat.cwd}")
    return Quiet(notes)
