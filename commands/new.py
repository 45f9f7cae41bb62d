# SPDX-License-Identifier: MIT
"""new: clone(2) a child into new namespaces, and stay."""

from __future__ import annotations

from nsh.errors import UsageError
from nsh.registry import command
from nsh.results import Finished, Lines, Quiet, Result
from nsh.session import describe, moves
from nsh.session.plans import Wishes
from nsh.session.programs import Program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.maps import IdMap
    from nsh.session.places import Place
    from nsh.session.session import Session


@command(
    "new <types:types> [<name:newname>] [--map <map:map>]... [--hostname <hostname:text>] [--proc|--no-proc]"
    " [--propagation <propagation:propagation>] [--boottime <boottime:duration>] [--monotonic <monotonic:duration>]"
    " [--uid <uid:int>] [--gid <gid:int>] [--root <root:path>] [--pin] [-q|--quiet] [-- <cmd:words>]",
    man=("clone(2)", "namespaces(7)"),
    category="namespaces",
)
def new(
    session: Session,
    types: tuple[str, ...],
    name: str | list[str] | None = None,
    *,
    map: tuple[str | IdMap, ...] = (),
    hostname: str | None = None,
    proc: bool = False,
    no_proc: bool = False,
    propagation: str | None = None,
    boottime: float | None = None,
    monotonic: float | None = None,
    uid: int | None = None,
    gid: int | None = None,
    root: str | None = None,
    pin: bool = False,
    quiet: bool = False,
    cmd: list[str] | None = None,
) -> Result:
    """Create namespaces with one clone(2); a child lives in them and you stay.

    Without a command the child is a holder, which keeps the place until `rm`
    or `quit`. With a command that command is the child: it runs in the
    foreground, it is pid 1 of a new pid namespace, and the place ends with it.

    A new user namespace maps root inside to you; --map none maps nobody. With
    pid and mnt together a fresh /proc is mounted; the old one (--no-proc) shows
    the wrong processes. New mounts are private: nothing leaks to the host.
    --root makes a directory the root, with pivot_root(2). --pin keeps the place
    by bind mounts, also when nsh has ended.

        nsh> new uts demo --hostname web1
        demo  pid 4242  uts:[4026532386]
        nsh> new pid,mnt -- ps -ef
        nsh> new user,net,uts,pid,mnt box
    """
    wishes = Wishes(
        maps=map,
        hostname=hostname,
        proc=True if proc else False if no_proc else None,
        propagation=propagation,
        boottime=boottime,
        monotonic=monotonic,
        uid=uid,
        gid=gid,
        root=root,
    )
    if cmd is not None:
        if pin:
            raise UsageError("a place with a command ends with it, so --pin is for those without")
        return _with_program(session, types, name, wishes, cmd, quiet)
    names = [name] if isinstance(name, str) else name
    make = moves.new_pinned if pin else moves.new
    made = make(session, types, names, wishes)
    if quiet:
        return Quiet()
    private = propagation != "unchanged"
    lines = [describe.place_line(place, private=private) for place in made]
    objects = [_object(session, place) for place in made]
    return Lines(_few(lines), objects[0] if isinstance(name, str | None) else objects, long=True)


def _few(lines: list[str]) -> list[str]:
    """A line each, but of a long range only the ends."""
    return lines if len(lines) <= 8 else [*lines[:2], f"… {len(lines) - 3} more", lines[-1]]


def _object(session: Session, place: Place) -> dict[str, object]:
    namespaces = [
        describe.namespace_object(session, kind, inode, place.fds[kind])
        if kind in place.fds
        else describe.with_id(session, kind, inode, f"/proc/{place.pid}/ns/{kind}")
        for kind, inode in place.ns.items()
    ]
    return {"name": place.name, "pid": place.pid, "how": place.how, "namespaces": namespaces}


def _with_program(
    session: Session,
    types: tuple[str, ...],
    name: str | list[str] | None,
    wishes: Wishes,
    cmd: list[str],
    quiet: bool,
) -> Result:
    if isinstance(name, list):
        raise UsageError("a range of names cannot share one program", "`new TYPES NAME -- CMD` runs it in one place")
    if not cmd:
        raise UsageError("-- and then no program", "for example `new pid,mnt -- bash`")

    def announce(place: Place) -> None:
        if not quiet:
            session.say(describe.place_line(place, private=wishes.propagation != "unchanged"))

    chosen = name or moves.free_name(session, types)
    return Finished(moves.new_program(session, types, chosen, wishes, Program(cmd), announce))
