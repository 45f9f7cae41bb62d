# SPDX-License-Identifier: MIT
"""nat: a place reaches further with the address of another's device."""

from __future__ import annotations

from nsh.registry import command
from nsh.results import Column, Quiet, Result, Table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.nets import Endpoint
    from nsh.session.session import Session


@command("nat add <ref:ref> <via:choice(via)> <device:endpoint>", man=("nft(8)",), category="network", shows=False)
def nat_add(session: Session, ref: str, via: str, device: Endpoint) -> Result:
    """Masquerade: what a place sends leaves by a device with that device's address.

    The rule is made by nftables, where DEVICE is: in the place that routes. It
    is for the networks that REF has addresses of now; where REF is the place
    that routes, for all that leaves by DEVICE. Packets pass once that place
    forwards (`forward on`) and REF has a route through it.

        nsh> nat add netns1 via router:up0
    """
    from nsh.session import natting  # with the first such line, not with every start

    return Quiet(natting.add(session, ref, device))


@command("nat rm <ref:ref> <via:choice(via)> <device:endpoint>", man=("nft(8)",), category="network", shows=False)
def nat_rm(session: Session, ref: str, via: str, device: Endpoint) -> Result:
    """Take back what `nat add` made.

    nsh> nat rm netns1 via router:up0
    """
    from nsh.session import natting

    natting.remove(session, ref, device)
    return Quiet()


@command("nat ls [<ref:ref>]", man=("nft(8)",), category="network")
def nat_ls(session: Session, ref: str | None = None) -> Result:
    """List what nsh masquerades: in a place that routes, or in host and all places. The counts are of connections.

    nsh> nat ls
    """
    from nsh.session import natting

    columns = (
        Column("place", "place", style="name"),
        Column("source", "source"),
        Column("via", "via", style="name"),
        Column("packets", "packets", "right", style="number"),
        Column("bytes", "bytes", "right"),
    )
    return Table(columns, natting.rows(session, ref))
