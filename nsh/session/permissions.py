# SPDX-License-Identifier: MIT
"""May something be done in a place, and why: the kernel's rule for each action, on what is seen of this machine.

Nothing is changed to find out. Where the rule depends on what nobody can see (a
locked mount, a limit that is reached) the call itself is made, in a process
that ends at once.
"""

from __future__ import annotations

import os

from nsh import nstypes
from nsh.errors import NshError, Refused, SessionError, UsageError
from nsh.hints import probes, rights
from nsh.hints.mounts import IN_USER_NAMESPACES, OF_NAMESPACE
from nsh.ops import Clone, Op, Unshare
from nsh.session import moves, subids
from nsh.session.maps import HIGHEST_ID, IdMap, parse
from nsh.session.questions import Question, Verdict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from nsh.session.session import Session

_FIRST_FREE_PORT = "/proc/sys/net/ipv4/ip_unprivileged_port_start"
_HIGHEST_PORT = 65535


def _mount(ask: Question) -> Verdict:
    fstype = ask.word("which file system", "tmpfs")
    found = ask.over("mnt", "CAP_SYS_ADMIN")
    if not found.can:
        return found
    if fstype not in ("bind", *_file_systems(ask)):
        return Verdict(False, f"this kernel has no file system {fstype} (/proc/filesystems)")
    if fstype not in IN_USER_NAMESPACES:
        return ask.in_initial("CAP_SYS_ADMIN", f"mounting {fstype}")
    own = ask.in_own("CAP_SYS_ADMIN", f"mounting {fstype}")
    kind = OF_NAMESPACE.get(fstype)
    shows = ask.over(kind, "CAP_SYS_ADMIN", what=f"{ask.namespace(kind)}, which it shows") if kind else own
    if not shows.can:
        shows.hint = f"`new user,mnt,{kind}` makes a place where you may" if kind else None
        return shows
    if fstype in ("proc", "sysfs"):  # what masks the old one counts only if it is locked, which nobody can see
        reply = ask.session.seat.peer.request("detached", fstype)
        if reply.errno:
            below = "/proc/" if fstype == "proc" else "/sys/"
            masked = [words[4] for words in probes.mounts_of(ask.pid) if words[4].startswith(below)]
            return Verdict(False, f"the {fstype} here is partly covered ({', '.join(masked[:3])}): mount too revealing")
        os.close(reply.fd("detached"))
    return found


def _file_systems(ask: Question) -> list[str]:
    return [line.split()[-1] for line in ask.session.read_there("/proc/filesystems").splitlines() if line.split()]


def _bind(ask: Question) -> Verdict:
    port = ask.number("port", _HIGHEST_PORT)
    first = ask.session.read_there(_FIRST_FREE_PORT).strip()
    if first.isdecimal() and (port >= int(first) or port == 0):
        return Verdict(True, f"everybody may: {_FIRST_FREE_PORT} is {first} here")
    return ask.over("net", "CAP_NET_BIND_SERVICE")


def _kill(ask: Question) -> Verdict:
    text = ask.word("which process")
    pid = int(text) if text.isascii() and text.isdecimal() else ask.session.resolve(text).pid
    fields = probes.status(pid) if pid is not None and pid <= 0x7FFFFFFF else {}
    if pid is None or not fields:
        raise SessionError(f"{text}: no such process", "`ls procs` lists those of the place you are in")
    inner = _pid_there(ask, pid, fields)
    if inner is None:
        where = ask.namespace("pid")
        return Verdict(False, f"process {pid} is not in {where} nor below it, so it has no number there")
    named = f"process {pid}" + (f" ({inner} there)" if inner != pid else "")
    ids = [int(word) for word in fields["Uid"].split()]
    own = [int(word) for word in probes.status(ask.pid)["Uid"].split()]
    if {own[0], own[1]} & {ids[0], ids[2]}:
        return Verdict(True, f"{named} has your uid, {own[1]}", hint=_of_init(ask, pid, fields))
    found = _kill_by_capability(ask, pid, named, ids[0])
    found.hint = _of_init(ask, pid, fields) if found.can else None
    return found


