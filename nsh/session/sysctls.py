# SPDX-License-Identifier: MIT
"""Kernel settings of a place that are not what a new namespace begins with (sysctl(8), namespaces(7)).

Which of them a namespace has of its own depends on its type, and what they
read as on who reads: so a process that is there is asked, and one in new
namespaces that are made to compare with.
"""

from __future__ import annotations

import os

from nsh.session import moves, plans
from nsh.session.plans import Wishes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from nsh.helper.client import Peer
    from nsh.session.places import Place
    from nsh.session.session import Session

_ROOT = "/proc/sys"
_IPC = ("msgmax", "msgmnb", "msgmni", "sem", "shmall", "shmmax", "shmmni", "shm_rmid_forced")
_QUEUES = ("queues_max", "msg_max", "msgsize_max", "msg_default", "msgsize_default")
_EVERY_DEVICE = ("all", "default", "lo")
_NEVER_ALIKE = ("net/ipv4/tcp_fastopen_key",)
_FORWARD = {"net.ipv4.ip_forward": "net.ipv4.conf", "net.ipv6.conf.all.forwarding": "net.ipv6.conf"}
_PING_GROUPS = "net.ipv4.ping_group_range"
_NOBODY = 65534
_AT_ONCE = 256


class New:
    """What settings read as in new namespaces; those are made when they are first asked for. Used with `with`."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._places: list[Place] = []
        self._known: dict[tuple[bool, tuple[str, ...]], list[str]] = {}

    def __enter__(self) -> New:
        return self

    def __exit__(self, *_error: object) -> None:
        for place in self._places:
            place.close()

    def values(self, names: tuple[str, ...], *, is_owned: bool) -> list[str]:
        """Of namespaces that a user namespace of their own owns, or not; `` for what those have not."""
        if (is_owned, names) not in self._known:
            types = ("ipc", "net", "user") if is_owned else ("ipc", "net")
            wishes = Wishes(maps=("none",)) if is_owned else Wishes()
            place = moves.holder(self._session, types, "new", wishes, plans.new_holder(types, wishes), ())
            self._places.append(place)
            assert place.peer is not None, "a holder has one"
            self._known[is_owned, names] = read(self._session, place.peer, names)
        return self._known[is_owned, names]


def read(session: Session, peer: Peer, names: tuple[str, ...]) -> list[str]:
    """The settings as a process of ours reads them, '' for what it cannot. Raises HelperLost."""
    found: list[str] = []
    for start in range(0, len(names), _AT_ONCE):
        paths = [f"sys/{name}" for name in names[start : start + _AT_ONCE]]
        lines = peer.request("lines", paths, fds=(session.proc_fd,)).fields.get("text", "").split("\n")
        found += [" ".join(line.split()) for line in [*lines, *([""] * len(paths))][: len(paths)]]
    return found


def that_differ(session: Session, kinds: tuple[str, ...], peer: Peer, new: New) -> dict[str, str]:
    """{name: value} of what is otherwise in net and ipc namespaces than in new ones, as a process there reads it.

    Raises Refused, HelperLost.
    """
    names = (*(_of_net() if "net" in kinds else ()), *(_of_ipc() if "ipc" in kinds else ()))
    if not names:
        return {}
    is_owned = "user" in kinds or os.geteuid() != 0
    pairs = zip(names, read(session, peer, names), new.values(names, is_owned=is_owned), strict=True)
    return _without_echoes(
        {name.replace("/", "."): here for name, here, fresh in pairs if here and fresh not in ("", here)}
    )


def _of_ipc() -> Iterator[str]:
    yield from (f"kernel/{name}" for name in _IPC)
    yield from (f"fs/mqueue/{name}" for name in _QUEUES)


def _of_net(folder: str = "net") -> Iterator[str]:
    """All that can be written, but for what belongs to one device."""
    try:
        entries = sorted(os.scandir(f"{_ROOT}/{folder}"), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        path = f"{folder}/{entry.name}"
        if not entry.is_dir():
            if entry.stat().st_mode & 0o600 == 0o600 and path not in _NEVER_ALIKE:
                yield path
        elif folder.rpartition("/")[2] not in ("conf", "neigh") or entry.name in _EVERY_DEVICE:
            yield from _of_net(path)


def _without_echoes(found: dict[str, str]) -> dict[str, str]:
    """Without what follows from another, and without groups that only look different as they are not mapped."""
    for forward, stem in _FORWARD.items():
        if forward in found:
            for name in _EVERY_DEVICE:
                if f"{stem}.{name}.forwarding" != forward:
                    found.pop(f"{stem}.{name}.forwarding", None)
    groups = [int(word) for word in found.get(_PING_GROUPS, "").split() if word.isdecimal()]
    if groups and (_NOBODY in groups or groups[0] > groups[-1]):
        del found[_PING_GROUPS]
    return found
