# SPDX-License-Identifier: MIT
"""veth: a cable between two network namespaces."""

from __future__ import annotations

from nsh.registry import command
from nsh.results import Quiet, Result

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.nets import Endpoint
    from nsh.session.session import Session


@command(
    "veth add <one:endpoint> <other:endpoint> [--mtu <mtu:int>] [--mac <mac:mac>] [--up]",
    man=("veth(4)", "rtnetlink(7)"),
    category="network",
    shows=False,
)
def veth_add(
    session: Session,
    one: Endpoint,
    other: Endpoint,
    *,
    mtu: int | None = None,
    mac: str | None = None,
    up: bool = False,
) -> Result:
    """Make a pair of devices: what is sent into one end comes out of the other.

    Each end is PLACE:DEV, or DEV where you are. A name has at most 15 bytes.
    Both are down at first (--up sets both up). --mac is the hardware address of
    the first end. The pair goes with the namespace of either end.

        nsh> new net netns1
        nsh> veth add veth0 netns1:veth1
        nsh> addr add netns1:veth1 10.1.1.1/24
        nsh> addr add veth0 10.1.1.2/24
        nsh> link up veth0 netns1:veth1 netns1:lo
    """
    from nsh.session import newlinks

    newlinks.add_veth(session, one, other, newlinks.Wishes(mtu, mac, up))
    return Quiet()
