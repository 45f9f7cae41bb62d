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

    from nsh.session.session import Session

_ROOT = "/proc/sys"
_IPC = ("msgmax", "msgmnb", "msgmni", "sem", "shmall", "shmmax", "shmmni", "shm_rmid_forced")
_QUEUES = ("queues_max", "msg_max", "msgsize_max", "msg_default", "msgsize_default")
_EVERY_DEVICE = ("all", "default", "lo")
_NEVER_ALIKE = ("net/ipv4/tcp_fastopen_key",)
_FORWARD = "net.ipv4.ip_forward"
_PING_GROUPS = "net.ipv4.ping_group_range"
_NOBODY = 65534


def that_differ(session: Session, kinds: tuple[str, ...], read: Callable[[str], str]) -> dict[str, str]:
    """{name: value} of what differs in net and ipc namespaces of its own; `read` reads below /proc there."""
    names = [*(_of_net() if "net" in kinds else ()), *(_of_ipc() if "ipc" in kinds else ())]
    if not names:
        return {}
    found = {name: value for name in names if (value := _value(read(f"sys/{name}")))}
    new = _when_new(session, tuple(kind for kind in ("net", "ipc") if kind in kinds), "user" in kinds, list(found))
    differing = {name.replace("/", "."): value for name, value in found.items() if name in new and new[name] != value}
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


def _when_new(session: Session, kinds: tuple[str, ...], is_owned: bool, names: list[str]) -> dict[str, str]:
    """What these read as in new namespaces. Raises Refused."""
    types = ("user", *kinds) if is_owned or os.geteuid() != 0 else kinds
    wishes = Wishes(maps=("none",)) if "user" in types else Wishes()
    place = moves.holder(session, types, "new", wishes, plans.new_holder(types, wishes), ())
    try:
        peer = place.peer
        assert peer is not None, "a holder has one"
        replies = {name: peer.request("read", f"sys/{name}", fds=(session.proc_fd,)) for name in names}
        return {name: _value(reply.fields.get("text", "")) for name, reply in replies.items() if not reply.errno}
    finally:
        place.close()


def _without_echoes(found: dict[str, str]) -> dict[str, str]:
    """Without what follows from another, and without groups that only look different as they are not mapped."""
    if _FORWARD in found:
        for name in _EVERY_DEVICE:
            found.pop(f"net.ipv4.conf.{name}.forwarding", None)
    groups = [int(word) for word in found.get(_PING_GROUPS, "").split() if word.isdecimal()]
    if groups and (_NOBODY in groups or groups[0] > groups[-1]):
        del found[_PING_GROUPS]
    return found
