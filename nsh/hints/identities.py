# SPDX-License-Identifier: MIT
"""Why ids were refused: maps, subordinate ids, becoming somebody (user_namespaces(7), newuidmap(1), setresuid(2))."""

from __future__ import annotations

import errno
import os
import stat

from nsh.hints import probes, rights
from nsh.hints.apparmor import restriction

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.errors import Where
    from nsh.hints import Rule

_NEEDED = {"uid": probes.CAP_SETUID, "gid": probes.CAP_SETGID}


def _kind(shown: str) -> str | None:
    """Which map a write was for."""
    return next((kind for kind in ("uid", "gid") if f"{kind}_map" in shown), None)


def _target(shown: str, where: Where) -> int | None:
    """The process whose map it was; None when the call does not say."""
    name = shown.partition("/proc/")[2].partition("/")[0]
    return where.pid if name == "self" else int(name) if name.isdecimal() else None


def _map_not_permitted(shown: str, where: Where) -> str | None:
    if "/setgroups" in shown:
        return (
            "setgroups can be set to deny only before gid_map is written, and never back to allow:\n"
            "make a new user namespace (user_namespaces(7))"
        )
    kind = _kind(shown)
    if kind is None:
        return None
    target = _target(shown, where)
    rows = probes.map_of(target, kind) if target is not None else None
    if rows:
        text = ", ".join(" ".join(str(number) for number in row) for row in rows)
        return (
            f"an ID map is written once, and this one is: {text};\n"
            "another wants another user namespace: `new user --map INNER:OUTER:COUNT` (user_namespaces(7))"
        )
    restricted = restriction(where)
    if restricted:
        return restricted
    if not _may_write_any(where.pid, target, kind):
        return _without_capability(shown, where, kind, target)
    return (
        f"the outer ids must be ids that are mapped where you are, and they are not all: {_shown_map(where, kind)};\n"
        "`user map .` shows it (user_namespaces(7))"
    )


def _may_write_any(writer: int, target: int | None, kind: str) -> bool:
    """Has the writer CAP_SETUID or CAP_SETGID in the user namespace above the one that the map is for?"""
    if target is None:  # a new one, below the writer's
        return probes.has_capability(writer, _NEEDED[kind])
    one = rights.doer(writer)
    return one is not None and one.has_over(rights.owners(target, "user")[1:], f"CAP_SET{kind.upper()}")


def _without_capability(shown: str, where: Where, kind: str, target: int | None) -> str:
    if kind == "gid" and target is not None and probes.text_of(f"{probes.PROC}/{target}/setgroups").strip() == "allow":
        return (
            "without CAP_SETGID setgroups(2) must be given up before gid_map is written: first\n"
            f"`echo deny > /proc/{target}/setgroups`, for good; nsh does so by itself (user_namespaces(7))"
        )
    number = probes.effective_id(where.pid, kind)
    own = "your own id" if number is None else f"your own {kind}, `{number}`"
    return (
        f"without CAP_SET{kind.upper()} only one line may be written, and it must map {own}: `--map root`;\n"
        f"more ids want a row in /etc/sub{kind}, and new{kind}map(1)"
    )


def _shown_map(where: Where, kind: str) -> str:
    rows = probes.map_of(where.pid, kind) or []
    return f"/proc/self/{kind}_map has " + (", ".join(f"{i} {o} {n}" for i, o, n in rows) or "none")


def _map_invalid(shown: str, _where: Where) -> str | None:
    if _kind(shown) is None:
        return None
    return (
        "the kernel wants ranges that do not overlap and are not empty, at most 340 lines in less than a page\n"
        "(user_namespaces(7))"
    )


