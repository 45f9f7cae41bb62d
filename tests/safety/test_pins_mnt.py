# SPDX-License-Identifier: MIT
"""Pins of mount namespaces, which the kernel binds only in an older one (mount_namespaces(7))."""

from __future__ import annotations

import os
import subprocess

import pytest

from nsh.kernel import nsfs
from tests.program import NSH, Program
from tests.safety.machine import Machine
from tests.safety.talk import Talk

pytestmark = pytest.mark.real


def mount_id_on(machine: Machine, cpu: int) -> int | None:
    """The id that a mount namespace made on that CPU gets now (None on kernels that tell no ids)."""
    command = [*machine.entrance, "taskset", "-c", str(cpu), "unshare", "--mount", "cat"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b"\n")
        process.stdin.flush()
        process.stdout.read(1)
        return mount_id_of(process.pid)


def mount_id_of(pid: int) -> int | None:
    """The id of a process's mount namespace."""
    with open(f"/proc/{pid}/ns/mnt") as file:
        return nsfs.never_reused_id(file.fileno())


def test_a_mount_namespace_is_pinned_whatever_cpu_made_it(nsh: Program, machine: Machine) -> None:
    """Ids are handed out per CPU, and the kernel binds only what has a higher one than where it is bound.

    With nsh in a mount namespace of the CPU that hands out the high ones, and
    its helpers on the other: refused with that reason while nsh may not leave
    that CPU, made anew elsewhere and pinned when it may.
    """
    cpus = sorted(os.sched_getaffinity(0))
    was_a_trap = False
    while not was_a_trap:  # a CPU that has run out of ids goes on with higher ones: then once more
        ids = {cpu: mount_id_on(machine, cpu) or 0 for cpu in cpus}
        high, low = max(cpus, key=ids.__getitem__), min(cpus, key=ids.__getitem__)
        wrapper = [*machine.entrance, "taskset", "-c", str(high), "unshare", "--mount", "taskset", "-c", str(low)]
        with Talk(nsh, wrapper) as talk:
            refused = talk.say("new mnt a --pin")
            was_a_trap = (mount_id_on(machine, low) or 0) < (mount_id_of(talk.pid) or 0)
            if was_a_trap:
                assert refused.status == 1
                assert "goes by ids" in refused.err
            os.sched_setaffinity(talk.pid, cpus)  # nsh itself; its helpers stay where they are
            done = talk.say("new -q mnt b --pin; ls pins --json; on b true; rm b")
            assert done.status == 0, done.err
            assert done.out.count('"b"') == 1
            talk.say("clean --pins --yes")
        if len(cpus) == 1 or not ids[low]:
            return  # no other CPU, or a kernel without such ids


def test_an_older_mount_namespace_cannot_be_pinned_and_the_rule_is_named(nsh: Program, machine: Machine) -> None:
    """It would be bound in a younger one: the call, the reason with both ids, and the way out; nothing is left."""
    cpu = str(min(os.sched_getaffinity(0)))  # where one CPU makes both, the older has the lower id
    inner = f'readlink /proc/$PPID/ns/mnt; {NSH} -c "pin /proc/$PPID/ns/mnt a"; echo $?; ls /run/nsh'
    script = f"unshare --mount sh -c '{inner}'"
    older, message, *hints, status, left = machine.run(
        "taskset", "-c", cpu, "unshare", "--mount", "sh", "-c", f"{script}; true"
    ).splitlines()
    assert message == f'mount("{older}", "/run/nsh/mnt/a", NULL, MS_BIND, NULL): Invalid argument'
    assert "binds only a younger mount namespace" in hints[0]
    assert "pin --fd" in "".join(hints)
    assert (status, left) == ("1", "ledger")


def test_the_mount_namespace_nsh_is_in_cannot_be_pinned(nsh: Program, machine: Machine) -> None:
    """The kernel makes no loops; of the other seven types, none is pinned either."""
    done = nsh("-c", "pin host a")
    assert done.status == 1
    assert machine.left() == []
