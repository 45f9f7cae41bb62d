# SPDX-License-Identifier: MIT
"""Labs for the tests of formats: of every shape, and drawn at random; and what two of them have to have in common."""

from __future__ import annotations

import contextlib

from hypothesis import strategies as st

from nsh.errors import BadWord, UsageError
from nsh.handover import clabernetes, containerlab, kathara
from nsh.names import check_name
from nsh.net import labshapes, labwords, labyaml
from nsh.net.labnodes import Nodes
from nsh.net.labplan import ALSO, Host, LabPlan, Switch

SHAPES: list[tuple[str, tuple[int, ...]]] = [
    ("star", (1,)),
    ("star", (9,)),
    ("linear", (4,)),
    ("ring", (3,)),
    ("tree", (2, 3)),
    ("mesh", (5,)),
    ("grid", (2, 3)),
    ("fattree", (4,)),
    ("dumbbell", (3,)),
]
LAB = "some lab's".replace(" ", "-").replace("'", "_")

_LETTERS = "abcdefghijklmnopqrstuvwxyzABCZ0123456789._-+@ßä"
_DEVICES = "abcdefghijklmnopqrstuvwxyzABC0123456789._-"


def same(plan: LabPlan) -> str:
    """All of a lab as one text: equal for equal labs."""
    return labyaml.write(plan, "x")


def drawn(shape: str, sizes: tuple[int, ...]) -> LabPlan:
    """A lab of a shape as it is when it was built: the links that close loops are down."""
    plan = labshapes.draw(shape, *sizes)
    plan.break_loops()
    return plan


@st.composite
def names(draw: st.DrawFn) -> str:
    """What a place can be called."""
    name = draw(st.text(_LETTERS, min_size=1, max_size=40))
    try:
        check_name(name)
    except BadWord:
        return f"h.{name.strip('.')}"[:64]
    return name


def devices() -> st.SearchStrategy[str]:
    """What a device can be called in a file: eth0 and on as a rule, else anything that is allowed."""
    plain = st.integers(0, 6).map(lambda number: f"eth{number}")
    odd = st.text(_DEVICES, min_size=1, max_size=15).filter(lambda name: name not in (".", "..", "lo", "br0"))
    return st.one_of(plain, odd)


def gateways() -> st.SearchStrategy[str]:
    """An address of either family."""
    return st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)).map(str)


def addresses() -> st.SearchStrategy[str]:
    """The same with a prefix."""
    four = st.tuples(st.ip_addresses(v=4), st.integers(1, 32))
    six = st.tuples(st.ip_addresses(v=6), st.integers(1, 128))
    return st.one_of(four, six).map(lambda both: f"{both[0]}/{both[1]}")


def macs() -> st.SearchStrategy[bytes | None]:
    """The hardware address of one device, or none."""
    chosen = st.binary(min_size=6, max_size=6).map(lambda raw: bytes([raw[0] & 0xFE | 2]) + raw[1:])
    return st.one_of(st.none(), chosen)


# Made once: a strategy that is made anew at each draw is checked anew, and that takes longer than the draws.
_CALLED = st.lists(names(), min_size=1, max_size=8, unique=True)
_NETWORK = st.sampled_from([("10.0.0.0", 16), ("192.168.7.0", 29)])
_ALSO = st.sets(st.sampled_from(ALSO))
_MTU = st.one_of(st.none(), st.integers(labwords.SHORTEST_MTU, labwords.LONGEST_MTU))
_DEVICE = st.one_of(st.none(), devices())
_MAC = macs()
_ADDRESSES = st.lists(addresses(), min_size=1, max_size=2)
_GATEWAYS = st.lists(gateways(), max_size=2)


@st.composite
def labs(draw: st.DrawFn, *, own_links: bool = True) -> LabPlan:
    """A lab as `lab load` could have read it: hosts, switches, links, with whatever each may have."""
    plan = LabPlan("file")
    plan.network = draw(_NETWORK)
    called = draw(_CALLED)
    for name in called:
        if draw(st.booleans()):
            also = draw(_ALSO)
            plan.add_host(Host(name, tuple(kind for kind in ALSO if kind in also)))
        else:
            plan.add_switch(Switch(name, stp=draw(st.booleans())))
    for _ in range(draw(st.integers(0, 10))):
        one, other = draw(st.sampled_from(called)), draw(st.sampled_from(called))
        if own_links or one != other:
            _connect(draw, plan, one, other)
    for host in plan.hosts.values():
        _furnish(draw, plan, host)
    return plan


def _connect(draw: st.DrawFn, plan: LabPlan, one: str, other: str) -> None:
    both = draw(_DEVICE), draw(_DEVICE)
    with contextlib.suppress(UsageError):  # a device that is taken: one link less
        plan.connect(one, other, devices=both, mtu=draw(_MTU), up=draw(st.booleans()), macs=(draw(_MAC), draw(_MAC)))


def _furnish(draw: st.DrawFn, plan: LabPlan, host: Host) -> None:
    host.is_addressed = True
    own = ["lo", *(device for link in plan.links for name, device in link.ends if name == host.name)]
    for device in draw(st.lists(st.sampled_from(own), max_size=3, unique=True)):
        host.addresses[device] = [labwords.address(text) for text in draw(_ADDRESSES)]
    for gateway in draw(_GATEWAYS):
        by = labwords.gateway(gateway)
        to = "default" if draw(st.booleans()) else "10.9.0.0/16" if ":" not in gateway else "fd09::/48"
        host.routes.append(labwords.route(labwords.destination(to, by), by))


# Through each format and back.


def through_containerlab(plan: LabPlan) -> tuple[str, LabPlan, str | None]:
    """The text, the lab that is read from it, and its name."""
    rule = containerlab.RULE
    lab = LAB, rule.fit([LAB])[LAB]
    text = containerlab.write(plan, rule.fit(plan.names), lab, containerlab.IMAGE, ["a remark: with # and 'quotes'"])
    reader = containerlab.Reader("x.clab.yml", "")
    return text, *reader.plan(reader.compose(text))


def through_clabernetes(plan: LabPlan) -> tuple[str, LabPlan, str | None]:
    """The same."""
    rule = clabernetes.RULE
    lab = LAB, rule.fit([LAB])[LAB]
    text = clabernetes.write(plan, rule.fit(plan.names), lab, clabernetes.IMAGE, ["a remark"])
    nodes = Nodes("x.yaml")
    found, name, _ = clabernetes.read(nodes, nodes.compose(text), text, "")
    return text, found, name


def through_kathara(plan: LabPlan) -> tuple[dict[str, str], LabPlan, str | None]:
    """The files, the lab that is read from them, and its name."""
    files = kathara.write(plan, kathara.RULE.fit(plan.names), (LAB, LAB), kathara.IMAGE, ["a remark"])
    reader = kathara.Reader("x", "")
    reader.take_conf(files[kathara.CONF])
    for label in reader.labels:
        reader.take_startup(label, files.get(f"{label}{kathara.STARTUP}", ""))
    return files, *reader.plan()
