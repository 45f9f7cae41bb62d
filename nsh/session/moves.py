# SPDX-License-Identifier: MIT
"""The four calls as the prompt means them: new stays, unshare and enter move, leave goes back."""

from __future__ import annotations

import errno
import os

from nsh import nstypes
from nsh.errors import NameTaken, NshError, Refused, SessionError
from nsh.kernel import proc
from nsh.ops import Clone, Op, SetNs
from nsh.session import plans
from nsh.session.births import MapsWanted
from nsh.session.makers import dismiss, open_namespaces
from nsh.session.maps import IdMap
from nsh.session.places import Place, Seat, differing, is_pinned, pinned_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from nsh.helper.client import Peer
    from nsh.session.plans import Wishes
    from nsh.session.programs import Program
    from nsh.session.refs import Target
    from nsh.session.session import Session

_BY_FDS = {"net", "uts", "ipc", "cgroup"}  # what needs no process to stay and nothing done inside


# new: a child lives in the new namespaces, you stay.


def new(session: Session, types: tuple[str, ...], names: list[str] | None, wishes: Wishes) -> list[Place]:
    """Places of those types, each kept by a holder; many plain ones by open files only.

    Raises UsageError, NameTaken, Refused. When one is refused, those before it stay.
    """
    wishes.check(types)
    names = names or [free_name(session, types)]
    for name in names:
        require_free(session, name)
    if len(names) > 1 and set(types) <= _BY_FDS and wishes.hostname is None:
        return _new_by_fds(session, types, names)
    return [_new_holder(session, types, name, wishes) for name in names]


def new_pinned(session: Session, types: tuple[str, ...], names: list[str] | None, wishes: Wishes) -> list[Place]:
    """Places as by `new`, and bind mounts that keep them when nsh has ended. Raises what `new` and `pin` raise.

    A mount namespace can only be bound from one with a lower id, and Linux 6.18
    hands ids out per CPU; so where the kernel refuses, it is made again on
    each CPU in turn.
    """
    from nsh.session import pins

    names = names or [free_name(session, types)]
    pins.check(names, types)
    made = []
    for name in names:
        cpus: list[int | None] = [None, *sorted(os.sched_getaffinity(0))] if "mnt" in types else [None]
        made.append(_pinned_on_some_cpu(session, types, name, wishes, cpus))
    return made


def _pinned_on_some_cpu(
    session: Session, types: tuple[str, ...], name: str, wishes: Wishes, cpus: list[int | None]
) -> Place:
    from nsh.session import pins, refs, removal

    for cpu in cpus:
        wishes.cpu = cpu
        (place,) = new(session, types, [name], wishes)
        try:
            made = pins.pin(session, refs.of_place(place), types, name)
            session.pinned_by_us.update(one.path for one in made)
            return place
        except NshError as error:
            removal.end(session, place)
            if not (isinstance(error, Refused) and error.errno == errno.EINVAL and cpu != cpus[-1]):
                raise
    raise SessionError(f"{name}: no CPU to make it on")  # there is always one


def require_free(session: Session, name: str) -> None:
    """A name stands for one set of namespaces: of a place, or of pins. Raises NameTaken."""
    if name in session.places:
        raise NameTaken(f"{name}: there is a place of that name", f"`rm {name}` removes it")
    path = pinned_path(name)
    if path is not None:
        raise NameTaken(f"{name}: something is pinned as {path}", f"take another name, or `unpin {name}` first")


def free_name(session: Session, types: tuple[str, ...]) -> str:
    """`uts1` for one type, `box1` for several: the first that is free."""
    stem = types[0] if len(types) == 1 else "box"
    number = 1
    while f"{stem}{number}" in session.places or pinned_path(f"{stem}{number}") is not None:
        number += 1
    return f"{stem}{number}"


def _new_holder(session: Session, types: tuple[str, ...], name: str, wishes: Wishes) -> Place:
    plan = plans.new_holder(types, wishes)
    maps = _maps(session, types, wishes)
    place = holder(session, types, name, wishes, plan, (), maps)
    session.story.held(session.seat, types, name, plan, maps)
    return _enrol(session, place)


def holder(
    session: Session,
    types: tuple[str, ...],
    name: str,
    wishes: Wishes,
    plan: list[Op],
    fds: tuple[int, ...],
    maps: MapsWanted | None = None,
) -> Place:
    """A place kept by a holder that works through this plan, not among the names yet. Raises Refused."""
    title = f"nsh: {name} (holder)"
    born = session.bear(plan, fds, "holder", title, maps, session.where(types))
    place = Place(name, types, "holder")
    place.peer, place.pidfd, place.pid = born.peer, born.peer.pidfd, born.peer.pid
    return _described(session, place, wishes)


