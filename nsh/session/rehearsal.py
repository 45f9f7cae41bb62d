# SPDX-License-Identifier: MIT
"""A session that only notes what it would do: the same commands, the same reading, no call that changes anything.

It looks like the session that it was made of, and its helpers answer only
questions. What would change something is noted; where nothing sensible can
follow, because what would follow depends on what was not made, it ends.
"""

from __future__ import annotations

import os

from nsh.errors import SessionError
from nsh.helper.client import Peer, Reply
from nsh.session import moves
from nsh.session.guard import Guard
from nsh.session.ledger import Ledger
from nsh.session.places import Place, Seat
from nsh.session.session import Session
from nsh.session.story import Story

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from nsh.errors import Where
    from nsh.ops import Op
    from nsh.session.births import Born, MapsWanted
    from nsh.session.programs import Job, Program

_QUESTIONS = ("names", "read", "find", "clocks", "keys", "socket")
_CAN_BE_REHEARSED = {
    "addr", "bridge", "can", "enter", "graph", "help", "history", "leave", "limits", "link", "ls", "mnt", "neigh",
    "new", "on", "route", "same", "show", "time", "tree", "unshare", "user", "uts", "veth", "why",
}  # fmt: skip
"""First words of commands that change things by their helpers and by netlink alone, or nothing at all."""


class Rehearsed(BaseException):
    """The rehearsal is over: what follows depends on what was not made. No error, hence no Exception."""


class Deed:
    """One thing that would be done, by the process called `by`.

    `ops` are the calls in order; a first clone3 is the process that does the
    rest. `programs` are executed at the end. `uid_map` and `gid_map` are None
    for root to you, `` for no map. `flags` are those of a program's own clone.
    """

    __slots__ = ("by", "flags", "gid_map", "is_holder", "ops", "programs", "types", "uid_map")

    def __init__(
        self,
        by: str,
        ops: Sequence[Op | str],
        *,
        types: tuple[str, ...] = (),
        programs: Sequence[Program] = (),
        flags: int = 0,
        maps: MapsWanted | None = None,
        is_holder: bool = False,
    ) -> None:
        self.by = by
        self.ops = list(ops)
        self.types = types
        self.programs = list(programs)
        self.flags = flags
        self.uid_map = maps.uid_map if maps is not None else ""
        self.gid_map = maps.gid_map if maps is not None else ""
        self.is_holder = is_holder


class _Understudy(Peer):
    """A helper that answers questions of the one it stands for, and does nothing."""

    def __init__(self, real: Peer) -> None:
        # Not the real one's __init__: it would own the socket and the pidfd, and they are not ours to close.
        self.real = real
        self.sock, self.pidfd, self.title, self.pid = real.sock, real.pidfd, real.title, real.pid
        self.events, self.lost = [], real.lost

    def request(self, verb: str, *arguments: object, fds: tuple[int, ...] = ()) -> Reply:
        """Pass a question on. SessionError for anything else."""
        if verb not in _QUESTIONS:
            raise SessionError(f"`{verb}` cannot be rehearsed", "`trace on` shows what it does when it is done")
        return self.real.request(verb, *arguments, fds=fds)

    def close(self) -> None:
        """Nothing is closed in a rehearsal."""

    def dismiss(self) -> None:
        """Nobody is sent away in a rehearsal."""


class _Unwritten(Ledger):
    """Nothing is made, so nothing is written down."""

    def begin(self, kind: str, path: str) -> None:
        """Forget it."""

    def done(self, kind: str, path: str) -> None:
        """Forget it."""


class _Stage:
    """The programs of a rehearsal: noted, not started."""

    def __init__(self, session: Rehearsal) -> None:
        self.session = session
        self.current: list[Job] = []

    def launch(
        self,
        programs: list[Program],
        *,
        types: tuple[str, ...] = (),
        flags: int = 0,
        steps: tuple[Op, ...] = (),
        maps: MapsWanted | None = None,
        seat: Seat | None = None,
        **_rest: object,
    ) -> Job:
        """Note it and end the rehearsal: how the program ends is not known."""
        by = (seat or self.session.seat).peer.title
        self.session.deeds.append(Deed(by, steps, types=types, programs=programs, flags=flags, maps=maps))
        raise Rehearsed

    def of_peer(self, _peer: Peer) -> bool:
        """No helper has jobs here."""
        return False


