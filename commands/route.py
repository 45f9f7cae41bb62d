# SPDX-License-Identifier: MIT
"""route: where packets go."""

from __future__ import annotations

from nsh.registry import command
from nsh.results import Column, Quiet, Result, Table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.net.inet import Network
    from nsh.session.session import Session


@command(
    "route add [<place:ref>] <destination:destination> <how:choice(via,dev)> <gateway_or_device:text>"
    " [--dev <device:device>] [--metric <metric:int>]",
    man=("ip-route(8)", "rtnetlink(7)"),
    category="network",
    shares_program=True,
    shows=False,
)
def route_add(
    session: Session,
    place: str | None = None,
    *,
    destination: Network | None,
    how: str,
    gateway_or_device: str,
    device: str | None = None,
    metric: int | None = None,
) -> Result:
    """Add a route where you are, or in a place: to a network, by a gateway or a device.

    DESTINATION is a network as 10.2.0.0/16, one address, or `default`. A gateway
    must be in a network that can be reached already; one of the form fe80::… is
    on every link, so --dev says on which.

        nsh> route add netns1 default via 10.1.1.2
        nsh> route add netns1 10.2.0.0/16 dev veth1
        nsh> route add netns1 default via fe80::1 --dev veth1
    """
    from nsh.session import addressing

    gateway, by = addressing.read_way(how, gateway_or_device, device)
    addressing.add_route(session, place, addressing.Wanted(destination, gateway, by, metric))
    return Quiet()


@command(
    "route del [<place:ref>] <destination:destination> [--via <gateway:ip>] [--dev <device:device>]"
    " [--metric <metric:int>]",
    man=("ip-route(8)",),
    category="network",
    shares_program=True,
    shows=False,
)
def route_del(
    session: Session,
    place: str | None = None,
    *,
    destination: Network | None,
    gateway: Network | None = None,
    device: str | None = None,
    metric: int | None = None,
) -> Result:
    """Remove a route; the options tell it from others to the same network.

    `default` is that of IPv4, ::/0 that of IPv6.

        nsh> route del netns1 default
    """
    from nsh.session import addressing

    addressing.remove_route(session, place, addressing.Wanted(destination, gateway, device, metric))
    return Quiet()


@command("route ls [<place:ref>] [--all]", man=("ip-route(8)",), category="network", shares_program=True)
def route_ls(session: Session, place: str = ".", *, all: bool = False) -> Result:
    """List the routes where you are, or in a place: those of the main table, with --all of every table.

    nsh> route ls netns1
    """
    from nsh.session import netrows

    columns = [
        Column("destination", "destination", style="number"),
        Column("via", "via"),
        Column("device", "device", style="name"),
        Column("source", "source"),
        Column("metric", "metric", align="right"),
        Column("scope", "scope"),
        Column("protocol", "protocol"),
    ]
    if all:
        columns += [Column("kind", "kind", style="type"), Column("table", "table", align="right")]
    return Table(columns, netrows.routes(session, place, every_table=all))
