# SPDX-License-Identifier: MIT
"""`explain`: a line is rehearsed, and what was noted is put into words."""

from __future__ import annotations

from nsh import nstypes
from nsh.errors import NshError
from nsh.net import rtnl
from nsh.ops import Clone, Op, SetNs
from nsh.session import consequences
from nsh.session.rehearsal import Deed, Rehearsal, Rehearsed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session import iplines
    from nsh.session.session import Session
    from nsh.session.story import Entry

_MANUAL = {
    "clone3": "clone(2)",
    "unshare": "unshare(2)",
    "setns": "setns(2)",
    "mount": "mount(2)",
    "umount2": "umount(2)",
    "pivot_root": "pivot_root(2)",
    "sethostname": "sethostname(2)",
    "setdomainname": "setdomainname(2)",
    "setresuid": "setresuid(2)",
    "setresgid": "setresuid(2)",
    "timens_offsets": "time_namespaces(7)",
}


class Explained:
    """What a line would do: `deeds`, the same in shell where they are messages, and its status if it is refused."""

    __slots__ = ("deeds", "ip_lines", "status")

    def __init__(self, deeds: list[Deed], ip_lines: list[str], status: int) -> None:
        self.deeds = deeds
        self.ip_lines = ip_lines
        self.status = status


def rehearse(session: Session, line: str) -> Explained:
    """What a line would do, and its status where it would be refused before any call; why is said then."""
    rehearsal = Rehearsal(session)
    rtnl.instead = rehearsal.note
    try:
        status = session.rehearse(line, rehearsal)
    except Rehearsed:
        status = 0
    finally:
        rtnl.instead = None
    ip_lines = [said for entry in rehearsal.story.entries for said in _ip_lines(session, entry)]
    return Explained(rehearsal.deeds, ip_lines, 0 if rehearsal.deeds else status)


def _ip_lines(session: Session, entry: Entry) -> list[str]:
    """A command about the network as lines of ip(8); none where there are none."""
    if entry.kind != "network":
        return []
    from nsh.session import iplines

    try:
        lines = iplines.of(entry.words, entry.arguments)
        return [_ip_line(session, line) for line in lines]
    except NshError:
        return []


def _ip_line(session: Session, line: iplines.Line) -> str:
    import shlex

    places = [*session.places, "host", "."]
    words = [
        word if isinstance(word, str) else str(_pid_of(session, word.variable))
        for word in line.words({place: place for place in places})
    ]
    where = line.place if line.place not in (None, ".") else None
    if where is None:
        return shlex.join(words)
    target = session.resolve(where)
    owner = ["--user", "--preserve-credentials"] if "user" in target.types and target.place is not None else []
    return shlex.join(["nsenter", "--target", str(target.pid), *owner, "--net", *words])


def _pid_of(session: Session, ref: str) -> int | None:
    return session.resolve(ref).pid


def source_in(session: Session, explained: Explained, tongue: str) -> str:
    """A program in that tongue for each thing that would be done."""
    from nsh.tongues import TONGUES
    from nsh.tongues.recipe import Recipe

    if tongue == "sh":
        return "\n".join(_in_shell(session, explained))
    sources = [in_tongue(session, deed, tongue) for deed in explained.deeds if _is_sayable(deed)]
    if explained.ip_lines:
        sources.append(TONGUES[tongue](Recipe([], ["sh", "-c", " && ".join(explained.ip_lines)])))
    return "\n".join(sources)


def text(session: Session, explained: Explained) -> str:
    """Calls, what changes, what does not, the manual, and the same in shell."""
    deeds = explained.deeds
    if not deeds:
        return "looks only: no call that changes anything"
    lines = [_line(call, by) for deed in deeds for call, by in calls(deed)]
    for deed in deeds:
        changes = [f"changes: {said}" for said in consequences.changed(deed)]
        lines += [said for said in changes if said not in lines]
        lines += [f"does not change: {said}" for said in consequences.unchanged(deed)]
    if pages := manual(deeds):
        lines.append(f"manual: {', '.join(pages)}")
    lines += [f"in shell: {said}" for said in _in_shell(session, explained)]
    return "\n".join(lines)


def _in_shell(session: Session, explained: Explained) -> list[str]:
    sources = [in_tongue(session, deed, "sh") for deed in explained.deeds if _is_sayable(deed)]
    return [said for source in [*sources, *explained.ip_lines] for said in source.splitlines()]


