# SPDX-License-Identifier: MIT
"""What nsh and its lessons need of a machine, each looked at or tried, with what to type where it is missing.

What is tried is tried in namespaces that end at once; nothing of the machine is changed.
"""

from __future__ import annotations

import os

from nsh import nstypes
from nsh.errors import HelperLost, NshError, Refused
from nsh.hints import apparmor, probes, rights
from nsh.hints.identities import without_rights
from nsh.kernel import proc
from nsh.kernel.mountflags import MS_PRIVATE
from nsh.ops import Clone, Gate, Mount, Op, make_propagation, mount_proc
from nsh.session import charges, subids
from nsh.session.births import MapsWanted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from nsh.session.births import Born
    from nsh.session.session import Session

OK, LIMITED, MISSING = "ok", "limited", "missing"
_DEEPEST = 30  # levels from which on nesting soon ends
_FEW_FILES = 1024
_AF_NETLINK, _SOCK_DGRAM, _NETLINK_ROUTE = 16, 2, 0

PROGRAMS = {
    "bash": "bash",
    "bridge": "iproute2",
    "busybox": "busybox-static",
    "chroot": "coreutils",
    "hostname": "hostname",
    "ifconfig": "net-tools",
    "ip": "iproute2",
    "ipcmk": "util-linux",
    "ipcs": "util-linux",
    "iptables": "iptables",
    "mount": "mount",
    "nft": "nftables",
    "perl": "perl",
    "ping": "iputils-ping",
    "ps": "procps",
    "pstree": "psmisc",
    "python3": "python3",
    "route": "net-tools",
    "runc": "runc",
    "ss": "iproute2",
    "strace": "strace",
    "unshare": "util-linux",
}
"""Programs that the transcripts and the README run, and the packages of Debian that have them."""


class Check:
    """One thing looked at: `state` is ok, limited (it goes with less) or missing; `fix` is what to do about it."""

    __slots__ = ("fix", "found", "name", "state")

    def __init__(self, name: str, state: str, found: str, fix: str | None = None) -> None:
        self.name = name
        self.state = state
        self.found = found
        self.fix = fix


def run(session: Session) -> list[Check]:
    """All checks, in the order of what depends on what."""
    return [_checked(name, look, session) for name, look in _CHECKS.items()]


def _checked(name: str, look: Callable[[Session], tuple[str, str, str | None]], session: Session) -> Check:
    try:
        return Check(name, *look(session))
    except NshError as error:
        return Check(name, MISSING, error.message, error.hint and error.hint.replace("\n", " "))


Found = tuple[str, str, str | None]


def _types(session: Session) -> Found:
    missing = [name for name in nstypes.NAMES if name not in session.host.ns]
    if not missing:
        return OK, "all eight", None
    options = " ".join("CONFIG_CGROUPS" if name == "cgroup" else f"CONFIG_{name.upper()}_NS" for name in missing)
    state = MISSING if "user" in missing else LIMITED
    return state, f"this kernel is built without {', '.join(missing)}", f"a kernel with {options}"


def _rights(session: Session) -> Found:
    pid = session.where().pid
    one = rights.doer(pid)
    if one is None:
        return LIMITED, "not to be seen", None
    uid = probes.id_inside(pid, "uid")
    who = "root" if uid == 0 else "a uid that is not mapped" if uid is None else f"uid {uid}"
    inside = "" if one.user == rights.INITIAL_USER else f" in {one}, not the initial user namespace"
    if one.has("CAP_SYS_ADMIN"):
        missing = [
            name for name in ("CAP_NET_ADMIN", "CAP_SETUID", "CAP_SYS_CHROOT", "CAP_SYS_PTRACE") if not one.has(name)
        ]
        return (
            (LIMITED if missing else OK),
            f"{who}{inside}" + (f", without {', '.join(missing)}" if missing else ""),
            None,
        )
    return OK, f"{who}{inside}, without capabilities: begin with `new user,…`", None


