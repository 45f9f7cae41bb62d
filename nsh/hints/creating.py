# SPDX-License-Identifier: MIT
"""Why no namespace, or no process, could be made (clone(2), unshare(2), namespaces(7))."""

from __future__ import annotations

import errno
import os

from nsh import nstypes
from nsh.hints import probes, rights
from nsh.hints.apparmor import restriction
from nsh.kernel.nsfs import INITIAL

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.errors import Where
    from nsh.hints import Rule

_DEEPEST_PID = 32  # levels below the initial one (pid_namespaces(7))
_MANY = 24  # levels of pid namespaces, when those above nsh are not in sight
_DEEPEST_USER = 33  # the manual says 32 (user_namespaces(7))
_SO_MANY = 1_000_000
_LOW = 10_000  # a limit below it was set by hand
_SECCOMP = (
    "a seccomp filter is on, as in a container, and forbids it: start the container with\n"
    "`--security-opt seccomp=unconfined` (docker, podman), see seccomp(2)"
)


class _Limit:
    """A limit of a user namespace: its file, what it is, how many are in use, and whose it is when not our own."""

    __slots__ = ("path", "used", "value", "whose")

    def __init__(self, path: str, value: int, whose: str, used: int | None) -> None:
        self.path = path
        self.value = value
        self.whose = whose
        self.used = used

    @property
    def is_reached(self) -> bool:
        return self.value == 0 or (self.used is not None and self.used >= self.value)

    def __str__(self) -> str:
        return f"{self.path} is {self.value} {self.whose}"

    def remedy(self) -> str:
        name = os.path.basename(self.path)
        number = max(2 * self.value, 1000)
        raised = f"echo {number} > {self.path}"
        if self.whose != "here":
            return f"root of that one raises it: `{raised}` there (namespaces(7))"
        freed = "" if self.value == 0 else "`rm` one, or "
        kind = name.removeprefix("max_").removesuffix("_namespaces")
        return (
            f"{freed}raise it, as root of this user namespace: `limits {kind} {number}` or `{raised}` (namespaces(7))"
        )


def _limits(where: Where) -> list[_Limit]:
    """Those for the types wanted: as the process that tried reads them, and those of the user namespaces above it."""
    found = []
    own = rights.doer(where.pid)
    for name in where.types:
        path = f"/proc/sys/user/max_{name}_namespaces"
        value = probes.number_seen_by(where, path)
        if value is not None:
            found.append(_Limit(path, value, "here", _used(where, name, own.user if own else None, value)))
        if where.around is not None:
            for user, text in where.around.levels(path):
                if text.strip().isdecimal():
                    whose = f"in user:[{user}], which is above the one you are in"
                    found.append(_Limit(path, int(text), whose, _used(where, name, user, int(text))))
    return found


def _used(where: Where, kind: str, user: int | None, value: int) -> int | None:
    """How many are in sight; where there can be so many anyway, it is not worth a look at every process."""
    if where.around is None or user is None or value > _SO_MANY:
        return None
    return where.around.in_use(user).get(kind)


def no_space(_shown: str, where: Where) -> str:
    """ENOSPC: a limit, here or above, or the depth."""
    limits = sorted(_limits(where), key=lambda one: (not one.is_reached, one.value))
    if limits and limits[0].value == 0:
        return f"not the disk: {limits[0]}, so none can be made;\n{limits[0].remedy()}"
    too_deep = _depth(where)
    if too_deep:
        return too_deep
    if limits and (limits[0].is_reached or limits[0].value < _LOW):
        used = "" if limits[0].used is None else f", {limits[0].used} in sight"
        return (
            f"not the disk: {limits[0]}, and so many are in use{used} (one that just ended may still count);\n"
            f"{limits[0].remedy()}"
        )
    rows = ", ".join(str(one) for one in limits if one.whose == "here")
    return (
        "not the disk: a limit of a user namespace above is reached, or pid namespaces are nested 32 deep, or user\n"
        f"namespaces 33{f' ({rows})' if rows else ''}; see namespaces(7)"
    )


def _depth(where: Where) -> str | None:
    depth = len(probes.status(where.pid).get("NSpid", "0").split()) - 1
    if "pid" in where.types and depth >= _DEEPEST_PID:
        return (
            f"not the disk: pid namespaces nest at most {_DEEPEST_PID} deep, and this one is {depth} deep;\n"
            "`leave` some levels first (pid_namespaces(7))"
        )
    own = probes.link(os.getpid(), "ns/pid")
    if "pid" in where.types and depth >= _MANY and own != f"pid:[{INITIAL['pid']}]":
        return (
            f"not the disk: pid namespaces nest at most {_DEEPEST_PID} deep: {depth} levels are in sight here, and\n"
            "nsh itself was started further down; `leave` some levels first (pid_namespaces(7))"
        )
    levels = len(rights.owners(where.pid, "user")) - 1
    if "user" in where.types and levels >= _DEEPEST_USER:
        return (
            f"not the disk: user namespaces nest at most {_DEEPEST_USER} deep, and this one is {levels} deep;\n"
            "`leave` some levels first (user_namespaces(7))"
        )
    return None


