# SPDX-License-Identifier: MIT
"""save: the session as a page that is a test, or as a script."""

from __future__ import annotations

from nsh.errors import SessionError, UsageError
from nsh.registry import command
from nsh.results import Quiet, Result
from nsh.session import recorded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.session import Session


@command("save [-f|--force] <file:path> [<last:text>] [<count:int>]", category="session", shows=False)
def save(
    session: Session, file: str, last: str | None = None, count: int | None = None, *, force: bool = False
) -> Result:
    """Write the lines typed so far, or the last COUNT, to a file: a transcript (.md) or a script (.nsh).

    A transcript is a page for readers and a test: `nsh test FILE.md` types the
    lines again and compares. In a sandbox (`nsh --sandbox`) save itself plays
    them once more, in a fresh one, and says where that went another way; what
    cannot be played stands in the page and is not run. On the real host
    nothing is done twice: `...` stands for what programs wrote, unless
    `set record on` was said before, and `nsh test` wants --host for the page.

    In a script a line that failed may fail again (`- LINE`).

    Lines that are only a comment become the text of the page; those that begin
    with a blank are left out. The file is at host, and not overwritten without
    --force.

        nsh> new uts demo
        nsh> on demo hostname web1
        nsh> save demo.md
        nsh> save demo.nsh last 2
    """
    if (last is not None and last != "last") or (count is None) != (last is None) or count == 0:
        raise UsageError("what follows the file is `last COUNT`", f"save {file} last 5")
    if not file.endswith((".md", ".nsh")):
        raise UsageError(f"{file}: is it a page or a script?", "a page ends in .md, a script in .nsh")
    lines = _lines(session).worth_saving(count)
    with recorded.NewFile(file, session.host.cwd, force=force) as target:
        text, notes = _text(session, file, lines)
        target.write(text)
    amount = "1 line" if len(lines) == 1 else f"{len(lines)} lines"
    return Quiet([f"{file}: {amount}", *notes, *_missing(session)])


def _text(session: Session, file: str, lines: list[recorded.Typed]) -> tuple[str, list[str]]:
    """What the file is to hold, and what there is to say of it."""
    if file.endswith(".nsh"):
        return recorded.script_of(lines), []
    return recorded.page_of(session, lines)


def _lines(session: Session) -> recorded.Recorded:
    if session.recorded is None:
        raise SessionError("only a prompt keeps its lines", "`nsh`, or `nsh -i` off a terminal")
    return session.recorded


def _missing(session: Session) -> list[str]:
    kept = _lines(session)
    said = []
    if kept.hidden:
        said.append(f"left out, as they begin with a blank: {kept.hidden}")
    if kept.too_old:
        said.append(f"forgotten, as {recorded.LINES_KEPT} lines are kept: {kept.too_old}")
    if session.in_sandbox:
        said.append("this file ends with the sandbox")
    return said
