# SPDX-License-Identifier: MIT
"""pingall and pingpair: nothing is lost that the kernel carries, and what is lost is named."""

from __future__ import annotations

import json
import os
import re

import pytest

from tests.program import Program, Shell
from tests.safety.machine import until
from tests.safety.talk import Talk

pytestmark = pytest.mark.real


def test_sixty_four_hosts_reach_each_other(nsh: Program) -> None:
    """4032 pairs, more than the table of ARP has entries (net.ipv4.neigh.default.gc_thresh3), and none is lost."""
    done = nsh("-c", "lab star 64 -q\npingall\npingall")
    assert done.out.count("4032 of 4032 pairs answered") == 2, done.out


def test_more_hosts_than_have_permanent_neighbours_reach_each_other(nsh: Program) -> None:
    """Above 128 hosts pingall sets them for a while, and takes them away again."""
    done = nsh("-c", "lab tree 2 12 -q\npingall\nh1 ip neighbour show nud permanent")
    assert done.out.startswith("20592 of 20592 pairs answered"), done.out
    assert "PERMANENT" not in done.out


def test_who_does_not_answer_is_named(nsh: Program) -> None:
    """A host whose device is down: it reaches nobody, nobody reaches it; status 1."""
    lines = ["lab star 3", "h2 ip link set eth0 down", "- pingall -W 0.2", "echo $?", "- pingall --json -W 0.2"]
    done = nsh("-k", stdin="\n".join(lines) + "\n")
    assert "2 of 6 pairs answered" in done.out
    assert "no answer: h1 → h2, h3 → h2" in done.out
    assert "Network is unreachable: h2 → h1, h2 → h3" in done.out
    rows = json.loads(done.out[done.out.index("[{") :])
    by_pair = {(row["source"], row["target"]): row for row in rows}
    assert len(rows) == 6
    assert by_pair["h1", "h3"]["rtt_ms"] > 0
    assert by_pair["h1", "h2"]["rtt_ms"] is by_pair["h1", "h2"]["error"] is None
    assert by_pair["h2", "h1"]["error"] == "Network is unreachable"


def test_pairs_of_ones_own_making_are_asked_too(nsh: Program) -> None:
    """Places that no lab made, by name; one without an address is said to be so."""
    lines = [
        "unshare user,net --map root",
        "new net a",
        "new net b",
        "veth add a:e0 b:e0",
        "addr add a:e0 10.5.0.1/24",
        "- pingall a b",
        "addr add b:e0 10.5.0.2/24",
        "link up a:e0 b:e0",
        "pingall a b",
        "pingpair b a",
    ]
    done = nsh("-k", stdin="\n".join(lines) + "\n")
    assert done.out.count("2 of 2 pairs answered") == 2, done.out + done.err
    assert "b has no IPv4 address that others could reach" in done.err


def test_the_matrix_has_a_row_for_each_host(nsh: Program) -> None:
    """Round trips in milliseconds, nothing on the diagonal, `lost` where nothing came."""
    lines = ["lab star 3 -q", "pingall --matrix", "h3 ip link set eth0 down", "pingall --matrix -W 0.2"]
    done = nsh("-k", stdin="\n".join(lines) + "\n")
    rows = [line.split() for line in done.out.splitlines() if re.match(r" *h[123] +[-\dl]", line)]
    names = [line.split() for line in done.out.splitlines() if re.match(r" +h1 +h2 +h3$", line)]
    assert names == [["h1", "h2", "h3"]] * 2
    assert [row[0] for row in rows] == ["h1", "h2", "h3"] * 2
    assert rows[0][1] == rows[1][2] == rows[2][3] == "-"
    assert rows[3][3] == "lost"


@pytest.mark.terminal
def test_a_matrix_too_wide_for_the_terminal_is_drawn_with_bars(shell: Shell) -> None:
    """A letter for each pair, and what they mean."""
    shell.do("lab star 30 -q")
    lines = shell.do("pingall --matrix").out.splitlines()
    rows = [line for line in lines if re.match(r" *h\d+ ", line)]
    assert len(rows) == 30
    assert all(len(row.split()[1]) == 30 and row.split()[1][at] == "·" for at, row in enumerate(rows))
    assert any("fast" in line and "x lost" in line for line in lines)


def test_pingpair_takes_the_first_two(nsh: Program) -> None:
    """Of the lab, where none are named; the same host twice is refused."""
    done = nsh("-k", stdin="lab star 3 -q\npingpair --json\npingpair h3 h2 --json\n- pingpair h1 h1\necho $?\n")
    pairs = re.findall(r'"source": "(\w+)", "target": "(\w+)"', done.out)
    assert pairs == [("h1", "h2"), ("h2", "h1"), ("h3", "h2"), ("h2", "h3")]
    assert done.out.endswith("2\n")


def test_fuller_hosts_are_asked_as_well(nsh: Program) -> None:
    """Those that a holder keeps, beside those that files keep."""
    done = nsh(
        "-c", "lab star 2 --with uts,pid\nlab star 2 --prefix b-\npingall star1\npingall h1 h2 star2 -W 0.2 --json"
    )
    assert "2 of 2 pairs answered" in done.out
    assert done.out.count('"source"') == 12


def test_no_file_is_left_open_when_a_lab_goes(nsh: Program) -> None:
    """The sockets that pingall opened are closed with their places: an open one would keep the namespace alive."""
    with Talk(nsh) as talk:
        talk.say("lab star 2; pingall; lab rm")
        before = len(os.listdir(f"/proc/{talk.pid}/fd"))
        assert "380 of 380" in talk.say("lab star 20; pingall").out
        assert len(os.listdir(f"/proc/{talk.pid}/fd")) >= before + 3 * 20
        talk.say("lab rm")
        until(lambda: len(os.listdir(f"/proc/{talk.pid}/fd")) < before + 20, "their files are closed")
