# SPDX-License-Identifier: MIT
"""The guard: nsh's own commands leave the machine as it is, unless they are told otherwise."""

from __future__ import annotations

import os

import pytest

from tests.program import Program, Shell
from tests.safety.machine import Machine

pytestmark = pytest.mark.real

CHANGES = ["uts hostname other", "uts domainname other"]


@pytest.mark.parametrize("line", CHANGES)
def test_at_host_a_change_of_the_machine_is_refused(line: str, nsh: Program, machine: Machine) -> None:
    """Status 1; one line names what would have changed, the hints name the three ways to go on."""
    done = nsh("-c", line)
    assert (done.status, done.out) == (1, "")
    message, *hints = done.err.splitlines()
    assert message.endswith(" is the machine's own: nsh did not make this uts namespace")
    assert all(way in " ".join(hints) for way in ("`new uts demo`", "`nsh --sandbox`", "`nsh --host`"))
    assert machine.names() == ("machine", "(none)")


@pytest.mark.parametrize("way", ["on host", "new -q user u; on u", "new -q mnt,net m; enter m;", "host"])
def test_a_place_that_shares_the_machines_uts_is_no_way_around(way: str, nsh: Program, machine: Machine) -> None:
    """What counts is the namespace that would change, not what else is new."""
    done = nsh("-c", f"{way} uts hostname other")
    assert done.status == 1
    assert "the machine's own" in done.err
    assert machine.hostname() == "machine"


@pytest.mark.parametrize("way", ["new -q user,uts u; on u", "new -q user,uts u; enter u;", "unshare user,uts;"])
def test_what_nsh_made_may_be_changed(way: str, nsh: Program, machine: Machine) -> None:
    """In a place, entered or visited, and after `unshare`."""
    done = nsh("-c", f"{way} uts hostname other; uts hostname")
    assert done.status == 0, done.err
    assert done.out in ("other\n", "machine\n")  # behind `on` the second command is at host again
    assert machine.hostname() == "machine"


def test_host_overrides_the_guard(nsh: Program, machine: Machine) -> None:
    """`nsh --host` is for whoever means the machine."""
    assert nsh("--host", "-c", "uts hostname other; uts domainname else").status == 0
    assert machine.names() == ("other", "else")


def test_the_setting_overrides_the_guard_for_the_rest_of_a_session(nsh: Program, machine: Machine) -> None:
    """`set guard off` is `--host` for later lines, and `set guard on` ends it."""
    done = nsh("-k", "-c", "uts hostname a\nset guard off\nuts hostname b\nset guard on\nuts hostname c")
    assert done.status == 1
    assert done.err.count("the machine's own") == 2
    assert machine.hostname() == "b"


def test_programs_are_the_users_own_business(nsh: Program, machine: Machine) -> None:
    """hostname(1) is no command of nsh."""
    assert nsh("-c", "hostname other").status == 0
    assert machine.hostname() == "other"


def test_in_a_sandbox_everything_may_be_changed(nsh: Program) -> None:
    """`host` there is not the machine."""
    before = os.uname().nodename
    done = nsh("--sandbox", "-c", "uts hostname other; uts hostname; ip netns add red; unpin red; ls pins")
    assert (done.status, done.out) == (0, "other\n"), done.err
    assert os.uname().nodename == before


@pytest.mark.terminal
def test_the_prompt_says_first_whose_machine_it_is_on(machine: Machine, shell: Shell) -> None:
    """The first line tells what can be broken from here; the guard holds at the prompt too."""
    assert shell.do("uts hostname other").status == 1
    assert " on this machine itself (nsh --sandbox: apart from it)" in shell.log.getvalue()
    assert machine.hostname() == "machine"
