# SPDX-License-Identifier: MIT
"""neigh: hardware addresses that a place knows."""

from __future__ import annotations

from nsh.registry import command
from nsh.results import Column, Result, Table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.session import Session


@command("neigh ls [<place:ref>]", man=("ip-neighbour(8)", "arp(7)"), category="network")
def neigh_ls(session: Session, place: str = ".") -> Result:
    """List the neighbours that a place has found on its links: by ARP, or by neighbour discovery of IPv6.

    One table of the kernel serves all namespaces, so many hosts fill it (gc_thresh3).

        nsh> neigh ls netns1
    """
    from nsh.session import netrows

    columns = (
        Column("address", "address", style="number"),
        Column("mac", "mac"),
        Column("device", "device", style="name"),
        Column("state", "state"),
    )
    return Table(columns, netrows.neighbours(session, place))
