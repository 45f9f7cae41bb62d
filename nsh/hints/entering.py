# SPDX-License-Identifier: MIT
"""Why a namespace could not be entered, or even looked at (setns(2), ptrace(2))."""

from __future__ import annotations

import errno
import os

from nsh import nstypes
from nsh.hints import probes, rights
from nsh.kernel import nsfs
from nsh.kernel.capabilities import BITS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.errors import Where
    from nsh.hints import Rule
    from nsh.hints.rights import Doer, Level

_BEYOND = "that user namespace lies beside or above the one you are in"


class _Wanted:
    """One namespace to be entered: its type and inode, and the user namespaces above it."""

    __slots__ = ("inode", "kind", "levels")

    def __init__(self, kind: str, inode: int, levels: list[Level]) -> None:
        self.kind = kind
        self.inode = inode
        self.levels = levels

    def __str__(self) -> str:
        return f"{self.kind}:[{self.inode}]"


def _all_wanted(shown: str, where: Where) -> list[_Wanted]:
    """What that call was to enter, user first, as far as it can be opened again."""
    found: list[_Wanted] = []
    if where.into is None:
        return found
    kinds = [kind for kind in nstypes.NAMES if nstypes.BY_NAME[kind].constant in shown and kind in where.into.ns]
    for kind in sorted(kinds, key=lambda name: name != "user"):
        try:
            fd = where.into.open_fd(kind)
        except OSError:
            continue
        try:
            levels = rights.itself(fd) if kind == "user" else rights.owners_of(fd)
        finally:
            os.close(fd)
        found.append(_Wanted(kind, where.into.ns[kind], levels))
    return found


def _not_permitted(shown: str, where: Where) -> str | None:
    one, wanted = rights.doer(where.pid), _all_wanted(shown, where)
    if one is None or not wanted:
        return _not_permitted_unseen(shown, where)
    if where.into is not None and "pidfd" in shown and where.into.pid is not None:
        theirs = rights.owners(where.into.pid, "user")
        if one.is_above(theirs) and not one.has_over(theirs, "CAP_SYS_PTRACE"):
            hidden = hidden_process(where.into.pid, one)
            if hidden:
                return hidden
    user = wanted[0] if wanted[0].kind == "user" else None
    for each in wanted:
        why = _user_refused(each, one) if each.kind == "user" else _owner_refused(each, one, user, where)
        if why:
            return why
    return "your capabilities would do: what is left is a seccomp filter, or a security module's refusal"


def _not_permitted_unseen(shown: str, where: Where) -> str:
    if "CLONE_NEWUSER" in shown:
        return f"{_BEYOND}: `leave` first"
    types = ",".join(("user", *where.types))
    return (
        f"the user namespace that owns it is not the one you are in: enter that too, `enter {types} NAME`, or `leave`"
    )


def _user_refused(wanted: _Wanted, one: Doer) -> str | None:
    if not one.is_above(wanted.levels):
        return f"{_BEYOND} ({wanted}, you are in {one}): `leave` first (user_namespaces(7))"
    if not one.has_over(wanted.levels, "CAP_SYS_ADMIN"):
        return (
            f"{wanted} is not yours: uid {wanted.levels[0].creator} created it, you are uid {one.uid}, and have no\n"
            f"CAP_SYS_ADMIN in {one} (user_namespaces(7))"
        )
    return None


def _owner_refused(wanted: _Wanted, one: Doer, user: _Wanted | None, where: Where) -> str | None:
    label = where.into.label if where.into is not None else "NAME"
    types = ",".join(("user", *where.types)) if "user" not in where.types else ",".join(where.types)
    owner = str(wanted.levels[0]) if wanted.levels else "a user namespace above the one nsh was started in"
    inside = user is not None and any(level.inode == user.inode for level in wanted.levels)
    if not one.is_above(wanted.levels) and not inside:
        own = f"the user namespace that owns it, {owner}, is not the one you are in, {one}, nor below it"
        return f"{own}: `leave`, or enter that too, `enter {types} {label}` (setns(2))"
    if not one.has_over(wanted.levels, "CAP_SYS_ADMIN") and not inside:
        if wanted.levels[0].inode != one.user:
            return (
                f"{owner} owns {wanted}, and you are not its creator (uid {wanted.levels[0].creator}), nor have you\n"
                f"CAP_SYS_ADMIN in {one}, above it: not yours to enter (setns(2))"
            )
        return (
            f"{owner} owns {wanted}, and you have no CAP_SYS_ADMIN in it: only namespaces of your own, `new user,"
            f"{wanted.kind}` (setns(2))"
        )
    missing = [name for name in _in_own(wanted.kind) if not one.has(name)]
    if missing and user is None:
        return (
            f"{owner} owns {wanted} and is yours, but setns(2) wants {' and '.join(missing)} also where you are, in\n"
            f"{one}: enter the owner first, `enter {types} {label}` (setns(2))"
        )
    return None


