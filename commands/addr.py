# SPDX-License-Identifier: MIT
"""addr: addresses of devices."""

from __future__ import annotations

from nsh.registry import command
from nsh.results import Column, Quiet, Result, Table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.net.inet import Network
    from nsh.session.nets import Endpoint
    from nsh.session.session import Session


@command(
    "addr add <device:endpoint> <address:address> [--no-dad]",
    man=("ip-address(8)", "rtnetlink(7)"),
    category="network",
    shows=False,
)
def addr_add(session: Session, device: Endpoint, address: Network, *, no_dad: bool = False) -> Result:
    """Give a device an address, IPv4 or IPv6, with the length of its prefix.

    With it comes a route to that network, once the device is up. An IPv6
    address is of use a second or two later, when no other host has answered
    that it is its own; --no-dad does not wait.

        nsh> addr add netns1:veth1 10.1.1.1/24
        nsh> addr add netns1:veth1 fd00::1/64 --no-dad
    """
    from nsh.session import addressing

    addressing.add_address(session, device, address, no_dad=no_dad)
    return Quiet()


@command("addr del <device:endpoint> <address:address>", man=("ip-address(8)",), category="network", shows=False)
def addr_del(session: Session, device: Endpoint, address: Network) -> Result:
    """Take an address from a device.

    nsh> addr del netns1:veth1 10.1.1.1/24
    """
    from nsh.session import addressing

    addressing.remove_address(session, device, address)
    return Quiet()


@command("addr ls [<place:ref>]", man=("ip-address(8)",), category="network")
def addr_ls(session: Session, place: str = ".") -> Result:
    """List the addresses of the devices where you are, or in a place.

    nsh> addr ls netns1
    """
    from nsh.session import netrows

    columns = (
        Column("device", "device", style="name"),
        Column("address", "address", style="number"),
        Column("scope", "scope"),
        Column("up", "device is", show=lambda up: "up" if up else "down"),
        Column("tentative", "tentative"),
    )
    return Table(columns, netrows.addresses(session, place))
