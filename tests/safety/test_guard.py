# SPDX-License-Identifier: MIT
"""The guard: nsh's own commands leave the machine as it is, unless they are told otherwise."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.program import Program, Shell
from tests.safety.machine import Machine, children

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


OTHER_CHANGES = [
    *("mnt add tmpfs /mnt", "mnt rm /run", "mnt propagation shared", "mnt propagation private /run"),
    *("ipc mq add", "ipc shm add 4096", "ipc sem add 1", "ipc posix add queue"),
    *(
        "ipc mq rm {queue}",
        "limits uts {limit}",
        "user keys add name payload",
        "pid signal CONT {pid}",
    ),
]


@pytest.mark.parametrize("line", OTHER_CHANGES)
def test_no_command_changes_what_nsh_did_not_make(line: str, nsh: Program, machine: Machine) -> None:
    """Mounts, queues, limits, keys, processes: each is refused with a word on whose it is, and nothing has changed."""
    queue = machine.run("ipcmk", "-Q").split()[-1]
    limit = Path("/proc/sys/user/max_uts_namespaces").read_text().strip()  # the same as it is, in case it is set

    def state() -> tuple[object, ...]:
        is_running = Path(f"/proc/{machine.pid}/stat").read_text().split()[2] in "RSD"
        return machine.all_mounts(), machine.run("ipcs"), is_running

    before = state()
    done = nsh("-c", line.format(queue=queue, limit=limit, pid=machine.pid))
    assert done.status == 1, done
    assert "the machine's own" in done.err or "did not make" in done.err or "did not start" in done.err, done.err
    assert "nsh --host" in done.err
    assert state() == before


def test_a_pid_namespace_that_nsh_did_not_make_is_not_frozen(nsh: Program, machine: Machine) -> None:
    """Freezing stops programs of somebody else."""
    command = [*machine.entrance, "unshare", "--pid", "--fork", "cat"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as stranger:
        assert stranger.stdin is not None
        assert stranger.stdout is not None
        stranger.stdin.write(b"\n")
        stranger.stdin.flush()
        assert stranger.stdout.read(1) == b"\n"
        done = nsh("-c", f"pid freeze {children(stranger.pid)[0]}")
        assert done.status == 1
        assert "the machine's own" in done.err
        stranger.stdin.write(b"not frozen\n")
        stranger.stdin.flush()
        assert stranger.stdout.readline() == b"not frozen\n"


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
