# SPDX-License-Identifier: MIT
"""leave: go back to where you were before the last move."""

from __future__ import annotations

from nsh.registry import command
from nsh.results import Quiet, Result
from nsh.session import moves

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.session import Session


@command("leave", category="namespaces", man=("setns(2)",))
def leave(session: Session) -> Result:
    """Go back to where you were before the last enter or unshare.

    What only that move kept alive is gone then; a place made by `new` stays.

        nsh> unshare uts
        nsh[uts]> leave
        nsh>
    """
    return Quiet(moves.leave(session))
