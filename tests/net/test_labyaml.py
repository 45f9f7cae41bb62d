# SPDX-License-Identifier: MIT
"""The YAML of labs: read, written, and every mistake with its place."""

from __future__ import annotations

import contextlib
import re
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nsh.errors import UsageError
from nsh.net import labshapes, labyaml

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "labs.md"

DEMO = """\
name: demo
hosts:
  a:
    addresses: {eth0: 10.1.0.1/24}
    routes: {default: 10.1.0.254, 10.9.0.0/16: 10.1.0.253}
  b:
    addresses: {eth0: [10.2.0.1/24, "fd00::1/64"]}
    with: [uts, mnt]
  "yes": {addresses: {eth0: 10.1.0.254/24, eth1: 10.2.0.254/24}}
switches:
  s1: {stp: true}
links:
  - [a, s1]
  - [s1:up, "yes:eth0"]
  - {ends: [b, "yes"], mtu: 1400, up: no, macs: [~, 02:00:00:00:00:07]}
"""


def test_a_file_says_what_is_in_a_lab() -> None:
    """Names, types, addresses of both families, routes, links with all they may have."""
    plan, name = labyaml.read(DEMO, "demo.yaml")
    assert name == "demo"
    assert (list(plan.hosts), list(plan.switches), plan.switches["s1"].stp) == (["a", "b", "yes"], ["s1"], True)
    assert plan.hosts["b"].also == ("mnt", "uts")
    assert [str(one) for one in plan.hosts["b"].addresses["eth0"]] == ["10.2.0.1/24", "fd00::1/64"]
    assert [(str(route.destination), route.gateway.ip) for route in plan.hosts["a"].routes] == [
        ("0.0.0.0/0", "10.1.0.254"),
        ("10.9.0.0/16", "10.1.0.253"),
    ]
    assert [(link.near, link.far, link.mtu, link.up) for link in plan.links] == [
        (("s1", "a"), ("a", "eth0"), None, True),
        (("s1", "up"), ("yes", "eth0"), None, True),
        (("b", "eth0"), ("yes", "eth1"), 1400, False),
    ]
    assert [link.macs for link in plan.links] == [(None, None), (None, None), (None, b"\2\0\0\0\0\7")]


def test_hosts_without_addresses_get_the_next_free_ones() -> None:
    """Of the network that is named; those that somebody chose are left out; none at all is a choice too."""
    text = (
        "network: 192.168.7.0/29\nhosts: {a: , b: {addresses: {eth0: 192.168.7.2/29}}, c: , d: {addresses: {}}}\n"
        "switches: [s]\nlinks: [[a, s], [b, s], [c, s], [d, s]]\n"
    )
    plan, _ = labyaml.read(text, "x")
    found = {name: [one.ip for one in host.addresses.get("eth0", [])] for name, host in plan.hosts.items()}
    assert found == {"a": ["192.168.7.1"], "b": ["192.168.7.2"], "c": ["192.168.7.3"], "d": []}


def test_a_prefix_goes_before_every_name_of_the_file() -> None:
    """Also where links name them."""
    plan, _ = labyaml.read("hosts: [a]\nswitches: [s]\nlinks: [[a, s]]\n", "x", "b-")
    assert plan.names == ["b-a", "b-s"]


@pytest.mark.parametrize("text", [DEMO, *(f"{shape}" for shape in ("star 3", "ring 4", "fattree 2", "grid 2 3"))])
def test_what_is_written_reads_as_the_same(text: str) -> None:
    """And is written the same again."""
    if text == DEMO:
        plan, _ = labyaml.read(text, "x")
    else:
        shape, *sizes = text.split()
        plan = labshapes.draw(shape, *map(int, sizes))
        plan.break_loops()
    once = labyaml.write(plan, "demo")
    again, name = labyaml.read(once, "x")
    assert labyaml.write(again, name or "") == once
    assert again.names == plan.names
    assert [link.ends for link in again.links] == [link.ends for link in plan.links]


