# SPDX-License-Identifier: MIT
"""The fixture that looks for leaks, itself put to the test."""

from __future__ import annotations

import os
import subprocess

import pytest

from tests import leaks


@pytest.mark.real
def test_a_process_left_running_is_found_and_can_be_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that was started and forgotten is named; afterwards it can be ended."""
    monkeypatch.setattr(leaks, "PATIENCE", 0.0)
    before = leaks.footprint("leak")
    with subprocess.Popen(["sleep", "1000"], env={leaks.MARK: "leak", **os.environ}) as child:
        found = leaks.left_behind(before, "leak")
        leaks.kill_new_processes(before, "leak")
    assert [line for line in found if line.startswith("process left:") and f"{child.pid} (sleep)" in line]


def test_an_open_fd_is_found_until_it_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """An fd that was not closed is named with what it leads to."""
    monkeypatch.setattr(leaks, "PATIENCE", 0.0)
    before = leaks.footprint("leak")
    number = os.open("/proc/self/ns/uts", os.O_RDONLY)
    found = leaks.left_behind(before, "leak")
    os.close(number)
    assert len(found) == 1
    assert found[0].startswith(f"fd left: {number} -> ")
    assert leaks.left_behind(before, "leak") == []


@pytest.mark.real
@pytest.mark.root
def test_a_link_and_a_pin_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A device and a file under /run/netns that stay are named, a vanished device too."""
    monkeypatch.setattr(leaks, "PATIENCE", 0.0)
    before = leaks.footprint("leak")
    subprocess.run(["ip", "link", "add", "leak0", "type", "bridge"], check=True)
    os.makedirs("/run/netns/leak")
    found = leaks.left_behind(before, "leak")
    with_both = leaks.footprint("leak")
    os.removedirs("/run/netns/leak")
    subprocess.run(["ip", "link", "del", "leak0"], check=True)
    assert found == ["link left: leak0", "file left: /run/netns/leak"]
    assert leaks.left_behind(with_both, "leak") == ["link gone: leak0", "file gone: /run/netns/leak"]


@pytest.mark.real
@pytest.mark.root
def test_root_tests_run_in_namespaces_of_their_own() -> None:
    """The init of the run is our own, and the only devices are those of a fresh network namespace."""
    with open("/proc/1/cmdline") as file:
        assert "private.py" in file.read()
    assert "eth0" not in dict(leaks.links())


@pytest.mark.real
@pytest.mark.rootless
def test_the_unprivileged_user_has_no_capabilities() -> None:
    """Nothing of root is left: ids, groups, capabilities."""
    with open("/proc/self/status") as file:
        fields = dict(line.split(":", 1) for line in file.read().splitlines())
    assert {fields["CapEff"].strip(), fields["CapPrm"].strip(), fields["CapInh"].strip()} == {"0" * 16}
    assert 0 not in os.getresuid()
