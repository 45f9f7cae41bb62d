# SPDX-License-Identifier: MIT
"""quit: end nsh and everything it keeps."""

from __future__ import annotations

from nsh.registry import command
from nsh.results import Leave, Result

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.session import Session


@command("quit [--leave-running]", category="session", shows=False)
def quit_(session: Session, *, leave_running: bool = False) -> Result:
    """End nsh; its places, helpers and programs end with it.

    Daemons end too, programs that have left their parents behind;
    --leave-running spares those.

        nsh> quit
        nsh> quit --leave-running
    """
    session.leave_running = leave_running
    return Leave()
