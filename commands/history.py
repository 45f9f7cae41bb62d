# SPDX-License-Identifier: MIT
"""history: the lines typed so far."""

from __future__ import annotations

from nsh.registry import command
from nsh.results import Lines, Result

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.session import Session


@command("history [<count:int>] [-g|--grep <word:text>]", category="language")
def history(session: Session, count: int | None = None, *, word: str | None = None) -> Result:
    """List the lines typed so far, the last COUNT of them, or those that hold WORD.

    nsh> new uts demo
    nsh> history 2
        1  new uts demo
        2  history 2
    """
    rows = [(number, line) for number, line in enumerate(session.history, 1) if word is None or word in line]
    rows = rows[max(len(rows) - count, 0) :] if count is not None else rows
    data = [{"number": number, "line": line} for number, line in rows]
    return Lines([f"{number:5}  {line}" for number, line in rows], data)
