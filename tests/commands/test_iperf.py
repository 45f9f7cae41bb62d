# SPDX-License-Identifier: MIT
"""iperf: a stream between two places, measured where it comes in."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest

from tests.commands.pair import PAIR
from tests.commands.refusals import refused
from tests.program import Program, Shell

pytestmark = pytest.mark.real


def test_bytes_over_time_are_the_speed(nsh: Program) -> None:
    """TCP over a veth, faster than any wire of ten years ago; the device has seen what was counted."""
    done = nsh("-c", f"{PAIR}iperf a b -t 0.2 --json\nb cat /sys/class/net/v1/statistics/rx_bytes /proc/net/dev")
    told = json.loads(done.out.splitlines()[0])
    assert (told["client"], told["server"], told["address"], told["protocol"]) == ("a", "b", "10.1.1.2", "tcp")
    assert told["bits_per_second"] == pytest.approx(8 * told["bytes"] / told["seconds"], rel=0.01)
    assert told["bits_per_second"] > 10_000_000
    received = int(re.search(r"v1: *(\d+)", done.out)[1])  # type: ignore[index]
    assert received >= told["bytes"]


def test_a_rate_is_kept(nsh: Program) -> None:
    """What netem lets through is what comes."""
    done = nsh("-c", f"{PAIR}netem v0 rate 20mbit\niperf a b -t 0.7 --json")
    assert 8_000_000 < json.loads(done.out)["bits_per_second"] < 22_000_000


def test_datagrams_that_do_not_come_are_lost(nsh: Program) -> None:
    """Sent as fast as it goes into a narrow link, most are."""
    done = nsh("-c", f"{PAIR}netem v0 rate 10mbit\niperf a b -u -t 0.3 --json")
    told = json.loads(done.out)
    assert 0 < told["lost"] < told["datagrams"]
    assert told["bytes"] == 1470 * (told["datagrams"] - told["lost"])


def test_lines_for_people(nsh: Program) -> None:
    """Who to whom, and the total."""
    done = nsh("-c", f"{PAIR}link up lo\niperf b a -t 0.1\niperf a a -t 0.1")
    assert re.search(r"^b > a \(10\.1\.1\.1\)  TCP\n +0\.0 - +0\.1 s +\S+ [GMk]?Byte +\S+ [GM]bit/s  total", done.out)
    assert "a > a (127.0.0.1)  TCP" in done.out


@pytest.mark.terminal
def test_ctrl_c_ends_it_with_what_came_until_then(make_shell: Callable[..., Shell]) -> None:
    """The session goes on."""
    shell = make_shell("--sandbox")
    shell.do("link up lo")
    shell.type("iperf host host -t 1h")
    shell.child.expect_exact("TCP")
    shell.child.sendintr()
    done = shell.finish()
    assert done.status == 0
    assert "total" in done.out
    assert shell.do("uts hostname").status == 0


REFUSED = [
    ("iperf a", "SERVER is missing"),
    ("iperf a nobody", "nobody: no such place"),
    ("iperf a b -t 0", "-t is between"),
    ("iperf b b", "lo is down in b"),
    ("iperf c b", "c has no route to b (10.1.1.2)"),
    ("iperf a c", "c has no address"),
]


def test_each_mistake_is_one_clear_line(nsh: Program) -> None:
    """With a way out; nothing is measured."""
    assert refused(nsh, f"{PAIR}new net c -q\n", REFUSED, "let") == [[]]