def _in_own(kind: str) -> tuple[str, ...]:
    """What setns(2) wants in the caller's own user namespace."""
    return ("CAP_SYS_ADMIN", "CAP_SYS_CHROOT") if kind == "mnt" else ("CAP_SYS_ADMIN",)


def _invalid(shown: str, where: Where) -> str | None:
    threads = probes.threads_of(where.pid)
    if threads > 1 and ("CLONE_NEWUSER" in shown or "CLONE_NEWNS" in shown):
        return (
            f"the process has {threads} threads, and setns(2) of user and mnt is for a process of one: nsh does it in\n"
            "a fresh process, `enter REF` (setns(2))"
        )
    wrong = _not_that_type(shown, where)
    if wrong:
        return wrong
    if "CLONE_NEWPID" in shown:
        return "a pid namespace can only be entered downwards: `leave` goes back up (setns(2))"
    if "CLONE_NEWUSER" in shown:
        own = probes.link(where.pid, "ns/user")
        if where.into is not None and own == f"user:[{where.into.ns.get('user')}]":
            return f"you are in {own} already: name the other types only, `enter TYPES REF` (setns(2))"
        return "you are in that user namespace already, or it lies above you: `leave` goes back up (setns(2))"
    return None


def _not_that_type(shown: str, where: Where) -> str | None:
    """Is the file none of a namespace, or one of another type?"""
    if where.into is None:
        return None
    for kind in where.into.ns:
        row = nstypes.BY_NAME.get(kind)
        if row is None or row.constant not in shown:
            continue
        try:
            fd = where.into.open_fd(kind)
        except OSError:
            return None
        try:
            found = nsfs.nstype(fd)
        except OSError:
            return (
                "that is no namespace file: a placeholder whose mount is gone, or was made in another mount\n"
                f"namespace; `ls pins` shows such as stale, `unpin {where.into.label}` removes it (setns(2))"
            )
        finally:
            os.close(fd)
        if found != row.flag:
            return f"that is a {','.join(nstypes.names_of(found))} namespace, not one of type {kind} (setns(2))"
    return None


def _too_many_users(shown: str, where: Where) -> str:
    threads = probes.threads_of(where.pid)
    return (
        f"that is not about users: a time namespace is entered by a process of one thread, and this one has\n"
        f"{threads}; nsh does it in a fresh process, `enter time REF` (setns(2), time_namespaces(7))"
    )


def _gone(_shown: str, _where: Where) -> str:
    return "the process has ended meanwhile: `ls ns` shows what keeps its namespaces, if anything (setns(2))"


def _links_hidden(shown: str, where: Where) -> str | None:
    """A link or file of another process that may not be read."""
    number = shown.partition("/proc/")[2].partition("/")[0]
    if not number.isdecimal():
        return None
    one = rights.doer(where.pid)
    if one is None or not probes.status(int(number)):
        return None
    return hidden_process(int(number), one) or (
        f"pid {number} is not dumpable, or a security module hides it (ptrace(2), PR_SET_DUMPABLE(2const))"
    )


def _not_there(shown: str, where: Where) -> str | None:
    """What the next children are in shows only once there is one."""
    for kind in ("pid", "time"):
        if f"{kind}_for_children" in shown and probes.link(where.pid, f"ns/{kind}"):
            return (
                f"a new {kind} namespace is shown, and can be pinned, only after its first process is made: run a\n"
                f"program first, or `unshare --fork {kind}` ({kind}_namespaces(7))"
            )
    return None


def hidden_process(pid: int, one: Doer) -> str | None:
    """Why a process may not be looked at by another (PTRACE_MODE_READ of ptrace(2)), None for no reason to be seen."""
    fields = probes.status(pid)
    ids = fields.get("Uid", "").split()
    held = int(fields.get("CapPrm", "0"), 16)
    lacking = [name for name, bit in BITS.items() if held & ~one.bits & 1 << bit]
    if any(int(number) != one.uid for number in ids[:3]) and not one.has("CAP_SYS_PTRACE"):
        return (
            f"pid {pid} is uid {ids[0]}'s and you are uid {one.uid}: to look at its namespaces wants the same user,\n"
            "or CAP_SYS_PTRACE; what belongs to others is missing from every list then (ptrace(2))"
        )
    if lacking:
        return (
            f"pid {pid} has capabilities that you lack ({', '.join(lacking[:3])}), so its namespaces are not shown\n"
            "even to the same user; with those, or CAP_SYS_PTRACE over it, they are (ptrace(2))"
        )
    return None


RULES: dict[tuple[str, int], Rule] = {
    ("setns", errno.EPERM): _not_permitted,
    ("setns", errno.EINVAL): _invalid,
    ("setns", errno.EUSERS): _too_many_users,
    ("setns", errno.ESRCH): _gone,
    ("setns", errno.EACCES): _links_hidden,
    ("readlink", errno.EACCES): _links_hidden,
    ("readlink", errno.EPERM): _links_hidden,
    ("open", errno.EACCES): _links_hidden,
    ("readlink", errno.ENOENT): _not_there,
    ("open", errno.ENOENT): _not_there,
}
