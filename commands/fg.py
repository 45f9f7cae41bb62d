# SPDX-License-Identifier: MIT
"""fg: bring a job to the foreground."""

from __future__ import annotations

from nsh.registry import command
from nsh.results import Finished, Result

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.session import Session


@command("fg [<job:job>]", category="programs", shows=False)
def fg(session: Session, job: str | None = None) -> Result:
    """Continue a job in the foreground, the newest without a number; its command is shown.

    nsh> fg 1
    """
    session.handle_events()
    found = session.jobs.find(job)
    if session.interactive:
        session.say(found.text)
    return Finished(session.jobs.to_front(found))
