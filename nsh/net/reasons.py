# SPDX-License-Identifier: MIT
"""What to look at when rtnetlink refuses: by the message, the errno and the kernel's words."""

from __future__ import annotations

import errno

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.errors import Refused

RIGHTS = (
    "changes want CAP_NET_ADMIN in the user namespace that owns the network namespace; with `new user,net` it is yours"
)
_STAYS = (
    "lo and bridges stay where they were made: every namespace has a lo of its own, and `bridge add` makes one there"
)
_UNREACHED = (
    "the gateway must be in a network of a device that is up: `addr ls` and `link ls` show them;\n"
    "for one that is not, say the device as well, --dev DEV"
)

_WORDS = (
    ("The interface netns is immutable", _STAYS),
    ("Nexthop has invalid gateway", _UNREACHED),
    ("Nexthop device is not up", "`link up` the device first"),
    ("Device for nexthop is not up", "`link up` the device first"),
    ("Egress device not specified", "a gateway of the form fe80::… is one on each link: say which, --dev DEV"),
    ("Address already assigned", "`addr ls` shows it"),
    ("Address not found", "`addr ls` shows those there are, with the length of their prefix"),
    ("Egress device can not be loopback", "lo leads to no other host, so no gateway is there"),
    ("IPv6 is disabled", "write 0 to /proc/sys/net/ipv6/conf/all/disable_ipv6 there"),
    ("loopback address on this device", "::1 belongs to lo"),
    ("Can not enslave a bridge to a bridge", "join two bridges by a veth, one end in each"),
    ("Device can not be enslaved while up", "`link down` it first"),
    ("mtu less than device minimum", "68 for IPv4, 1280 for IPv6"),
    ("mtu greater than device maximum", "65535 for a veth and a bridge"),
    ("Invalid address", "an address of a device is one host's"),
    ("Cannot assign multicast address", "programs join groups (IPV6_JOIN_GROUP); a device gets one host's address"),
)

_NUMBERS = {
    ("RTM_DELLINK", errno.EOPNOTSUPP): "it goes with its namespace: `rm` the place",
    ("RTM_NEWLINK", errno.EINVAL): "a value is out of range for such a device: --mtu of Ethernet is 68 to 65535",
    ("RTM_DELROUTE", errno.ENOENT): "no such route: `route ls` shows those there are",
    ("RTM_DELROUTE", errno.ESRCH): "no such route: `route ls` shows those there are",
    (
        "RTM_NEWROUTE",
        errno.EEXIST,
    ): "there is a route to that network: `route del` it first, or add one with --metric N",
    ("RTM_NEWROUTE", errno.EHOSTUNREACH): _UNREACHED,
    ("RTM_NEWROUTE", errno.ENETUNREACH): _UNREACHED,
    ("RTM_NEWROUTE", errno.ENETDOWN): "`link up` the device first",
    ("RTM_SETLINK", errno.ENETDOWN): "what it lies on is down: `link up` that first",
    ("RTM_SETLINK", errno.EBUSY): "`link down` it first",
    ("RTM_SETLINK", errno.ENOTCONN): "a veth without its other end cannot be up",
    ("RTM_SETLINK", errno.EXFULL): "a bridge has at most 1023 ports (below BR_MAX_PORTS of Linux)",
    ("RTM_SETLINK", errno.ERANGE): "the value is out of range for this device",
    ("RTM_NEWADDR", errno.EACCES): "IPv6 is disabled there: /proc/sys/net/ipv6/conf/DEV/disable_ipv6 is 1",
    ("RTM_NEWADDR", errno.ENOBUFS): "an address wants a device with room for IP: an MTU of 68 at least, 1280 for IPv6",
}


def explain(refusal: Refused, said: str | None) -> str | None:
    """The hint for a refused change, None where the words are all there is to say."""
    for words, hint in _WORDS:
        if said is not None and words.lower() in said.lower():
            return hint
    if refusal.errno == errno.EPERM:
        return RIGHTS
    return _NUMBERS.get((refusal.op.partition("(")[0], refusal.errno))
