# SPDX-License-Identifier: MIT
"""The end of a place: what goes with it, what lives on and why."""

from __future__ import annotations

import os

from nsh.errors import SessionError
from nsh.helper.client import kill, wait_for_end
from nsh.kernel import proc
from nsh.session import inventory
from nsh.session.places import Place, Seat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.session import Session

_END_SECONDS = 5.0


def members(session: Session, place: Place) -> list[int]:
    """User programs in the namespaces a place owns: those that are neither nsh's own nor the holder."""
    own = {peer.pid for peer in session.all_peers()} | {place.pid}
    found: set[int] = set()
    for kind, inode in place.ns.items():
        if not any(other.ns.get(kind) == inode for other in session.places.values() if other is not place):
            found.update(inventory.members_of(kind, inode))
    return sorted(pid for pid in found if pid not in own and not _is_holder(session, pid) and not proc.is_zombie(pid))


def program_of(session: Session, pid: int) -> str:
    """What runs as that process; a job's may not have got to its exec yet."""
    return next((job.text for job in session.jobs.current if pid in job.pids), proc.command_of(pid))


def _is_holder(session: Session, pid: int) -> bool:
    return any(other.pid == pid for other in session.places.values())


def rm(session: Session, name: str, *, kill_members: bool) -> list[str]:
    """End a place and its pins; what stays and why. SessionError when you sit in it, or programs live in it."""
    place = session.places.get(name)
    if place is None:
        return _rm_pins(session, name)
    if any(seat.place is place or _stands_on(seat, place) for seat in session.seats):
        raise SessionError(f"{name}: you are in it", "`leave` first")
    living = members(session, place)
    if living and not kill_members:
        listed = ", ".join(f"{program_of(session, pid)} (pid {pid})" for pid in living[:5])
        more = f" and {len(living) - 5} more" if len(living) > 5 else ""
        raise SessionError(f"{name}: programs live in it: {listed}{more}", f"`rm --kill {name}` ends them")
    jobs = [job for job in session.jobs.current if set(living) & set(job.pids)]
    for pid in living:
        kill_pid(pid)
    session.jobs.await_end_of([job for job in jobs if set(job.pids) <= {*living, -1}])
    end(session, place)
    session.story.ended(session.seat, name)
    session.ended[name] = f"{name} was removed; make a new one"
    return [*_unpin(session, name), *_what_stays(place, name)]


def _rm_pins(session: Session, name: str) -> list[str]:
    """`rm` of a name that only a pin keeps."""
    from nsh.session import keep

    if not _is_pinned(name):
        session.resolve(name)  # raises with what is known of the name
        raise SessionError(f"{name}: not a place of this session", "`ls places` lists them")
    return keep.let_go(session, name)


def _is_pinned(name: str) -> bool:
    from nsh.session import pins

    return any(one.name == name for one in pins.all_pins())


def _unpin(session: Session, name: str) -> list[str]:
    """With a place go its pins, but for those that somebody else has made; says which, for a pin was asked for."""
    from nsh.session import pins

    if not any(path.endswith(f"/{name}") for path in session.pinned_by_us):
        return []
    gone = pins.unpin(session, name)
    session.pinned_by_us = {path for path in session.pinned_by_us if not path.endswith(f"/{name}")}
    return [f"unpinned with it: {' '.join(one.path for one in gone)}"]


def _stands_on(seat: Seat, place: Place) -> bool:
    return bool(place.ns) and all(seat.ns.get(kind) == inode for kind, inode in place.ns.items())


def kill_pid(pid: int) -> None:
    """Kill a process and wait for its end; one that has ended is no error. Raises Refused."""
    try:
        pidfd = os.pidfd_open(pid)
    except OSError:
        return
    try:
        kill(pidfd)
        wait_for_end(pidfd, _END_SECONDS)
    finally:
        os.close(pidfd)


def end(session: Session, place: Place) -> None:
    """Kill what keeps a place, wait for it, and forget the place."""
    if place.pidfd >= 0:
        kill(place.pidfd)
        wait_for_end(place.pidfd, _END_SECONDS)
    session.forget(place)
    for seat in [s for s in session.parked if not any(p.made_in is s for p in session.places.values())]:
        session.parked.remove(seat)
        seat.peer.close()


def _what_stays(place: Place, name: str) -> list[str]:
    lines = []
    for kind, inode in place.ns.items():
        member = inventory.member_of(kind, inode)
        if member is not None and not proc.is_zombie(member):
            lines.append(f"{kind}:[{inode}] of {name} lives on: {proc.command_of(member)} (pid {member}) is in it")
    return lines
