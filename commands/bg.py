# SPDX-License-Identifier: MIT
"""bg: let a stopped job go on beside the prompt."""

from __future__ import annotations

from nsh.registry import command
from nsh.results import Quiet, Result

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.session import Session


@command("bg [<job:job>]", category="programs", shows=False)
def bg(session: Session, job: str | None = None) -> Result:
    """Continue a stopped job beside the prompt; the newest without a number.

    nsh> bg 1
    """
    session.handle_events()
    found = session.jobs.find(job)
    session.jobs.to_back(found)
    return Quiet([f"[{found.number}] running  {found.text}"])