class Rehearsal(Session):
    """The session as it stands, for one line that is not done."""

    def __init__(self, real: Session) -> None:
        # Everything as it is there: reading is done for real.
        self.__dict__.update(real.__dict__)
        self.deeds: list[Deed] = []
        self.visit = None
        self.variables, self.settings = dict(real.variables), dict(real.settings)
        self.history, self.ended, self.parked = list(real.history), dict(real.ended), []
        peers: dict[Peer, Peer] = {}
        self._seats = [_copy_of_seat(seat, peers) for seat in real.seats]
        self.places = {name: _copy_of_place(place, peers) for name, place in real.places.items()}
        self.zygote = _Understudy(real.zygote)
        self.guard = Guard(self)
        self.ledger = _Unwritten()
        self.story = Story()  # of what was not done, and is forgotten
        self._jobs = _Stage(self)  # type: ignore[assignment]

    def bear(
        self, plan: list[Op], fds: Sequence[int], role: str, title: str, maps: MapsWanted | None, where: Where
    ) -> Born:
        """Note a plan; the rehearsal is over, for what it would make is not there."""
        del fds
        self.deeds.append(Deed(self.seat.peer.title, plan, types=where.types, maps=maps, is_holder=role != "helper"))
        raise Rehearsed

    def settle(self) -> None:
        """A visit: note how it is entered; whoever holds the place stands in for the process that would."""
        visit, self.visit = self.visit, None
        target = visit.target if visit is not None else None
        if visit is None or target is None:
            return
        before = self._seats[-1]
        moved = visit.moved()
        plan, fds = moves.entering(target, moved, before)
        for fd in fds:
            os.close(fd)
        self.deeds.append(Deed(before.peer.title, plan, types=moved))
        if target.place is None or target.place.peer is None:
            raise Rehearsed
        self.sit(Seat(target.place.peer, {**before.ns, **target.ns}, before.cwd, dict(before.environment)))

    def about_to(self, words: tuple[str, ...]) -> None:
        """Refuse a command that does things in ways that are not noted. Raises SessionError."""
        if words[0] not in _CAN_BE_REHEARSED:
            raise SessionError(
                f"`{' '.join(words)}` cannot be rehearsed", "`trace on` shows what it does when it is done"
            )

    def let_go(self, seat: Seat) -> None:
        """The stand-in goes on standing where it stands."""

    def do(self, *ops: Op, types: Sequence[str] = ()) -> None:
        """Note what the process you sit in would do."""
        self.deeds.append(Deed(self.seat.peer.title, ops, types=tuple(types)))

    def do_at_host(self, *ops: Op, fds: tuple[int, ...] = (), shown: str | None = None) -> None:
        """Note what the helper of host would do."""
        del fds, shown
        self.deeds.append(Deed(self.host.peer.title, ops))

    def open_file(self, path: str, mode: str) -> int:
        """A file for writing would be opened: noted, and /dev/null is written instead."""
        if mode == "r":
            raise SessionError("reading a file for a program cannot be rehearsed")
        self.deeds.append(Deed(self.seat.peer.title, [f'open("{path}", {"O_APPEND" if mode == "a" else "O_TRUNC"})']))
        return os.dup(self.null_fd)

    def note(self, shown: str) -> None:
        """A message that would be sent by nsh itself."""
        self.deeds.append(Deed("nsh", [shown]))


def _copy_of_seat(seat: Seat, peers: dict[Peer, Peer]) -> Seat:
    copied = Seat(_stand_in(seat.peer, peers), dict(seat.ns), seat.cwd, dict(seat.environment))
    copied.later, copied.init_died, copied.is_init = seat.later, seat.init_died, seat.is_init
    copied.init_name, copied.moved_by = seat.init_name, seat.moved_by
    return copied


def _copy_of_place(place: Place, peers: dict[Peer, Peer]) -> Place:
    copied = Place(place.name, place.types, place.how)
    copied.__dict__.update(place.__dict__)
    copied.peer = None if place.peer is None else _stand_in(place.peer, peers)
    copied.made_in = None
    return copied


def _stand_in(peer: Peer, peers: dict[Peer, Peer]) -> Peer:
    return peers.setdefault(peer, _Understudy(peer))