def _map_not_openable(shown: str, where: Where) -> str | None:
    if "/proc/" not in shown or (_kind(shown) is None and "/setgroups" not in shown):
        return None
    restricted = restriction(where)
    target = _target(shown, where)
    if restricted or target is None:
        return restricted
    try:
        owner = os.stat(f"{probes.PROC}/{target}/status").st_uid
    except OSError:
        return None
    uid = probes.effective_id(target, "uid")
    if uid is not None and owner != uid:
        return (
            f"process {target} is uid {uid}, but its files in /proc belong to {owner}: it changed its ids without an\n"
            "execve(2), so it is not dumpable. Execute a program first, or prctl(PR_SET_DUMPABLE, 1), or write from\n"
            "its parent (PR_SET_DUMPABLE(2const))"
        )
    return (
        f"the file belongs to uid {owner}: whoever writes it must be that user, or root of the user namespace\n"
        "above (user_namespaces(7))"
    )


def _id_unmapped(shown: str, _where: Where) -> str | None:
    number = shown.partition("(")[2].rstrip(")").partition(",")[0]
    return (
        f"{number} is not in the ID map of this user namespace: map it, `--map INNER:OUTER:COUNT`\n(user_namespaces(7))"
    )


def _id_not_permitted(shown: str, where: Where) -> str | None:
    kind = "gid" if "gid" in shown or "groups" in shown else "uid"
    denied = probes.text_of(f"{probes.PROC}/{where.pid}/setgroups").strip() == "deny"
    if "setgroups" in shown and denied:
        return (
            "the ID map here was written by an ordinary user, so setgroups(2) is denied for good: keep the groups you\n"
            "have (`nsenter --preserve-credentials`; nsh does so by itself), or make the map with newuidmap(1):\n"
            "`new user --map 0:100000:65536` (user_namespaces(7))"
        )
    if not probes.has_capability(where.pid, _NEEDED[kind]):
        return (
            f"you have no CAP_SET{kind.upper()} in your user namespace: only root of it may become somebody else\n"
            f"(set{kind}(2), capabilities(7)); `new user` makes one where you are root"
        )
    return None


def why_not_by_helper(program: str, said: str) -> str:
    """Why newuidmap(1) or newgidmap(1) could not write a map, by the path of the program and what it said."""
    first = f"{said.strip()}\n" if said.strip() else ""
    if probes.status(os.getpid()).get("NoNewPrivs") == "1":
        return (
            f"{first}no_new_privs is set here (NoNewPrivs in /proc/self/status), so no program gains rights,\n"
            f"{program} neither: start nsh outside of what set it (a container, systemd's NoNewPrivileges=; prctl(2))"
        )
    why = without_rights(program)
    if why:
        return first + why
    return f"{first}see newuidmap(1), subuid(5)" if first else "see newuidmap(1), subuid(5)"


def without_rights(program: str) -> str | None:
    """Why a program that should be set-uid root, or have file capabilities, gains nothing; None when it does."""
    try:
        found = os.stat(program)
    except OSError:
        return None
    try:
        os.getxattr(program, "security.capability")
        is_capable = True
    except OSError:
        is_capable = False
    if not is_capable and not (found.st_mode & stat.S_ISUID and found.st_uid == 0):
        return (
            f"{program} is neither set-uid root nor has it file capabilities (`ls -l {program}`): root gives them\n"
            f"back, `chmod u+s {program}` (newuidmap(1))"
        )
    if os.statvfs(program).f_flag & os.ST_NOSUID:
        return f"{program} is on a file system mounted nosuid, where set-uid means nothing (mount(8))"
    return None


RULES: dict[tuple[str, int], Rule] = {
    ("write", errno.EPERM): _map_not_permitted,
    ("write", errno.EINVAL): _map_invalid,
    ("write", errno.EACCES): _map_not_openable,
    ("setresuid", errno.EINVAL): _id_unmapped,
    ("setresgid", errno.EINVAL): _id_unmapped,
    ("chown", errno.EINVAL): _id_unmapped,
    ("setresuid", errno.EPERM): _id_not_permitted,
    ("setresgid", errno.EPERM): _id_not_permitted,
}
