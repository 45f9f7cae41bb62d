# SPDX-License-Identifier: MIT
"""Why nothing could be mounted, unmounted or pinned (mount(2), mount_namespaces(7), pivot_root(2))."""

from __future__ import annotations

import errno
import os

from nsh.hints import probes, rights
from nsh.hints.apparmor import restriction

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.errors import Where
    from nsh.hints import Rule

OF_NAMESPACE = {"proc": "pid", "sysfs": "net", "mqueue": "ipc", "cgroup2": "cgroup"}
IN_USER_NAMESPACES = (
    *OF_NAMESPACE,
    *("tmpfs", "ramfs", "devpts", "overlay", "bind", "fuse", "binfmt_misc", "cgroup", ""),
)
"""File systems that root of a user namespace may mount (FS_USERNS_MOUNT of the kernel)."""


def _words(shown: str) -> list[str]:
    """The strings of a call as strace prints it: source, target, type."""
    return shown.split('"')[1::2]


def _kind(shown: str) -> str:
    words = _words(shown)
    return words[2] if len(words) > 2 else ""


def _not_permitted(shown: str, where: Where) -> str | None:
    restricted = restriction(where)
    if restricted:
        return restricted
    kind = _kind(shown)
    if "user" in where.types:
        return _in_new_one(kind, where)
    one = rights.doer(where.pid)
    if one is None:
        return None
    return _without_rights(kind, where.pid, one) or _locked(shown, kind, where.pid)


def _in_new_one(kind: str, where: Where) -> str | None:
    """Refused in namespaces that were being made: what they lack, and what came along."""
    wanted = OF_NAMESPACE.get(kind)
    if wanted is not None and wanted not in where.types:
        return _foreign(kind, wanted)
    return covered(where.pid) if kind == "proc" else None


def _foreign(kind: str, wanted: str) -> str:
    if kind == "proc":
        return (
            "a fresh /proc shows a pid namespace of your own: create pid too, or use --no-proc; right after a plain\n"
            "`unshare pid` nobody is in yet, so `unshare --fork pid` (pid_namespaces(7))"
        )
    return f"a fresh {kind} shows a {wanted} namespace of your own: create {wanted} too{_stays(kind)} (mount(2))"


def _stays(kind: str) -> str:
    return "; or keep the old /sys, which shows the old devices" if kind == "sysfs" else ""


def _without_rights(kind: str, pid: int, one: rights.Doer) -> str | None:
    if not one.has("CAP_SYS_ADMIN"):
        return "you have no CAP_SYS_ADMIN here: `new user,mnt` makes a place where you have it (mount(2))"
    wanted = OF_NAMESPACE.get(kind)
    for each in ("mnt", wanted):
        levels = rights.owners(pid, each) if each else []
        if each and not one.has_over(levels, "CAP_SYS_ADMIN"):
            owner = str(levels[0]) if levels else "one above nsh's own"
            types = "user,mnt" if each == "mnt" else f"user,mnt,{each}"
            return (
                f"your user namespace does not own the {each} namespace you are in: `new {types}` makes both; it is\n"
                f"{owner} that owns it{_stays(kind)} (mount_namespaces(7))"
            )
    if wanted == "pid" and probes.link(pid, "ns/pid_for_children") != probes.link(pid, "ns/pid"):
        return _foreign(kind, "pid")
    return None


def _locked(shown: str, kind: str, pid: int) -> str | None:
    if kind == "proc":
        return covered(pid)
    if kind not in IN_USER_NAMESPACES:
        return (
            f"{kind} is mounted only with CAP_SYS_ADMIN in the initial user namespace: not in one of your own;\n"
            "tmpfs, overlay and bind mounts are (mount_namespaces(7))"
        )
    if "MS_REMOUNT" in shown or shown.startswith("mount_setattr"):
        return (
            "the mount came along from a more privileged mount namespace, so read-only, nosuid and the like are\n"
            "locked on it: mount something of your own over it (mount_namespaces(7))"
        )
    return None


def covered(pid: int) -> str | None:
    """What masks /proc, None when nothing does."""
    masked = probes.covered_proc(pid)
    if not masked:
        return None
    return (
        f"the /proc here is partly covered ({', '.join(masked[:3])}): the kernel then gives no fresh one in a\n"
        'user namespace ("mount too revealing"); in a container, ask for an unmasked /proc: `podman run\n'
        "--security-opt unmask=ALL`, `docker run --privileged`; or use --no-proc (mount_namespaces(7))"
    )


def _invalid(shown: str, where: Where) -> str | None:
    words = _words(shown)
    target = words[1] if len(words) > 1 else ""
    points = [fields[4] for fields in probes.mounts_of(where.pid)]
    if any(flag in shown for flag in ("MS_PRIVATE", "MS_SLAVE", "MS_SHARED", "MS_UNBINDABLE")):
        is_root = target == "/"
        if (points and target not in points) or (is_root and probes.is_chrooted(where.pid)):
            root = "the root here is no mount point (a chroot?)" if is_root else f"{target} is no mount point"
            return (
                f"{root}, and only mounts have a propagation: bind it on itself first,\n"
                f"`mount --bind {target} {target}`"
                + (", before the chroot; or `--propagation unchanged`" if is_root else "")
                + " (mount_namespaces(7))"
            )
    return None


