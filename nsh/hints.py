# SPDX-License-Identifier: MIT
"""Why the kernel said no: the cause as it is probed here and now, and what to type instead.

Each function looks at this machine before it speaks; what it cannot see it
does not guess. The rows are those of the manual pages' ERRORS sections.
"""

from __future__ import annotations

import errno
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.errors import Where

_LIMITS = "/proc/sys/user"
_DEEPEST_PID = 32  # levels below the initial one (pid_namespaces(7))
_FURTHEST_ANCESTOR = 20
_LOW = 10_000  # a limit below it was set by hand


def explain(op: str, shown: str, number: int, where: Where) -> str | None:
    """The hint for a refused op, or None when nothing is known for sure."""
    if op == "give":  # unshare, many times over
        op = "unshare"
    if number == errno.ENOSPC and op in ("clone3", "unshare"):
        return _no_space(where)
    if number == errno.ENOMEM and op in ("clone3", "run"):
        return (
            "memory is fine: the init (pid 1) of this pid namespace has ended, and no process can be made\n"
            "in it again; `leave`, then make a new one"
        )
    rule = _RULES.get((op, number))
    return rule(shown, where) if rule else None


def _status(pid: int) -> dict[str, str]:
    try:
        with open(f"/proc/{pid}/status", encoding="utf-8", errors="replace") as file:
            return dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)
    except OSError:
        return {}


def _number_in(path: str) -> int | None:
    try:
        with open(path, encoding="ascii") as file:
            return int(file.read())
    except (OSError, ValueError):
        return None


def has_capability(pid: int, bit: int) -> bool:
    """Does that process have a capability (by its number) in its own user namespace now?"""
    return bool(int(_status(pid).get("CapEff", "0"), 16) >> bit & 1)


def _is_chrooted(pid: int) -> bool:
    """Is that process's root not the root of its mount namespace?

    Without a mount at `/` it surely is not. Else by an ancestor in the same
    mount namespace that has another root: a bind mount of `/` has its inode, so
    it is the mount that is compared.
    """
    if "/" not in _mount_points(pid):
        return True
    own = _root_mount(pid)
    mount_namespace = _link(pid, "ns/mnt")
    for ancestor in _ancestors(pid):
        if (
            mount_namespace
            and _link(ancestor, "ns/mnt") == mount_namespace
            and _root_mount(ancestor) not in (None, own)
        ):
            return True
    return False


def _ancestors(pid: int) -> list[int]:
    found: list[int] = []
    while pid > 1 and len(found) < _FURTHEST_ANCESTOR:
        parent = _status(pid).get("PPid", "0")
        pid = int(parent) if parent.isdecimal() else 0
        found.append(pid)
    return [one for one in found if one > 0]


def _link(pid: int, name: str) -> str:
    try:
        return os.readlink(f"/proc/{pid}/{name}")
    except OSError:
        return ""


