# SPDX-License-Identifier: MIT
"""What nsh adds to the machine's network goes with nsh; what is the machine's own stays as it is."""

from __future__ import annotations

import json

import pytest

from nsh.session import added
from tests.commands.refusals import refused
from tests.program import Program
from tests.safety.machine import Machine, children
from tests.safety.talk import Talk
from tests.safety.test_clean import die_with_zygote

pytestmark = pytest.mark.real

FURNISH = "ip link add own0 type veth peer name own1; ip link add br0 type bridge; ip address add 10.5.5.1/24 dev own0"


def links(machine: Machine) -> set[str]:
    """The machine's devices."""
    return {row["ifname"] for row in json.loads(machine.run("ip", "-json", "link"))}


def state(machine: Machine) -> tuple[str, str, str]:
    """Devices, addresses and routes of the machine, as ip(8) lists them."""
    address = machine.run("ip", "-json", "address")
    for row in json.loads(address):
        assert "txqlen" in row
    return machine.run("ip", "link"), machine.run("ip", "-oneline", "address"), machine.run("ip", "route")


def test_what_is_put_there_carries_a_mark_and_is_gone_at_exit(nsh: Program, machine: Machine) -> None:
    """Ends of veths, bridges, what was moved and what was renamed meanwhile."""
    before = state(machine)
    done = nsh(
        "-c",
        "new net a -q; veth add v0 a:v1 --up; veth add v2 v3; bridge add br9; bridge attach br9 v2; link rename v3 w3\n"
        "veth add a:m a:n; link move a:m host; addr add v0 10.1.1.2/24; link up w3; route add 10.9.0.0/16 dev v0\n"
        "ip -json -details link",
    )
    assert done.status == 0, done.err
    found = {row["ifname"]: row.get("ifalias", "") for row in json.loads(done.out)}
    assert set(found) == {"lo", "v0", "v2", "w3", "br9", "m"}
    assert all(alias.startswith("nsh ") for name, alias in found.items() if name != "lo")
    assert state(machine) == before


OWN = [
    *("link up own0", "link down lo", "link rm own0", "link rename own0 x", "link set own0 --mtu 1400"),
    *("link move own0 a", "addr add own0 10.1.1.1/24", "addr del own0 10.5.5.1/24", "link add macvlan a:m own0"),
    *("route add default dev lo", "route del 10.5.5.0/24", "bridge attach br0 v0", "bridge attach br9 own1"),
    "bridge detach own1",
]


def test_the_machines_own_devices_and_routes_are_refused(nsh: Program, machine: Machine) -> None:
    """Each line names the three ways to go on; what nsh made beside them is its to change."""
    machine.run("sh", "-c", FURNISH)
    before = state(machine)
    cases = [(line, "`nsh --host`") for line in OWN]
    refused(nsh, "new net a -q\nveth add v0 a:v1\nbridge add br9\n", cases, "")
    assert state(machine) == before


def test_with_host_the_machine_is_changed_and_what_was_added_taken_back(nsh: Program, machine: Machine) -> None:
    """Addresses and routes too; what the user took away again, or another has, is no mistake."""
    machine.run("sh", "-c", FURNISH)
    machine.run("ip", "link", "set", "lo", "up")
    before = state(machine)
    done = nsh(
        "--host",
        "-c",
        "addr add lo 10.1.1.1/32; addr add lo fd00::1/128; route add 10.9.0.0/16 dev lo; route add fd09::/64 dev lo\n"
        "route add 10.8.0.0/16 dev lo --metric 9; route add 10.7.0.0/16 dev lo; addr add own1 10.4.4.4/32\n"
        "link rm own0\n"
        "route del 10.7.0.0/16; addr add lo 10.1.1.9/32; addr del lo 10.1.1.9/32\n- addr add lo 10.1.1.1/32\n"
        "- route add 10.9.0.0/16 dev lo\nveth add own0 own1; ip -json address; ip route",
    )
    assert "10.8.0.0/16 dev lo" in done.out
    assert "fd00::1" in done.out
    assert done.err.count("File exists") == 2
    machine.run("sh", "-c", "ip link add own0 type veth peer name own1; ip address add 10.5.5.1/24 dev own0")
    assert [text.count("10.") for text in state(machine)] == [text.count("10.") for text in before]
    assert "fd0" not in "".join(state(machine))


def test_after_a_nsh_that_was_killed_clean_takes_it_back(nsh: Program, machine: Machine) -> None:
    """By the mark: a device of the same name that somebody else made stays."""
    machine.run("sh", "-c", FURNISH)
    with Talk(nsh) as talk:
        assert talk.say("veth add v0 v1").status == 0
        assert talk.say("bridge add br9").status == 0
        assert children(talk.pid)
        die_with_zygote(talk.pid)
    machine.run("ip", "link", "delete", "br9")
    machine.run("ip", "link", "add", "br9", "type", "bridge")
    assert {"v0", "v1", "br9"} <= links(machine)
    done = nsh("clean")
    assert "what a dead nsh had added: devices" in done.out, done
    assert links(machine) == {"lo", "own0", "own1", "br0", "br9"}
    assert nsh("clean").out == "nothing to clean\n"


def test_in_a_sandbox_nothing_is_marked_and_all_is_ours(nsh: Program, machine: Machine) -> None:
    """It goes with the sandbox."""
    done = nsh("--sandbox", "-c", "veth add v0 v1; link down lo; addr add lo 10.1.1.1/8; ip link")
    assert done.status == 0, done.err
    assert "alias" not in done.out


@pytest.mark.parametrize(
    "text", ["", "eth0", "nsh", "4026531836.1.2.3", "- - - -", "lo x", "4 - - - x", "lo 10.9.9.9/99"]
)
@pytest.mark.parametrize("kind", [added.DEVICES, added.ADDRESS, added.ROUTE])
def test_a_line_that_is_none_of_ours_takes_nothing(kind: str, text: str) -> None:
    """A ledger that was tampered with, or cut: no device of the machine, and no error either."""
    assert added.finish(kind, text) is False
