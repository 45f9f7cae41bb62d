# SPDX-License-Identifier: MIT
"""diff: in which namespaces two processes, places or moments differ, and in what inside them."""

from __future__ import annotations

from nsh.printable import clip, columns
from nsh.registry import command
from nsh.results import Result, shown, styled
from nsh.session import moments
from nsh.words import Reference, define

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from nsh.session.moments import Moment
    from nsh.session.session import Session

_HEADING = ("type", "what")
_NARROWEST = 16


class MomentName(Reference):
    """A snapshot, or anything that means a namespace or a place."""

    __slots__ = ()

    def complete_after(self, session: Session, before: Sequence[str], prefix: str) -> list[tuple[str, str]]:
        """The snapshots, and whatever is a reference."""
        taken = [(name, f"snapshot of {one.ref}") for name, one in moments.snapshots(session).items()]
        return [choice for choice in taken if choice[0].startswith(prefix)] + super().complete_after(
            session, before, prefix
        )


define(MomentName("moment", "name"))


@command("diff <one:moment> [<other:moment>]", man=("namespaces(7)", "ioctl_ns(2)"), category="look")
def diff(session: Session, one: str, other: str = ".") -> Result:
    """Say in which namespaces two processes, places or snapshots differ, and what differs inside them.

    Status 0 when nothing does, 1 when something does, as with diff(1). Without
    a second one it is where you are. Of lists, such as mounts, devices and routes,
    the items are shown that only one side has; `-` is what is not there or cannot be
    seen. The program for files is `!diff`.

        nsh> diff host demo
        nsh> snapshot before; diff before .
    """
    sides = moments.of(session, one), moments.of(session, other)
    return _Differences(sides)


class _Differences(Result):
    """The rows that differ, and which types do not."""

    __slots__ = ("_rows", "_same", "_sides")

    def __init__(self, sides: tuple[Moment, Moment]) -> None:
        self._sides = sides
        self._rows, self._same = moments.compare(*sides)
        super().__init__(1 if self._rows else 0)

    def json(self) -> object:
        """Both sides by name, the differences, the types without any."""
        one, other = self._sides
        return {"one": one.label, "other": other.label, "differences": self._rows, "same": self._same}

    def text(self, width: int | None, color: bool) -> str:
        """Two columns side by side, a type named once."""
        lines = self._table(width, color)
        if self._same:
            lines.append(f"same  {' '.join(self._same)}")
        elif not self._rows:
            lines.append("they have no type in common")
        return "\n".join(lines)

    def _table(self, width: int | None, color: bool) -> list[str]:
        if not self._rows:
            return []
        heading = [text.upper() for text in (*_HEADING, self._sides[0].label, self._sides[1].label)]
        cells = [heading, *([shown(row[key]) for key in ("type", "what", "one", "other")] for row in self._rows)]
        sizes = [max(columns(row[at]) for row in cells) for at in range(4)]
        if width is not None:
            half = max(_NARROWEST, (width - sizes[0] - sizes[1] - 6) // 2)
            sizes[2:] = [min(sizes[2], max(half, width - sizes[0] - sizes[1] - 6 - sizes[3])), min(sizes[3], half)]
        return [self._line(cells, at, sizes, color) for at in range(len(cells))]

    def _line(self, cells: list[list[str]], at: int, sizes: list[int], color: bool) -> str:
        row = [clip(text, size) for text, size in zip(cells[at], sizes, strict=True)]
        if at > 1 and cells[at][0] == cells[at - 1][0]:
            row[0] = ""
        styles = ["heading"] * 4 if at == 0 else [row[0] or None, None, "bad", "good"]
        parts = [
            styled(text, style, color) + " " * (size - columns(text))
            for text, style, size in zip(row, styles, sizes, strict=True)
        ]
        return "  ".join(parts).rstrip()