def _unmount_invalid(shown: str, where: Where) -> str | None:
    target = next(iter(_words(shown)), "").rstrip("/") or "/"
    points = [fields[4] for fields in probes.mounts_of(where.pid)]
    if not points:
        return None
    if target not in points:
        return f"{target} is not a mount point here: `mnt ls` lists them (umount(2))"
    return (
        f"{target} is locked: it came along from a more privileged mount namespace; cover it, `mnt add tmpfs\n"
        f"{target}`, or leave the whole tree with pivot_root(2) (mount_namespaces(7))"
    )


def no_proc() -> tuple[str, str]:
    """Why nsh cannot start without the right /proc, and what to do: none is mounted, or that of others."""
    if not os.path.exists(f"{probes.PROC}/version"):
        return "/proc is not mounted here, and nsh lives by it", "mount it first: `mount -t proc proc /proc` (proc(5))"
    message = "/proc does not show this process: it belongs to another pid namespace"
    return (
        message,
        "mount a fresh one first: `mount -t proc proc /proc`, in a mount namespace of your own (pid_namespaces(7))",
    )


def users_of(path: str) -> list[int]:
    """Processes whose mount namespace has something mounted at a path: the lowest of each that can be read."""
    found: dict[str, int] = {}
    for pid in _all_pids():
        namespace = probes.link(pid, "ns/mnt")
        if namespace and namespace not in found and any(words[4] == path for words in probes.mounts_of(pid)):
            found[namespace] = pid
    return list(found.values())


def _in_use(shown: str, where: Where) -> str:
    path = next(iter(_words(shown)), "")
    rows = probes.mounts_of(where.pid)
    top = next((words[0] for words in reversed(rows) if words[4] == path), "")
    below = [words[4] for words in rows if words[1] == top]
    if below:
        return f"mounted below it: {', '.join(below[:3])}; unmount those first, or `--lazy` (umount(2))"
    namespace = probes.link(where.pid, "ns/mnt")
    users = [pid for pid in _all_pids() if probes.link(pid, "ns/mnt") == namespace and _has_open(pid, path)]
    who = f"pid {', '.join(map(str, users[:4]))} has" if users else "a process that is hidden from you has"
    return f"{who} an open file or its directory there: end that, or take it out of sight with `--lazy` (umount(2))"


def _has_open(pid: int, path: str) -> bool:
    """Has a process its root, its directory or an open file at or below a path?"""
    try:
        numbers = os.listdir(f"{probes.PROC}/{pid}/fd")
    except OSError:
        numbers = []
    links = ("cwd", "root", *(f"fd/{number}" for number in numbers))
    return any((probes.link(pid, name) + "/").startswith(f"{path}/") for name in links)


def _all_pids() -> list[int]:
    return sorted(int(name) for name in os.listdir(probes.PROC) if name.isdecimal())


def _busy(shown: str, where: Where) -> str | None:
    path = next(iter(_words(shown)), "")
    others = users_of(path)
    if others:
        there = ", ".join(f"{pid} ({probes.link(pid, 'ns/mnt')})" for pid in others[:4])
        return (
            f"something is mounted at {path} in the mount namespace of pid {there}: a name that is gone is not\n"
            f"yet a namespace that is freed; `why {os.path.basename(path)}` lists what keeps it, and\n"
            f"`nsenter -t {others[0]} -m umount -l {path}` lets go (umount(2))"
        )
    return _in_use(shown, where)


def _device_node(_shown: str, where: Where) -> str:
    one = rights.doer(where.pid)
    inside = f", and you are in {one}" if one is not None and one.user != rights.INITIAL_USER else ""
    return (
        f"device nodes want CAP_MKNOD in the initial user namespace{inside}: bind one that exists,\n"
        "`touch /tmp/null; mount --bind /dev/null /tmp/null` (mknod(2))"
    )


def _pivot_invalid(shown: str, where: Where) -> str:
    shared = [words[4] for words in probes.mounts_of(where.pid) if any(tag.startswith("shared:") for tag in words[6:])]
    why = f"; shared here: {', '.join(shared[:3])}" if shared and "user" not in where.types else ""
    return (
        f"the new root must be a mount point on a tree that is not shared, in a mount namespace of your own{why};\n"
        "`new mnt --root DIR` does all that (pivot_root(2))"
    )


def _no_directory(shown: str, where: Where) -> str | None:
    if probes.link(where.pid, "ns/mnt") != probes.link(os.getpid(), "ns/mnt"):
        return None  # it has other files than we
    for path in _words(shown)[:2]:
        if path.startswith("/") and not os.path.lexists(path):
            return f"{path} is not there: `mkdir -p {path}` first (mount(2))"
    return None


def _not_a_directory(shown: str, _where: Where) -> str | None:
    path = next(iter(_words(shown)), "")
    return f"{path} is no directory: a root, as for `--root DIR`, is one that has the programs to run in it (chroot(2))"


RULES: dict[tuple[str, int], Rule] = {
    ("mount", errno.EPERM): _not_permitted,
    ("mount", errno.EACCES): _not_permitted,
    ("mount_setattr", errno.EPERM): _not_permitted,
    ("umount2", errno.EPERM): _not_permitted,
    ("pivot_root", errno.EPERM): _not_permitted,
    ("mount", errno.EINVAL): _invalid,
    ("mount", errno.ENOENT): _no_directory,
    ("chdir", errno.ENOTDIR): _not_a_directory,
    ("umount2", errno.EINVAL): _unmount_invalid,
    ("umount2", errno.EBUSY): _in_use,
    ("unlink", errno.EBUSY): _busy,
    ("rmdir", errno.EBUSY): _busy,
    ("mknod", errno.EPERM): _device_node,
    ("pivot_root", errno.EINVAL): _pivot_invalid,
}
