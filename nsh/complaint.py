# SPDX-License-Identifier: MIT
"""How an error looks: one line, the place in the line with a caret under it, hints."""

from __future__ import annotations

from nsh.printable import columns, printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.errors import NshError

_BEFORE, _AFTER = 30, 40  # how much of a long line is shown around the mistake


def complaint(error: NshError, line: str, where: str = "", under: int | None = None, width: int | None = None) -> str:
    """The lines to print for an error in `line`.

    `where` is put before the message (`FILE:12: `). `under` is the column at
    which the line stands on the terminal, directly above: then a caret is
    enough and the line is not repeated.
    """
    shown = [where + printable(error.message)]
    span = getattr(error, "span", None)
    if span is not None:
        caret = None if under is None else _caret_under(line, span, under, width)
        shown = [caret, *shown] if caret is not None else [*shown, *_line_and_caret(line, span)]
    shown += [f"hint: {printable(hint)}" for hint in (error.hint or "").split("\n") if hint]
    return "\n".join(shown)


def _caret_under(line: str, span: tuple[int, int], column: int, width: int | None) -> str | None:
    """Carets below a line that was just typed; None where it does not stand in one row as it is."""
    if not line.isprintable() or width is None or column + columns(line) >= width:
        return None
    start, end = span
    return " " * (column + columns(line[:start])) + "^" * max(columns(line[start:end]), 1)


def _line_and_caret(line: str, span: tuple[int, int]) -> list[str]:
    """The line (of several, the one with the mistake; of a long one, the part) and carets."""
    first = line.rfind("\n", 0, span[0]) + 1
    last = line.find("\n", span[0])
    line = line[first:] if last < 0 else line[first:last]
    start = span[0] - first
    end = min(max(span[1] - first, start), len(line), start + _AFTER)
    left = max(0, start - _BEFORE) if start > _BEFORE + _AFTER // 2 else 0
    before = ("…" if left else "") + printable(line[left:start])
    marked, after = printable(line[start:end]), printable(line[end : start + _AFTER])
    cut = "…" if len(line) > start + _AFTER else ""
    return [f"  {before}{marked}{after}{cut}".rstrip(), "  " + " " * columns(before) + "^" * max(columns(marked), 1)]
