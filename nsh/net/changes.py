# SPDX-License-Identifier: MIT
"""The changes that nsh makes by netlink, one message each: devices, addresses, routes (rtnetlink(7)).

`sock` is a NETLINK_ROUTE socket of the namespace that is changed, `shown` what
the user calls the thing; with it a refusal begins. All raise Refused.
"""

from __future__ import annotations

from nsh.net import rtnl

TYPE_CHECKING = False
if TYPE_CHECKING:
    import _socket

    from nsh.net.inet import Network
    from nsh.net.kinds import Attribute

NEW = rtnl.CREATE | rtnl.EXCLUSIVE

_IFA_F_NODAD = 0x02
_RT_TABLE_MAIN, _RTPROT_STATIC, _RTN_UNICAST = 254, 4, 1
_SCOPE_UNIVERSE, _SCOPE_LINK, _SCOPE_NOWHERE = 0, 253, 255


def make(sock: _socket.socket, attributes: list[Attribute], shown: str, *, up: bool = False) -> None:
    """A new device, from its attributes."""
    flag = rtnl.IFF_UP if up else 0
    fields = {"flags": flag, "change": flag, "attrs": attributes}
    rtnl.change(sock, rtnl.RTM_NEWLINK, fields, flags=NEW, shown=f"RTM_NEWLINK({shown})")


def _which(device: int | str) -> rtnl.Fields:
    return {"index": device} if isinstance(device, int) else {"attrs": [("IFLA_IFNAME", device)]}


def remove(sock: _socket.socket, device: int | str, shown: str) -> None:
    """Delete a device, by its index or name; of a veth both ends."""
    rtnl.change(sock, rtnl.RTM_DELLINK, _which(device), shown=f"RTM_DELLINK({shown})")


def set_up(sock: _socket.socket, device: int | str, shown: str, *, up: bool = True) -> None:
    """Set a device, by its index or name, up or down (IFF_UP)."""
    fields = {**_which(device), "flags": rtnl.IFF_UP if up else 0, "change": rtnl.IFF_UP}
    rtnl.change(sock, rtnl.RTM_SETLINK, fields, shown=f"RTM_SETLINK({shown}, {'up' if up else 'down'})")


def adjust(sock: _socket.socket, index: int, attributes: list[Attribute], shown: str) -> None:
    """Change attributes of a device."""
    rtnl.change(sock, rtnl.RTM_SETLINK, {"index": index, "attrs": attributes}, shown=f"RTM_SETLINK({shown})")


def add_address(sock: _socket.socket, index: int, address: Network, shown: str, *, no_dad: bool = False) -> None:
    """Give a device an address; `no_dad` lets IPv6 use it at once, without looking for another host that has it."""
    flags = _IFA_F_NODAD if no_dad else 0
    fields = _address(index, address, flags)
    rtnl.change(sock, rtnl.RTM_NEWADDR, fields, flags=NEW, shown=f"RTM_NEWADDR({shown}, {address})")


def remove_address(sock: _socket.socket, index: int, address: Network, shown: str) -> None:
    """Take an address from a device."""
    rtnl.change(sock, rtnl.RTM_DELADDR, _address(index, address, 0), shown=f"RTM_DELADDR({shown}, {address})")


def _address(index: int, address: Network, flags: int) -> rtnl.Fields:
    attributes = [("IFA_LOCAL", address.address), ("IFA_ADDRESS", address.address)]
    return {
        "family": address.family,
        "prefixlen": address.prefix,
        "flags": flags,
        "index": index,
        "attrs": attributes,
    }


class Way:
    """A route: to a network (None: to all others), by a gateway or a device or both, with its metric."""

    __slots__ = ("destination", "family", "gateway", "index", "metric")

    def __init__(
        self, family: int, destination: Network | None, gateway: Network | None, index: int | None, metric: int | None
    ) -> None:
        self.family = family
        self.destination = destination
        self.gateway = gateway
        self.index = index
        self.metric = metric

    def fields(self, scope: int) -> rtnl.Fields:
        """The message."""
        to = self.destination
        attributes: list[Attribute] = [] if to is None else [("RTA_DST", to.address)]
        if self.gateway is not None and self.gateway.family == self.family:
            attributes.append(("RTA_GATEWAY", self.gateway.address))
        elif self.gateway is not None:
            attributes.append(("RTA_VIA", {"family": self.gateway.family, "addr": self.gateway.address}))
        numbers = (("RTA_OIF", self.index), ("RTA_PRIORITY", self.metric))
        attributes += [(name, value) for name, value in numbers if value is not None]
        return {
            "family": self.family,
            "dst_len": 0 if to is None else to.prefix,
            "table": _RT_TABLE_MAIN,
            "scope": scope,
            "attrs": attributes,
        }


def add_route(sock: _socket.socket, way: Way, shown: str) -> None:
    """Add a route to the main table."""
    scope = _SCOPE_LINK if way.gateway is None else _SCOPE_UNIVERSE
    fields = {**way.fields(scope), "proto": _RTPROT_STATIC, "type": _RTN_UNICAST}
    rtnl.change(sock, rtnl.RTM_NEWROUTE, fields, flags=NEW, shown=f"RTM_NEWROUTE({shown})")


def remove_route(sock: _socket.socket, way: Way, shown: str) -> None:
    """Remove the first route of the main table that is as described."""
    rtnl.change(sock, rtnl.RTM_DELROUTE, way.fields(_SCOPE_NOWHERE), shown=f"RTM_DELROUTE({shown})")
