# SPDX-License-Identifier: MIT
"""Files of other engines with mistakes, or with what nsh has not: one line that says where, and no plan."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nsh.errors import UsageError
from nsh.handover import clabernetes, containerlab, kathara
from nsh.net.labnodes import Nodes
from nsh.net.labplan import LabPlan
from tests.handover import made

CLAB = """\
name: demo
topology:
  nodes:
    a: {kind: linux, image: x}
    s: {kind: bridge}
  links:
    - endpoints: ["a:eth1", "s:a"]
"""
RESOURCE = f"""\
apiVersion: c9s.run/v1alpha1
kind: Topology
metadata: {{name: demo}}
spec:
  definition:
    containerlab: |
{"".join(f"      {line}" + chr(10) for line in CLAB.splitlines())}"""


def read_clab(text: str) -> LabPlan:
    """The lab in a topology."""
    reader = containerlab.Reader("x", "")
    return reader.plan(reader.compose(text))[0]


def read_resource(text: str) -> LabPlan:
    """The lab in a resource."""
    nodes = Nodes("x")
    return clabernetes.read(nodes, nodes.compose(text), text, "")[0]


def read_scenario(conf: str, **startups: str) -> LabPlan:
    """The lab in a folder."""
    reader = kathara.Reader("x", "")
    reader.take_conf(conf)
    for label in reader.labels:
        reader.take_startup(label, startups.get(label, ""))
    return reader.plan()[0]


def runs(line: str) -> str:
    """A topology whose host b runs a line, which is line 8 of the file."""
    return (
        "name: x\ntopology:\n  nodes:\n    a: {kind: linux}\n    b:\n      kind: linux\n      exec:\n"
        f"        - {line}\n  links:\n    - endpoints: [a:eth1, b:eth1]\n"
    )


WRONG_CLAB = [
    (CLAB.replace("bridge", "nokia_srlinux"), "x:5:15: nokia_srlinux: a kind that nsh has not"),
    (CLAB.replace("kind: linux, ", ""), "x:4:5: a: of no kind"),
    (CLAB.replace("image: x", "binds: [/etc:/x]"), "x:4:22: binds: a node that nsh reads has no such key"),
    (CLAB.replace("image: x", "network-mode: host"), "x:4:36: network-mode: host: each host of a lab"),
    (CLAB.replace("s: {", "a: {"), "x:5:5: a: given twice"),
    (CLAB.replace("a: {", "all: {"), "x:4:5: all: is a word of nsh"),
    (CLAB.replace("a: {", '"a\\nb": {'), r"x:4:5: a\\nb: "),
    (CLAB.replace("s:a", "z:a"), "x:7:7: z: there is no such node"),
    (CLAB.replace("s:a", "s"), "x:7:29: s: which device?"),
    (CLAB.replace("s:a", "s:a b"), "x:7:29: a b: a device's name has"),
    (CLAB.replace('"s:a"]', '"s:a"]\n      mtu: 1'), "x:8:12: 1: a number from 68"),
    (CLAB.replace('"s:a"]', '"s:a"]\n      ipv4: [10.0.0.1/8]'), "x:8:7: ipv4: a link has no such key"),
    (CLAB.replace("- endpoints", "- type: macvlan\n      endpoints"), "x:7:13: macvlan: a type of link"),
    (
        CLAB.replace('endpoints: ["a:eth1", "s:a"]', "{type: host, endpoint: {node: a, interface: e}}"),
        "x:7:14: host: a type of link",
    ),
    (CLAB.replace('["a:eth1", "s:a"]', "[*a, *a]"), r"x:7:19: \*a: aliases are not read"),
    (CLAB.replace("nodes:", "nodes: &n\n    <<: *n"), r"x:4:9: \*n: aliases are not read"),
    ("a: &a [x, x]\nb: &b [*a, *a]\n", r"x:2:8: \*a: aliases are not read"),
    ("topology: {nodes: {}}\n", "x:1:19: no nodes"),
    ("topology: {}\n", "x:1:1: no nodes"),
    ("topology: [\n", "x:2:1: .*"),
    ("topology: {}\ntopology: {}\n", "x:2:1: topology: given twice"),
    (runs("ip addr add 10.0.0.1/33 dev eth1"), "x:8:11: 10.0.0.1/33: a prefix from"),
    (runs("ip addr add 10.0.0.1/8 dev eth7"), "x:8:11: b has no device eth7: no link ends there"),
    (runs('ip addr add 10.0.0.1/8 dev "eth1; reboot"'), "x:8:11: eth1; reboot: a device's name has"),
    (runs("ip route add 10.0.0.1/8 via 10.0.0.2"), "x:8:11: 10.0.0.1/8: has bits set"),
    (runs("ip -6 route add default via 10.0.0.2"), "x:8:11: 10.0.0.2: is no address of the family"),
    (runs("ip route add default via 10.0.0.2 dev eth1"), "x:8:11: 10.0.0.2: is in the network of no address here"),
    (runs("ip route add default via 10.0.0.2 dev eth7"), "x:8:11: b has no device eth7"),
    (runs("ip route add default via 10.0.0.2 metric 7"), "x:8:11: ip route add default .* is not read here"),
    (runs("sysctl -w net.ipv4.ip_forward=1"), "x:8:11: sysctl .* is not read here"),
    (runs("sh -c 'ip link set eth1 up'"), "x:8:11: sh -c .* is not read here"),
    (runs("ip link set eth1 master br0"), "x:8:11: br0: there is no such bridge in this node"),
    (runs("ip link add br7 type bridge"), "x:8:11: br7: a switch of nsh has one bridge"),
    (runs("ip link add br0 type bridge"), "x:5:5: b: eth1 is no port of br0"),
    (runs("ip link add br0 type bridge vlan_filtering 1"), "x:8:11: vlan_filtering 1: nsh sets of a bridge only"),
    (runs("ip link set dev eth1 promisc on"), "x:8:11: promisc on: nsh sets no such thing"),
    (runs('"ip addr add \'10.0.0.1/8 dev eth1"'), "x:8:11: .*a quote that does not end"),
    (runs("ip link set"), "x:8:11: ip link set: is not read here"),
    (runs("ip link set dev"), "x:8:11: ip link set dev: and what"),
    (runs("ip link add dev"), "x:8:11: ip link add : is not read here"),
    (runs("ip"), "x:8:11: ip: is not read here"),
]

WRONG_RESOURCES = [
    (RESOURCE.replace("kind: Topology", "kind: Pod"), "x:2:7: Pod: a resource that nsh does not read"),
    (RESOURCE.replace("c9s.run/v1alpha1", "v1"), "x:1:13: v1: a resource"),
    (RESOURCE.replace("name: demo}", "name: De_mo}"), "x:3:18: De_mo: is no DNS label"),
    (RESOURCE.replace("a: {kind", "A: {kind"), "x:10:11: A: is no DNS label"),
    (RESOURCE.replace("a: {kind", "a.b: {kind"), r"x:10:11: a\.b: is no DNS label"),
    (RESOURCE.replace("a: {kind", "a: {kimd"), "x:10:15: kimd: a node that nsh reads has no such key"),
    (RESOURCE.replace("s:a", "s:\x07"), "x:13:38: a character that YAML does not allow"),
    (RESOURCE.replace("containerlab: |", "kne: |"), "x:6:5: kne: definition has no such key"),
    (f"{RESOURCE.split('|')[0]}|\n      # nothing\n", "x:6:19: here should be a topology of containerlab"),
    (RESOURCE.replace("spec:", "spock:"), "x:4:1: spock: a resource has no such key"),
    ("apiVersion: c9s.run/v1alpha1\nkind: Topology\n", "x:1:1: there is no `spec`"),
]

TWO = 'LAB_NAME="demo"\na[0]=A\nb[0]="A"\n'
WRONG_CONFS = [
    ("", "x/lab.conf: no devices"),
    ("a[0]=A\na[0]=B\n", r"x/lab.conf:2: a\[0\]: given twice"),
    ("a[0]=A\na[1]=A\n", "x/lab.conf:2: a is in the collision domain A twice"),
    ("a[1]=A\nb[0]=A\n", "x/lab.conf:1: a: interface 0 is missing"),
    ("A[0]=A\n", r"x/lab.conf:1: A\[0\]=A: not DEVICE"),
    ("../a[0]=A\n", "x/lab.conf:1: .*: not DEVICE"),
    ("shared[0]=A\n", "x/lab.conf:1: shared: is a name that Kathará keeps"),
    ("a[0]=A;B\n", "x/lab.conf:1: A;B: a collision domain"),
    ("a[0]=A/zz\n", "x/lab.conf:1: zz: not a hardware address"),
    ("a[bridged]=true\n", "x/lab.conf:1: bridged: an option that no host"),
    ("a[exec]=reboot\n", "x/lab.conf:1: exec: an option"),
    ("all[0]=A\n", "x/lab.conf:1: all: is a"),
    ('a[env]="NSH_WITH=user"\n', "x/lab.conf:1: user: no type that a host can have"),
    ('a[env]="NSH_NAME=../x"\n', "x/lab.conf:1: .*cannot be in a name"),
    ('LAB_DESCRIPTION="nsh: addresses of 10.0.0.0/31"\na[0]=A\n', "x/lab.conf:1: 10.0.0.0/31: the network"),
    ("# lab\n\nfoo\n", "x/lab.conf:3: foo: not DEVICE"),
]
WRONG_STARTUPS = [
    ("ip addr add 10.0.0.1/8 dev eth0 && reboot", "x/a.startup:1: .* is not read here"),
    ("\nsystemctl start frr", "x/a.startup:2: systemctl start frr: is not read here"),
    ("ip link set dev eth0 name eth0", "x/a.startup:1: eth0: there is such a device already"),
    ("ip link set dev eth0 name ../../x", "x/a.startup:1: ../../x: a device's name has"),
    ("ip link set dev eth1 up", "x/a.startup:1: a has no device eth1"),
    ("ip link set dev eth0 mtu 1400", "x/lab.conf:3: both ends of a link have the same MTU"),
    ("ip link add $(reboot) type bridge", r"x/a.startup:1: \$\(reboot\): a switch of nsh has one bridge"),
]


@pytest.mark.parametrize(("text", "message"), WRONG_CLAB, ids=[message for _, message in WRONG_CLAB])
def test_a_mistake_in_a_topology_has_its_line(text: str, message: str) -> None:
    """FILE:LINE:COLUMN: what, in one line."""
    with pytest.raises(UsageError) as error:
        read_clab(text)
    assert re.match(message, error.value.message), error.value.message
    assert "\n" not in error.value.message


@pytest.mark.parametrize(("text", "message"), WRONG_RESOURCES, ids=[message for _, message in WRONG_RESOURCES])
def test_a_mistake_in_a_resource_has_its_line_in_the_file(text: str, message: str) -> None:
    """Also where it is in the topology inside, whose lines are lines of the file."""
    with pytest.raises(UsageError) as error:
        read_resource(text)
    assert re.match(message, error.value.message), error.value.message


@pytest.mark.parametrize(("conf", "message"), WRONG_CONFS, ids=[message for _, message in WRONG_CONFS])
def test_a_mistake_in_lab_conf_has_its_line(conf: str, message: str) -> None:
    """FOLDER/lab.conf:LINE: what."""
    with pytest.raises(UsageError) as error:
        read_scenario(conf)
    assert re.match(message, error.value.message), error.value.message


@pytest.mark.parametrize(("text", "message"), WRONG_STARTUPS, ids=[message for _, message in WRONG_STARTUPS])
def test_a_line_of_a_startup_that_nsh_has_no_word_for_is_named(text: str, message: str) -> None:
    """FOLDER/NAME.startup:LINE: what; nothing of it is run."""
    with pytest.raises(UsageError) as error:
        read_scenario(TWO, a=text)
    assert re.match(message, error.value.message), error.value.message


def test_files_that_others_wrote_are_read() -> None:
    """Bridges of the host, groups and defaults; collision domains of one and of three; long and short spellings."""
    plan = read_clab(
        CLAB.replace("a: {kind: linux, image: x}", "a: {}").replace("nodes:", "defaults: {kind: linux}\n  nodes:")
    )
    assert (list(plan.hosts), list(plan.switches)) == (["a"], ["s"])
    assert list(read_resource(RESOURCE).hosts) == ["a"]
    conf = "a[0]=A\nb[0]='A' # one\nc[0]=\"A\"\na[1]=B\na[image]=kathara/frr\n"
    plan = read_scenario(conf, a="#!/bin/sh\nip address add 10.0.0.1/24 dev eth0\nip a add fd00::1/64 dev eth1 # two\n")
    assert (list(plan.hosts), list(plan.switches), len(plan.links)) == (["a", "b", "c"], ["A", "B"], 4)
    assert [str(one) for one in plan.hosts["a"].addresses["eth1"]] == ["fd00::1/64"]


def test_what_means_nothing_here_is_named_and_left_out() -> None:
    """What is about images, containers and their machine; a title that no lab of nsh can have is none of its parts."""
    text = CLAB.replace("image: x", "image: x, memory: 1gb, cmd: sh, env: {A: b}").replace("name: demo", "name: My lab")
    reader = containerlab.Reader("x", "")
    assert reader.plan(reader.compose(text))[1] is None
    images, title = "images are not used: hosts run the programs of this machine", "the lab's own name is not used: "
    assert reader.remarks == [images, "not used: cmd, env, memory", f"{title}My lab: ' ' cannot be in a name"]
    scenario = kathara.Reader("x", "")
    scenario.take_conf('LAB_NAME="a lab"\na[0]=A\nb[0]=A\na[mem]=64m\n')
    assert scenario.plan()[1] is None
    assert scenario.remarks == [f"{title}a lab: ' ' cannot be in a name", "not used: mem"]


def test_a_route_may_say_by_which_device() -> None:
    """As the examples of both engines do: where the gateway is behind that device; another is a mistake of its line."""
    address, route = "ip addr add 10.0.0.1/24 dev eth0", "ip route add default via 10.0.0.2 dev eth0"
    plan = read_scenario(TWO, a=f"{address}\n{route}\n")
    assert [(str(one.destination), one.gateway.ip) for one in plan.hosts["a"].routes] == [("0.0.0.0/0", "10.0.0.2")]
    conf, other = f"{TWO}a[1]=B\nb[1]=B\n", "ip addr add 10.1.0.1/24 dev eth1"
    with pytest.raises(UsageError, match=r"x/a.startup:3: 10.1.0.2: is behind eth1, not behind eth0"):
        read_scenario(conf, a=f"{address}\n{other}\n{route.replace('10.0.0.2', '10.1.0.2')}\n")


def test_what_would_take_for_ever_is_refused_at_once() -> None:
    """Nine lines that stand for a billion, a cycle, nesting without a bottom; a line of blanks, a crowd in a domain."""
    began = time.process_time()
    laughs = "a: &a [x]\n" + "".join(f"{n}: &{n} [*{p}, *{p}]\n" for p, n in zip("abcdefgh", "bcdefghi", strict=True))
    for text in (laughs, "topology: &t {nodes: *t}\n", "topology: " + "[" * 100_000):
        with pytest.raises(UsageError):
            read_clab(text)
    for conf in (f"a[0]=x{' ' * 100_000}'\n", "".join(f"h{number}[0]=A\n" for number in range(20_000))):
        with pytest.raises(UsageError, match=r"at most 1000 characters|at most 4096 hosts"):
            read_scenario(conf)
    assert time.process_time() - began < 5


PIECES = [
    "a",
    "s",
    ":",
    "eth1",
    "ip ",
    "link ",
    "set ",
    "- ",
    "[",
    "]",
    "{",
    "}",
    "\n",
    "  ",
    '"',
    "'",
    "\\",
    "#",
    "&x ",
    "*x",
    "~",
    "\t",
    "ß",
    "0",
    "!",
    "|",
]
FUZZ = settings(max_examples=150, deadline=None, database=None, suppress_health_check=list(HealthCheck))


def spoilt(text: str, changes: list[tuple[int, int, str]]) -> str:
    """A text with some pieces of it replaced."""
    for at, length, piece in changes:
        at %= len(text) + 1
        text = text[:at] + piece + text[at + length :]
    return text


CHANGES = st.lists(
    st.tuples(st.integers(0, 4000), st.integers(0, 6), st.one_of(st.sampled_from(PIECES), st.text(max_size=3))),
    min_size=1,
    max_size=4,
)


def is_lab_or_refusal(read: Callable[[], LabPlan]) -> bool:
    """Did it give a lab, or say in which file something is wrong?"""
    try:
        return bool(read().names)
    except UsageError as error:
        return error.message.startswith("x")


@FUZZ
@given(CHANGES)
def test_a_spoilt_topology_is_a_lab_or_a_refusal(changes: list[tuple[int, int, str]]) -> None:
    """Nothing else comes out, whatever is changed in one that was right."""
    text, _, _ = made.through_clabernetes(made.drawn("dumbbell", (2,)))
    assert is_lab_or_refusal(lambda: read_resource(spoilt(text, changes)))
    assert is_lab_or_refusal(lambda: read_clab(spoilt(CLAB, changes)))


@FUZZ
@given(CHANGES, CHANGES)
def test_a_spoilt_scenario_is_a_lab_or_a_refusal(
    in_conf: list[tuple[int, int, str]], in_startup: list[tuple[int, int, str]]
) -> None:
    """The same for a folder."""
    files, _, _ = made.through_kathara(made.drawn("dumbbell", (2,)))
    conf, startup = spoilt(files["lab.conf"], in_conf), spoilt(files["s1.startup"], in_startup)
    assert is_lab_or_refusal(lambda: read_scenario(conf, s1=startup))


WORDS = st.sampled_from(
    [
        *("link", "l", "set", "add", "dev", "name", "type", "bridge", "stp_state", "up", "down", "master"),
        *("addr", "address", "route", "default", "via", "mtu", "-4", "-6", "0", "1", "1400"),
        *("eth0", "eth1", "br0", "02:00:00:00:00:01", "10.0.0.1/8", "fd00::1/64", "10.0.0.2", "fd00::2"),
    ]
)


@settings(max_examples=300, deadline=None, database=None)
@given(st.lists(st.lists(WORDS, max_size=9).map(" ".join), max_size=4))
def test_lines_of_ip_in_any_order_are_taken_or_refused(lines: list[str]) -> None:
    """Words that are all known, put together as they may come."""
    assert is_lab_or_refusal(lambda: read_scenario(TWO, a="\n".join(f"ip {line}" for line in lines)))
