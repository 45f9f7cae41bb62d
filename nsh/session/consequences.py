# SPDX-License-Identifier: MIT
"""What a deed changes, and what it does not, though one might think so: namespaces(7) and the pages of each type."""

from __future__ import annotations

from nsh import nstypes
from nsh.ops import Clone, Give, Op, SetNs, Unshare

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.rehearsal import Deed

_STAYS = {
    "mnt": "every file looks as before: the mounts are copies; what is mounted from now on is seen inside only",
    "uts": "the names are copies of the old ones until they are set",
    "ipc": "/dev/mqueue and /dev/shm are the old ones until they are mounted anew",
    "pid": "/proc shows the old processes until a fresh one is mounted",
    "net": "lo is down; /sys/class/net shows the old devices until sysfs is mounted anew",
    "user": "other namespaces belong to those that made them: capabilities count in those made inside only",
    "cgroup": "/sys/fs/cgroup is mounted as before; only the paths in /proc/PID/cgroup are told from a new root",
    "time": "only CLOCK_MONOTONIC and CLOCK_BOOTTIME can differ, never the time of day",
}
_LATER = {
    "pid": "the caller stays in its pid namespace: only its next children are in the new one, the first as pid 1",
    "time": "the caller keeps its clocks: only its next children have the new ones",
}
_SET = {
    "sethostname": "the hostname, for every member of this uts namespace",
    "setdomainname": "the NIS domain name, for every member of this uts namespace",
    "mount": "the mounts, for every member of this mnt namespace",
    "umount2": "the mounts, for every member of this mnt namespace",
}
_SENT = {
    "LINK(": "the devices of a net namespace, for every member of it",
    "ADDR(": "the addresses of a net namespace, for every member of it",
    "ROUTE(": "the routes of a net namespace, for every member of it",
}


def changed(deed: Deed) -> list[str]:
    """What will be different, a line each."""
    made, moved, later = kinds(deed)
    if deed.programs:
        lines = _of_program(deed.programs[0].argv[0], made, moved)
    else:
        lines = _of_making(deed, made, later)
        lines += [f"you sit in a process in the {_types(moved)} of the place"] if moved else []
    return lines if made or moved or later else [*lines, *_what_is_set(deed)]


def _of_program(program: str, made: tuple[str, ...], moved: tuple[str, ...]) -> list[str]:
    lines = []
    if made:
        lines.append(f"{program} runs in {_new(made)}; you wait for it, and they end with it")
    if moved:
        lines.append(f"{program} runs in the {_types(moved)} of the place")
    return lines or [f"{program} runs where you sit"]


def _of_making(deed: Deed, made: tuple[str, ...], later: tuple[str, ...]) -> list[str]:
    if not (made or later):
        return []
    if made and any(isinstance(op, Give) for op in deed.ops):
        return [f"{_new(made)} for each name, kept by open files alone; you stay where you are"]
    if made and deed.is_holder:
        return [f"a process in {_new(made)}; you stay where you are"]
    return [f"you sit in a copy of the process you sat in, in {_new((*made, *later))}"]


def _what_is_set(deed: Deed) -> list[str]:
    """What calls and messages change in namespaces that are there."""
    told = [_SET[op.name] for op in deed.ops if isinstance(op, Op) and op.name in _SET]
    told += [text for op in deed.ops if isinstance(op, str) for begin, text in _SENT.items() if begin in op]
    return list(dict.fromkeys(told))


def unchanged(deed: Deed) -> list[str]:
    """What one might think is different and is not, a line each."""
    made, moved, later = kinds(deed)
    fresh_proc = any(isinstance(op, Op) and op.name == "mount" and op.arguments[2] == "proc" for op in deed.ops)
    told = {kind: _STAYS[kind] for kind in (*made, *later) if not (kind == "pid" and fresh_proc)}
    told.update({kind: _LATER[kind] for kind in later})
    if "pid" in moved:
        told["pid"] = "whoever enters a pid namespace is not its pid 1: that is the process that was there first"
    return [f"{kind}: {text}" for kind, text in told.items()]


def kinds(deed: Deed) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Types that are made, that are entered, and that only the next children will be in."""
    made, joined, unshared, forks = deed.flags, 0, 0, False
    for op in deed.ops:
        if isinstance(op, Clone):
            forks = bool(unshared)
            made |= int(op.arguments[0] or 0)
        elif isinstance(op, Give):
            made |= int(op.arguments[0] or 0)
        elif isinstance(op, Unshare):
            unshared |= int(op.arguments[0] or 0)
        elif isinstance(op, SetNs):
            joined |= int(op.arguments[1] or 0)
    only_children = nstypes.mask([kind for kind in ("pid", "time") if not (forks or deed.programs)])
    later = unshared & only_children
    return nstypes.names_of(made | unshared & ~later), nstypes.names_of(joined), nstypes.names_of(later)


def _new(made: tuple[str, ...]) -> str:
    return f"a new {made[0]} namespace" if len(made) == 1 else f"new {_types(made)}"


def _types(some: tuple[str, ...]) -> str:
    plural = "namespace" if len(some) == 1 else "namespaces"
    return f"{', '.join(some)} {plural}"
