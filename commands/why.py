# SPDX-License-Identifier: MIT
"""why: what keeps a namespace alive, and what would release it."""

from __future__ import annotations

from nsh.errors import NoSuchName
from nsh.printable import columns, printable, wrapped
from nsh.registry import command
from nsh.results import Result, styled
from nsh.session import discovery, lifetime
from nsh.session.refs import chosen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.lifetime import Reason, Why
    from nsh.session.session import Session

_MOST_ALIKE = 6  # rows of one kind for people; `--json` has all
_NARROWEST = 30
_WIDE = 100  # where there is no terminal
_HEADINGS = ("types", "kept by", "which", "release")


@command("why [<types:types>] <ref:ref>", man=("namespaces(7)", "ioctl_ns(2)"), category="look")
def why(session: Session, ref: str, types: tuple[str, ...] | None = None) -> Result:
    """Say what keeps a namespace alive, and what would release each of it.

    A namespace ends when nothing refers to it any more. Looked for are: member
    processes, zombies, threads that are elsewhere than their process, what only
    a process's next children will be in, open files (also of nsh itself),
    sockets and tun devices, bind mounts in every mount namespace, mounts of
    proc, namespaces that are children of it, and those it owns; as `perhaps`
    open files of /proc/PID and pidfds of processes that are gone. RELEASE is what
    to type where you are; what needs two steps says `why` to ask again. At the
    end stands what could not be seen, and what tells nobody that it keeps one.

        nsh> why demo
        nsh> why net box
        nsh> why net:[4026532386]
    """
    session.handle_events()
    lifetime.make_ready(session)
    try:
        target = session.resolve(ref)
    except NoSuchName as error:
        raise lifetime.nothing_seen(error, ref) from error
    world = discovery.look()
    keys = [(kind, target.ns[kind]) for kind in chosen(target, types)]
    for kind, inode in keys:
        if (kind, inode) not in world.known or world.known[kind, inode].way is None:
            discovery.ask(world, target, kind)
    return _Answer(ref, lifetime.why(session, world, keys))


class _Answer(Result):
    """The reasons as a table, what to type at its end, and what could not be seen."""

    __slots__ = ("_ref", "_why")

    def __init__(self, ref: str, answer: Why) -> None:
        super().__init__()
        self._ref = ref
        self._why = answer

    def json(self) -> object:
        """All of it, nothing left out."""
        return {
            "ref": self._ref,
            "namespaces": self._why.namespaces,
            "pins": [row for reason in self._why.reasons for row in reason.rows()],
            "release": self._why.commands(),
            "not_seen": self._why.not_seen,
            "undetectable": self._why.undetectable,
        }

    def text(self, width: int | None, color: bool) -> str:
        """For people."""
        wide = width or _WIDE
        lines = [*self._heading(wide, color), *self._table(width, color), *self._end(wide, color)]
        return "\n".join(lines)

    def _heading(self, wide: int, color: bool) -> list[str]:
        """Which namespaces are meant; of a single one also what the kernel says of it."""
        found = self._why.namespaces
        shown = [f"{one['type']}:[{one['inode']}]" for one in found]
        if len(found) > 1:
            return wrapped(" ".join(shown), wide, f"{printable(self._ref)}  ")
        words = [styled(shown[0], str(found[0]["type"]), color)]
        if found[0]["name"] is not None:
            words.append(styled(printable(str(found[0]["name"])), "name", color))
        facts = [f"id {found[0]['id']}"] if found[0]["id"] is not None else []
        if found[0]["owner"] is not None:
            facts.append(f"owner user:[{found[0]['owner']}]")
        return ["  ".join([*words, ", ".join(facts)]).rstrip()]

    def _table(self, width: int | None, color: bool) -> list[str]:
        rows = [self._cells(reason) for reason in self._fewer()]
        if not rows:
            return [f"nothing that can be seen keeps {'it' if len(self._why.keys) == 1 else 'them'}"]
        rows.insert(0, [text.upper() for text in _HEADINGS])
        sizes = [max(columns(row[at]) for row in rows) for at in range(len(_HEADINGS))]
        if len(self._why.keys) == 1:
            rows, sizes = [row[1:] for row in rows], sizes[1:]
        room = None if width is None else width - sum(sizes) - 2 * (len(sizes) - 1) + sizes[-2]
        if room is not None and room < _NARROWEST:
            return ["", *(line for row in rows[1:] for line in _stacked(row, width or _WIDE, color)), ""]
        if room is not None:
            sizes[-2] = min(sizes[-2], room)
        return ["", *(line for at, row in enumerate(rows) for line in _lines(row, sizes, color, at == 0)), ""]

    def _fewer(self) -> list[Reason]:
        """A machine has hundreds of processes: the first of each kind, and how many there are beside."""
        kept: list[Reason] = []
        alike: dict[tuple[str, tuple[tuple[str, int], ...]], list[Reason]] = {}
        for reason in self._why.reasons:
            group = alike.setdefault((reason.how, tuple(reason.keys)), [])
            group.append(reason)
            if len(group) <= _MOST_ALIKE:
                kept.append(reason)
        for group in alike.values():
            if len(group) > _MOST_ALIKE:
                more = lifetime.more(group[_MOST_ALIKE:])
                kept.insert(kept.index(group[_MOST_ALIKE - 1]) + 1, more)
        return kept

    def _cells(self, reason: Reason) -> list[str]:
        kinds = [kind for kind, _ in reason.keys]
        types = "all" if kinds == [kind for kind, _ in self._why.keys] else ",".join(kinds)
        release = reason.release or (f"({reason.after})" if reason.after else "-")
        who = printable(reason.who).replace("  ", "\xa0 ")  # two blanks that stay two where lines are broken
        return [types, lifetime.HOW[reason.how], who, printable(release)]

    def _end(self, wide: int, color: bool) -> list[str]:
        lines = []
        commands = self._why.commands()
        if len(commands) > 1 and len(commands) <= _MOST_ALIKE and not self._lasts():
            lines += wrapped("; ".join(commands), wide, "to end it: " if len(self._why.keys) == 1 else "to end them: ")
        for title, found in (("not seen: ", self._why.not_seen), ("shows nowhere: ", self._why.undetectable)):
            if found:
                lines += [styled(line, "dim", color) for line in wrapped("; ".join(found), wide, title)]
        return lines

    def _lasts(self) -> bool:
        """Is one of them initial?"""
        return any(reason.how == "kernel" for reason in self._why.reasons)


def _lines(cells: list[str], sizes: list[int], color: bool, is_heading: bool) -> list[str]:
    """One row; what does not fit of which thing it is goes on below."""
    styles = ["heading"] * 4 if is_heading else ["type", None, None, "good"]
    parts = wrapped(cells[-2], sizes[-2])
    lines = []
    for at, part in enumerate(parts):
        row = [*cells[:-2], part, cells[-1]] if at == 0 else [*[""] * (len(cells) - 2), f" {part}", ""]
        shown = [
            styled(text, style, color) + " " * (size - columns(text))
            for text, style, size in zip(row, styles[-len(cells) :], sizes, strict=True)
        ]
        lines.append("  ".join(shown).rstrip())
    return lines


def _stacked(cells: list[str], width: int, color: bool) -> list[str]:
    """One row on a narrow terminal: one thing below the other."""
    lines = wrapped(cells[-2], width, "  ".join(cells[:-2]) + ": ", "    ")
    return [*lines, "    " + styled(cells[-1], "good", color)]
