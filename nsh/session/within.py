# SPDX-License-Identifier: MIT
"""What belongs to a namespace of each type: hostname, mounts, devices, maps, offsets, queues, init, cgroup."""

from __future__ import annotations

from nsh import nstypes
from nsh.errors import HelperLost, NshError
from nsh.kernel import proc
from nsh.session import cgroups, clocks, identity, inventory, mounts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.net.state import Route
    from nsh.session.refs import Target
    from nsh.session.session import Session

    Facts = dict[str, object]

FIELDS: dict[str, tuple[str, ...]] = {
    "mnt": ("mounts", "propagation"),
    "uts": ("hostname", "domainname"),
    "ipc": ("message_queues", "semaphores", "shared_memory"),
    "pid": ("init",),
    "net": ("devices", "addresses", "routes"),
    "user": ("uid_map", "gid_map", "setgroups"),
    "cgroup": ("inside", "outside"),
    "time": ("monotonic", "boottime"),
}
"""What is told of each type; a fact that cannot be had is null."""

_BY_ENTERING = ("uts", "ipc", "cgroup")  # only a process that is there sees it
_IPC = (("message_queues", "msg"), ("semaphores", "sem"), ("shared_memory", "shm"))


def look(session: Session, target: Target, ref: str, kinds: tuple[str, ...]) -> dict[str, Facts]:
    """{type: facts} of a reference's namespaces of those types.

    Where that takes a process inside, one enters and leaves again. What may not
    be entered or read is null. Raises HelperLost.
    """
    kinds = tuple(kind for kind in nstypes.NAMES if kind in kinds and kind in target.ns)
    found: dict[str, Facts] = {kind: dict.fromkeys(FIELDS[kind]) for kind in kinds}
    inside = {kind for kind in kinds if target.ns[kind] != session.seat.ns.get(kind)}
    members = {kind: _member(target, kind) for kind in kinds}  # before a process of ours is one
    needs = {kind for kind in inside if kind in _BY_ENTERING or (members[kind] is None and kind != "net")}
    for kind in kinds:
        if kind not in needs:
            pid = members[kind] if kind in inside else session.seat.peer.pid
            found[kind] = _fill(session, target, kind, pid)
    if needs:
        try:
            with session.on(ref):
                for kind in needs:
                    found[kind] = _fill(session, target, kind, members[kind] or session.seat.peer.pid)
        except HelperLost:
            raise
        except NshError:
            pass  # not ours to enter
    return found


def _member(target: Target, kind: str) -> int | None:
    """A process in that namespace."""
    if target.pid is not None and proc.namespace(target.pid, kind) == target.ns[kind]:
        return target.pid
    return inventory.member_of(kind, target.ns[kind])


def _fill(session: Session, target: Target, kind: str, pid: int | None) -> Facts:
    """The facts of one namespace; `pid` is in it, and for uts and ipc we sit there."""
    try:
        return _ASK[kind](session, target, pid or 0)
    except HelperLost:
        raise
    except (NshError, OSError, ValueError, KeyError):
        return dict.fromkeys(FIELDS[kind])


def _mnt(_session: Session, _target: Target, pid: int) -> Facts:
    rows = mounts.table(pid)
    root = next((row for row in reversed(rows) if row["mountpoint"] == "/"), None)
    lines = [f"{row['mountpoint']} {row['fstype']} {row['source']}" for row in rows]
    return {"mounts": lines, "propagation": root["propagation"] if root is not None else None}


def _uts(session: Session, _target: Target, _pid: int) -> Facts:
    facts = session.facts()
    return {"hostname": facts.get("hostname"), "domainname": facts.get("domainname")}


def _ipc(session: Session, _target: Target, _pid: int) -> Facts:
    found: Facts = {}
    for name, file in _IPC:
        lines = session.read_there(f"sysvipc/{file}").splitlines()[1:]
        words = [line.split() for line in lines]
        found[name] = [f"{row[1]} (key 0x{int(row[0]) & 0xFFFFFFFF:08x})" for row in words if len(row) > 2]
    return found


def _pid(_session: Session, target: Target, _seat: int) -> Facts:
    inode = target.ns["pid"]
    for pid in inventory.members_of("pid", inode):
        try:
            is_init = proc.pids_of(pid)[-1] == 1
        except (OSError, KeyError):
            continue  # it has ended meanwhile
        if is_init:
            return {"init": pid if not proc.is_zombie(pid) else None}
    return {"init": None}


def _net(session: Session, target: Target, _pid: int) -> Facts:
    from nsh.net import state  # with the first namespace whose network is looked at
    from nsh.session.nets import Closing, Net

    with Closing(Net(session, target).route_socket()) as sock:
        links, addresses, routes = state.links(sock), state.addresses(sock), state.routes(sock)
    names: dict[int | None, str] = {link.index: link.name for link in links}
    return {
        "devices": [f"{link.name} {'UP' if link.is_up else 'DOWN'}" for link in links],
        "addresses": [f"{names.get(one.index, '?')} {one.text}" for one in addresses],
        "routes": [_route(route, names) for route in routes],
    }


def _route(route: Route, names: dict[int | None, str]) -> str:
    hops = [_hop(hop.gateway, names.get(hop.index)) for hop in route.hops]
    return " ".join([route.destination, *hops] if hops else [route.kind, route.destination])


def _hop(gateway: str | None, device: str | None) -> str:
    return " ".join([*(["via", gateway] if gateway else []), *(["dev", device] if device else [])])


def _user(_session: Session, _target: Target, pid: int) -> Facts:
    maps = {f"{kind}_map": [str(line) for line in identity.read_map(pid, kind)] for kind in ("uid", "gid")}
    return {**maps, "setgroups": _line(f"/proc/{pid}/setgroups")}


def _line(path: str) -> str | None:
    try:
        with open(path, encoding="ascii") as file:
            return file.readline().strip()
    except OSError:
        return None


def _cgroup(session: Session, _target: Target, pid: int) -> Facts:
    """The path in the one hierarchy of version 2, else in the first of version 1."""
    with open(f"/proc/{pid}/cgroup", encoding="utf-8", errors="surrogateescape") as file:
        outside = cgroups.rows_of(file.read())
    chosen = min(outside, default=None)
    return {"inside": _seen_from(session, pid, chosen), "outside": outside.get(chosen) if chosen else None}


def _seen_from(session: Session, pid: int, chosen: tuple[int, str] | None) -> str | None:
    """The path as the process itself sees it: below the root of its cgroup namespace."""
    if chosen is None or proc.namespace(pid, "cgroup") != session.seat.ns.get("cgroup"):
        return None
    return cgroups.rows_of(session.read_there(f"{pid}/cgroup")).get(chosen)


def _time(_session: Session, _target: Target, pid: int) -> Facts:
    return {"monotonic": 0.0, "boottime": 0.0, **clocks.in_seconds(pid)}


_ASK = {
    "mnt": _mnt,
    "uts": _uts,
    "ipc": _ipc,
    "pid": _pid,
    "net": _net,
    "user": _user,
    "cgroup": _cgroup,
    "time": _time,
}
