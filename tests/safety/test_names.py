# SPDX-License-Identifier: MIT
"""Names that `ip netns` made, at the prompt and before devices; what only looks like one."""

from __future__ import annotations

import itertools
import re

import pytest

from tests.program import Program, Shell, plain
from tests.safety.machine import Machine

pytestmark = pytest.mark.real


def test_what_ip_netns_made_is_a_first_word_and_a_place_of_devices(nsh: Program, machine: Machine) -> None:
    """Before programs, as places are; `ip netns` sees what nsh put there."""
    machine.run("ip", "netns", "add", "red")
    done = nsh("-c", "red readlink /proc/self/ns/net\nveth add red:a red:b --up\nred link ls\nlink ls red")
    assert done.status == 0, done.err
    assert done.out.startswith("net:[")
    assert "red:a" in done.out
    listed = machine.run("ip", "-n", "red", "-brief", "link")
    assert {line.split("@")[0].split()[0] for line in listed.splitlines()} == {"lo", "a", "b"}
    machine.run("ip", "netns", "delete", "red")


@pytest.mark.terminal
def test_the_prompt_shows_the_name_that_was_entered(machine: Machine, shell: Shell) -> None:
    """Beside what else is not host's; a move of another type keeps it."""
    machine.run("ip", "netns", "add", "red")
    for line in ("enter red", "unshare uts", "leave", "leave", "true"):
        assert shell.do(line).status == 0
    shown = re.findall(r"nsh(?:\[[^]]*\])?>", plain(shell.log.getvalue()))
    assert [prompt for prompt, _ in itertools.groupby(shown)] == [
        *("nsh>", "nsh[net:red]>", "nsh[uts,net:red]>", "nsh[net:red]>", "nsh>")
    ]
    machine.run("ip", "netns", "delete", "red")


def test_a_stale_placeholder_hides_no_program_and_stops_no_listing(nsh: Program, machine: Machine) -> None:
    """It pins nothing: as a first word the program is meant, as a reference it is named as what it is."""
    machine.run("ip", "netns", "add", "red")  # /run/netns is there from now on
    stale = machine.path("/run/netns/hostname")
    stale.touch()
    done = nsh("-c", "hostname\nls pins\nlink ls\ngraph\n- link ls hostname\n- on hostname true\nred true")
    assert done.status == 0, done.err
    assert done.out.startswith("machine\n")
    assert "stale" in done.out
    assert done.err.count("/run/netns/hostname: a stale placeholder, which pins nothing") == 2
    stale.unlink()
    machine.run("ip", "netns", "delete", "red")


def test_a_name_is_gone_while_a_member_keeps_the_namespace(nsh: Program, machine: Machine) -> None:
    """What the documents warn of: `rm` says who is in it, and so does `why` by its number."""
    machine.run("ip", "netns", "add", "blue")
    done = nsh(
        "--host",
        "-c",
        "sh -c 'exec setsid ip netns exec blue sleep 1000 >/dev/null 2>&1' &\n"
        "sh -c 'until ip netns pids blue | grep -q .; do :; done'\nrm blue\nip netns list\nwhy $!",
    )
    assert "lives on: pid" in done.err, done
    assert machine.run("ip", "netns", "list") == ""
