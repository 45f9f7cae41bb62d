# SPDX-License-Identifier: MIT
"""time: the clocks of a time namespace."""

from __future__ import annotations

from nsh.registry import command
from nsh.results import Column, Result, Table
from nsh.session import clocks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.session import Session


@command(
    "time show [<ref:ref>]", man=("time_namespaces(7)", "clock_gettime(2)"), category="inside", shares_program=True
)
def time_show(session: Session, ref: str = ".") -> Result:
    """Show the clocks of a time namespace: offset, inside, outside; and why it is too late to set them.

    The offsets are set before the first process is in it (`new time
    --boottime +1d`); after that the kernel refuses every write, so that no
    process ever sees a clock jump. CLOCK_REALTIME, the time of day, is the
    machine's and has no offset.

        nsh> new time t --boottime +1d
        nsh> time show t
    """
    rows, why = clocks.table(session, ref)
    columns = (
        Column("clock", "clock"),
        Column("offset", "offset", align="right", style="number", show=clocks.offset),
        Column("inside", "inside", align="right", show=clocks.duration),
        Column("outside", "outside", align="right", show=clocks.duration),
    )
    return Table(columns, rows, [why])
