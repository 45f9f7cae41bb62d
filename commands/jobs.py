# SPDX-License-Identifier: MIT
"""jobs: programs that run beside the prompt, or are stopped."""

from __future__ import annotations

from nsh.registry import command
from nsh.results import Column, Result, Table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.session import Session


@command("jobs", category="programs")
def jobs(session: Session) -> Result:
    """List the programs started with & or stopped with Ctrl-Z.

    nsh> sleep 60 &
    nsh> jobs
    """
    session.handle_events()
    rows = [
        {"job": job.number, "state": job.state, "pid": job.pid, "command": job.text} for job in session.jobs.current
    ]
    columns = (
        Column("job", "job", align="right", style="number"),
        Column("state", "state"),
        Column("pid", "pid", align="right"),
        Column("command", "command"),
    )
    return Table(columns, rows)
