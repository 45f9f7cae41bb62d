# SPDX-License-Identifier: MIT
"""How a process that was cloned elsewhere is led to where you sit."""

from __future__ import annotations

from nsh import nstypes
from nsh.ops import Clone, Op, SetNs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.places import Seat


def lead_in(seat: Seat, host: Seat, index: int) -> tuple[list[Op], tuple[int, ...]]:
    """The ops that lead a child of the zygote to a seat, and the fds they need, the first of them at `index`."""
    moved = [name for name in seat.differs_from(host) if name != "pid" or seat.is_init]
    if not moved:
        return [Clone()], ()
    flags = nstypes.mask(moved)
    # After a setns of pid only children are in, and only they may make a pid namespace below it.
    again: list[Op] = [Clone()] if "pid" in moved else []
    lead = [Clone(), SetNs(index, flags, f"pidfd of {seat.peer.title}"), Op("chdir_if_there", seat.cwd), *again]
    return lead, (seat.peer.pidfd,)


def after_clone(plan: list[Op]) -> list[Op]:
    """A plan without a first clone that makes nothing new: the lead has cloned already."""
    return plan[1:] if plan and plan[0] == Clone() else plan
