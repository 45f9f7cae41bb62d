# SPDX-License-Identifier: MIT
"""The networks of which tests/net/drawings holds the drawings."""

from __future__ import annotations

from tests.net.made import Net, star


def pair() -> Net:
    """The documents' two namespaces and their veth, up and with addresses."""
    net = Net()
    net.space("host")
    net.space("netns1")
    net.join("host:veth0", "netns1:veth1", "10.1.1.2/24", "10.1.1.1/24")
    return net


def just_made() -> Net:
    """The same as it is after `veth add`: nothing is up, nothing has an address."""
    net = Net()
    net.space("host")
    net.space("netns1", lo=False)
    net.join("host:veth0", "netns1:veth1", up=False)
    return net


def ring() -> Net:
    """Five routers in a ring."""
    net = Net()
    names = [net.space(f"r{number}") for number in range(1, 6)]
    for one, other in zip(names, [*names[1:], names[0]], strict=True):
        net.join(f"{one}:right", f"{other}:left")
    return net


def chain() -> Net:
    """Two hosts, two switches between them."""
    net = Net()
    for name in ("h1", "s1", "s2", "h2"):
        net.space(name)
    net.device("s1", "br0", "bridge")
    net.device("s2", "br0", "bridge")
    for end, address in (("h1", "10.0.0.1/24"), ("h2", "10.0.0.2/24")):
        net.device(end, "eth0", "veth", address)
    for switch, port in (("s1", "p1"), ("s1", "p2"), ("s2", "p1"), ("s2", "p2")):
        net.device(switch, port, master="br0")
    net.wire("h1:eth0", "s1:p1")
    net.wire("s1:p2", "s2:p1")
    net.wire("s2:p2", "h2:eth0")
    return net


def tree() -> Net:
    """A switch above three, each with nine hosts."""
    net = Net()
    net.space("core")
    net.device("core", "br0", "bridge")
    for branch in range(1, 4):
        net.space(f"s{branch}")
        net.device(f"s{branch}", "br0", "bridge")
        net.device(f"s{branch}", "top", master="br0")
        net.device("core", f"p{branch}", master="br0")
        net.wire(f"core:p{branch}", f"s{branch}:top")
        for leaf in range(1, 10):
            host = net.space(f"h{branch}-{leaf}")
            net.device(host, "eth0", "veth", f"10.0.{branch}.{leaf}/16")
            net.device(f"s{branch}", f"p{leaf}", master="br0")
            net.wire(f"s{branch}:p{leaf}", f"{host}:eth0")
    return net


def forest() -> Net:
    """A switch above eight, each with eight hosts: all of them alike."""
    net = Net()
    net.space("core")
    net.device("core", "br0", "bridge")
    for branch in range(1, 9):
        net.space(f"s{branch}")
        net.device(f"s{branch}", "br0", "bridge")
        net.device(f"s{branch}", "core", master="br0")
        net.device("core", f"s{branch}", master="br0")
        net.wire(f"core:s{branch}", f"s{branch}:core")
        for leaf in range(8 * branch - 7, 8 * branch + 1):
            net.space(f"h{leaf}")
            net.device(f"h{leaf}", "eth0", "veth", f"10.0.0.{leaf}/16")
            net.device(f"s{branch}", f"h{leaf}", master="br0")
            net.wire(f"s{branch}:h{leaf}", f"h{leaf}:eth0")
    return net


def town() -> Net:
    """Six switches in a ring, a host at each, one of which is down: too wide for columns."""
    net = Net()
    switches = [net.space(f"s{number}") for number in range(1, 7)]
    for number, switch in enumerate(switches, 1):
        net.device(switch, "br0", "bridge")
        net.device(switch, f"h{number}", master="br0")
        net.space(f"h{number}", lo=number != 3)
        net.device(f"h{number}", "eth0", "veth", f"10.0.0.{number}/16", up=number != 3)
        net.wire(f"{switch}:h{number}", f"h{number}:eth0")
    for one, other in zip(switches, [*switches[1:], switches[0]], strict=True):
        net.device(one, other, master="br0")
        net.device(other, one, master="br0")
        net.wire(f"{one}:{other}", f"{other}:{one}")
    return net


def mesh() -> Net:
    """Four routers, each joined to each."""
    net = Net()
    names = [net.space(f"r{number}") for number in range(1, 5)]
    for number, one in enumerate(names):
        for other in names[:number]:
            net.join(f"{one}:to-{other}", f"{other}:to-{one}")
    return net


def unwired() -> Net:
    """A pair in one namespace, a machine with hardware, a wide name, many with nothing."""
    net = Net()
    net.space("a", lo=False)
    net.join("a:veth0", "a:veth1", "10.0.0.1/24", "10.0.0.2/24", up=False)
    net.space("日本")
    net.space("m")
    net.device("m", "eth0", "hardware", "192.168.1.2/24", "fd00::1/64")
    net.device("m", "mv0", "macvlan", link="eth0")
    for number in range(30):
        net.space(f"x{number}", lo=False)
    return net


NETWORKS = {
    "pair": pair,
    "just-made": just_made,
    "star-4": lambda: star(4),
    "star-40": lambda: star(40, down=[7]),
    "ring": ring,
    "chain": chain,
    "tree": tree,
    "forest": forest,
    "town": town,
    "mesh": mesh,
    "unwired": unwired,
}
