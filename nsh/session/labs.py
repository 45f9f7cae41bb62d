# SPDX-License-Identifier: MIT
"""Labs: hosts, switches and links that were made together, and go together."""

from __future__ import annotations

from nsh.errors import NameTaken, NoSuchName, SessionError, UsageError
from nsh.helper.client import kill
from nsh.kernel import proc, resources
from nsh.names import check_name
from nsh.net import labplan
from nsh.session import inventory, moves, removal
from nsh.session.labbuild import Builder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from nsh.net.labplan import LabPlan
    from nsh.session.places import Place
    from nsh.session.session import Session

_SPARE_FILES = 64  # open files that are left for everything else
_FEW = 5


class Lab:
    """One lab: the plan it was built after, and what became places of the session.

    `loops` is how many links between switches were left down because they
    close a loop; `owner` the user namespace that was made to own it all, None
    where none was needed.
    """

    __slots__ = ("loops", "name", "owner", "places", "plan")

    def __init__(self, name: str, plan: LabPlan, places: dict[str, Place], loops: int) -> None:
        self.name = name
        self.plan = plan
        self.places = places
        self.loops = loops
        self.owner: int | None = None

    def alive(self, session: Session) -> list[Place]:
        """The places of it that are still there."""
        return [place for place in self.places.values() if session.places.get(place.name) is place]

    def as_json(self, session: Session) -> dict[str, object]:
        """One flat object for `--json`."""
        alive = {place.name for place in self.alive(session)}
        base, prefix = self.plan.network
        return {
            "name": self.name,
            "shape": self.plan.shape,
            "hosts": [name for name in self.plan.hosts if name in alive],
            "switches": [name for name in self.plan.switches if name in alive],
            "links": sum(link.near[0] in alive and link.far[0] in alive for link in self.plan.links),
            "network": f"{base}/{prefix}",
            "owner": self.owner,
        }


def of_session(session: Session) -> dict[str, Lab]:
    """{name: lab} of those that have a place left, the oldest first."""
    found = (place.lab for place in session.places.values())
    return {lab.name: lab for lab in found if lab is not None}


def find(session: Session, name: str | None) -> Lab:
    """A lab by its name, or the only one there is. Raises NoSuchName, SessionError."""
    labs = of_session(session)
    if name is None and len(labs) == 1:
        return next(iter(labs.values()))
    if name is None:
        raise SessionError(
            "which lab? There are several" if labs else "there is no lab",
            ", ".join(labs) if labs else "for example `lab star 4`",
        )
    if name not in labs:
        from nsh.spelling import did_you_mean

        hint = did_you_mean(name, labs) or (f"labs: {', '.join(labs)}" if labs else "`lab star 4` builds one")
        raise NoSuchName(f"{name}: no such lab", hint)
    return labs[name]


# Building.


def build(session: Session, plan: LabPlan, name: str | None) -> Lab:
    """Build a lab after a plan, wholly or not at all.

    Raises UsageError, NameTaken, SessionError, Refused, HelperLost,
    KeyboardInterrupt.
    """
    chosen = _free_name(session, plan, name)
    loops = plan.break_loops()
    _check(session, plan)
    with session.interrupts:
        builder = Builder(session, plan, f"lab {chosen}")
        try:
            builder.build()
        except KeyboardInterrupt:
            session.say(f"lab {chosen}: interrupted, and nothing of it is left")
            raise
        lab = Lab(chosen, plan, builder.places, loops)
        for place in lab.places.values():
            place.lab = lab
            session.places[place.name] = place
            session.ended.pop(place.name, None)
            if builder.is_owned:
                lab.owner = place.whole["user"]
    return lab


def _free_name(session: Session, plan: LabPlan, name: str | None) -> str:
    labs = of_session(session)
    if name is None:
        stem, number = plan.shape.split()[0], 1
        while f"{stem}{number}" in labs:
            number += 1
        return f"{stem}{number}"
    check_name(name)
    if name in labs:
        raise NameTaken(f"{name}: there is a lab of that name", f"`lab rm {name}` removes it")
    return name


