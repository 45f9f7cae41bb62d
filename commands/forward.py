# SPDX-License-Identifier: MIT
"""forward: does a place pass packets on?"""

from __future__ import annotations

from nsh.registry import command
from nsh.results import Column, Quiet, Result, Table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.session import Session


@command("forward on [<ref:ref>]", man=("ip(7)", "proc_sys_net(5)"), category="network", shows=False)
def forward_on(session: Session, ref: str | None = None) -> Result:
    """Have a place pass packets on between its devices, as a router does: IPv4 and IPv6.

    It writes /proc/sys/net/ipv4/ip_forward and /proc/sys/net/ipv6/conf/all/forwarding there.

        nsh> forward on router
    """
    from nsh.session import forwarding  # with the first such line, not with every start

    forwarding.switch(session, ref, on=True)
    return Quiet()


@command("forward off [<ref:ref>]", man=("ip(7)", "proc_sys_net(5)"), category="network", shows=False)
def forward_off(session: Session, ref: str | None = None) -> Result:
    """Have a place keep to itself what is not for it: the default of a new net namespace.

    nsh> forward off router
    """
    from nsh.session import forwarding

    forwarding.switch(session, ref, on=False)
    return Quiet()


@command("forward ls [<ref:ref>]", man=("ip(7)", "rtnetlink(7)"), category="network")
def forward_ls(session: Session, ref: str | None = None) -> Result:
    """Tell whether a place passes packets on; without REF, for host and all places.

    nsh> forward ls
    """
    from nsh.session import forwarding

    columns = (
        Column("place", "place", style="name"),
        Column("ipv4", "ipv4", show=_switch),
        Column("ipv6", "ipv6", show=_switch),
    )
    return Table(columns, forwarding.rows(session, ref))


def _switch(value: object) -> str:
    return "on" if value else "off"