def _root_mount(pid: int) -> str | None:
    """The id of the mount that a process has as its root, None when it may not be looked at."""
    try:
        fd = os.open(f"/proc/{pid}/root", os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        with open(f"/proc/self/fdinfo/{fd}", encoding="ascii") as file:
            return next((line.split()[1] for line in file if line.startswith("mnt_id:")), None)
    finally:
        os.close(fd)


def _mount_points(pid: int) -> list[str]:
    try:
        with open(f"/proc/{pid}/mountinfo", encoding="utf-8", errors="replace") as file:
            return [line.split()[4] for line in file]
    except OSError:
        return []


def _limits(where: Where) -> list[tuple[str, int]]:
    """(file, value) for each type wanted, as the process that tried reads them: those of its user namespace."""
    found = []
    for name in where.types:
        path = f"{_LIMITS}/max_{name}_namespaces"
        text = where.read(path) if where.read is not None else ""
        value = int(text) if text.strip().isdecimal() else _number_in(path)
        if value is not None:
            found.append((path, value))
    return found


def _no_space(where: Where) -> str | None:
    limits = sorted(_limits(where), key=lambda row: row[1])
    if limits and limits[0][1] == 0:
        return f"not the disk: {limits[0][0]} is 0 here, so none can be made"
    depth = len(_status(where.pid).get("NSpid", "0").split()) - 1
    if "pid" in where.types and depth >= _DEEPEST_PID:
        return f"not the disk: pid namespaces nest at most {_DEEPEST_PID} deep, and this one is {depth} deep"
    if limits and limits[0][1] < _LOW:
        path, value = limits[0]
        return f"not the disk: {path} is {value} here, and so many are in use (one that just ended may still count)"
    rows = ", ".join(f"{path} is {value}" for path, value in limits)
    return (
        "not the disk: a limit of a user namespace above is reached, or pid namespaces are nested 32 deep, or user\n"
        f"namespaces 33{f' (here {rows})' if rows else ''}; see namespaces(7)"
    )


def _clone_not_permitted(_shown: str, where: Where) -> str | None:
    if "user" not in where.types and not has_capability(where.pid, 21):
        first = ",".join(("user", *where.types))
        return (
            "you have no CAP_SYS_ADMIN here, and all types but user want it;\n"
            f"make a user namespace with it: `{where.command} {first}`"
        )
    if "user" in where.types:
        return _no_user_namespace(where)
    return None


def _no_user_namespace(where: Where) -> str | None:
    if _is_chrooted(where.pid):
        return "this process is in a chroot, where user namespaces cannot be made; use pivot_root(2), as `--root` does"
    if _number_in("/proc/sys/kernel/unprivileged_userns_clone") == 0:
        return "/proc/sys/kernel/unprivileged_userns_clone is 0 here: only root may make user namespaces"
    if _has_unmapped_ids(where.pid):
        return (
            "your own uid or gid has no mapping in the user namespace you are in (not mapped: it shows as 65534):\n"
            f"map it there, `--map INNER:{os.geteuid()}:1`, before you nest another"
        )
    if _status(where.pid).get("Seccomp") == "2":
        return "a seccomp filter is on (a container?): it may forbid user namespaces"
    return (
        "your ids are mapped here and no seccomp filter is on: what is left is that this is a chroot, where user\n"
        "namespaces cannot be made (pivot_root(2) instead, as `--root` does), or a security module's refusal"
    )


def _has_unmapped_ids(pid: int) -> bool:
    """Has the process an effective id that its own user namespace does not map? Its maps are read from outside."""
    fields = _status(pid)
    pairs = (("uid_map", fields.get("Uid", "")), ("gid_map", fields.get("Gid", "")))
    return any(words.split() and not _maps(f"/proc/{pid}/{name}", int(words.split()[1])) for name, words in pairs)


def _maps(path: str, outer: int) -> bool:
    try:
        with open(path, encoding="ascii") as file:
            rows = [[int(word) for word in line.split()] for line in file]
    except OSError:
        return True  # not to be known
    return any(start <= outer < start + count for _inner, start, count in rows)


def _setns_not_permitted(shown: str, where: Where) -> str | None:
    if "CLONE_NEWUSER" in shown:
        return "that user namespace lies beside or above the one you are in: `leave` first"
    types = ",".join(("user", *where.types))
    return (
        f"the user namespace that owns it is not the one you are in: enter that too, `enter {types} NAME`, or `leave`"
    )


def _setns_invalid(shown: str, _where: Where) -> str | None:
    if "CLONE_NEWPID" in shown:
        return "a pid namespace can only be entered downwards: `leave` goes back up"
    if "CLONE_NEWUSER" in shown:
        return "you are in that user namespace already, or it lies above you: `leave` goes back up"
    return None


def _mount_not_permitted(shown: str, where: Where) -> str | None:
    if '"proc"' not in shown:
        return None
    masked = _mounts_below_proc(where.pid)
    if masked:
        return (
            f"the /proc here is partly covered ({', '.join(masked[:3])}): the kernel then gives no fresh one in a\n"
            'user namespace ("mount too revealing"); in a container, ask for an unmasked /proc; or use --no-proc'
        )
    return "a fresh /proc shows a pid namespace of your own: create pid too, or use --no-proc"


def _mounts_below_proc(pid: int) -> list[str]:
    return [point for point in _mount_points(pid) if point.startswith("/proc/")]


def _map_not_permitted(shown: str, where: Where) -> str | None:
    if "_map" not in shown:
        return None
    if not has_capability(where.pid, 7):
        return (
            "without CAP_SETUID only one line may be written, and it must map your own id: `--map root`;\n"
            "more ids want a row in /etc/subuid and /etc/subgid, and newuidmap(1)"
        )
    return "the outer ids must be ids that are mapped where you are: see /proc/self/uid_map"


def _map_invalid(shown: str, _where: Where) -> str | None:
    if "_map" not in shown:
        return None
    return "the kernel wants ranges that do not overlap and are not empty, at most 340 lines in less than a page"


def _id_unmapped(shown: str, _where: Where) -> str | None:
    number = shown.partition("(")[2].rstrip(")")
    return f"{number} is not in the ID map of this user namespace: map it, `--map INNER:OUTER:COUNT`"


def _offsets_refused(_shown: str, _where: Where) -> str | None:
    return "offsets must be written before the first process is in the time namespace, with CAP_SYS_TIME over it"


def _offsets_range(_shown: str, _where: Where) -> str | None:
    return "the clock would become negative, or run over its end: see time_namespaces(7)"


def _name_too_long(shown: str, _where: Where) -> str | None:
    return "a hostname has at most 64 bytes (sethostname(2))"


def _sethostname_not_permitted(_shown: str, where: Where) -> str | None:
    return "the user namespace that owns this UTS namespace is not yours: `new user,uts` makes one of your own"


def _unshare_invalid(shown: str, _where: Where) -> str | None:
    if "CLONE_NEWTIME" in shown or "CLONE_NEWUSER" in shown or "CLONE_NEWCGROUP" in shown:
        return "this kernel may be built without one of these types: `ls types` says which it has"
    return None


def _pivot_invalid(_shown: str, _where: Where) -> str | None:
    return "the new root must be a mount point on a tree that is not shared, in a mount namespace of your own"


_RULES = {
    ("clone3", errno.EPERM): _clone_not_permitted,
    ("unshare", errno.EPERM): _clone_not_permitted,
    ("unshare", errno.EINVAL): _unshare_invalid,
    ("clone3", errno.EINVAL): _unshare_invalid,
    ("setns", errno.EPERM): _setns_not_permitted,
    ("setns", errno.EINVAL): _setns_invalid,
    ("mount", errno.EPERM): _mount_not_permitted,
    ("write", errno.EPERM): _map_not_permitted,
    ("write", errno.EINVAL): _map_invalid,
    ("setresuid", errno.EINVAL): _id_unmapped,
    ("setresgid", errno.EINVAL): _id_unmapped,
    ("timens_offsets", errno.EACCES): _offsets_refused,
    ("timens_offsets", errno.EPERM): _offsets_refused,
    ("timens_offsets", errno.ERANGE): _offsets_range,
    ("sethostname", errno.EINVAL): _name_too_long,
    ("sethostname", errno.EPERM): _sethostname_not_permitted,
    ("setdomainname", errno.EPERM): _sethostname_not_permitted,
    ("pivot_root", errno.EINVAL): _pivot_invalid,
}
