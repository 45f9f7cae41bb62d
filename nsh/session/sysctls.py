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
    from collections.abc import Callable, Iterator

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


class New:
    """What settings read as in new namespaces; those are made when they are first asked for. Used with `with`."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._places: dict[bool, Place] = {}
        self._known: dict[tuple[bool, str], str | None] = {}

    def __enter__(self) -> New:
        return self

    def __exit__(self, *_error: object) -> None:
        for place in self._places.values():
            place.close()

    def value(self, name: str, *, is_owned: bool) -> str | None:
        """One of them, in namespaces that a user namespace of their own owns or not; None where it has no such."""
        if (is_owned, name) not in self._known:
            peer = self._place(is_owned).peer
            assert peer is not None, "a holder has one"
            reply = peer.request("read", f"sys/{name}", fds=(self._session.proc_fd,))
            self._known[is_owned, name] = None if reply.errno else _value(reply.fields.get("text", ""))
        return self._known[is_owned, name]

    def _place(self, is_owned: bool) -> Place:
        if is_owned not in self._places:
            types = ("ipc", "net", "user") if is_owned else ("ipc", "net")
            wishes = Wishes(maps=("none",)) if is_owned else Wishes()
            plan = plans.new_holder(types, wishes)
            self._places[is_owned] = moves.holder(self._session, types, "new", wishes, plan, ())
        return self._places[is_owned]


def that_differ(kinds: tuple[str, ...], read: Callable[[str], str], new: New) -> dict[str, str]:
    """{name: value} of what is otherwise in net and ipc namespaces than in new ones; `read` reads below /proc there.

    Raises Refused, HelperLost.
    """
    names = [*(_of_net() if "net" in kinds else ()), *(_of_ipc() if "ipc" in kinds else ())]
    is_owned = "user" in kinds or os.geteuid() != 0
    differing = {}
    for name in names:
        value = _value(read(f"sys/{name}"))
        if value and new.value(name, is_owned=is_owned) not in (None, value):
            differing[name.replace("/", ".")] = value
    return _without_echoes(differing)


def _value(text: str) -> str:
    return " ".join(text.split()) if "\n" not in text.rstrip("\n") else ""


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
