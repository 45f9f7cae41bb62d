# SPDX-License-Identifier: MIT
"""explain: what a line would do, call by call, before it is done."""

from __future__ import annotations

from nsh.registry import command
from nsh.results import Lines, Result, Text
from nsh.session import explaining

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.session import Session


@command(
    "explain [--sh|--go|--c|--py] <line:line>",
    man=("clone(2)", "unshare(2)", "setns(2)", "namespaces(7)"),
    category="look",
)
def explain(
    session: Session, line: str, *, sh: bool = False, go: bool = False, c: bool = False, py: bool = False
) -> Result:
    """Say what a line would do, without doing it: the calls, what they change and what they do not.

    The line is rehearsed: the same command runs, reads what it must, and what
    would change something is noted instead. --sh, --go, --c and --py show the
    same in another tongue, as a program that needs no nsh. `explain last` shows
    the calls of the line before it as they really happened.

    nsh> explain new uts demo
    clone3(flags=CLONE_NEWUTS)   by nsh: host
    ...
    nsh> explain --go new uts -- bash
    """
    if line == "last":
        calls = [str(call) for call in session.recent]
        return Lines(calls or ["no calls that change anything"], [call.as_json() for call in session.recent])
    explained = explaining.rehearse(session, line)
    if explained.status:
        return Lines([], None, status=explained.status)
    tongue = next((name for name, is_wanted in (("sh", sh), ("go", go), ("c", c), ("py", py)) if is_wanted), None)
    if tongue is None:
        return Text(explaining.text(session, explained), explaining.data(session, explained))
    source = explaining.source_in(session, explained, tongue)
    return Text(source, {"tongue": tongue, "source": source})
