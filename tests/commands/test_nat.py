# SPDX-License-Identifier: MIT
"""nat: a client, a router and a server in three namespaces; what the rules are is asked of nft(8)."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nsh.net.attributes import attribute
from nsh.net.masquerade import read_rule
from tests.commands.pair import neighbours, working
from tests.commands.refusals import refused
from tests.program import Program

LAB = (
    "new user,net router -q\nenter router\nnew net client -q\nnew net server -q\n"
    "veth add client:c0 r0\nveth add server:s0 up0\n"
    "addr add client:c0 10.1.1.2/24\naddr add r0 10.1.1.1/24\n"
    "addr add up0 192.0.2.1/24\naddr add server:s0 192.0.2.9/24\n"
    + neighbours("client", "c0", 1, ("10.1.1.1", 2))
    + neighbours("router", "r0", 2, ("10.1.1.2", 1))
    + neighbours("router", "up0", 3, ("192.0.2.9", 4))
    + neighbours("server", "s0", 4, ("192.0.2.1", 3))
    + "link up client:c0 r0 server:s0 up0\n"
    + "".join(working(*end) for end in (("client", "c0"), ("router", "r0"), ("router", "up0"), ("server", "s0")))
)
WAY = "forward on\nroute add client default via 10.1.1.1\n"
ASK = "client ping -c1 -q -W 0.1 192.0.2.9\n"


@pytest.mark.real
def test_a_client_reaches_what_knows_no_way_back(nsh: Program) -> None:
    """Without NAT the server's answer finds no route; with it the server sees the router."""
    done = nsh("-k", "-c", f"{LAB}{WAY}{ASK}nat add client via up0\n{ASK}nat rm client via router:up0\n{ASK}")
    assert [line.split(", ")[1] for line in done.out.splitlines() if "transmitted" in line] == [
        "0 received",
        "1 received",
        "0 received",
    ]


@pytest.mark.real
def test_nft_shows_the_rules_and_the_last_one_takes_the_table_along(nsh: Program) -> None:
    """For the client's network of each family; for the router itself whatever leaves; nothing is left in the end."""
    done = nsh(
        "-c",
        f"{LAB}addr add client:c0 fd00::2/64\nnat add client via up0\nnat add . via up0\nnft list ruleset\n"
        "nat rm client via up0\nnat rm . via up0\nnft list ruleset",
    )
    assert done.status == 0
    rules = [line.strip() for line in done.out.splitlines() if "masquerade" in line]
    counted = "counter packets 0 bytes 0 masquerade comment"
    assert rules == [
        f'ip saddr 10.1.1.0/24 oifname "up0" {counted} "nsh: client"',
        f'ip6 saddr fd00::/64 oifname "up0" {counted} "nsh: client"',
        f'oifname "up0" {counted} "nsh: router"',
    ]
    assert "type nat hook postrouting priority srcnat; policy accept;" in done.out
    assert done.out.count("table") == 1


@pytest.mark.real
def test_what_is_still_missing_is_said(nsh: Program) -> None:
    """Forwarding, and a default route, with the gateway's address; both there, nothing is said."""
    done = nsh("-c", f"{LAB}nat add client via up0\nnat rm client via up0\n{WAY}nat add client via up0")
    assert done.err.splitlines() == [
        "hint: router does not forward yet: `forward on router`",
        "hint: client has no default route: `route add client default via 10.1.1.1`",
    ]


@pytest.mark.real
def test_the_list_counts_connections(nsh: Program) -> None:
    """A flat row for each rule, in all places or in the one that routes."""
    done = nsh("-c", f"{LAB}{WAY}nat add client via up0\n{ASK}nat ls --json\nnat ls client --json")
    told, none = done.out.split("rtt", 1)[1].split("\n", 1)[1].rsplit("[]", 1)
    assert json.loads(told) == [
        {"place": "client", "source": "10.1.1.0/24", "via": "router:up0", "packets": 1, "bytes": 84}
    ]
    assert none == "\n"


REFUSED = [
    ("nat add nobody via up0", "nobody: no such place"),
    ("nat add client via up9", "up9: no such device"),
    ("nat add client to up0", "one of: via"),
    ("nat add client", "is missing"),
    ("nat add server via 0123456789abcdef", "at most 15 bytes"),
    ("nat rm client via up0", "client is not masqueraded via up0"),
    ("nat add empty via up0", "empty has no address"),
    ("nat add . via up0", "router is masqueraded via up0 already"),
]


@pytest.mark.real
def test_each_mistake_is_one_clear_line(nsh: Program) -> None:
    """With a way out; there is no rule more than before."""
    (rules,) = refused(nsh, f"{LAB}new net empty -q\nnat add . via up0\n", REFUSED, "nat ls")
    assert [row["place"] for row in rules] == ["router"]


@pytest.mark.real
def test_the_machines_own_ruleset_is_left_alone(nsh: Program) -> None:
    """Outside a sandbox, without --host."""
    done = nsh("-c", "nat add host via lo")
    assert done.status == 1
    assert "the machine's own" in done.err


@pytest.mark.real
def test_with_host_the_rules_go_with_nsh_however_it_ends(nsh: Program) -> None:
    """The kernel removes a table with the socket that owns it, after kill -9 too."""
    inside = (
        "import os, signal, subprocess, sys\n"
        "def rules(): return subprocess.run(['nft', 'list', 'ruleset'], capture_output=True, text=True).stdout\n"
        f"nsh = subprocess.Popen([{sys.executable!r}, '-m', 'nsh', '--host'], stdin=-1, stdout=-1)\n"
        "nsh.stdin.write(b'nat add host via lo\\nuts hostname\\n'); nsh.stdin.flush(); nsh.stdout.readline()\n"
        "print('flags owner' in rules()); nsh.kill(); nsh.wait(); print(repr(rules()))\n"
    )
    done = subprocess.run(
        ["unshare", "-Urnpf", "--mount-proc", sys.executable, "-c", inside],
        capture_output=True, text=True, check=False, env=nsh.environment, cwd=nsh.cwd,
    )  # fmt: skip
    assert done.stdout.split() == ["True", "''"], done.stderr


@given(st.binary(max_size=150), st.binary(max_size=60))
def test_no_answer_breaks_the_reading_of_rules(body: bytes, expressions: bytes) -> None:
    """Cut short or made up."""
    read_rule(body)
    named = attribute(1, "nsh") + attribute(2, "postrouting") + attribute(3, bytes(8))
    read_rule(bytes(4) + named + attribute(7, b"\0\x07nsh: x\0") + attribute(4, expressions))
