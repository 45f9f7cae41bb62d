# SPDX-License-Identifier: MIT
"""trace: what the kernel was asked, call by call, as it happens."""

from __future__ import annotations

from nsh.errors import UsageError
from nsh.registry import command
from nsh.results import Quiet, Result, Text
from nsh.session.tracing import Tracing
from nsh.words import Path, define

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.session import Session


class Where(Path):
    """`on`, `off`, or a file."""

    __slots__ = ()

    def complete(self, session: Session, prefix: str) -> list[tuple[str, str]]:
        """The two words, then files."""
        words = [("on", "show each call"), ("off", "show them no more")]
        return [*(word for word in words if word[0].startswith(prefix)), *super().complete(session, prefix)]


define(Where("tracewhere", "path"))


@command(
    "trace [<where:tracewhere>] [--json]",
    man=("strace(1)", "clone(2)", "unshare(2)", "setns(2)"),
    category="session",
    shows=False,
)
def trace(session: Session, where: str | None = None, *, json: bool = False) -> Result:
    """Show each call that a helper makes, with its result and the time it took, as it happens: on, off, or FILE.

    In brackets stands the process that made it. What is shown is what was done:
    a helper tells of a call after the kernel has answered. With --json each
    call is a line of JSON. A file is one of host and is emptied first. Without
    a word: whether calls are shown, and where.

    nsh> trace on
    nsh> new uts demo -q
    [nsh: host] clone3(flags=CLONE_NEWUTS) = 4242 <0.000213>
    nsh> trace off
    """
    if where is None:
        shown = "off" if session.tracing is None else session.tracing.path or "on"
        return Text(f'{{"trace": "{shown}"}}' if json and '"' not in shown else shown, {"trace": shown})
    if where not in ("on", "off") and not set(where) & set("/."):
        raise UsageError(f"{where}: not on, not off, and no FILE", f"a file is given by its path: trace ./{where}")
    before = session.tracing
    # The new file is opened first, so that a mistake changes nothing.
    session.tracing = None if where == "off" else Tracing(None if where == "on" else where, session.say, as_json=json)
    if before is not None:
        before.stop()
    return Quiet()
