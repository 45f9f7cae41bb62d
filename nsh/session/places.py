# SPDX-License-Identifier: MIT
"""Places (sets of namespaces with a name) and seats (the processes the prompt sits in)."""

from __future__ import annotations

import os

from nsh import nstypes
from nsh.helper.client import Peer
from nsh.printable import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    import _socket
    from collections.abc import Iterable

    from nsh.session.labs import Lab


class Place:
    """A named set of namespaces.

    `how` says what keeps it: `holder` (a process of nsh), `program` (the
    command after `--`) or `fds` (open files only). `ns` holds the inodes of
    the types it owns, `whole` those of all types its process is in. `uid` and
    `gid` are those asked for with --uid and --gid, None for none. `sockets`
    live in its network namespace, by what they are for; `lab` is the one it
    is of.
    """

    def __init__(self, name: str, types: tuple[str, ...], how: str) -> None:
        self.name = name
        self.types = types
        self.how = how
        self.peer: Peer | None = None
        self.pidfd = -1
        self.pid: int | None = None
        self.whole: dict[str, int] = {}
        self.fds: dict[str, int] = {}
        self.uid: int | None = None
        self.gid: int | None = None
        self.made_in: Seat | None = None
        self.sockets: dict[str, _socket.socket] = {}
        self.lab: Lab | None = None

    @property
    def ns(self) -> dict[str, int]:
        """{type: inode} of the types it owns."""
        return {name: self.whole[name] for name in self.types if name in self.whole}

    def as_json(self) -> dict[str, object]:
        """One flat object for `--json`."""
        return {
            "name": self.name,
            "pid": self.pid,
            "how": self.how,
            "types": list(self.types),
            "namespaces": [f"{kind}:[{inode}]" for kind, inode in self.ns.items()],
        }

    def drop_files(self) -> None:
        """Keep it by its holder alone."""
        for fd in self.fds.values():
            os.close(fd)
        self.fds = {}

    def drop_sockets(self) -> None:
        """Close the sockets in it: an open one keeps its namespace alive."""
        for sock in self.sockets.values():
            sock.close()
        self.sockets = {}

    def lose_holder(self) -> None:
        """From now on only open files keep it."""
        if self.peer is not None:
            self.peer.close()
            self.peer = None
        self.drop_sockets()
        self.how, self.pid, self.pidfd = "fds", None, -1
        self.types = tuple(self.fds)

    def close(self) -> None:
        """Let go of the process and the files; a holder leaves at the end of its socket."""
        if self.peer is not None:
            self.peer.close()
        elif self.pidfd >= 0:
            os.close(self.pidfd)
        self.pidfd = -1
        self.drop_sockets()
        self.drop_files()


class Seat:
    """One step of where you are: a helper, the namespaces it is in, its environment.

    `pinned_as` has the names under /run by which types were entered. `later`
    names the types whose new namespace only the next children are in (after a
    plain `unshare pid` or `unshare time`). The first program is then the init
    of that pid namespace: `init_pidfd` and `init_name`, and `init_died` once it
    has ended.
    """

    def __init__(self, peer: Peer, ns: dict[str, int], cwd: str, environment: dict[str, str]) -> None:
        self.peer = peer
        self.ns = ns
        self.cwd = cwd
        self.environment = environment
        self.moved_by = ""
        self.pinned_as: dict[str, str] = {}
        self.later: tuple[str, ...] = ()
        self.init_pidfd = -1
        self.init_name = ""
        self.init_died = False
        self.is_init = False
        self.place: Place | None = None

    def differs_from(self, other: Seat) -> tuple[str, ...]:
        """The types in which this seat is not where the other is."""
        return differing(self.ns, other.ns)


def differing(one: dict[str, int], other: dict[str, int]) -> tuple[str, ...]:
    """The types of two {type: inode} that are not the same namespace, in the order of the TYPES list."""
    return tuple(name for name in nstypes.NAMES if one.get(name) != other.get(name))


def pinned_path(name: str) -> str | None:
    """The file under /run that goes by a name, of whatever type, or None."""
    paths = [f"/run/netns/{name}"]
    if os.path.isdir("/run/nsh"):
        paths += [f"/run/nsh/{kind}/{name}" for kind in nstypes.NAMES if kind != "net"]
    return next((path for path in paths if os.path.lexists(path)), None)


def is_pinned(name: str) -> bool:
    """Does a name under /run keep a namespace? A stale placeholder keeps none."""
    if "/" in name or name in ("", ".", "..") or pinned_path(name) is None:
        return False
    from nsh.session import pins  # with the first file of that name, not with every start

    return bool(pins.named(name))


def prompt_text(seat: Seat, host: Seat, places: Iterable[Place]) -> str:
    """The prompt without a trailing blank: `nsh>`, `nsh[box]>`, `nsh[uts:web,net]>`."""
    moved = seat.differs_from(host)
    known = list(places)
    parts = []
    if moved:
        whole = next((p.name for p in known if p.types and p.whole == seat.ns), None)
        parts = [whole] if whole else [_part(name, seat, known) for name in moved]
    parts += [f"{name}:next" for name in seat.later]
    return f"nsh[{','.join(parts)}]>" if parts else "nsh>"


def _part(name: str, seat: Seat, places: list[Place]) -> str:
    owner = next((p.name for p in places if p.ns.get(name) == seat.ns.get(name)), seat.pinned_as.get(name))
    return f"{name}:{printable(owner)}" if owner else name  # a pin under /run/netns has a name of somebody else's
