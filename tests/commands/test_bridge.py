# SPDX-License-Identifier: MIT
"""bridge: ports that belong to a bridge in their namespace, all or none."""

from __future__ import annotations

import json

import pytest

from tests.commands.refusals import refused
from tests.program import Program

pytestmark = pytest.mark.real

SWITCH = (
    "new user,net box -q\nenter box\nnew net sw -q\nnew net h1 -q\nnew net h2 -q\nbridge add sw:br0 --up\n"
    "veth add sw:p1 h1:eth0 --up\nveth add sw:p2 h2:eth0 --up\n"
)


def bridges(text: str) -> dict[str, str | None]:
    """{port: bridge} of a `link ls --json` at the end of what was printed."""
    return {row["device"]: row["master"] for row in json.loads(text[text.rindex("[{") :])}


def test_a_bridge_joins_two_places(nsh: Program) -> None:
    """Frames pass from one port to the other, IPv4 and IPv6."""
    done = nsh(
        "-c",
        SWITCH + "bridge attach sw:br0 sw:p1 sw:p2\naddr add h1:eth0 10.0.0.1/24\naddr add h2:eth0 10.0.0.2/24\n"
        "addr add h1:eth0 fd00::1/64 --no-dad\naddr add h2:eth0 fd00::2/64 --no-dad\n"
        "on h1 ping -c 1 10.0.0.2\non h1 ping -c 1 fd00::2\nlink ls sw --json",
    )
    assert done.out.count("1 packets transmitted, 1 received, 0% packet loss") == 2, done.err
    assert bridges(done.out) == {"sw:lo": None, "sw:br0": None, "sw:p1": "sw:br0", "sw:p2": "sw:br0"}


def test_a_detached_port_is_no_port(nsh: Program) -> None:
    """The other one stays."""
    done = nsh("-c", SWITCH + "bridge attach sw:br0 sw:p1 sw:p2\nbridge detach sw:p1\nlink ls sw --json")
    assert (bridges(done.out)["sw:p1"], bridges(done.out)["sw:p2"]) == (None, "sw:br0")


REFUSED = [
    ("bridge attach sw:br0 sw:p1 h1:eth0", "link move h1:eth0 sw"),
    ("bridge attach sw:p2 sw:p1", "sw:p2 is no bridge: veth"),
    ("bridge attach sw:br0 sw:p1 sw:lo", "lo cannot be a port of a bridge"),
    ("bridge attach sw:br0 sw:p1 sw:br1", "Can not enslave a bridge to a bridge"),
    ("bridge attach sw:br0 sw:p1 sw:nope", "sw:nope: no such device"),
    ("bridge attach sw:nope sw:p1", "sw:nope: no such device"),
    ("bridge detach sw:p1", "sw:p1 is no port of a bridge"),
    ("bridge add sw:br1", "sw:br1: there is a device of that name"),
    ("bridge attach sw:br0", "PORTS"),
]


def test_when_one_port_cannot_be_none_is(nsh: Program) -> None:
    """Also when the kernel refuses the second after the first was taken."""
    (rows,) = refused(nsh, f"{SWITCH}bridge add sw:br1\n", REFUSED, "link ls sw")
    assert {row["master"] for row in rows} == {None}


def test_the_program_of_iproute_is_left_to_its_users(nsh: Program) -> None:
    """`bridge link` is none of our words."""
    done = nsh("-c", SWITCH + "bridge attach sw:br0 sw:p1\non sw bridge link show dev p1")
    assert "master br0" in done.out


@pytest.mark.slow
def test_more_ports_than_a_bridge_can_have_are_all_refused(nsh: Program) -> None:
    """1023 it takes; of 1024 none stays attached."""
    names = [f"sw:p{number}" for number in range(1024)]
    pairs = "\n".join(f"veth add {name} {name}x" for name in names)
    done = nsh(
        "-k",
        stdin=f"new user,net sw -q\nbridge add sw:br0\n{pairs}\n- bridge attach sw:br0 {' '.join(names)}\n"
        "on sw sh -c 'bridge link | wc -l'\n"
        f"bridge attach sw:br0 {' '.join(names[1:])}\non sw sh -c 'bridge link | wc -l'\n",
    )
    assert done.out.split() == ["0", "1023"]
    assert "Exchange full" in done.err
    assert "at most 1023 ports" in done.err