def _user_namespaces(session: Session) -> Found:
    """The whole way: where AppArmor restricts it, the first step is allowed and the others are not."""
    done = ["create"]
    try:
        born = _try(
            session, ("user", "mnt", "uts", "net"), [Mount("tmpfs", "/", "tmpfs", 0), Op("sethostname", "doctor")]
        )
    except Refused as refusal:
        call = refusal.op.partition("(")[0]
        order = {"write": 1, "mount": 2, "sethostname": 3}
        steps = ["create", "map", "mount", "sethostname"][: order.get(call, 0)]
        works = f"{', '.join(steps)} works, then " if steps else ""
        return MISSING, f"{works}{refusal.message}", refusal.hint and refusal.hint.replace("\n", " ")
    try:
        done += ["map", "mount", "sethostname"]
        problem = _add_link(born)
    finally:
        born.peer.dismiss()
    if problem is not None:
        return MISSING, f"{', '.join(done)} work, then link add: {problem.message}", problem.hint or "modprobe veth"
    return OK, f"{', '.join(done)}, link add", None


def _try(session: Session, wanted: tuple[str, ...], steps: list[Op]) -> Born:
    """A process in new namespaces of those types, as far as there are such, that did the steps. Raises Refused."""
    kinds = tuple(kind for kind in wanted if kind in session.host.ns)
    maps: list[Op] = [Gate()] if "user" in kinds else []
    plan = [Clone(nstypes.mask(kinds)), *maps, make_propagation(MS_PRIVATE), *steps]
    writer = MapsWanted(session.seat.peer, None, None)
    return session.bear(plan, (), "helper", "nsh: doctor", writer, session.where(kinds))


def _add_link(born: Born) -> NshError | None:
    import _socket

    from nsh.net import messages

    reply = born.peer.request("socket", _AF_NETLINK, _SOCK_DGRAM, _NETLINK_ROUTE)
    if reply.errno:
        return Refused("socket(AF_NETLINK, SOCK_DGRAM, NETLINK_ROUTE)", reply.errno)
    sock = _socket.socket(fileno=reply.fd(born.peer.title))
    try:
        messages.prepare(sock)
        messages.send(sock, [messages.veth(messages.End("doctor0", None, 0), messages.End("doctor1", None, 0))])
    except NshError as error:
        return error
    finally:
        sock.close()
    return None


def _limits(session: Session) -> Found:
    user = session.seat.ns.get("user")
    used = charges.in_use(session, user) if user is not None else {}
    values = {name: probes.number_seen_by(session.where(), _limit_file(name)) for name in session.host.ns}
    full = [name for name, value in values.items() if value is not None and used.get(name, 0) >= value]
    if full:
        shown = ", ".join(f"{name} {used.get(name, 0)} of {values[name]}" for name in full)
        writes = "; ".join(f"sysctl -w user.max_{name}_namespaces=10000" for name in full)
        return MISSING, f"reached: {shown}", f"as root of this user namespace: {writes}"
    known = [value for value in values.values() if value is not None]
    least = min(known, default=None)
    most_used = max(used.items(), key=lambda item: item[1], default=("-", 0))
    # A new user namespace begins with the highest number there is (namespaces(7)).
    none = least == charges.NO_LIMIT
    said = "none set here; those of the namespaces above hold as well" if none else f"at least {least} of each type"
    return OK, f"{said}; most in sight: {most_used[1]} {most_used[0]}", None


def _limit_file(name: str) -> str:
    return f"/proc/sys/user/max_{name}_namespaces"


def _nesting(session: Session) -> Found:
    pid = session.where().pid
    pids = len(probes.status(pid).get("NSpid", "0").split()) - 1
    users = len(rights.owners(pid, "user")) - 1
    state = LIMITED if max(pids, users) >= _DEEPEST else OK
    fix = "`leave` some levels, or start nsh further up" if state == LIMITED else None
    return state, f"of 32 pid and 33 user levels {pids} and {users} are taken, as far as can be seen", fix