def _check(session: Session, plan: LabPlan) -> None:
    """Whether all of it can be made, before any of it is. Raises UsageError, NameTaken, SessionError."""
    if not plan.names:
        raise UsageError("a lab without hosts and switches")
    for name in plan.names:
        check_name(name)
        try:
            moves.require_free(session, name)
        except NameTaken as taken:
            raise NameTaken(taken.message, "--prefix b- calls them b-h1, b-s1 …; `lab rm` removes a lab") from taken
    for host in plan.hosts.values():
        wrong = next((kind for kind in host.also if kind not in labplan.ALSO), None)
        if wrong is not None:
            raise UsageError(f"--with {wrong}: not for the hosts of a lab", f"any of {','.join(labplan.ALSO)}")
    # Each is kept by its file and has a socket; for somebody without rights the owner is a third.
    needed = 3 * len(plan.names) + _SPARE_FILES
    left = resources.files_left()
    if needed > left:
        raise SessionError(
            f"a lab of {len(plan.names)} namespaces takes {needed} open files, and nsh may open {left} more",
            "RLIMIT_NOFILE: start nsh with a higher `ulimit -n`, or build a smaller lab",
        )


def notes(lab: Lab) -> list[str]:
    """What there is to know of a lab that its line does not say."""
    found = []
    if lab.owner is not None:
        found.append(f"owned by user:[{lab.owner}], made for it: you are not root here")
    if lab.loops:
        them = f"{lab.loops} links that close loops" if lab.loops > 1 else "the link that closes a loop"
        found.append(
            f"{them} between switches {'are' if lab.loops > 1 else 'is'} down (--stp lets the switches choose)"
        )
    if labplan.neighbour_count(lab.plan.acquainted()) > labplan.MOST_NEIGHBOURS:
        found.append(
            "too many hosts for permanent neighbours: ARP finds them, in a table that all namespaces share "
            "(gc_thresh3); pingall sets its own"
        )
    return found


# Removing.


def rm(session: Session, lab: Lab, *, kill_members: bool) -> None:
    """Remove a lab: its namespaces go, and with them devices and links. SessionError when somebody is in it."""
    places = lab.alive(session)
    names = {place.name for place in places}
    for seat in session.seats:
        if any(seat.ns.get(kind) == inode for place in places for kind, inode in place.ns.items() if kind != "user"):
            raise SessionError(f"{lab.name}: you are in it", "`leave` first")
    living = _members(session, places)
    if living and not kill_members:
        listed = ", ".join(f"{removal.program_of(session, pid)} (pid {pid})" for pid in living[:_FEW])
        more = f" and {len(living) - _FEW} more" if len(living) > _FEW else ""
        raise SessionError(f"{lab.name}: programs live in it: {listed}{more}", f"`lab rm --kill {lab.name}` ends them")
    with session.interrupts:
        for pid in living:
            removal.kill_pid(pid)
        for place in places:
            if place.pidfd >= 0:
                kill(place.pidfd)
        for place in places:
            removal.end(session, place)
    session.ended.update(dict.fromkeys(names, f"it went with the lab {lab.name}"))


def _members(session: Session, places: Iterable[Place]) -> list[int]:
    """User programs in the lab's namespaces: neither nsh's own nor holders."""
    wanted = {(kind, inode) for place in places for kind, inode in place.ns.items() if kind != "user"}
    own = {peer.pid for peer in session.all_peers()} | {place.pid for place in session.places.values()}
    scan = inventory.scan()
    found = [pid for links, pids in scan.groups.items() if wanted.intersection(scan.namespaces(links)) for pid in pids]
    return sorted(pid for pid in found if pid not in own and not proc.is_zombie(pid))
