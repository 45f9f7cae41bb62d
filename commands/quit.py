# SPDX-License-Identifier: MIT
"""quit: end nsh and everything it keeps."""

from __future__ import annotations

from nsh.registry import command
from nsh.results import Leave, Result

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.session import Session


@command("quit", category="session")
def quit_(session: Session) -> Result:
    """End nsh. Its places, helpers and programs end with it.

    nsh> quit
    """
    del session  # the same from everywhere
    return Leave()