def data(session: Session, explained: Explained) -> dict[str, object]:
    """The same for `--json`."""
    deeds = explained.deeds
    return {
        "calls": [{"call": call, "by": by} for deed in deeds for call, by in calls(deed)],
        "changes": [said for deed in deeds for said in consequences.changed(deed)],
        "does_not_change": [said for deed in deeds for said in consequences.unchanged(deed)],
        "manual": manual(deeds),
        "shell": "\n".join(_in_shell(session, explained)) or None,
    }


def calls(deed: Deed) -> list[tuple[str, str]]:
    """(call as trace prints it, who makes it): the maker until the first clone, then the process that was made."""
    found = []
    by = deed.by
    inner = deed.programs[0].argv[0] if deed.programs else "the new process"
    if deed.programs:
        found += [(str(Clone(deed.flags)), by)] * len(deed.programs)
        by = inner
    for op in deed.ops:
        if isinstance(op, Op) and op.name == "gate":
            found += [(f'write(/proc/PID/{file}, "{_shown_map(file, text)}")', deed.by) for file, text in _maps(deed)]
        elif isinstance(op, Op):
            found.append((str(op), by))
            by = inner if isinstance(op, Clone) else by
        else:
            found.append((op, by))
    if deed.programs and deed.uid_map != "":
        at = next((i for i, (_, who) in enumerate(found) if who == inner), len(found))
        found[at:at] = [(f'write(/proc/PID/{file}, "{_shown_map(file, text)}")', deed.by) for file, text in _maps(deed)]
    for program in deed.programs:
        words = ", ".join(f'"{word}"' for word in program.argv)
        found.append((f'execve("{program.argv[0]}", [{words}])', program.argv[0]))
    return found


def _maps(deed: Deed) -> list[tuple[str, str | None]]:
    """The files and what is written; who has no CAP_SETGID gives setgroups up first (user_namespaces(7))."""
    import os

    given_up: list[tuple[str, str | None]] = [("setgroups", "deny")] if os.geteuid() else []
    return [*given_up, ("gid_map", deed.gid_map), ("uid_map", deed.uid_map)]


def _shown_map(file: str, text: str | None) -> str:
    import os

    own = os.getegid() if file == "gid_map" else os.geteuid()
    return f"0 {own} 1" if text is None else text.replace("\n", "\\n")


def _line(call: str, by: str) -> str:
    return f"{call}  [{by}]"


def manual(deeds: list[Deed]) -> list[str]:
    """The sections that tell of these calls and types."""
    names = [op.name for deed in deeds for op in deed.ops if isinstance(op, Op)]
    names += ["clone3" for deed in deeds if deed.programs]
    pages = [_MANUAL[name] for name in names if name in _MANUAL]
    types = [kind for deed in deeds for some in consequences.kinds(deed) for kind in some]
    pages += [nstypes.BY_NAME[kind].man for kind in types]
    pages += ["rtnetlink(7)" for deed in deeds for op in deed.ops if isinstance(op, str) and op.startswith("RTM_")]
    return list(dict.fromkeys(pages))


def _is_sayable(deed: Deed) -> bool:
    return any(isinstance(op, Op) for op in deed.ops) or bool(deed.programs)


def in_tongue(session: Session, deed: Deed, tongue: str) -> str:
    """A program that does it without nsh."""
    from nsh.session.retelling import words_of
    from nsh.tongues import TONGUES
    from nsh.tongues.recipe import Recipe

    argv = (
        words_of(deed.programs, background=False)
        if deed.programs
        else ["sleep", "infinity"]
        if deed.is_holder
        else ["bash"]
    )
    recipe = Recipe(
        deed.ops,
        argv,
        flags=deed.flags,
        uid_map=deed.uid_map,
        gid_map=deed.gid_map,
        targets=_targets(session, deed),
    )
    return TONGUES[tongue](recipe)


def _targets(session: Session, deed: Deed) -> dict[str, str]:
    """For each namespace that is entered the pid or path by which others can."""
    found = {}
    for op in deed.ops:
        if isinstance(op, SetNs):
            label = op.what.removeprefix("pidfd of ")
            target = session.resolve(label)
            found[op.what] = str(target.pid) if target.pid is not None else label
    return found
