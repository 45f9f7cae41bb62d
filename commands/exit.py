# SPDX-License-Identifier: MIT
"""exit: leave where you are, or end nsh at host."""

from __future__ import annotations

from nsh.registry import command
from nsh.results import Leave, Quiet, Result
from nsh.session import moves

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.session import Session


@command("exit", category="session")
def exit_(session: Session) -> Result:
    """Leave the place you are in; at host, end nsh. Ctrl-D does the same.

    nsh> enter demo
    nsh[demo]> exit
    nsh> exit
    """
    if session.depth():
        return Quiet(moves.leave(session))
    return Leave()
