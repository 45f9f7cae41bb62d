# SPDX-License-Identifier: MIT
"""help: what the commands are, from their own declarations."""

from __future__ import annotations

from nsh import nstypes
from nsh.errors import UsageError
from nsh.printable import excerpt
from nsh.registry import REGISTRY, command
from nsh.results import Lines, Result, Text
from nsh.spelling import did_you_mean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from nsh.nstypes import NsType
    from nsh.registry import Form
    from nsh.session.session import Session

_ORDER = ("namespaces", "look", "inside", "net", "programs", "session", "language")
_WIDEST = 100
_STAYS = {
    "mnt": "the files themselves: a file system mounted twice is one file system",
    "uts": "all else that tells machines apart: addresses, /etc/hostname, machine-id",
    "ipc": "pipes, sockets, shared memory by mmap of a file, POSIX semaphores (files in /dev/shm)",
    "pid": "the processes: outside, each member has a PID too; an old /proc still shows those outside",
    "net": "Unix sockets with a path (they are files); what an open socket is connected to",
    "user": "rights over what other user namespaces own: hostname, mounts, links made outside",
    "cgroup": "the limits: what is above the root still governs, it is only not shown",
    "time": "CLOCK_REALTIME, the time of day: it cannot be changed for a namespace",
}


@command("help [<words:text>...] [-k|--keyword <keyword:text>]", man=("namespaces(7)",), category="language")
def help(session: Session, words: tuple[str, ...] = (), *, keyword: str | None = None) -> Result:
    """Say what there is, what a command does, or what a type of namespace isolates.

    `-k WORD` lists the commands whose help contains the word.

        nsh> help uts hostname
        nsh> help pid
        nsh> help -k hostname
    """
    if keyword is not None:
        return _search(keyword)
    return help_on(words) if words else _overview()


def help_on(words: Sequence[str]) -> Result:
    """The help of a type, or of the forms that begin with these words. UsageError where there is none."""
    row = nstypes.BY_NAME.get(words[0]) if len(words) == 1 else None
    return forms_help(words) if row is None else _type_help(row)


def forms_help(words: Sequence[str]) -> Result:
    """The help of the forms that begin with these words. UsageError where there are none."""
    forms = _forms(words)
    if not forms:
        known = [*REGISTRY.first_words(), *nstypes.NAMES]
        hint = did_you_mean(words[0], known) or "help lists the commands; help -k WORD searches"
        raise UsageError(f"there is no help on '{excerpt(' '.join(words))}'", hint)
    return Text("\n\n".join(_form_help(form) for form in forms), [_as_json(form) for form in forms])


def _forms(words: Sequence[str]) -> list[Form]:
    return [form for form in REGISTRY.forms(words[0]) if _begins(form, words)]


def _begins(form: Form, words: Sequence[str]) -> bool:
    return any(spelling[: len(words)] == tuple(words) for spelling in form.spellings())


def _overview() -> Result:
    forms = REGISTRY.all()
    lines: list[str] = []
    for category in sorted({form.category for form in forms}, key=_rank):
        lines += [*([""] if lines else []), f"{category}:", *_summaries(f for f in forms if f.category == category)]
    lines += [
        "",
        "help CMD, help TYPE (mnt uts ipc pid net user cgroup time), help -k WORD; anything else is a program",
    ]
    return Lines(lines, [_as_json(form) for form in forms])


def _rank(category: str) -> tuple[int, str]:
    return (_ORDER.index(category) if category in _ORDER else len(_ORDER)), category


def _summaries(forms: Iterable[Form]) -> list[str]:
    """One line for each form, in the order of their words."""
    ordered = sorted(forms, key=lambda form: form.words)
    wide = max((len(form.name) for form in ordered), default=0)
    return [f"  {form.name.ljust(wide)}  {form.summary}" for form in ordered]


def _search(keyword: str) -> Result:
    wanted = keyword.lower()
    found = [
        form
        for form in REGISTRY.all()
        if wanted in f"{form.usage}\n{form.summary}\n{form.description}\n{' '.join(form.man)}".lower()
    ]
    if not found:
        return Text("", [], status=1, notes=(f"no help contains {keyword!r}",))
    return Lines(_summaries(found), [_as_json(form) for form in found])


def _form_help(form: Form) -> str:
    parts = [*_wrapped_usage(form), "", f"    {form.summary}"]
    if form.description:
        parts += ["", *(f"    {line}".rstrip() for line in form.description.split("\n"))]
    if form.synonyms:
        parts += ["", f"    also: {', '.join(form.synonyms)}"]
    if form.man:
        parts += ["", f"    see: {', '.join(form.man)}"]
    return "\n".join(parts)


def _wrapped_usage(form: Form) -> list[str]:
    lines: list[str] = []
    for part in form.pattern.usage_parts():
        if lines and len(lines[-1]) + 1 + len(part) <= _WIDEST:
            lines[-1] += f" {part}"
        else:
            lines.append(f"        {part}" if lines else part)
    return lines


def _as_json(form: Form) -> dict[str, object]:
    return {
        "command": form.name,
        "usage": form.usage,
        "summary": form.summary,
        "description": form.description,
        "category": form.category,
        "synonyms": list(form.synonyms),
        "man": list(form.man),
        "json": form.shows,
    }


def _type_help(row: NsType) -> Result:
    forms = _forms([row.name])
    children = f", /proc/PID/ns/{row.children_file}" if row.children_file else ""
    fields = {
        "type": row.name,
        "isolates": row.isolates,
        "not": _STAYS[row.name],
        "flag": f"{row.constant} (0x{row.flag:08x})",
        "file": f"/proc/PID/ns/{row.name}{children}",
        "since": f"Linux {row.since}",
        "manual": row.man,
        "try": f"new {row.name} demo; show demo; enter demo",
    }
    lines = [f"{key:8}  {value}" for key, value in fields.items()]
    data = {
        "type": row.name,
        "isolates": row.isolates,
        "not_isolated": _STAYS[row.name],
        "flag": row.flag,
        "constant": row.constant,
        "since": row.since,
        "manual": row.man,
        "commands": [form.name for form in forms],
    }
    return Lines([*lines, *([""] if forms else []), *_summaries(forms)], data)
