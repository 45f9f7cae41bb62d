# SPDX-License-Identifier: MIT
"""netem: delay, loss and rate of what a device sends; tc(8) says what came of it."""

from __future__ import annotations

import json
import subprocess

import pytest

from tests.commands.refusals import refused
from tests.program import NSH, Program

pytestmark = pytest.mark.real

BOX = "new user,net box -q\nenter box\nnew net a -q\nveth add x a:y\nlink up x a:y\n"


def test_a_rate_is_a_token_bucket_of_that_device(nsh: Program) -> None:
    """tc shows it; a second line replaces the first; without it the kernel's own queue is back."""
    done = nsh(
        "-c",
        f"{BOX}netem x rate 1mbit\nnetem x rate 10mbit\ntc qdisc show dev x\nnetem rm x\ntc qdisc show dev x\n"
        "netem a:y rate 2mbit\nnetem ls --json",
    )
    first, second = done.out.splitlines()[:2]
    assert "tbf" in first
    assert "rate 10Mbit" in first
    assert "noqueue" in second
    (row,) = json.loads(done.out[done.out.index("[{") :])
    assert (row["device"], row["rate_bits"], row["delay_ms"]) == ("a:y", 2_000_000, None)


def test_delay_and_loss_are_what_tc_shows(nsh: Program) -> None:
    """In one queue; with a rate, that is inside."""
    done = nsh("-c", f"{BOX}netem x delay 20ms loss 1% rate 10mbit\ntc qdisc show dev x\nnetem ls --json")
    if "CONFIG_NET_SCH_NETEM" in done.err:
        pytest.skip("netem is not in this kernel")
    assert "netem" in done.out
    assert "delay 20ms loss 1%" in done.out
    (row,) = json.loads(done.out[done.out.index("[{") :])
    assert (row["delay_ms"], row["loss_percent"], row["rate_bits"]) == (20, 1, 10_000_000)


def test_a_kernel_without_netem_is_told_by_its_option(nsh: Program) -> None:
    """Nothing is half made: what was there stays."""
    done = nsh("-c", f"{BOX}netem x rate 1mbit\n- netem x delay 20ms rate 10mbit\ntc qdisc show dev x")
    if not done.err:
        pytest.skip("netem is in this kernel")
    assert "CONFIG_NET_SCH_NETEM" in done.err
    assert "Specified qdisc kind is unknown" in done.err
    assert "rate 1Mbit" in done.out


REFUSED = [
    ("netem z rate 1mbit", "z: no such device"),
    ("netem x", "SETTINGS is missing"),
    ("netem x rate", "rate needs a value"),
    ("netem x speed 1", "speed: no such setting"),
    ("netem rm x", "x has no delay, loss or rate"),
    ("netem ls nobody", "nobody: no such place"),
    ("netem a:y rate 1mbit", "a queue that is not nsh's: pfifo"),
]


def test_each_mistake_is_one_clear_line(nsh: Program) -> None:
    """With a way out; nothing is changed."""
    before = f"{BOX}a tc qdisc add dev y root pfifo\n"
    assert refused(nsh, before, REFUSED, "netem ls") == [[]]


def test_the_machines_devices_are_left_alone(nsh: Program) -> None:
    """Outside a sandbox, without --host."""
    assert "the machine's own" in nsh("-c", "netem lo rate 1mbit").err


def test_with_host_a_queue_goes_with_nsh(nsh: Program) -> None:
    """A device of the machine (here a namespace of the test's own) sends in the end as it did before."""
    script = (
        "mount -t tmpfs none /run; ip link add x type veth peer name y; "
        f"{NSH} --host -c 'netem x rate 10mbit; tc qdisc show dev x'; tc qdisc show dev x"
    )
    done = subprocess.run(
        ["unshare", "-Urnm", "sh", "-c", script], capture_output=True, text=True, check=False, env=nsh.environment
    )
    assert done.stdout.startswith("qdisc tbf "), done.stderr
    assert done.stdout.count("tbf") == 1