def _kill_by_capability(ask: Question, pid: int, named: str, uid: int) -> Verdict:
    levels = rights.owners(pid, "user")
    can = ask.doer.has_over(levels, "CAP_KILL")
    if not levels:
        can = ask.doer.has("CAP_KILL") and ask.doer.user == rights.INITIAL_USER
        where = "a user namespace that you may not look at"
    else:
        where = ask.user(levels[0].inode)
    have = "you have it" if can else "you have not"
    why = f"{named} is uid {uid}'s, in {where}: that wants CAP_KILL over it, and {have}"
    return Verdict(can, why, "CAP_KILL", "user", levels)


def _pid_there(ask: Question, pid: int, fields: dict[str, str]) -> int | None:
    """The number of a process in the pid namespace of who asks, None when it has none."""
    numbers = [int(word) for word in fields.get("NSpid", str(pid)).split()]
    depth = len(probes.status(ask.pid).get("NSpid", "0").split())
    if depth == 1:
        return numbers[0]
    if len(numbers) < depth:
        return None
    above = _pid_namespaces(pid)
    return numbers[depth - 1] if ask.namespace("pid") in above else None


def _pid_namespaces(pid: int) -> list[str]:
    """The pid namespace of a process and those above it, as far as we see."""
    from nsh.kernel import nsfs

    found: list[str] = []
    try:
        current = os.open(f"/proc/{pid}/ns/pid", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return found
    try:
        while True:
            found.append(f"pid:[{os.fstat(current).st_ino}]")
            above = nsfs.parent_of(current)
            os.close(current)
            current = above
    except OSError:
        return found
    finally:
        os.close(current)


def _of_init(ask: Question, pid: int, fields: dict[str, str]) -> str | None:
    if fields.get("NSpid", "").split()[-1:] == ["1"] and probes.link(pid, "ns/pid") == ask.namespace("pid"):
        return "it is the init there: from inside, signals without a handler are dropped, KILL too (pid_namespaces(7))"
    return None


def _enter(ask: Question) -> Verdict:
    """By doing it, in a process that ends at once: setns(2) changes nobody else."""
    session = ask.session
    word = ask.word("which place or namespace")
    depth = session.depth()
    try:
        target = session.resolve(word)
        moved = moves.enter(session, target, None, is_visit=True)
    except Refused as refusal:
        return Verdict(False, refusal.message, hint=refusal.hint)
    finally:
        while session.depth() > depth:
            session.let_go(session.seats.pop())
    if not moved:
        return Verdict(True, "you are in it already")
    owners = []
    for kind in moved:
        fd = target.open_fd(kind)
        try:
            owners += (rights.itself(fd) if kind == "user" else rights.owners_of(fd))[:1]
        finally:
            os.close(fd)
    names = ", ".join(dict.fromkeys(ask.user(level.inode) for level in owners)) or "you"
    verb = "is" if moved == ("user",) else f"owns {','.join(kind for kind in moved if kind != 'user')}"
    return Verdict(True, f"{names} {verb}, over which you have CAP_SYS_ADMIN from {ask.own}", "CAP_SYS_ADMIN")


def _settime(ask: Question) -> Verdict:
    return ask.in_initial("CAP_SYS_TIME", "setting the time of day, which no namespace isolates,")


def _mknod(ask: Question) -> Verdict:
    return ask.in_initial("CAP_MKNOD", "making a device node")


def _chroot(ask: Question) -> Verdict:
    return ask.in_own("CAP_SYS_CHROOT", "chroot(2)")


def _unshare(ask: Question) -> Verdict:
    kinds = tuple(ask.word("which types").split(","))
    if kinds == ("all",):
        kinds = nstypes.NAMES
    for kind in kinds:
        if kind not in nstypes.BY_NAME:
            raise UsageError(f"{kind}: no such type of namespace", f"one of: {', '.join(nstypes.NAMES)}")
    if "user" in kinds:
        found = Verdict(True, "everybody may make a user namespace, and has all capabilities in it")
    else:
        found = ask.in_own("CAP_SYS_ADMIN", f"a new {','.join(kinds)} namespace")
    if found.can:  # limits, a chroot, filters
        session = ask.session
        plan: list[Op] = [Clone(), Unshare(nstypes.mask(kinds))]
        try:
            session.bear(plan, (), "maker", "nsh: asks", None, session.where(kinds, "unshare")).peer.dismiss()
        except Refused as refusal:
            return Verdict(False, refusal.message, hint=refusal.hint)
    return found


def _setuid(ask: Question) -> Verdict:
    wanted = ask.number("uid", HIGHEST_ID - 1)
    if not any(inner <= wanted < inner + count for inner, _start, count in ask.maps["uid"]):
        return Verdict(False, f"uid {wanted} is not in the ID map of {ask.own}: nobody can become it there")
    if ask.inner_id("uid") == wanted:
        return Verdict(True, f"you are uid {wanted} there")
    return ask.in_own("CAP_SETUID", f"becoming uid {wanted}")


def _map(ask: Question) -> Verdict:
    text = ask.word("which map, INNER:OUTER:COUNT", "root")
    found = parse(text)
    if ask.inner_id("uid") is None or ask.inner_id("gid") is None:
        return Verdict(
            False, f"your own ids are not mapped in {ask.own}, so there is no making a user namespace below it"
        )
    if not isinstance(found, IdMap):
        return Verdict(True, "everybody may map their own id" if text == "root" else "no map is always possible")
    return _of_map(ask, found)


def _of_map(ask: Question, line: IdMap) -> Verdict:
    for kind in ("uid", "gid"):
        inside = any(i <= line.outer and line.outer + line.count <= i + n for i, _start, n in ask.maps[kind])
        if not inside:
            last = line.outer + line.count - 1
            ids = f"{kind}s {line.outer}..{last} are" if line.count > 1 else f"{kind} {last} is"
            return Verdict(False, f"{ids} not mapped in {ask.own}")
    wanted = ["CAP_SETUID", "CAP_SETGID", *(["CAP_SETFCAP"] if line.outer == 0 else [])]
    missing = [name for name in wanted if not ask.doer.has(name)]
    if not missing:
        return Verdict(True, f"you have {', '.join(wanted)} in {ask.own}, above the new one", wanted[0])
    is_own = line.count == 1 and all(ask.inner_id(kind) == line.outer for kind in ("uid", "gid"))
    if is_own and (line.outer != 0 or ask.doer.has("CAP_SETFCAP")):
        return Verdict(True, f"{line.outer} is your own id, and everybody may map that, in one line")
    if ask.doer.user == ask.session.host.ns.get("user"):
        try:
            subids.require(ask.session, [line])
        except NshError as error:
            return Verdict(False, error.message, missing[0], hint=error.hint)
        return Verdict(True, "newuidmap(1) and newgidmap(1) write it: /etc/subuid and /etc/subgid give you those ids")
    return Verdict(False, f"you have no {missing[0]} in {ask.own}, and it is more than your own id", missing[0])


ACTIONS: dict[str, tuple[Callable[[Question], Verdict], str]] = {
    "mount": (_mount, "a file system: tmpfs, proc, sysfs, bind, ext4, …"),
    "sethostname": (lambda ask: ask.over("uts", "CAP_SYS_ADMIN"), "set the hostname"),
    "link": (lambda ask: ask.over("net", "CAP_NET_ADMIN"), "add or change devices, addresses, routes"),
    "bind": (_bind, "listen on a port"),
    "raw": (lambda ask: ask.over("net", "CAP_NET_RAW"), "use raw sockets, as ping does"),
    "kill": (_kill, "signal a process, by its pid at host"),
    "enter": (_enter, "enter a namespace or place"),
    "unshare": (_unshare, "make namespaces of some types"),
    "map": (_map, "give a new user namespace that ID map"),
    "setuid": (_setuid, "become a uid"),
    "chroot": (_chroot, "change the root directory"),
    "mknod": (_mknod, "make a device node"),
    "settime": (_settime, "set the time of day"),
}


def ask(session: Session, ref: str, action: str, words: tuple[str, ...]) -> tuple[Verdict, Question | None]:
    """Who one would be in a place, and whether that one may. Raises NoSuchName, UsageError, SessionError."""
    with session.on(ref):
        try:
            question = Question(session, words)
        except Refused as refusal:
            return Verdict(False, f"you cannot even enter {ref}: {refusal.message}", hint=refusal.hint), None
        return ACTIONS[action][0](question), question
