# SPDX-License-Identifier: MIT
"""`lab save --oci`: the lab that up.sh makes is the one that was saved, by what programs in its hosts print."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.handover.containers import check_schema, config_of, in_sandbox, types_of
from tests.program import Program

pytestmark = [pytest.mark.real]

both = pytest.mark.parametrize("runtime", ["runc", "crun"])
LINKS = "for link in /proc/self/ns/*; do readlink $link; done"
NETWORK = "ip addr; ip route; ip -6 route; ip neigh | sort; cat /proc/sys/net/ipv4/ip_forward"
PROBE = f"hostname; cat /proc/self/uid_map; {NETWORK}"
DRESSED = [
    "lab star 3 --with uts,pid,mnt",
    "addr add h1:eth0 fd00::1/64 --no-dad",
    "addr add h2:lo 10.7.7.7/32",
    "link set h3:eth0 --mtu 1400",
    "forward on h2",
    "h1 ip route add 10.9.0.0/16 via 10.0.0.2 metric 7",
    "h1 ip route add blackhole 10.8.0.0/16",
    "h1 ip -6 route add default via fd00::2",
]
"""A lab with something of everything that is carried."""


def saved(nsh: Program, *lines: str) -> str:
    """What lines that must succeed print, after the first."""
    done = nsh("-c", "\n".join(lines))
    assert done.status == 0, done.err
    return done.out


def steady(text: str) -> list[str]:
    """Lines of ip(8) without what passes: whether an address is still looked for elsewhere."""
    return [line.replace(" tentative", "").replace(",M-DOWN", "").rstrip() for line in text.splitlines()]


@pytest.mark.root
@both
def test_every_host_is_as_it_was_and_they_ping_each_other(nsh: Program, tmp_path: Path, runtime: str) -> None:
    """Hostname, maps, links, MACs, MTU, addresses, routes: no line differs; nothing is left after down.sh."""
    hosts = ["h1", "h2", "h3"]
    looked = [f"{host} busybox sh -c '{PROBE}'" for host in hosts]
    original = saved(nsh, *DRESSED, *looked, "s1 busybox ip link", "lab save --oci l")
    for bundle in (*hosts, "s1"):
        check_schema(config_of(tmp_path / "l" / bundle))
    probes = "".join(f"$RUNTIME exec star1-{host} sh -c '{PROBE}'\n" for host in hosts)
    pings = "".join(
        f"$RUNTIME exec star1-{host} ping -c 1 -q 10.0.0.{number} >log\n" for host in hosts for number in (1, 2, 3)
    )
    links = "$RUNTIME exec star1-s1 ip link\n"
    said = in_sandbox(f"./l/up.sh\n{probes}{links}{pings}./l/down.sh 2>log\nip netns; ./l/down.sh\n", tmp_path, runtime)
    assert steady(said) == steady(original.partition("\n")[2].rpartition("star1: written")[0])


@pytest.mark.root
@both
def test_hosts_are_in_namespaces_of_the_types_they_were_in(nsh: Program, tmp_path: Path, runtime: str) -> None:
    """And a mnt namespace, where they had none: a container has a root of its own. In that, hosts have their names."""
    saved(nsh, "lab linear 2 --with uts,ipc,cgroup", "lab save --oci l")
    look = f"$RUNTIME exec linear1-h1 sh -c 'ping -c 1 -q h2 >/dev/null; {LINKS}'"
    said = in_sandbox(f"{LINKS}\necho ---\n./l/up.sh\n{look}", tmp_path, runtime)
    outside, _, inside = said.partition("---")
    assert types_of(inside, outside) == {"net", "uts", "ipc", "cgroup", "mnt"}


@pytest.mark.root
def test_a_switch_keeps_its_spanning_tree(nsh: Program, tmp_path: Path) -> None:
    """--stp: a ring of switches is up as a whole, and the protocol is as fast as it was."""
    fields = "forward_delay", "hello_time", "max_age"
    original = saved(nsh, "lab ring 3 --stp", "s1 ip -d link show br0", "lab save --oci l")
    said = in_sandbox("RUNTIME=none ./l/up.sh\nip netns exec ring1-s1 ip -d link show br0", tmp_path)
    for field in (*fields, "stp_state"):
        assert value_after(field, said) == value_after(field, original)
    assert value_after("stp_state", said) == "1"


def value_after(field: str, text: str) -> str:
    """The word after another."""
    words = text.split()
    return words[words.index(field) + 1]


@pytest.mark.root
def test_an_up_that_fails_half_way_leaves_nothing(nsh: Program, tmp_path: Path) -> None:
    """A runtime that says no to the third container, SIGTERM in the middle: the status says so, and all is gone."""
    saved(nsh, "lab star 3", "lab save --oci l")
    (tmp_path / "halting").write_text(
        '#!/bin/sh\ncase "$1 $*" in create*star1-h2*) [ -n "$TELL" ] && kill -TERM $PPID; echo no >&2; exit 3;; esac\n'
        f'exec {"runc --root /run/runc --rootless true"} "$@"\n'
    )
    (tmp_path / "halting").chmod(0o755)
    left = "ip netns; runc --root /run/runc list -q; ip -br link | grep -v '^lo' || true; ls l/*/log 2>log || true\n"
    run = "RUNTIME=$PWD/halting TELL={} ./l/up.sh 2>said && exit 9; echo $?; grep -x no said || true\n"
    said = in_sandbox(f"{run.format('')}{left}{run.format('1')}{left}", tmp_path, "runc")
    assert said.split()[:3] == ["1", "no", "143"]
    assert said.split()[3:] in ([], ["no"])  # the runtime may still have had its say


@pytest.mark.root
def test_what_is_there_already_is_not_touched(nsh: Program, tmp_path: Path) -> None:
    """A name that somebody else's network namespace has: up.sh says so, and leaves that alone."""
    saved(nsh, "lab star 2", "lab save --oci l")
    run = "ip netns add star1-h2\nRUNTIME=none ./l/up.sh 2>said && exit 9\ncat said\nip netns\n"
    said = in_sandbox(run, tmp_path).splitlines()
    assert said == ["up.sh: star1-h2 is there already; ./down.sh takes this lab away", "star1-h2"]