def _described(session: Session, place: Place, wishes: Wishes) -> Place:
    place.whole = _namespaces(place.pid, session.seat.ns)
    place.uid, place.gid = wishes.uid, wishes.gid
    place.made_in = session.seat
    return place


def _enrol(session: Session, place: Place) -> Place:
    session.places[place.name] = place
    session.ended.pop(place.name, None)
    return place


def _namespaces(pid: int | None, known: dict[str, int]) -> dict[str, int]:
    """{type: inode} of a process; what cannot be read is taken from `known`."""
    return {**known, **proc.namespaces(pid if pid is not None else -1)}


def _new_by_fds(session: Session, types: tuple[str, ...], names: list[str]) -> list[Place]:
    made: list[Place] = []
    makers: list[Peer] = []
    left = iter(names)
    try:
        for some in open_namespaces(session, types, len(names), makers):
            made += [kept_open(session, types, next(left), fds) for fds in some]
    except BaseException:
        for place in made:
            place.close()
        raise
    finally:
        dismiss(makers)
    for place in made:
        session.story.held(session.seat, types, place.name, [Clone(nstypes.mask(types))], None)
    return [_enrol(session, place) for place in made]


def kept_open(session: Session, types: tuple[str, ...], name: str, fds: list[int]) -> Place:
    """A place, not among the names yet, of namespaces that are open, in the order of `types`."""
    place = Place(name, types, "fds")
    place.fds = dict(zip(types, fds, strict=True))
    place.whole = {**session.seat.ns, **{kind: os.fstat(fd).st_ino for kind, fd in place.fds.items()}}
    place.made_in = session.seat
    return place


def _maps(session: Session, types: tuple[str, ...], wishes: Wishes) -> MapsWanted | None:
    if not plans.wants_gate(types, wishes):
        return None
    text = wishes.map_text()
    lines = [line for line in wishes.maps if isinstance(line, IdMap)]
    if lines and session.seat.ns.get("user") == session.host.ns.get("user"):
        from nsh.session import subids  # for an ordinary user's ranges only

        if subids.are_needed(lines):
            return MapsWanted(session.seat.peer, text, text, lambda pid: subids.write(session, pid, lines))
    return MapsWanted(session.seat.peer, text, text)


def new_program(
    session: Session,
    types: tuple[str, ...],
    name: str,
    wishes: Wishes,
    program: Program,
    announce: Callable[[Place], None],
) -> int:
    """Run a program as the cloned child itself, in the foreground; the place ends with it. Its exit status."""
    wishes.check(types)
    require_free(session, name)
    word = program.argv[0]
    if "/" not in word and wishes.root is None and not session.find_program(word):
        raise _no_program(word)
    with session.interrupts:
        return _run_as_child(session, types, name, wishes, program, announce)


def _run_as_child(
    session: Session,
    types: tuple[str, ...],
    name: str,
    wishes: Wishes,
    program: Program,
    announce: Callable[[Place], None],
) -> int:
    flags, steps = plans.new_program(types, wishes)
    maps = _maps(session, types, wishes)
    job = session.jobs.launch([program], types=types, flags=flags, steps=tuple(steps), held=True, maps=maps)
    session.jobs.prepare(job)
    if job.has_ended:
        return job.status
    place = Place(name, types, "program")
    place.pidfd, place.pid = os.dup(job.pidfds[0]), job.pids[0]
    _enrol(session, _described(session, place, wishes))
    if wishes.has_offsets:  # entered by the exec itself
        place.whole["time"] = proc.namespace(place.pid, "time_for_children") or 0
    said = f"new {','.join(types)} -- {' '.join(program.argv)}"
    session.story.ran_as_child(session.seat, said, flags, steps, maps, program)
    try:
        announce(place)
        session.jobs.release(job)
        return session.jobs.foreground(job)
    finally:
        session.forget(place)
        session.ended[name] = f"{name} was `new {','.join(types)} -- {program.argv[0]}`: it ended with its program"


def _no_program(word: str) -> NshError:
    error = NshError(f"{word}: no such program here", "the words after -- are a program and its arguments")
    error.exit_status = 127
    return error


# unshare: you move into what one call makes.


def unshare(session: Session, types: tuple[str, ...], wishes: Wishes, *, fork: bool) -> Seat:
    """Sit in a copy of the process you sit in, after one unshare(2); with `fork`, in a child of it.

    Raises UsageError, Refused.
    """
    wishes.check(types)
    plan = plans.unshared(types, wishes, fork=fork)
    maps = _maps(session, types, wishes)
    born = session.bear(plan, (), "helper", "nsh: unshared", maps, session.where(types, "unshare"))
    before = session.seat
    seat = Seat(born.peer, _namespaces(born.peer.pid, before.ns), born.cwd, dict(before.environment))
    seat.moved_by = f"unshare {','.join(types)}"
    seat.pinned_as = {kind: name for kind, name in before.pinned_as.items() if kind not in types}
    seat.later = tuple(t for t in ("pid", "time") if t in types and not fork)
    seat.is_init = fork and "pid" in types
    session.story.moved(before, seat, seat.moved_by, plan, maps)
    session.sit(seat)
    return seat


