# SPDX-License-Identifier: MIT
"""ping: requests from where you are, told as ping(8) tells them, with its status."""

from __future__ import annotations

import json
import re
import signal
from collections.abc import Callable

import pytest

from tests.commands.pair import PAIR
from tests.commands.refusals import refused
from tests.program import Program, Shell

pytestmark = pytest.mark.real

BOX = "new user,net box -q\nenter box\nlink up lo\n"
NUMBERS = re.compile(r"\d+\.\d+|\d+ms|\b\d+ ms")


@pytest.mark.parametrize("line", ["-c2 -i 0.01 127.0.0.1", "-c1 ::1", "-c1 -q 127.0.0.1", "-c1 -s 1000 127.0.0.1"])
def test_the_lines_are_those_of_the_program(line: str, nsh: Program) -> None:
    """But for the times, nothing differs."""
    ours = nsh("-c", f"{BOX}ping {line}")
    theirs = nsh("-c", f"{BOX}!ping {line}")
    assert NUMBERS.sub("#", ours.out).split() == NUMBERS.sub("#", theirs.out).split()
    assert (ours.status, ours.err) == (0, "")


def test_a_place_is_pinged_by_its_name(nsh: Program) -> None:
    """By the address that there is a route to; and from a place by what follows its name."""
    done = nsh("-c", f"{PAIR}link up lo\nping -c1 b\nb ping -c1 a\nleave\non a ping -c1 -q 10.1.1.2")
    assert "64 bytes from b (10.1.1.2): icmp_seq=1 ttl=64 time=" in done.out
    assert "64 bytes from a (10.1.1.1): icmp_seq=1 ttl=64 time=" in done.out
    assert done.out.count("1 received, 0% packet loss") == 3


def test_without_lo_the_network_is_unreachable(nsh: Program) -> None:
    """Said with the cause and the way out, status 2; another namespace's lo does not help."""
    done = nsh("-c", "new user,net box -q\n- on box ping -c1 127.0.0.1\non box ping -c1 127.0.0.1")
    assert done.status == 2
    assert "connect(127.0.0.1): Network is unreachable" in done.err
    assert "lo is down in box: `link up box:lo`" in done.err


def test_nobody_there_is_status_1(nsh: Program) -> None:
    """After -W, with the loss; as JSON too."""
    done = nsh("-c", f"{PAIR}ping -c1 -W 0.05 10.1.1.3 --json")
    told = json.loads(done.out)
    assert done.status == 1
    assert (told["transmitted"], told["received"], told["loss_percent"], told["avg_ms"]) == (1, 0, 100.0, None)


def test_a_router_without_a_route_says_so(nsh: Program) -> None:
    """The ICMP error is told with its sender, and counted."""
    done = nsh("-c", f"{PAIR}forward on b\nroute add default via 10.1.1.2\nping -c1 192.0.2.9")
    assert "From 10.1.1.2 icmp_seq=1 Destination Net Unreachable" in done.out
    assert "1 packets transmitted, 0 received, +1 errors, 100% packet loss" in done.out
    assert done.status == 1


def test_each_reply_is_a_row_of_the_json(nsh: Program) -> None:
    """With the same numbers as the lines."""
    told = json.loads(nsh("-c", f"{BOX}ping -c3 -i 0.01 localhost --json").out)
    assert (told["destination"], told["address"], told["received"]) == ("localhost", "127.0.0.1", 3)
    assert [row["icmp_seq"] for row in told["replies"]] == [1, 2, 3]
    assert {(row["from"], row["bytes"], row["ttl"], row["error"]) for row in told["replies"]} == {
        ("127.0.0.1", 64, 64, None)
    }
    assert told["min_ms"] <= told["avg_ms"] <= told["max_ms"]


REFUSED = [
    ("ping", "HOST is missing"),
    ("ping 10.1.1.256", "256 is out of range"),
    ("ping 10.1.1", "an IPv4 address has four octets"),
    ("ping fe80::1%0123456789abcdef", "at most 15 bytes"),
    ("ping 127.0.0.1%lo", "only an IPv6 address"),
    ("ping 'a b'", "neither an address nor the name"),
    ("ping -6 127.0.0.1", "not an IPv6 address"),
    ("ping -c0 127.0.0.1", "no requests to send"),
    ("ping -c x 127.0.0.1", "not a whole number"),
    ("ping -i 0 127.0.0.1", "-i is between"),
    ("ping -s 65508 127.0.0.1", "at most 65507 bytes"),
    ("ping 127.0.0.1 &", "only programs run in the background"),
    ("ping no-such-host.invalid", "no-such-host.invalid: no such host"),
    ("ping 192.0.2.1", "no device but lo is up in box"),
    ("ping fe80::1", "a link-local address wants its device"),
    ("ping a", "a has no address"),
]


def test_each_mistake_is_one_clear_line(nsh: Program) -> None:
    """With a way out; nothing is sent."""
    assert refused(nsh, f"{BOX}new net a -q\n", REFUSED, "let") == [[]]


def test_nothing_that_could_be_sent_is_status_2(nsh: Program) -> None:
    """As ping(8) ends: a name that nobody knows, a mistake in the line."""
    assert nsh("-c", f"{BOX}ping no-such-host.invalid").status == 2
    done = nsh("-c", f"{BOX}ping -c0 127.0.0.1")
    assert done.status == 2
    assert "the program of that name is !ping" in done.err


@pytest.mark.terminal
def test_ctrl_c_prints_the_summary(make_shell: Callable[..., Shell]) -> None:
    """Sending ends, the session does not; with a reply the status is 0."""
    shell = make_shell("--sandbox")
    shell.do("link up lo")
    shell.type("ping -i 0.1 127.0.0.1")
    shell.child.expect_exact("icmp_seq=2")
    shell.child.sendintr()
    done = shell.finish()
    assert done.status == 0
    assert re.search(r"--- 127.0.0.1 ping statistics ---\n(\d+) packets transmitted, \1 received, 0% ", done.out)
    assert shell.do("ping -c1 -q 127.0.0.1").status == 0


def test_an_interrupt_in_a_script_prints_the_summary_too(nsh: Program) -> None:
    """SIGINT at nsh itself, while it waits."""
    process = nsh.popen("-c", f"{BOX}ping -i 0.05 127.0.0.1")
    assert process.stdout is not None
    while b"icmp_seq=2" not in process.stdout.readline():
        pass
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate()
    assert b"0% packet loss" in out
    assert process.returncode == 0
