# SPDX-License-Identifier: MIT
"""Nothing more to be had: files, processes, namespaces. One word for the line; nothing is left.

Limits of a user namespace and of a pid namespace are set in one of the test's
own, never the machine's.
"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence

import pytest

from nsh.nstypes import NAMES
from tests.program import NSH, TIMEOUT, Done, Program
from tests.safety.machine import Machine, running, until
from tests.safety.talk import Talk
from tests.safety.test_stopped import heard

pytestmark = pytest.mark.real

LINES = "\n".join(
    (
        "new -q uts,net a --hostname inside",
        "on a true",
        "new -q user,pid,mnt b",
        "enter a; unshare uts; true | true | cat; leave; leave",
        "sleep 1000 &",
        "on b sh -c 'sleep 0 & sleep 0'",
        "new -q uts,ipc p --pin; unpin p",
        "rm --kill a b",
    )
)


def ran(machine: Machine, *before: str, script: str = LINES, options: Sequence[str] = ()) -> Done:
    """Run lines with those words before nsh: it ends with a word, never a bug, and everything has ended with it."""
    mine = running()
    words = [*machine.entrance, *before, NSH, *options, "-k", "-c", script]
    found = subprocess.run(words, capture_output=True, timeout=TIMEOUT, check=False)
    done = Done(found.returncode, found.stdout.decode(errors="replace"), found.stderr.decode(errors="replace"))
    assert "Traceback" not in done.err, f"{before}\n{done.err}"
    assert "a bug in nsh" not in done.err, f"{before}\n{done.err}"
    assert done.status in (0, 1, 2, 126, 127), f"{before}: {done.status}\n{done.err}"
    assert done.status == 0 or done.err, before
    until(lambda: running() <= mine, f"the end of its processes ({before})")
    return done


@pytest.mark.parametrize("step", [7, pytest.param(1, marks=pytest.mark.slow)])
def test_fds_may_run_out_at_any_moment(step: int, machine: Machine, nsh: Program) -> None:
    """RLIMIT_NOFILE from next to nothing up to enough, for nsh and its helpers alike."""
    tried = range(8, 64, step)
    statuses = [ran(machine, "prlimit", f"--nofile={most}:{most}", "--").status for most in tried]
    assert statuses[0] != 0
    assert ran(machine, "prlimit", "--nofile=256:256", "--").status == 0
    assert nsh("clean").status == 0
    nsh("clean", "--pins", "--yes")
    print(f"{len(tried)} limits of open files: 0 tracebacks, 0 leaks")


def test_what_cannot_be_done_without_a_file_to_spare_is_said_and_the_session_lives(
    nsh: Program, machine: Machine
) -> None:
    """Not even the module that words an error can be read then; with files again all is as before."""
    with Talk(nsh) as talk:
        assert talk.say("new -q uts a").status == 0
        subprocess.run(["prlimit", f"--pid={talk.pid}", "--nofile=3:"], check=True)
        talk.write("leave")
        assert "Too many open files" in heard(talk, "\n")
        subprocess.run(["prlimit", f"--pid={talk.pid}", "--nofile=1024:"], check=True)
        assert talk.say("on a true").status == 0


@pytest.mark.parametrize("step", [4, pytest.param(1, marks=pytest.mark.slow)])
def test_pids_may_run_out_at_any_moment(step: int, machine: Machine, nsh: Program) -> None:
    """kernel.pid_max of a pid namespace of the test's own (Linux 6.14): no fork can have a number any more."""
    own = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"]
    set_most = 'mount -t proc proc /proc; echo {} >/proc/sys/kernel/pid_max || exit 77; exec "$@"'
    probe = [*machine.entrance, *own, "sh", "-c", set_most.format(301), "sh", "true"]
    if subprocess.run(probe, capture_output=True, check=False).returncode:
        pytest.skip("kernel.pid_max of a pid namespace cannot be set here (Linux 6.14)")
    tried = range(301, 321, step)
    for most in tried:
        # The numbers up to `most` are taken by sleepers, but for a few.
        full = 'i=0; while [ $i -lt $0 ]; do sleep 100 & i=$((i+1)); done; exec "$@"'
        ran(machine, *own, "sh", "-c", set_most.format(301), "sh", "sh", "-c", full, str(most - 25))
    print(f"{len(tried)} full tables of processes: 0 tracebacks, 0 leaks")
    assert nsh("clean").status == 0
    nsh("clean", "--pins", "--yes")


@pytest.mark.parametrize("kind", NAMES)
def test_namespaces_may_run_out_at_each_number(kind: str, machine: Machine, nsh: Program) -> None:
    """max_TYPE_namespaces of a user namespace of the test's own, at 0, 1, 2: a clear refusal with its cause."""
    own = ["unshare", "--user", "--map-root-user", "--mount", "--net"]
    limit = f'echo {{}} >/proc/sys/user/max_{kind}_namespaces; exec "$@"'
    types = kind if kind != "pid" else "pid,mnt"
    lines = "\n".join(f"new -q {types} n{number}" for number in range(4)) + "\non n0 true\nrm n0\nnew -q uts z"
    for most in range(3):
        done = ran(machine, *own, "sh", "-c", limit.format(most), "sh", script=lines)
        assert "No space left on device" in done.err, (most, done.err)
        assert f"max_{kind}_namespaces" in done.err, (most, done.err)
    assert nsh("clean").status == 0


def test_processes_of_a_user_may_run_out(machine: Machine, nsh: Program) -> None:
    """RLIMIT_NPROC, which counts for whoever is not root, from nothing up."""
    for most in (1, 2, 4, 6, 9, 12):
        ran(machine, "prlimit", f"--nproc={most}", "--")
    assert nsh("clean").status == 0
    nsh("clean", "--pins", "--yes")
