# SPDX-License-Identifier: MIT
"""bridge: a switch inside a network namespace."""

from __future__ import annotations

from nsh.registry import command
from nsh.results import Quiet, Result

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.nets import Endpoint
    from nsh.session.session import Session


@command(
    "bridge add <bridge:endpoint> [--mtu <mtu:int>] [--mac <mac:mac>] [--up]",
    man=("bridge(8)", "ip-link(8)"),
    category="network",
    shares_program=True,
    shows=False,
)
def bridge_add(
    session: Session, bridge: Endpoint, *, mtu: int | None = None, mac: str | None = None, up: bool = False
) -> Result:
    """Make a bridge: a switch, whose ports are other devices of its namespace.

    `link rm` removes it.

        nsh> new net sw
        nsh> bridge add sw:br0 --up
    """
    from nsh.session import newlinks

    newlinks.add(session, "bridge", bridge, None, newlinks.Data(), newlinks.Wishes(mtu, mac, up))
    return Quiet()


@command(
    "bridge attach <bridge:endpoint> <ports:endpoint>...",
    man=("ip-link(8)",),
    category="network",
    shares_program=True,
    shows=False,
)
def bridge_attach(session: Session, bridge: Endpoint, ports: list[Endpoint]) -> Result:
    """Make devices ports of a bridge: all, or none. They must be in its namespace.

    nsh> veth add sw:p1 h1:eth0 --up
    nsh> bridge attach sw:br0 sw:p1
    """
    from nsh.session import links

    links.attach(session, bridge, ports)
    return Quiet()


@command("bridge detach <ports:endpoint>...", man=("ip-link(8)",), category="network", shares_program=True, shows=False)
def bridge_detach(session: Session, ports: list[Endpoint]) -> Result:
    """Take devices out of their bridge.

    nsh> bridge detach sw:p1
    """
    from nsh.session import links

    links.detach(session, ports)
    return Quiet()