# enter: you move into what exists.


def enter(
    session: Session, target: Target, types: tuple[str, ...] | None, *, is_visit: bool = False
) -> tuple[str, ...]:
    """Sit in the namespaces of a reference, and say which types moved; none when you are there already.

    Raises UsageError, Refused. `is_visit` makes a seat even when nothing differs.
    """
    wanted = types or target.types
    for kind in wanted:
        if kind not in target.ns:
            raise SessionError(f"{target.label}: has no {kind} namespace to enter")
    before = session.seat
    moved = tuple(kind for kind in differing(target.ns, before.ns) if kind in wanted)
    if not moved and not is_visit:
        return ()
    plan, fds = entering(target, moved, before)
    title = f"nsh: {target.label}"
    where = session.where(moved, "enter")
    where.into = target
    try:
        role = "guarded" if needs_guard(session, target, moved) else "helper"
        born = session.bear(plan, tuple(fds), role, title, None, where)
    finally:
        for fd in fds:
            os.close(fd)
    ns = _namespaces(born.peer.pid, {**before.ns, **{kind: target.ns[kind] for kind in moved}})
    seat = Seat(born.peer, ns, born.cwd, dict(before.environment))
    seat.moved_by = f"enter {target.label}"
    kept = {kind: name for kind, name in before.pinned_as.items() if kind not in moved}
    seat.pinned_as = kept | (dict.fromkeys(moved, target.label) if is_pinned(target.label) else {})
    seat.later = before.later
    seat.place = target.place
    session.story.entered(before, seat, target.label, nstypes.mask(moved))
    session.sit(seat)
    return moved


def needs_guard(session: Session, target: Target, moved: tuple[str, ...]) -> bool:
    """Could programs there take the interpreter's file from us and write it, and would that be more than they may?

    They are somebody else's, in a user namespace of theirs; in ours they have our rights anyway.
    """
    seat, host = session.seats[-1], session.host
    if "mnt" not in moved or target.place is not None or seat.ns["mnt"] != host.ns["mnt"]:
        return False
    return target.ns.get("user", host.ns["user"]) != host.ns["user"] and os.access("/proc/self/exe", os.W_OK)


def entering(target: Target, moved: tuple[str, ...], before: Seat) -> tuple[list[Op], list[int]]:
    """The plan of a move from a seat, and the fds it needs.

    One setns with a pidfd and a mask where there is a process, else one fd at a time, user first.
    """
    steps: list[Op] = []
    fds: list[int] = []
    if moved and target.pid is not None and _kernel_takes_pidfds():
        fds.append(_pidfd(target.pid))
        steps.append(SetNs(1, nstypes.mask(moved), f"pidfd of {target.label}"))
    else:
        for kind in sorted(moved, key=lambda name: name != "user"):
            fds.append(target.open_fd(kind))
            steps.append(SetNs(len(fds), nstypes.BY_NAME[kind].flag, f"{kind}:[{target.ns[kind]}]"))
    if "net" in moved:
        from nsh.session import etcnetns

        steps += etcnetns.binds(target, moved, before)
    place = target.place
    if place is not None and place.gid is not None:
        steps.append(Op("setresgid", place.gid))
    if place is not None and place.uid is not None:
        steps.append(Op("setresuid", place.uid))
    again: list[Op] = [Clone()] if "pid" in moved else []
    return [Clone(), *steps, Op("chdir_if_there", before.cwd), *again], fds


def _pidfd(pid: int) -> int:
    try:
        return os.pidfd_open(pid)
    except OSError as error:
        raise SessionError(f"pid {pid}: {error.strerror}") from error


def _kernel_takes_pidfds() -> bool:
    """setns(2) takes a pidfd and a mask since Linux 5.8."""
    return proc.kernel_version() >= (5, 8)


def leave(session: Session) -> list[str]:
    """Go back to where you were before the last move; what there is to say. Raises SessionError at host."""
    if session.depth() == 0:
        raise SessionError("you are at host: there is nothing to leave", "`quit` ends nsh")
    seat = session.seats.pop()
    session.story.left(seat)
    places = [place.name for place in session.places.values() if place.made_in is seat]
    session.let_go(seat)
    if seat in session.parked:
        return [f"pid 1 of {seat.moved_by} stays, because {', '.join(places)} live under it"]
    return []