@pytest.mark.parametrize("lab", ["lab star 3", "lab tree 2 2 --with uts", "lab ring 3 --stp", "lab star 1 --prefix ü-"])
def test_the_scripts_are_clean(nsh: Program, tmp_path: Path, lab: str) -> None:
    """shellcheck finds nothing, also where names are strange."""
    if shutil.which("shellcheck") is None:
        pytest.skip("shellcheck is not installed")
    saved(nsh, lab, "lab save --oci l")
    scripts = [str(tmp_path / "l" / name) for name in ("up.sh", "down.sh")]
    done = subprocess.run(["shellcheck", *scripts], capture_output=True, text=True, check=False)
    assert done.stdout == ""


def test_what_is_not_carried_is_said_of_each_host(nsh: Program, tmp_path: Path) -> None:
    """A device that is no veth, one whose other end is elsewhere, rules, a table of its own; --strict refuses."""
    lines = [
        "new user,net box",
        "enter box",
        "lab star 2",
        "veth add h1:out there",
        "h2 ip tuntap add dev tun0 mode tun",
        "h2 ip route add 10.5.0.0/16 via 10.0.0.1 table 77",
        "h2 nft add table inet walls",
    ]
    done = nsh("-c", "\n".join([*lines, "lab save --oci l"]))
    assert done.status == 0, done.err
    said = done.err.splitlines()
    assert "not carried: h1: out, whose other end is not in the lab" in said
    assert "not carried: h2: the tun device tun0" in said
    assert "not carried: h2: its routes in the tables 77" in said
    assert "not carried: h2: its firewall rules" in said
    strict = nsh("-c", "\n".join([*lines, "lab save --oci m --strict"]))
    assert strict.status == 1
    assert not (tmp_path / "m").exists()


@pytest.mark.rootless
def test_the_owner_of_a_lab_made_without_root_is_not_carried(nsh: Program, tmp_path: Path) -> None:
    """It was made for the rights only; up.sh wants root, or to be root in a user namespace."""
    done = nsh("-c", "lab star 2\nlab save --oci l")
    assert done.status == 0, done.err
    assert "the user namespace that owns it" in done.err
    config = config_of(tmp_path / "l" / "h1")
    check_schema(config)
    assert {one["type"] for one in config["linux"]["namespaces"]} == {"mount", "network"}


def test_what_is_not_looked_for_in_a_large_lab_is_said(nsh: Program) -> None:
    """Firewall rules in more than 64 hosts and switches, or 256 with --oci; with --strict nothing is written."""
    lines = ["lab star 256 -q", "lab save --oci l --strict", "lab save --oci l", "lab save x.clab.yml"]
    done = nsh("-k", stdin="\n".join(lines))
    said = [line for line in done.err.splitlines() if "looked for" in line]
    whole = "star1: kernel settings but forwarding, and firewall rules: in labs of more than 256 hosts and switches"
    rules = "star1: firewall rules, which are not looked for in labs of more than 64 hosts and switches"
    assert said[-2:] == [f"not carried: {whole} they are not looked for", f"not carried: {rules}"]
    assert f"OCI cannot carry {whole} they are not looked for" in said[0]


def test_json_says_where_the_lab_went(nsh: Program, tmp_path: Path) -> None:
    """The same object as `lab save FILE`."""
    done = nsh("-c", "lab star 1 -q\nlab save --oci l --json")
    assert json.loads(done.out) == {"name": "star1", "path": "l"}
    assert sorted(path.name for path in (tmp_path / "l").iterdir()) == ["down.sh", "h1", "rootfs", "s1", "up.sh"]
