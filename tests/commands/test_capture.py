# SPDX-License-Identifier: MIT
"""capture: packets as they pass, read by tshark(1) where it is installed."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.commands.pair import PAIR
from tests.commands.refusals import refused
from tests.program import Program, Shell

pytestmark = pytest.mark.real

PING = "!ping -q -i 0.05 10.1.1.2 > /dev/null &\n"
ECHO = {"echo request", "echo reply"}


def test_each_packet_is_a_line(nsh: Program) -> None:
    """At either end; the number wanted ends it, and is told."""
    done = nsh("-c", f"{PAIR}{PING}capture v0 -c 6\ncapture b:v1 -c 6")
    lines = [line for line in done.out.splitlines() if "ICMP" in line and "10.1.1.1 > 10.1.1.2: echo request" in line]
    assert len(lines) >= 3
    assert done.err.count("6 packets captured") == 2


def test_as_json_each_packet_is_an_object(nsh: Program) -> None:
    """Addresses, protocol, length; the numbers count up."""
    rows = json.loads(nsh("-c", f"{PAIR}{PING}capture v0 -c 8 --json").out)
    assert [row["number"] for row in rows] == list(range(1, 9))
    echoes = [row for row in rows if row["protocol"] == "ICMP"]
    assert {row["summary"].split(",")[0] for row in echoes} == ECHO
    assert {row["length"] for row in echoes} == {98}


def test_a_file_can_be_read_by_others(nsh: Program, tmp_path: Path) -> None:
    """Complete packets with sound checksums, at host."""
    done = nsh("-c", f"{PAIR}{PING}capture v0 x.pcap -c 9")
    assert (done.status, done.out) == (0, "")
    path = tmp_path / "x.pcap"
    assert f"9 packets captured, in {path}" in done.err
    if shutil.which("tshark") is None:
        pytest.skip("tshark is not installed")
    told = subprocess.run(
        ["tshark", "-n", "-r", str(path), "-T", "fields", "-e", "_ws.col.Protocol", "-e", "_ws.col.Info"],
        capture_output=True, text=True, check=True, env=nsh.environment,
    ).stdout.splitlines()  # fmt: skip
    assert len(told) == 9
    assert any("Echo (ping) request" in line for line in told)
    assert not any("Malformed" in line for line in told)


def test_lo_shows_each_packet_once(nsh: Program) -> None:
    """Though it is sent and received there."""
    rows = json.loads(
        nsh("-c", f"{PAIR}link up lo\n!ping -q -i 0.05 127.0.0.1 > /dev/null &\ncapture lo -c 6 --json").out
    )
    said = [row["summary"] for row in rows]
    assert len(set(said)) == 6


def test_it_ends_when_its_time_is_over(nsh: Program) -> None:
    """With what came until then; with none, none."""
    done = nsh("-c", f"{PAIR}link up lo\ncapture lo -t 50ms\ncapture lo -t 50ms --json")
    assert done.out == "[]\n"
    assert done.err.count("0 packets captured") == 2


def test_a_device_that_goes_down_ends_it(nsh: Program) -> None:
    """With the kernel's word."""
    done = nsh("-c", f"{PAIR}sh -c 'sleep 0.2; exec ip link set v0 down' &\ncapture v0 -t 20s")
    assert done.status == 0
    assert "v0: Network is down" in done.err


@pytest.mark.terminal
def test_ctrl_c_ends_it_and_says_how_many(make_shell: Callable[..., Shell]) -> None:
    """The session goes on."""
    shell = make_shell("--sandbox")
    shell.do("link up lo")
    shell.do("!ping -q -i 0.1 127.0.0.1 > /dev/null &")
    shell.type("capture lo")
    shell.child.expect_exact("echo reply")
    shell.child.sendintr()
    done = shell.finish()
    assert done.status == 0
    assert "packets captured" in done.out
    assert shell.do("uts hostname").status == 0


def test_an_interrupt_leaves_a_whole_file(nsh: Program, tmp_path: Path) -> None:
    """What was written can be read to its end."""
    process = nsh.popen("-c", f"{PAIR}{PING}capture v0 x.pcap")
    path = tmp_path / "x.pcap"
    while not (path.exists() and path.stat().st_size > 400):
        pass
    process.send_signal(signal.SIGINT)
    process.communicate()
    data, offset = path.read_bytes(), 24
    while offset < len(data):
        offset += 16 + int.from_bytes(data[offset + 8 : offset + 12], "little")
    assert offset == len(data)
    assert process.returncode == 0


REFUSED = [
    ("capture", "DEVICE is missing"),
    ("capture z", "z: no such device"),
    ("capture nobody:x", "nobody: no such place"),
    ("capture b", "b is a place; a device in it: b:DEVICE"),
    ("capture lo", "lo is down: nothing passes there"),
    ("capture v0 -c0", "no packets to wait for"),
    ("capture v0 -t 0", "not a time to wait"),
    ("capture v0 /nonexistent/x.pcap", "No such file or directory"),
]


def test_a_full_disk_ends_it(nsh: Program) -> None:
    """At the first packet that has no room, or at the header."""
    done = nsh("-c", f"{PAIR}capture v0 /dev/full -c1")
    assert done.status == 1
    assert 'write("/dev/full"): No space left on device' in done.err


def test_each_mistake_is_one_clear_line(nsh: Program) -> None:
    """With a way out; nothing is waited for."""
    assert refused(nsh, PAIR, REFUSED, "let") == [[]]
