# SPDX-License-Identifier: MIT
"""link: network devices, wherever they are."""

from __future__ import annotations

from nsh.errors import BadWord, UsageError
from nsh.registry import command
from nsh.results import Column, Quiet, Result, Table
from nsh.words import Choice, define

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.net.inet import Network
    from nsh.session.nets import Endpoint
    from nsh.session.session import Session

_KINDS = {
    "dummy": "takes what is sent to it and drops it",
    "macvlan": "on a parent's wire, with a hardware address of its own",
    "ipvlan": "on a parent's wire, with the parent's hardware address",
    "vlan": "the frames of a parent that carry one 802.1Q tag",
    "vxlan": "a wire through UDP, to another host",
    "tun": "packets to and from a program",
    "tap": "frames to and from a program",
    "wireguard": "a tunnel with keys",
}
_ON_A_PARENT = ("macvlan", "ipvlan", "vlan")
_OPTIONS_OF = {
    "--id": ("vlan", "vxlan"),
    "--mode": ("macvlan", "ipvlan"),
    "--remote": ("vxlan",),
    "--local": ("vxlan",),
    "--port": ("vxlan",),
}


class _Kind(Choice):
    """A kind of device that `link add` makes."""

    __slots__ = ()

    def parse(self, text: str) -> object:
        """The kind; those that are words of their own are shown."""
        if text in ("veth", "bridge"):
            hint = "veth add PLACE:DEV PLACE:DEV" if text == "veth" else "bridge add PLACE:DEV"
            raise BadWord(text, "is a word of its own", hint)
        return super().parse(text)


define(_Kind("linkkind", _KINDS, "no kind of device that `link add` makes"))


@command(
    "link add <kind:linkkind> <device:endpoint> [<parent:endpoint>] [--id <number:int>] [--mode <mode:text>]"
    " [--remote <remote:ip>] [--local <local:ip>] [--port <port:int>]"
    " [--mtu <mtu:int>] [--mac <mac:mac>] [--up]",
    man=("ip-link(8)", "rtnetlink(7)"),
    category="network",
    shares_program=True,
    shows=False,
)
def link_add(
    session: Session,
    kind: str,
    device: Endpoint,
    parent: Endpoint | None = None,
    *,
    number: int | None = None,
    mode: str | None = None,
    remote: Network | None = None,
    local: Network | None = None,
    port: int | None = None,
    mtu: int | None = None,
    mac: str | None = None,
    up: bool = False,
) -> Result:
    """Make a device of another kind than veth and bridge, which are words of their own.

    macvlan, ipvlan and vlan lie on a PARENT, which may be in another place.
    --mode is that of macvlan (private, vepa, bridge, passthru) or ipvlan (l2,
    l3, l3s); --id the tag of a vlan or the number of a vxlan, which goes to
    --remote. A kind that this kernel lacks is refused with the option that
    brings it.

        nsh> link add macvlan netns2:mac0 netns1:veth1 --mode private
        nsh> link add vxlan netns1:vx0 --id 42 --remote 10.1.1.2
        nsh> link add tap netns1:tap0 --up
    """
    from nsh.session import newlinks

    given = {"--id": number, "--mode": mode, "--remote": remote, "--local": local, "--port": port}
    for option, value in given.items():
        if value is not None and kind not in _OPTIONS_OF[option]:
            raise UsageError(f"{option}: a {kind} has none", f"it belongs to {' and '.join(_OPTIONS_OF[option])}")
    if kind in _ON_A_PARENT and parent is None:
        raise UsageError(f"a {kind} lies on another device", f"link add {kind} {device} PARENT")
    if parent is not None and kind not in (*_ON_A_PARENT, "vxlan"):
        raise UsageError(f"a {kind} lies on no other device", f"link add {kind} {device}")
    data = newlinks.Data(number, mode, remote, local, port)
    newlinks.add(session, kind, device, parent, data, newlinks.Wishes(mtu, mac, up))
    return Quiet()


