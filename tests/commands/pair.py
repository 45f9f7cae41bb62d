# SPDX-License-Identifier: MIT
"""Two places joined by a veth, for tests that send something from one to the other."""

from __future__ import annotations


def neighbours(place: str, device: str, mac: int, *others: tuple[str, int]) -> str:
    """A line that gives a device a MAC address, and tells it those of others for good.

    The ARP table is one for all namespaces and often full while labs are
    tested on the same machine; permanent entries have room all the same.
    """
    calls = [f"ip link set {device} address 02:00:00:00:00:{mac:02x}"]
    calls += [
        f"ip neigh add {address} lladdr 02:00:00:00:00:{other:02x} dev {device} nud permanent"
        for address, other in others
    ]
    return f"on {place} sh -c '{' && '.join(calls)}'\n"


def working(place: str, device: str) -> str:
    """A line that waits until a device sends: the kernel gives it a queue some time after it is set up (linkwatch)."""
    return f"on {place} sh -c 'until ip -o link show {device} | grep -q \"state UP\"; do :; done'\n"


PAIR = (
    "new user,net a -q\nenter a\nnew net b -q\nveth add v0 b:v1\naddr add v0 10.1.1.1/24\naddr add b:v1 10.1.1.2/24\n"
    + neighbours("a", "v0", 1, ("10.1.1.2", 2))
    + neighbours("b", "v1", 2, ("10.1.1.1", 1))
    + "link up v0 b:v1\n"
    + working("a", "v0")
    + working("b", "v1")
)
"""You sit in `a`, which has v0 with 10.1.1.1; `b` has v1 with 10.1.1.2."""