WRONG = [
    ("", "x: there is nothing in it"),
    ("- a\n", "x:1:1: a lab is a mapping"),
    ("hosts: {h1: {adresses: {}}}\n", "x:1:14: adresses: a host has no such key"),
    ("host: [a]\n", "x:1:1: host: a lab has no such key"),
    ("hosts: &a [*a]\n", r"x:1:12: \*a: aliases are not read"),
    ("a: &a [1, 1]\nb: &b [*a, *a]\n", r"x:2:8: \*a: aliases"),
    ('hosts: !!python/object/apply:os.system ["id"]\n', "x:1:8: .* tags are not read"),
    ("hosts: " + "[" * 5000, "x:1:19: nested more than 12"),
    ("hosts: " + "{a: " * 5000, "nested more than 12"),
    ("hosts: [a, a]\n", "x:1:12: a: there are two"),
    ("hosts: [a]\nswitches: [a]\n", "x:2:12: a: there are two"),
    ("hosts: {a: , b: }\nhosts: {}\n", "x:2:1: hosts: given twice"),
    ("hosts: [net]\n", "x:1:9: net: is a type"),
    ("hosts: [a/b]\n", "x:1:9: a/b: '/' cannot"),
    ("hosts: [[a]]\n", "x:1:9: here should be a name"),
    ("hosts:\n\th1:\n", "x:2:1: .*cannot start any token"),
    ("hosts: [a]\n---\nhosts: [b]\n", "x:2:1: expected a single document"),
    ("hosts:\n  - h\x01\n", "x:2:6: a character that YAML does not allow"),
    ("hosts: {a: {addresses: {eth7: 10.0.0.1/8}}}\n", "x:1:25: a has no device eth7"),
    ("hosts: {a: {addresses: {lo: 10.0.0.256/8}}}\n", "x:1:29: 10.0.0.256/8: not an address"),
    ("hosts: {a: {addresses: {lo: 10.0.0.1/33}}}\n", "x:1:29: .*prefix from /0 to /32"),
    ("hosts: {a: {addresses: {lo: 10.0.0.1}}}\n", "x:1:29: .*prefix"),
    ("hosts: {a: {addresses: {lo: fd00::1/129}}}\n", "x:1:29: .*/128"),
    ("hosts: {a: {addresses: 10.0.0.1/8}}\n", "x:1:24: addresses are a mapping"),
    ("hosts: {a: {with: [user]}}\n", "x:1:20: user: no type that a host"),
    ("hosts: {a: {routes: {default: no}}}\n", "x:1:31: no: not an address"),
    ("hosts: {a: {routes: {10.0.0.1/8: 10.0.0.2}}}\n", "x:1:22: .*bits set"),
    ("hosts: {a: {routes: {10.0.0.0/8: fd00::1}}}\n", "x:1:34: .*same family"),
    ("switches: {s: {stp: maybe}}\n", "x:1:21: maybe: here should be true or false"),
    ("hosts: [a, b]\nlinks: [{ends: [a, b], macs: ~}]\n", "x:2:30: a link has two ends, not 0"),
    ("hosts: [a, b]\nlinks: [{ends: [a, b], macs: [~, 1]}]\n", "x:2:34: 1: not a hardware address"),
    ("hosts: [a, b]\nlinks: [{ends: [a, b], macs: [01:00:5e:00:00:01, ~]}]\n", "x:2:31: .* no device can have"),
    ("hosts: [a]\nlinks: [[a]]\n", "x:2:9: a link has two ends, not 1"),
    ("hosts: [a]\nlinks: [[a, b]]\n", "x:2:13: b: there is no such host"),
    ("hosts: [a]\nlinks: [{mtu: 1400}]\n", "x:2:9: a link needs its ends"),
    ("hosts: [a, b]\nlinks: [{ends: [a, b], mtu: 12}]\n", "x:2:29: 12: a number from 68"),
    ("hosts: [a, b]\nlinks: [[a:eth0, b], [a:eth0, b]]\n", "x:2:22: a:eth0: there is such a device"),
    ("hosts: [a, b]\nlinks: [[a:eth0123456789abcd, b]]\n", "x:2:10: .*1 to 15 letters"),
    ("hosts: [a, b]\nlinks: [[a:lo, b]]\n", "x:2:9: a:lo: there is such a device"),
    ("network: 10.0.0.0/31\nhosts: [a]\n", "x:1:10: .*of /30 at most"),
    (
        "network: 10.0.0.0/30\nhosts: [a, b, c]\nswitches: [s]\nlinks: [[a, s], [b, s], [c, s]]\n",
        "not enough addresses",
    ),
    ("hosts:\nswitches:\n", "x:1:1: no hosts and no switches"),
    ("hosts: [" + ", ".join(f"h{n}" for n in range(5000)) + "]\n", "at most 4096 hosts"),
]


@pytest.mark.parametrize(("text", "words"), WRONG, ids=[words for _, words in WRONG])
def test_a_mistake_is_one_line_with_its_place(text: str, words: str) -> None:
    """FILE:LINE:COLUMN, and what is wrong there."""
    with pytest.raises(UsageError) as caught:
        labyaml.read(text, "x")
    assert re.match(words, caught.value.message) or re.search(f": .*{words}", caught.value.message)
    assert "\n" not in caught.value.message


def test_a_bomb_costs_no_time() -> None:
    """Nine levels of nine aliases each would be four hundred million nodes."""
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    lines += [
        f"{one}: &{one} [{', '.join([f'*{before}'] * 9)}]" for before, one in zip("abcdefgh", "bcdefghi", strict=True)
    ]
    start = time.process_time()
    with pytest.raises(UsageError, match="aliases are not read"):
        labyaml.read("\n".join(lines), "x")
    assert time.process_time() - start < 1


@settings(max_examples=200, deadline=None, database=None)
@given(st.text(alphabet="hostsnamelik: []{},&*!|>-\n'\"#%@0/.\t", max_size=120))
def test_no_text_does_more_than_be_refused(text: str) -> None:
    """Either a plan or a UsageError; never anything else."""
    with contextlib.suppress(UsageError):
        labyaml.read(text, "x")


def test_the_examples_of_the_page_are_labs() -> None:
    """Each fence of docs/labs.md that is YAML reads."""
    fences = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert len(fences) >= 2
    for text in fences:
        assert labyaml.read(text, "labs.md")[0].names
