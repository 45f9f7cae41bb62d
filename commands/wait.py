# SPDX-License-Identifier: MIT
"""wait: until background jobs have ended."""

from __future__ import annotations

from nsh.registry import command
from nsh.results import Finished, Result

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.session import Session


@command("wait [<job:job>]", category="programs", shows=False)
def wait(session: Session, job: str | None = None) -> Result:
    """Wait until a job has ended, or all of them.

    nsh> sleep 1 &
    nsh> wait
    """
    session.handle_events()
    waited = [session.jobs.find(job)] if job is not None else list(session.jobs.current)
    status = 0
    for one in waited:
        status = session.jobs.wait(one)
    return Finished(status)
