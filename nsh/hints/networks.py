# SPDX-License-Identifier: MIT
"""Why the network, or a name, is not to be had in a place (network_namespaces(7), ping(8), ip-netns(8))."""

from __future__ import annotations

import errno

from nsh.hints import probes, rights

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.errors import Where
    from nsh.hints import Rule

_PING_RANGE = "/proc/sys/net/ipv4/ping_group_range"


def loopback_is_down(pid: int) -> bool:
    """Has that process's network namespace no local address at all, as with `lo` down?"""
    table = probes.text_of(f"{probes.PROC}/{pid}/net/fib_trie")
    return bool(probes.link(pid, "ns/net")) and "127.0.0.1" not in table


def _unreachable(_shown: str, where: Where) -> str | None:
    if loopback_is_down(where.pid):
        return (
            "`lo` is down, as in every new network namespace, and nothing has a way: `link up lo` there\n"
            "(network_namespaces(7))"
        )
    routes = probes.text_of(f"{probes.PROC}/{where.pid}/net/route").splitlines()[1:]
    if not routes:
        return "there is no route but that of `lo`: `addr add DEV ADDRESS/LENGTH`, `link up DEV` (ip-route(8))"
    if not any(line.split()[1] == "00000000" for line in routes if len(line.split()) > 1):
        return "no route leads there, and there is no default one: `route add default via GATEWAY` (ip-route(8))"
    return None


def _socket_refused(shown: str, where: Where) -> str | None:
    words = probes.seen_by(where, _PING_RANGE).split()
    if "SOCK_DGRAM" in shown and "ICMP" in shown and len(words) == 2:
        return (
            f"{_PING_RANGE} is `{words[0]} {words[1]}` here: the gids that may, and in a new\n"
            f"network namespace nobody's; root there writes it: `echo 0 0 > {_PING_RANGE}` (icmp(7))"
        )
    return _not_owner(shown, where)


def _not_owner(_shown: str, where: Where) -> str | None:
    one, levels = rights.doer(where.pid), rights.owners(where.pid, "net")
    if one is None or one.has_over(levels, "CAP_NET_RAW"):
        return None
    owner = str(levels[0]) if levels else "a user namespace above nsh's own"
    return f"raw sockets want CAP_NET_RAW in {owner}, which owns the network namespace: `new user,net` (raw(7))"


def _no_name(_shown: str, where: Where) -> str | None:
    """A name that is not resolved: the resolver of the machine listens on its own lo."""
    servers = [
        line.split()[1]
        for line in probes.seen_by(where, "/etc/resolv.conf").splitlines()
        if line.startswith("nameserver") and len(line.split()) > 1
    ]
    if servers and all(server.startswith("127.") or server == "::1" for server in servers):
        return (
            f"/etc/resolv.conf names {servers[0]}, which is `lo` here, and the machine's resolver listens on the\n"
            "machine's; in a mount namespace of your own: `mount --bind FILE /etc/resolv.conf`, with a server that\n"
            "can be reached; for `ip netns exec NAME` it is /etc/netns/NAME/resolv.conf (ip-netns(8))"
        )
    if not servers:
        return "/etc/resolv.conf names no server here (resolv.conf(5))"
    return None


RULES: dict[tuple[str, int], Rule] = {
    ("connect", errno.ENETUNREACH): _unreachable,
    ("sendto", errno.ENETUNREACH): _unreachable,
    ("sendmsg", errno.ENETUNREACH): _unreachable,
    ("socket", errno.EACCES): _socket_refused,
    ("socket", errno.EPERM): _not_owner,
    ("getaddrinfo", errno.EAGAIN): _no_name,
}
