# SPDX-License-Identifier: MIT
"""Plans of labs: what each shape has, which links close loops, who knows whom, and what cannot be."""

from __future__ import annotations

import pytest

from nsh.errors import UsageError
from nsh.net import labplan, labshapes
from nsh.net.labplan import Host, LabPlan, Switch

SHAPES = [
    # shape, hosts, switches, links, links that close a loop
    (("star", 1), 1, 1, 1, 0),
    (("star", 1023), 1023, 1, 1023, 0),
    (("linear", 100), 100, 100, 199, 0),
    (("ring", 3), 3, 3, 6, 1),
    (("ring", 9), 9, 9, 18, 1),
    (("mesh", 2), 2, 2, 3, 0),
    (("mesh", 5), 5, 5, 15, 6),
    (("grid", 1, 1), 4, 1, 4, 0),
    (("grid", 10, 10), 40, 100, 220, 81),
    (("tree", 1, 3), 3, 1, 3, 0),
    (("tree", 4, 4), 256, 85, 340, 0),
    (("tree", 2, 16), 256, 17, 272, 0),
    (("tree", 2, 32), 1024, 33, 1056, 0),
    (("fattree", 2), 2, 5, 6, 0),
    (("fattree", 4), 16, 20, 48, 13),
    (("fattree", 6), 54, 45, 162, 64),
    (("dumbbell", 1), 2, 2, 3, 0),
    (("dumbbell", 500), 1000, 2, 1001, 0),
]
"""Hosts and switches are those of Mininet's paper where it has the shape (HotNets 2010, table 2)."""


@pytest.mark.parametrize(("shape", "hosts", "switches", "links", "loops"), SHAPES, ids=lambda one: str(one))
def test_a_shape_has_what_its_name_says(
    shape: tuple[str, int], hosts: int, switches: int, links: int, loops: int
) -> None:
    """So many hosts, switches, links; without those that close loops all hosts are still on one segment."""
    plan = labshapes.draw(*shape)
    assert (len(plan.hosts), len(plan.switches), len(plan.links)) == (hosts, switches, links)
    assert plan.break_loops() == loops
    assert plan.break_loops() == 0
    assert sorted(len(segment) for segment in plan.segments()) == [hosts]


@pytest.mark.parametrize("shape", [one[0] for one in SHAPES], ids=str)
def test_every_device_has_a_name_of_its_own(shape: tuple[str, int]) -> None:
    """In its namespace, of at most 15 bytes; a switch's tells where it leads."""
    plan = labshapes.draw(*shape)
    ends = [end for link in plan.links for end in link.ends]
    assert len(set(ends)) == len(ends)
    assert max(len(device.encode()) for _, device in ends) <= 15
    assert all(link.near[0] in plan.switches for link in plan.links)
    assert all(link.near[1] == link.far[0] for link in plan.links)


def test_addresses_are_in_order_and_none_looks_like_a_broadcast() -> None:
    """h1 is 10.0.0.1, h254 10.0.0.254, h255 10.0.1.1; every one once."""
    plan = labshapes.draw("tree", 2, 32)
    ips = [host.addresses["eth0"][0].ip for host in plan.hosts.values()]
    assert (ips[0], ips[253], ips[254]) == ("10.0.0.1", "10.0.0.254", "10.0.1.1")
    assert len(set(ips)) == len(ips) == 1024
    assert not any(ip.endswith((".0", ".255")) for ip in ips)


def test_a_switch_that_runs_stp_finds_loops_by_itself() -> None:
    """Then no link is left down."""
    plan = labshapes.draw("ring", 4, stp=True)
    assert plan.break_loops() == 0
    assert all(link.up for link in plan.links)


def test_a_prefix_goes_before_every_name() -> None:
    """So a second lab can stand beside the first."""
    plan = labshapes.draw("star", 2, prefix="b-")
    assert plan.names == ["b-h1", "b-h2", "b-s1"]


def test_only_those_know_each_other_who_need_no_router() -> None:
    """The same segment, and the same network."""
    plan = LabPlan("file")
    for name in ("a", "b", "c", "d"):
        host = Host(name)
        host.is_addressed = True
        plan.add_host(host)
    plan.add_switch(Switch("s"))
    for name in ("a", "b", "c"):
        plan.connect(name, "s")
    plan.connect("c", "d")
    packed = {
        "a": bytes((10, 0, 0, 1)),
        "b": bytes((10, 0, 0, 2)),
        "c": bytes((10, 0, 1, 3)),
        "d": bytes((10, 0, 0, 4)),
    }
    for name, found in packed.items():
        plan.hosts[name].addresses["eth0"] = [labplan.Address(found, 24)]
    groups = [[name for name, _, _ in group] for group in plan.acquainted()]
    assert groups == [["a", "b"]]


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        (("star", 0), "from 1 to 1023, not 0"),
        (("star", 1024), "from 1 to 1023, not 1024"),
        (("star", 10**6), "not 1000000"),
        (("linear", 0), "not 0"),
        (("ring", 2), "not 2"),
        (("mesh", 1), "not 1"),
        (("mesh", 10**9), "not 1000000000"),
        (("grid", 0, 5), "not 0"),
        (("grid", 5, 0), "not 0"),
        (("grid", 1000, 1000), "not 1000000"),
        (("tree", 12, 12), "hosts of a tree"),
        (("tree", 10**9, 1), "levels of a tree"),
        (("tree", 1, 10**9), "branches"),
        (("fattree", 3), "even number"),
        (("fattree", 100), "not 100"),
        (("dumbbell", 2000), "not 2000"),
    ],
    ids=str,
)
def test_a_shape_that_cannot_be_is_refused_at_once(shape: tuple[str, int], words: str) -> None:
    """One line with the bounds; nothing is counted up to the number."""
    with pytest.raises(UsageError, match=words):
        labshapes.draw(*shape)


@pytest.mark.parametrize(("shape", "second"), [("tree", None), ("grid", None), ("star", 3)])
def test_a_shape_takes_its_own_number_of_numbers(shape: str, second: int | None) -> None:
    """Two for tree and grid, one for the others."""
    with pytest.raises(UsageError, match="takes"):
        labshapes.sizes(shape, 2, second)


def test_a_bridge_has_no_more_ports_than_the_kernel_gives_it() -> None:
    """1023: BR_MAX_PORTS is 1024, and none has the number 0."""
    plan = LabPlan("file")
    plan.add_switch(Switch("s"))
    for number in range(1023):
        plan.add_host(Host(f"h{number}"))
        plan.connect("s", f"h{number}")
    plan.add_host(Host("one-more"))
    with pytest.raises(UsageError, match="at most 1023 ports"):
        plan.connect("s", "one-more")


def test_names_too_long_for_a_device_are_numbered_instead() -> None:
    """A place's name has up to 64 characters, a device's 15 bytes."""
    plan = LabPlan("file")
    plan.add_switch(Switch("s"))
    plan.add_host(Host("a-host-with-a-long-name"))
    plan.add_host(Host("br0"))
    assert plan.connect("s", "a-host-with-a-long-name").near == ("s", "p0")
    assert plan.connect("s", "br0").near[1] not in ("br0", "p0")


def test_what_is_left_out_takes_its_links_along() -> None:
    """A lab is saved without those that were removed."""
    plan = labshapes.draw("star", 3).without(["h2"])
    assert plan.names == ["h1", "h3", "s1"]
    assert [link.far[0] for link in plan.links] == ["h1", "h3"]