@command("link up <devices:endpoint>...", man=("ip-link(8)",), category="network", shares_program=True, shows=False)
def link_up(session: Session, devices: list[Endpoint]) -> Result:
    """Set devices up. In a new network namespace even lo is down.

    nsh> link up veth0 netns1:veth1 netns1:lo
    """
    from nsh.session import links

    links.set_up(session, devices, up=True)
    return Quiet()


@command("link down <devices:endpoint>...", man=("ip-link(8)",), category="network", shares_program=True, shows=False)
def link_down(session: Session, devices: list[Endpoint]) -> Result:
    """Set devices down; their routes go, their IPv4 addresses stay.

    nsh> link down veth0
    """
    from nsh.session import links

    links.set_up(session, devices, up=False)
    return Quiet()


@command(
    "link move <device:endpoint> <place:ref> [<name:device>]",
    man=("ip-link(8)", "network_namespaces(7)"),
    category="network",
    shares_program=True,
    shows=False,
)
def link_move(session: Session, device: Endpoint, place: str, name: str | None = None) -> Result:
    """Put a device into another network namespace, perhaps under another name.

    It comes down and loses its addresses. lo, and a bridge, cannot be moved.

        nsh> link move netns1:veth1 host
        nsh> link move veth0 netns1 eth0
    """
    from nsh.session import links

    links.move(session, device, place, name)
    return Quiet()


@command(
    "link rename <device:endpoint> <name:device>",
    man=("ip-link(8)",),
    category="network",
    shares_program=True,
    shows=False,
)
def link_rename(session: Session, device: Endpoint, name: str) -> Result:
    """Give a device another name, of at most 15 bytes.

    nsh> link rename netns1:veth1 eth0
    """
    from nsh.session import links

    links.rename(session, device, name)
    return Quiet()


@command(
    "link set <device:endpoint> [--mtu <mtu:int>] [--mac <mac:mac>]",
    man=("ip-link(8)",),
    category="network",
    shares_program=True,
    shows=False,
)
def link_set(session: Session, device: Endpoint, *, mtu: int | None = None, mac: str | None = None) -> Result:
    """Change the MTU (in bytes) or the hardware address of a device.

    nsh> link set netns1:veth1 --mtu 1400
    """
    from nsh.session import links, newlinks

    links.adjust(session, device, newlinks.Wishes(mtu, mac, False))
    return Quiet()


@command("link rm <devices:endpoint>...", man=("ip-link(8)",), category="network", shares_program=True, shows=False)
def link_rm(session: Session, devices: list[Endpoint]) -> Result:
    """Remove devices; with one end of a veth goes the other, wherever it is.

    nsh> link rm netns1:veth1
    """
    from nsh.session import links

    links.remove(session, devices)
    return Quiet()


@command("link ls [<place:ref>]", man=("ip-link(8)", "network_namespaces(7)"), category="network", shares_program=True)
def link_ls(session: Session, place: str = ".") -> Result:
    """List the devices where you are, or in a place.

    STATE is `up` or `down` as it was set; without a carrier nothing passes even
    so: the other end is down, or a bridge has no port. PEER is the other end of
    a veth, or the device that this one lies on.

        nsh> link ls netns1
    """
    from nsh.session import netrows

    columns = (
        Column("device", "device", style="name"),
        Column("kind", "kind", style="type"),
        Column("_state", "state"),
        Column("mtu", "mtu", align="right"),
        Column("mac", "mac"),
        Column("peer", "peer", style="name"),
        Column("master", "bridge", style="name"),
        Column("addresses", "addresses", style="number"),
    )
    return Table(columns, [{**row, "_state": _state(row)} for row in netrows.links(session, place)])


def _state(row: dict[str, object]) -> str:
    if not row["up"]:
        return "down"
    return "up, no carrier" if row["carrier"] is False else "up"
