# SPDX-License-Identifier: MIT
"""tree: which namespaces are below which, and what owns what."""

from __future__ import annotations

from nsh.printable import clip, printable
from nsh.registry import command
from nsh.results import Result, styled
from nsh.session import discovery, doubts, kinship
from nsh.words import Reference, define

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from nsh.session.kinship import Node
    from nsh.session.session import Session

_NONE_IN_IT = "dashed: no process is in it"
_MOST_ALIKE = 8  # namespaces without processes and names, side by side, that people see; `--json` has all


class Branch(Reference):
    """What a tree can be of: all namespaces of a type that has a hierarchy, or one of them and its kin."""

    __slots__ = ()

    def complete_after(self, session: Session, before: Sequence[str], prefix: str) -> list[tuple[str, str]]:
        """The two types, and whatever is a reference."""
        types = [("user", "user namespaces and what they own"), ("pid", "pid namespaces and their processes")]
        return [choice for choice in types if choice[0].startswith(prefix)] + super().complete_after(
            session, before, prefix
        )


define(Branch("branch", "name"))


@command("tree <what:branch>", man=("user_namespaces(7)", "pid_namespaces(7)", "ioctl_ns(2)"), category="look")
def tree(session: Session, what: str) -> Result:
    """Draw which namespaces are below which: `tree user`, `tree pid`, or the branch of a reference.

    `tree user` has every user namespace with what it owns, who created it and
    its map. `tree pid` has every pid namespace with its processes, each with
    its pid at every level, from here down. With a reference: what is above it,
    up to the top that may be seen, and all below; of a process only what it is
    in. A namespace that no process is in hangs by a dashed line; `why` says what
    keeps it. The program is `!tree`.

        nsh> tree user
        nsh> tree demo
    """
    world = discovery.look()
    nodes = kinship.tree_of(session, world, what)
    unseen = doubts.not_seen(session, world)
    return _Drawing(nodes, [f"not seen: {'; '.join(unseen)}"] if unseen else [])


class _Drawing(Result):
    """The trees, and the same as rows with a depth."""

    __slots__ = ("_nodes",)

    def __init__(self, nodes: list[Node], notes: Iterable[str]) -> None:
        super().__init__(0, notes)
        self._nodes = nodes

    def json(self) -> object:
        """A flat object for each line, in the order of the lines."""
        return [row for node in self._nodes for row in node.rows()]

    def text(self, width: int | None, color: bool) -> str:
        """The drawing; on a terminal no line is longer than it is wide."""
        lines = []
        for node in self._nodes:
            lines += [*_lines(node, "", "", width, color)]
        if any(_has_faint(node) for node in self._nodes):
            lines.append(styled(f"({_NONE_IN_IT})", "dim", color))
        return "\n".join(lines)


def _has_faint(node: Node) -> bool:
    return node.is_faint or any(_has_faint(each) for each in node.below)


def _lines(node: Node, first: str, further: str, width: int | None, color: bool) -> Iterator[str]:
    """One node and those below it; `first` is drawn before its own line, `further` before all others."""
    yield first + _label(node, None if width is None else max(20, width - len(first)), color)
    shown = _fewer(node.below)
    for each in shown:
        is_last = each is shown[-1]
        line = ("└" if is_last else "├") + ("╌╌ " if each.is_faint else "── ")
        yield from _lines(each, further + line, further + ("    " if is_last else "│   "), width, color)


def _fewer(nodes: list[Node]) -> list[Node]:
    """Of many like each other the first, and how many more there are."""
    shown: list[Node] = []
    alike: dict[object, list[Node]] = {}
    for node in nodes:
        if not node.is_faint or node.row["name"] is not None or node.below:
            shown.append(node)
            continue
        same = alike.setdefault(node.row["type"], [])
        same.append(node)
        if len(same) <= _MOST_ALIKE:
            shown.append(node)
    for kind, same in alike.items():
        if len(same) > _MOST_ALIKE:
            more = f"and {len(same) - _MOST_ALIKE} more {kind} namespaces that no process is in"
            shown.insert(shown.index(same[_MOST_ALIKE - 1]) + 1, kinship.remark(more))
    return shown


def _label(node: Node, room: int | None, color: bool) -> str:
    row = node.row
    if row["relation"] == "remark":
        return styled(str(row["command"]), "dim", color)
    head = _head(row)
    facts = printable(", ".join(_facts(row)))
    name = printable(str(row["name"])) if row["name"] is not None else ""
    if room is not None:
        facts = clip(facts, max(1, room - len(head) - len(name) - 4)) if facts else ""
    style = str(row["type"]) if row["inode"] is not None else "number"
    parts = [styled(head, style, color), styled(name, "name", color), facts]
    return "  ".join(part for part in parts if part)


def _head(row: dict[str, object]) -> str:
    """`user:[4026532386]`, or the numbers of a process from outside in."""
    if row["inode"] is not None:
        return f"{row['type']}:[{row['inode']}]"
    pids = row["pids"]
    return "/".join(str(pid) for pid in pids) if isinstance(pids, list) else "-"


def _facts(row: dict[str, object]) -> Iterator[str]:
    if row["relation"] == "process":
        yield str(row["command"])
        return
    count = row["nprocs"]
    if count:
        yield f"{count} process{'es' if count != 1 else ''}"
    if row["type"] == "user":
        if row["creator"] is not None and row["relation"] == "child":
            yield f"made by uid {row['creator']}"
        yield from _maps(row)


def _maps(row: dict[str, object]) -> Iterator[str]:
    """The maps, as their files have them: INNER OUTER COUNT; both in one where they are equal."""
    uids, gids = row["uid_map"], row["gid_map"]
    if not isinstance(uids, list) or not isinstance(gids, list):
        return
    if uids == gids:
        yield f"ids {_map(uids)}"
    else:
        yield f"uids {_map(uids)}"
        yield f"gids {_map(gids)}"


def _map(lines: list[object]) -> str:
    return " + ".join(str(line) for line in lines) if lines else "not mapped"
