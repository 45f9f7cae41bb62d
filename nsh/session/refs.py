# SPDX-License-Identifier: MIT
"""References: a name, `host`, `.`, a pid, `uts:[4026532386]`, a path, each to a set of namespaces."""

from __future__ import annotations

import os

from nsh import nstypes
from nsh.errors import NoSuchName, Refused, SessionError, Where
from nsh.kernel import nsfs, proc
from nsh.printable import excerpt
from nsh.session import inventory, pins
from nsh.session.places import Place

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from nsh.session.session import Session


class Target:
    """What a reference stands for: namespaces by type, and how to get at them.

    `ns` is {type: inode}. `types` are those that a bare `enter REF` moves.
    `pid` is a process in them, None when only files keep them; `open_fd(type)`
    opens one. `place` is set when it is a place of this session.
    """

    def __init__(
        self,
        label: str,
        ns: dict[str, int],
        types: tuple[str, ...],
        pid: int | None,
        open_fd: Callable[[str], int],
        place: Place | None = None,
    ) -> None:
        self.label = label
        self.ns = ns
        self.types = types
        self.pid = pid
        self.open_fd = open_fd
        self.place = place


def resolve(session: Session, text: str) -> Target:
    """What REF stands for. Raises NoSuchName, Refused, SessionError."""
    if text == ".":
        return of_process(session.seat.peer.pid, ".", session.seat.ns)
    if text == "host":
        return of_process(os.getpid(), "host", session.host.ns)
    place = session.places.get(text)
    if place is not None:
        return of_place(place)
    if text.isascii() and text.isdecimal():
        return of_process(int(text), f"pid {text}")
    kind, colon, number = text.partition(":")
    if colon and kind in nstypes.BY_NAME and number.strip("[]").isdecimal():
        return of_inode(session, kind, int(number.strip("[]")))
    if "/" in text:
        return of_path(text)
    is_name = text not in ("", "..") and "\0" not in text
    pinned = pins.named(text) if is_name else {}
    if pinned:
        return of_pins(text, pinned)
    stale = pins.placeholders(text) if is_name else []
    if stale:
        raise NoSuchName(f"{stale[0]}: a stale placeholder, which pins nothing", f"`unpin {text}` removes it")
    raise NoSuchName(f"{excerpt(text)}: no such place", _like(text, [*session.places, "host"], session.ended.get(text)))


def chosen(target: Target, types: tuple[str, ...] | None) -> tuple[str, ...]:
    """The types of a reference that are meant: those asked for, else its own. Raises SessionError."""
    for kind in types or ():
        if kind not in target.ns:
            raise SessionError(f"{target.label}: has no {kind} namespace", f"its types: {','.join(target.ns)}")
    return tuple(kind for kind in nstypes.NAMES if kind in (types or target.types))


def _like(text: str, names: list[str], ended: str | None) -> str | None:
    """A word on what the user may have meant."""
    if ended:
        return ended
    if text in nstypes.BY_NAME:
        return f"{text} is a type; a place of that type has a name: `ls places`"
    import difflib

    close = difflib.get_close_matches(text, names, 1, 0.7)
    return f"did you mean {close[0]}?" if close else "`ls places` lists them"


def of_place(place: Place) -> Target:
    """A place of this session, with the types it owns."""
    if place.fds:
        return Target(place.name, place.ns, place.types, None, lambda kind: os.dup(place.fds[kind]), place)
    pid = place.pid
    return Target(place.name, dict(place.whole), place.types, pid, lambda kind: _open_link(pid, kind), place)


def of_process(pid: int, label: str, known: dict[str, int] | None = None) -> Target:
    """All namespaces of a process. Raises NoSuchName when there is none, Refused when it may not be looked at."""
    if not os.path.exists(f"/proc/{pid}"):
        raise NoSuchName(f"{pid}: no such process", "`ls procs` lists those of the place you are in")
    ns = known if known is not None else proc.namespaces(pid)
    if not ns:
        raise _unreadable(pid)
    return Target(label, dict(ns), tuple(n for n in nstypes.NAMES if n in ns), pid, lambda kind: _open_link(pid, kind))


def _unreadable(pid: int) -> Refused:
    """Why the links of a process cannot be read, by trying one."""
    try:
        os.readlink(f"/proc/{pid}/ns/uts")
    except OSError as error:
        from nsh import hints  # with the first refusal

        shown, number = f"readlink(/proc/{pid}/ns/uts)", error.errno or 0
        return Refused(shown, number, hints.explain("readlink", shown, number, Where(os.getpid())))
    return Refused(f"readlink(/proc/{pid}/ns)", 0)


def of_inode(session: Session, kind: str, inode: int) -> Target:
    """One namespace by its inode. Raises NoSuchName when nothing that can be seen keeps it."""
    label = f"{kind}:[{inode}]"
    for place in session.places.values():
        if place.ns.get(kind) == inode:
            target = of_place(place)
            return Target(label, {kind: inode}, (kind,), target.pid, target.open_fd)
    member = inventory.member_of(kind, inode)
    if member is None:
        return _without_process(kind, inode, label)
    return Target(label, {kind: inode}, (kind,), member, lambda name: _open_link(member, name))


def _without_process(kind: str, inode: int, label: str) -> Target:
    """One that no process is in: looked for everywhere. Raises NoSuchName when nothing is seen that keeps it."""
    from nsh.session import discovery

    world = discovery.look()
    if (kind, inode) not in world.known:
        raise NoSuchName(f"{label}: no such namespace", "`ls ns` lists those that can be seen")

    def open_it(_name: str) -> int:
        try:
            return discovery.open_again(world, (kind, inode))
        except OSError as error:
            raise Refused(f"open({label})", error.errno or 0, f"`why {label}` says what keeps it") from error

    return Target(label, {kind: inode}, (kind,), None, open_it)


def of_path(path: str, label: str | None = None) -> Target:
    """A namespace by a file: /proc/PID/ns/TYPE, or a bind mount. Raises Refused, NoSuchName, SessionError."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
    except OSError as error:
        raise Refused(f'open("{path}")', error.errno or 0) from error
    except ValueError as error:
        raise SessionError(f"{path!r}: {error}") from error
    try:
        (kind,) = nstypes.names_of(nsfs.nstype(fd))
        inode = os.fstat(fd).st_ino
    except OSError as error:
        raise NoSuchName(
            f"{path}: not a namespace file",
            "a namespace file is /proc/PID/ns/TYPE, or a bind mount of one, as under /run/netns",
        ) from error
    finally:
        os.close(fd)
    return Target(label or path, {kind: inode}, (kind,), None, lambda _name: _open(path))


def of_pins(name: str, found: dict[str, pins.Pin]) -> Target:
    """What is pinned under a name, all types together."""
    ns = {kind: one.inode for kind, one in found.items() if one.inode is not None}
    return Target(name, ns, tuple(ns), None, lambda kind: _open(found[kind].path))


def _open_link(pid: int | None, kind: str) -> int:
    return _open(f"/proc/{pid}/ns/{kind}")


def _open(path: str) -> int:
    """Open a namespace file. Raises Refused."""
    try:
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise Refused(f'open("{path}")', error.errno or 0) from error