def _not_permitted(_shown: str, where: Where) -> str | None:
    if "user" in where.types:
        return _no_user_namespace(where)
    restricted = restriction(where)
    if restricted:
        return restricted
    if not probes.has_capability(where.pid, probes.CAP_SYS_ADMIN):
        first = ",".join(("user", *where.types))
        return (
            f"you have no CAP_SYS_ADMIN here{_because_of_uid(where.pid)}, and all types but user want it;\n"
            f"make a user namespace with it: `{where.command} {first}` (user_namespaces(7))"
        )
    return _SECCOMP if probes.status(where.pid).get("Seccomp") == "2" else None


def _because_of_uid(pid: int) -> str:
    """In a user namespace of one's own capabilities are lost with uid 0 (capabilities(7))."""
    one = rights.doer(pid)
    if one is None or one.user == rights.INITIAL_USER or one.bits:
        return ""
    inner = probes.id_inside(pid, "uid")
    if inner is None:
        return " (your uid is not mapped, and execve(2) takes them from all but uid 0)"
    return f" (you are uid {inner}: a change away from uid 0, or an execve(2), took it)" if inner else ""


def _no_user_namespace(where: Where) -> str | None:
    if probes.number_seen_by(where, "/proc/sys/kernel/unprivileged_userns_clone") == 0:
        return (
            "/proc/sys/kernel/unprivileged_userns_clone is 0 here: only root may make user namespaces;\n"
            "root allows it: `sysctl -w kernel.unprivileged_userns_clone=1` (user_namespaces(7))"
        )
    if probes.is_chrooted(where.pid):
        return (
            "this process is in a chroot, where user namespaces cannot be made (clone(2));\n"
            "use pivot_root(2) instead of chroot, as `new mnt --root DIR` does"
        )
    restricted = restriction(where)
    if restricted:
        return restricted
    for kind in ("uid", "gid"):
        number = probes.effective_id(where.pid, kind)
        if number is not None and not probes.is_mapped(where.pid, kind, number):
            return (
                f"your own {kind} has no mapping in the user namespace you are in (not mapped: it shows as 65534);\n"
                f"map it when you make the first: `leave; unshare user --map root`, or `--map 0:{number}:1` "
                "(user_namespaces(7))"
            )
    if probes.status(where.pid).get("Seccomp") == "2":
        return _SECCOMP
    return (
        "your ids are mapped here and no seccomp filter is on: what is left is that this is a chroot, where user\n"
        "namespaces cannot be made (pivot_root(2) instead, as `--root` does), or a security module's refusal"
    )


def _invalid(shown: str, where: Where) -> str | None:
    missing = [name for name in probes.missing_types(where.pid) if nstypes.BY_NAME[name].constant in shown]
    if missing:
        return f"this kernel is built without {', '.join(missing)} namespaces: `ls types` says which it has"
    if "CLONE_NEWUSER" in shown and probes.threads_of(where.pid) > 1:
        return (
            f"the process has {probes.threads_of(where.pid)} threads, and a user namespace is for a process of one;\n"
            "nsh does it in a fresh process: `unshare user` (unshare(2))"
        )
    if "CLONE_NEWPID" in shown and probes.link(where.pid, "ns/pid_for_children") != probes.link(where.pid, "ns/pid"):
        return (
            "a new pid namespace waits for its first child already, and only one may: run a program first,\n"
            "or `unshare --fork pid`, which puts you in (unshare(2), EINVAL)"
        )
    return None


def _no_memory(_shown: str, where: Where) -> str | None:
    into = where.into.ns.get("pid") if where.into is not None and "pid" in where.types else None
    wanted = f"pid:[{into}]" if into is not None else probes.link(where.pid, "ns/pid_for_children")
    if _has_init(wanted):
        return None  # then it is the memory
    return (
        "memory is fine: the init (pid 1) of this pid namespace has ended, and no process can be made\n"
        "in it again; `leave`, then make a new one (pid_namespaces(7))"
    )


def _has_init(wanted: str) -> bool:
    """Is a process pid 1 of that pid namespace, and alive?"""
    try:
        pids = [int(name) for name in os.listdir(probes.PROC) if name.isdecimal()]
    except OSError:
        return False
    for pid in pids:
        if wanted and probes.link(pid, "ns/pid") == wanted:
            fields = probes.status(pid)
            if fields.get("NSpid", "").split()[-1:] == ["1"] and not fields.get("State", "").startswith("Z"):
                return True
    return False


def _too_many(_shown: str, where: Where) -> str | None:
    processes = probes.soft_limit(where.pid, "Max processes")
    return (
        f"no more processes: the limit of your user is {processes or 'reached'} (`ulimit -u`), or pids.max of the\n"
        "cgroup is reached; end some, or raise it: `prlimit --pid $$ --nproc=4096` (fork(2), EAGAIN)"
    )


RULES: dict[tuple[str, int], Rule] = {
    ("clone3", errno.EPERM): _not_permitted,
    ("unshare", errno.EPERM): _not_permitted,
    ("clone3", errno.EINVAL): _invalid,
    ("unshare", errno.EINVAL): _invalid,
    ("clone3", errno.ENOSPC): no_space,
    ("unshare", errno.ENOSPC): no_space,
    ("clone3", errno.EUSERS): no_space,  # before Linux 4.9
    ("unshare", errno.EUSERS): no_space,
    ("clone3", errno.ENOMEM): _no_memory,
    ("run", errno.ENOMEM): _no_memory,
    ("clone3", errno.EAGAIN): _too_many,
    ("run", errno.EAGAIN): _too_many,
}