def _apparmor(_session: Session) -> Found:
    text = probes.text_of(apparmor.SYSCTL).strip()
    if text != "1":
        return OK, "does not restrict user namespaces" if text else "no restriction of user namespaces here", None
    if rights.doer(os.getpid()) is not None and probes.has_capability(os.getpid(), probes.CAP_SYS_ADMIN):
        return OK, "restricts user namespaces of ordinary users, not yours", None
    return OK, f"{apparmor.SYSCTL} is 1; whether that is in nsh's way, `user namespaces` tells", None


def _confinement(session: Session) -> Found:
    fields = probes.status(session.where().pid)
    found = []
    if fields.get("Seccomp") == "2":
        found.append("a seccomp filter is on")
    if fields.get("NoNewPrivs") == "1":
        found.append("no_new_privs is set")
    if not found:
        return OK, "no seccomp filter, no no_new_privs", None
    return (
        LIMITED,
        " and ".join(found),
        "in a container: --security-opt seccomp=unconfined; else start nsh outside of it",
    )


def _chroot(session: Session) -> Found:
    if probes.is_chrooted(session.where().pid):
        return MISSING, "this is a chroot: no user namespaces", "start nsh outside, or use pivot_root(2) (`--root DIR`)"
    return OK, "not in one, as far as can be seen", None


def _propagation(session: Session) -> Found:
    root = [words for words in probes.mounts_of(session.where().pid) if words[4] == "/"]
    if not root:
        return LIMITED, "/ is no mount point", "`new mnt --propagation unchanged`; or `mount --bind DIR DIR` before"
    tags = [tag for tag in root[-1][6:] if tag.startswith(("shared:", "master:"))]
    if any(tag.startswith("shared:") for tag in tags):
        return OK, "/ is shared: a plain unshare(1) -m would leak; nsh makes its own private", None
    return OK, f"/ is {'a slave' if tags else 'private'}", None


def _proc(session: Session) -> Found:
    """A fresh one, as each new pid namespace wants."""
    masked = probes.covered_proc(session.where().pid)
    shown = f"covered: {', '.join(masked[:4])}" if masked else "not covered"
    try:
        _try(session, ("user", "mnt", "pid"), [mount_proc()]).peer.dismiss()
    except Refused as refusal:
        fix = refusal.hint and refusal.hint.replace("\n", " ")
        if not probes.has_capability(session.where().pid, probes.CAP_SYS_ADMIN):
            return MISSING, f"{shown}; a fresh one: {refusal.message}", fix
        _try(session, ("mnt", "pid"), [mount_proc()]).peer.dismiss()
        return LIMITED, f"{shown}; a fresh one in a new user namespace: {refusal.message}", fix
    return OK, f"{shown}; a fresh one can be mounted", None


def _right_proc(session: Session) -> Found:
    numbers = session.read_there("/proc/self/status").partition("NSpid:")[2].partition("\n")[0].split()
    if not numbers:
        fix = "`mount -t proc proc /proc`, in a mount namespace of your own"
        return MISSING, "/proc does not show the process you sit in: ps and kill speak of others", fix
    if len(numbers) > 1 and session.seat.ns.get("pid") != session.host.ns.get("pid"):
        fix = "`new mnt,pid` mounts a fresh one; here `mount -t proc proc /proc`, in a mount namespace of your own"
        return LIMITED, f"/proc is of a pid namespace further up: you are {numbers[-1]}, ps says {numbers[0]}", fix
    return OK, "/proc shows the pid namespace you are in", None


