# SPDX-License-Identifier: MIT
"""graph: the drawing is of what the kernel holds, whoever made it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.program import Program

pytestmark = pytest.mark.real

PAIR = """
new net netns1 -q
netns1 ip link add veth1 type veth peer name veth0 netns 1
ip addr add 10.1.1.2/24 dev veth0
netns1 ip addr add 10.1.1.1/24 dev veth1
ip link set veth0 up
netns1 ip link set veth1 up
netns1 ip link set lo up
"""
LONER = "ip link add far type veth peer name veth0 netns 1; echo $$ >/tmp/made; exec sleep 1000 >/dev/null 2>&1"
NAMELESS = f"""
mkfifo /tmp/made
!unshare --net sh -c '{LONER}' &
tee /tmp/pid </tmp/made
"""
DRAWN = """\
┌ host ─────────── lo up ┐         ┌ netns1 ───────── lo up ┐
│ veth0  up  10.1.1.2/24 ├─────────┤ veth1  up  10.1.1.1/24 │
└────────────────────────┘         └────────────────────────┘
"""


def typed(nsh: Program, *lines: str) -> str:
    """What is printed by some lines after the pair was made with ip(8), in a sandbox, whose pid 1 is at host."""
    done = nsh("--sandbox", stdin="\n".join([PAIR, *lines]) + "\n")
    assert done.status == 0, done.err
    return done.out


def test_a_pair_is_drawn_whoever_made_it(nsh: Program) -> None:
    """What ip(8) wired is drawn like what nsh wired: the kernel is asked, not a list of what was typed."""
    assert typed(nsh, "graph", "enter netns1", "graph") == DRAWN * 2


def test_down_at_one_end_is_no_wire(nsh: Program) -> None:
    """With one end down no packet passes, and the other has no carrier: the kernel knows it at once."""
    seen = json.loads(typed(nsh, "netns1 ip link set veth1 down", "graph --json"))
    assert seen["wires"] == [{"kind": "veth", "one": "host:veth0", "other": "netns1:veth1", "works": False}]
    states = {one["device"]: (one["up"], one["carrier"]) for one in seen["devices"]}
    assert (states["veth0"], states["veth1"]) == ((True, False), (False, False))


def test_the_names_on_the_command_line_are_all_that_is_drawn(nsh: Program) -> None:
    """`graph PLACE` draws that place, and says where its wire leads; one that is named twice is drawn once."""
    assert "→ host:veth0" in typed(nsh, "graph netns1")
    limited = json.loads(typed(nsh, "graph netns1 . netns1 --json"))
    assert [one["name"] for one in limited["namespaces"]] == ["netns1", "host"]


def test_a_namespace_without_a_name_is_found_by_its_veth(nsh: Program) -> None:
    """A wire leads to a process that no place knows: it is drawn, and called by its pid."""
    done = nsh("--sandbox", stdin=f"{NAMELESS}graph --json\n")
    pid, _, text = done.out.partition("\n")
    seen = json.loads(text)
    assert [one["name"] for one in seen["namespaces"]] == ["host", None]
    assert [one["other"] for one in seen["wires"]] == [f"pid {pid}:far"]


def test_a_namespace_without_a_process_is_found_by_its_veth(nsh: Program) -> None:
    """Only an open file keeps it: it is called by its inode, which is a reference."""
    keep = "exec 7</proc/$(cat /tmp/pid)/ns/net; kill $(cat /tmp/pid); exec sleep 1000 >/dev/null 2>&1"
    gone = "while test -d /proc/$(cat /tmp/pid); do :; done"
    done = nsh("--sandbox", stdin=f"{NAMELESS}bash -c '{keep}' &\nbash -c '{gone}'\ngraph --json\n")
    seen = json.loads(done.out.partition("\n")[2])
    inode = seen["namespaces"][1]["inode"]
    assert [one["other"] for one in seen["wires"]] == [f"net:[{inode}]:far"]


def test_a_namespace_that_no_wire_leads_to_is_not_drawn(nsh: Program) -> None:
    """Other people's namespaces are not what one asked for."""
    done = nsh("--sandbox", stdin=f"{NAMELESS}ip link del veth0\ngraph --json\n")
    assert [one["name"] for one in json.loads(done.out.partition("\n")[2])["namespaces"]] == ["host"]


def test_json_is_what_the_page_promises(nsh: Program) -> None:
    """docs/json.md names the keys of namespaces, devices and wires; they are these, in this order."""
    page = (Path(__file__).parents[2] / "docs" / "json.md").read_text()
    seen = json.loads(typed(nsh, "graph --json"))
    for rows in seen.values():
        assert {" ".join(row) for row in rows} & set(re.findall(r"`([^`]+)`", page.replace("\n", " ")))


def test_forty_places_are_two_boxes(nsh: Program) -> None:
    """Places that are alike are one box, and --full draws each."""
    done = nsh("--sandbox", "-c", "new net h[1..40] -q; graph; graph --full")
    assert done.out.count("h[1..40]: 40 alike") == 1
    assert done.out.count("lo down") == 41


def test_the_locale_decides_of_the_characters(nsh: Program) -> None:
    """LC_ALL=C and --ascii draw with `+-|`."""
    assert nsh("--sandbox", "-c", "new net a -q; graph", LC_ALL="C").out.isascii()
    assert nsh("--sandbox", "-c", "new net a -q; graph --ascii").out.isascii()
    assert "┌" in nsh("--sandbox", "-c", "new net a -q; graph").out


def test_an_svg_is_written_at_host(nsh: Program, tmp_path: Path) -> None:
    """Into the directory nsh was started in, whatever place one is in; again over the last one."""
    line = "new user,net a -q; enter a; graph --svg net.svg; graph --svg net.svg"
    done = nsh("-c", line)
    assert (done.status, done.out) == (0, "")
    assert done.err.count("net.svg: 2 namespaces") == 2
    assert (tmp_path / "net.svg").read_text().startswith("<svg ")


@pytest.mark.parametrize(
    ("line", "status", "says"),
    [
        ("graph --svg net.png", 2, "ends in .svg"),
        ("graph --svg /nowhere/net.svg", 1, "No such file"),
        ("graph --dot --mermaid", 2, "one of them at a time"),
        ("graph nobody", 1, "no such place"),
        ("graph uts:[1]", 1, "no such namespace"),
        ("graph /proc/self/ns/uts", 1, "no net namespace"),
    ],
)
def test_what_cannot_be_drawn_is_said_in_a_line(
    nsh: Program, tmp_path: Path, line: str, status: int, says: str
) -> None:
    """Bad input ends in one line and a hint, and no file is begun."""
    done = nsh("-c", line)
    assert (done.status, done.out) == (status, "")
    assert says in done.err
    assert "Traceback" not in done.err
    assert list(tmp_path.glob("*.svg")) == []


def test_dot_and_mermaid_go_to_standard_output(nsh: Program) -> None:
    """As they stand, for a pipe."""
    out = nsh("--sandbox", "-c", "graph --dot | grep -c label; graph --mermaid").out
    assert out.startswith("1\nflowchart LR\n")
