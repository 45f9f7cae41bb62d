# SPDX-License-Identifier: MIT
"""A full disk below the ledger: one clear line, nothing made that could not be written down, and nothing half."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.program import Program
from tests.safety.machine import Machine
from tests.safety.talk import Talk
from tests.safety.test_exhausted import ran
from tests.safety.test_ledger import LEDGER, ledgers

pytestmark = pytest.mark.real

FULL = f"{LEDGER}: No space left on device: nothing is made that could not be written down first"


@pytest.fixture
def full_run(machine: Machine) -> Iterator[Path]:
    """/run is a file system of 64 KiB without a free byte, all of them in a file; made small again by removing it."""
    machine.run("mount", "-n", "-t", "tmpfs", "-o", "size=64k,mode=755", "full", "/run")
    filler = machine.path("/run/filler")
    fill(filler)
    yield filler
    machine.run("umount", "-n", "--recursive", "--lazy", "/run")


def fill(filler: Path) -> None:
    """Write until there is no room."""
    with filler.open("ab", buffering=0) as file:
        try:
            while file.write(bytes(512)):
                pass
        except OSError:
            return


@pytest.mark.parametrize("made_before", [False, True])
def test_on_a_full_disk_nothing_is_made(made_before: bool, nsh: Program, machine: Machine, full_run: Path) -> None:
    """One clear line says so, for a machine that has never had a ledger, and for one that has."""
    if made_before:
        machine.path(LEDGER).mkdir(parents=True)
    done = nsh("-k", "-c", "new -q uts a --pin\nls places; ls pins")
    assert (done.status, done.out) == (1, "")
    first, second = done.err.splitlines()
    assert first == f"-c:1: {FULL}"
    assert second.startswith("hint: ")
    assert (machine.pins(), ledgers(machine)) == ({}, [])
    full_run.unlink()
    assert nsh("-c", "new -q uts a --pin; unpin a").status == 0


def test_an_entry_that_did_not_fit_leaves_the_ledger_readable(nsh: Program, machine: Machine, full_run: Path) -> None:
    """The half line is taken back: when there is room again, the next entry stands on a line of its own."""
    full_run.unlink()
    with Talk(nsh) as talk:
        assert talk.say("new -q uts a; pin a first").status == 0
        fill(full_run)
        names = [f"{'n' * 60}{number}" for number in range(60)]
        made = next(number for number, name in enumerate(names) if talk.say(f"pin a {name}").status)
        assert made > 0
        full_run.unlink()
        assert talk.say("pin a last").status == 0
        (ledger,) = ledgers(machine)
        lines = ledger.read_text().splitlines()
        assert {len(line.split("\t")) for line in lines} == {3}
        assert len(lines) == made + 2
        assert lines[-1] == "done \tpin\t/run/nsh/uts/last"
        assert talk.say("clean --pins --yes").status == 0


@pytest.mark.parametrize("fits", [1, 2])
def test_a_pin_of_several_types_that_does_not_fit_is_none(
    fits: int, nsh: Program, machine: Machine, full_run: Path
) -> None:
    """The disk is full in the middle of it: what was bound is taken back, for which no room is needed."""
    full_run.unlink()
    names = [f"{'n' * 56}{number:04}" for number in range(4096)]
    line = len(f"begin\tpin\t/run/nsh/uts/{names[0]}\n")
    before = 4096 // line - fits  # lines of the one page that the ledger has
    with Talk(nsh) as talk:
        assert talk.say("new -q uts b; " + "; ".join(f"pin b {name}" for name in names[:before])).status == 0
        (ledger,) = ledgers(machine)
        assert fits == (4096 - ledger.stat().st_size) // line
        fill(full_run)
        pins = machine.pins()
        done = talk.say(f"new -q uts,ipc,time a; pin a {names[before]}")
        assert done.status == 1
        assert FULL in done.err
        assert machine.pins() == pins
        assert [text.split("\t")[0] for text in ledger.read_text().splitlines()] == ["done "] * (before + fits)
        full_run.unlink()
        assert talk.say("clean --pins --yes").status == 0


# Each that writes there.

WRITERS = {
    "pin": ("new -q uts a", "pin a"),
    "new --pin": ("", "new -q uts,net b --pin"),
    "unpin": ("new -q uts a --pin", "unpin a"),
    "quit --leave-running": ("", "quit --leave-running"),
    "clean --pins": ("new -q uts a --pin", "clean --pins --yes"),
}
ADDERS = {
    "a device": "veth add v0 v1",
    "an address": "addr add lo 10.1.1.1/32",
    "a route": "route add 10.9.0.0/16 dev lo",
    "forwarding": "forward on",
    "a queue": "netem lo rate 1mbit",
}
"""What `--host` adds to the network of the machine."""

FORWARDING = ("/proc/sys/net/ipv4/ip_forward", "/proc/sys/net/ipv6/conf/all/forwarding")


@pytest.mark.root
@pytest.mark.parametrize("name", WRITERS)
def test_a_full_disk_is_told_by_each_that_writes_the_ledger(
    name: str, nsh: Program, machine: Machine, full_run: Path
) -> None:
    """One clear line; what was there is there still or gone, never half; with room again the same line works."""
    full_run.unlink()
    before, line = WRITERS[name]
    assert nsh("-c", before or "true").status == 0
    pins = machine.pins()
    fill(full_run)
    done = ran(machine, script=f"{before if '--pin' not in before else ''}\n{line}")
    assert done.status == 0 or "No space left on device" in done.err, done.err
    assert set(machine.pins().items()) <= set(pins.items())
    full_run.unlink()
    assert nsh("clean").status == 0
    if pins and not machine.pins():
        return  # it needed no room
    assert nsh("-c", f"{before if '--pin' not in before else ''}\n{line}").status == 0
    assert nsh("clean", "--pins", "--yes").status == 0
    assert machine.pins() == {}
    assert os.listdir(machine.path("/run/nsh/ledger")) == []


def network(machine: Machine) -> str:
    """Devices with their queues, addresses, routes and what is forwarded."""
    words = (("ip", "link"), ("ip", "-oneline", "address"), ("ip", "route"), ("cat", *FORWARDING))
    return "".join(machine.run(*program) for program in words)


@pytest.mark.root
@pytest.mark.parametrize("name", ADDERS)
def test_on_a_full_disk_nothing_is_added_to_the_network_of_the_machine(
    name: str, machine: Machine, full_run: Path
) -> None:
    """It could not be written down, and so would stay when nsh is killed; with room it is made, and taken back."""
    before = network(machine)
    lines = f"{ADDERS[name]}\nip link; ip -oneline address; ip route; cat {' '.join(FORWARDING)}"
    done = ran(machine, script=lines, options=("--host",))
    assert (done.status, done.err.splitlines()[0]) == (1, f"-c:1: {FULL}")
    assert done.out == before == network(machine)
    full_run.unlink()
    done = ran(machine, script=lines, options=("--host",))
    assert (done.status, done.err) == (0, "")
    assert done.out != before == network(machine)
    assert os.listdir(machine.path("/run/nsh/ledger")) == []


@pytest.mark.root
def test_on_a_full_disk_nothing_is_frozen(machine: Machine, full_run: Path) -> None:
    """The cgroup that would hold the processes is not made, and they run on."""
    script = (
        "new -q pid,mnt box\non box sleep 1000 &\npid freeze box\nsh -c 'cat /proc/[0-9]*/stat' | grep -F '(sleep)'"
    )
    done = ran(machine, script=script, options=("--host",))
    if "by SIGSTOP to each, not by a cgroup" in done.err:
        pytest.skip("the processes here are in no cgroup of version 2 that can be written")
    assert (done.status, done.err.splitlines()[0]) == (1, f"-c:3: {FULL}")
    assert " S " in done.out or " R " in done.out