def _ranges(session: Session) -> Found:
    """More ids than one's own: for maps of more than one line."""
    if os.geteuid() == 0:
        count = sum(row[2] for row in probes.map_of(os.getpid(), "uid") or [])
        if count >= 65536:
            return OK, f"you are root over {count} ids", None
        return (
            LIMITED,
            f"only {count} of the ids are mapped here",
            "start nsh where more are: `new user --map 0:100000:65536`",
        )
    for path, program in (("/etc/subuid", "newuidmap"), ("/etc/subgid", "newgidmap")):
        have = subids.ranges(path)
        if not have:
            fix = f"as root: echo '{subids.user_name()}:100000:65536' >> {path}"
            return LIMITED, f"{path} has no row of yours: only your own id can be mapped", fix
        found = session.host.peer.request("find", program, session.host.environment.get("PATH", os.defpath))
        program_path = found.fields.get("found", "")
        if not program_path:
            return (
                LIMITED,
                f"{program} is not installed: only your own id can be mapped",
                "as root: apt-get install uidmap",
            )
        why = without_rights(program_path)
        if why:
            return LIMITED, why, f"as root: chmod u+s {program_path}"
    if probes.status(os.getpid()).get("NoNewPrivs") == "1":
        return LIMITED, "no_new_privs is set, so newuidmap gains no rights", "start nsh outside of what set it"
    first, count = subids.ranges("/etc/subuid")[0]
    return OK, f"{first}..{first + count - 1}, by newuidmap(1)", None


def _features(_session: Session) -> Found:
    release = os.uname().release
    lacking = [what for since, what in _SINCE.items() if proc.kernel_version() < since]
    if not lacking:
        return OK, f"Linux {release}", None
    return (
        LIMITED,
        f"Linux {release}: no {', '.join(lacking)}",
        "a newer kernel; all that nsh does without is slower or unknown",
    )


_SINCE = {
    (5, 3): "clone3(2), pidfds",
    (5, 6): "time namespaces",
    (5, 8): "setns(2) with a pidfd",
    (6, 2): "time namespaces that an exec enters",
    (6, 11): "namespaces by pidfd",
    (6, 18): "ids of namespaces that are never used again",
}


def _files(_session: Session) -> Found:
    limit = probes.soft_limit(os.getpid(), "Max open files")
    soft = limit.partition(" ")[0]
    if soft.isdecimal() and int(soft) < _FEW_FILES:
        return LIMITED, f"{limit} at once: each place of a range costs one", "ulimit -n 4096, before nsh"
    return OK, f"{soft or 'not known how many'} at once", None


def _pins(_session: Session) -> Found:
    one, levels = rights.doer(os.getpid()), rights.owners(os.getpid(), "mnt")
    may_mount = one is not None and one.has_over(levels, "CAP_SYS_ADMIN")
    if may_mount and os.access("/run", os.W_OK):
        return OK, "namespaces can be pinned under /run", None
    why = "/run is not writable" if may_mount else "only root may mount here"
    return LIMITED, f"{why}: nothing outlives nsh", "`pin --fd` keeps a namespace while nsh runs; or run nsh as root"


def _programs(session: Session) -> Found:
    path = session.host.environment.get("PATH", os.defpath)
    missing = []
    for name in PROGRAMS:
        try:
            found = session.host.peer.request("find", name, path).fields.get("found")
        except HelperLost:
            found = ""
        if not found:
            missing.append(name)
    if not missing:
        return OK, "those of the lessons are all there", None
    packages = " ".join(sorted({PROGRAMS[name] for name in missing}))
    return LIMITED, f"not there: {', '.join(missing)}", f"as root: apt-get install {packages}"


_CHECKS: dict[str, Callable[[Session], Found]] = {
    "types": _types,
    "rights": _rights,
    "chroot": _chroot,
    "AppArmor": _apparmor,
    "confinement": _confinement,
    "user namespaces": _user_namespaces,
    "limits": _limits,
    "nesting": _nesting,
    "ranges of ids": _ranges,
    "fresh /proc": _proc,
    "your /proc": _right_proc,
    "propagation": _propagation,
    "kernel": _features,
    "open files": _files,
    "pins": _pins,
    "programs": _programs,
}
