# SPDX-License-Identifier: MIT
"""Telling things apart that share a number."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from nsh.transcript import alive
from nsh.transcript.alive import Living
from nsh.transcript.bindings import OF_THE_SANDBOX, same_thing


def own(kind: str) -> str:
    return os.readlink(f"/proc/self/ns/{kind}")


def test_a_namespace_that_is_alive_has_an_identity() -> None:
    """The same each time it is asked for."""
    living = Living()
    inode = own("uts")[5:-1]
    first = living.identities("x", [own("uts")])
    assert first[("ns", inode)] is not None
    assert living.identities("x", [f"{own('uts')} and {own('mnt')}"])[("ns", inode)] == first[("ns", inode)]


def test_a_number_of_nothing_has_none() -> None:
    """No namespace, no process."""
    found = Living().identities("x", ["uts:[4026999999]", "pid 4194305"])
    assert found == {("ns", "4026999999"): None, ("pid", "4194305"): None}


def test_a_process_is_its_pid_and_the_moment_it_began() -> None:
    """So that a later one of the same number is another."""
    found = Living().identities("x", [f"pid {os.getpid()}"])[("pid", str(os.getpid()))]
    assert found is not None
    assert found.startswith(f"{os.getpid()} since ")


def test_lines_without_numbers_cost_nothing() -> None:
    """There is nothing to ask."""
    assert Living().identities("x", ["hello", "1"]) == {}


@pytest.mark.parametrize(
    ("then", "now", "same"),
    [
        ("id 5", "id 5", True),
        ("id 5", "id 6", False),
        (None, "id 5", None),
        ("id 5", None, None),
        (None, None, None),
        ("7, time 1", "7, time 2", False),
        ("7, time 2", "7, time 2", True),
    ],
)
def test_sameness_is_claimed_only_where_it_is_known(then: str | None, now: str | None, same: bool | None) -> None:
    """Yes, no, or nobody can tell."""
    assert same_thing(then, now) is same


def test_a_pid_of_the_sandbox_is_told_by_its_number_alone() -> None:
    """Also after it has ended; smaller ones belong to pid namespaces inside."""
    found = Living(first_pid=4000).identities("x", ["pid 4711", f"pid {os.getpid()}", "pid 2"])
    assert found[("pid", "4711")] == f"{OF_THE_SANDBOX}4711"
    assert found[("pid", "2")] is None


def test_without_ids_an_inode_that_came_back_is_another_thing(monkeypatch: pytest.MonkeyPatch) -> None:
    """It was seen to be gone in between."""
    shown: dict[str, str] = {"7": "/proc/1/ns/uts"}
    monkeypatch.setattr(alive, "_namespace_files", lambda paths: iter(shown.items()))
    living = Living(ask_kernel=False)

    def seen() -> str | None:
        return living.identities("x", ["uts:[7]"])[("ns", "7")]

    first = seen()
    assert first is not None
    assert seen() == first
    shown.clear()
    assert seen() is None
    shown["7"] = "/proc/2/ns/uts"
    assert seen() not in (None, first)


OWNED = """
import os, subprocess
from nsh.transcript.alive import Living

child = subprocess.Popen(["unshare", "--user", "--map-root-user", "--uts", "cat"], stdin=subprocess.PIPE)
own = os.readlink("/proc/self/ns/uts")
while os.readlink(f"/proc/{child.pid}/ns/uts") == own:
    pass
owner = os.readlink(f"/proc/{child.pid}/ns/user")
first = Living().identities("x", [owner])[("ns", owner[6:-1])]
fd = os.open(f"/proc/{child.pid}/ns/uts", os.O_RDONLY)
child.communicate()
assert first is not None and Living().identities("x", [owner])[("ns", owner[6:-1])] == first
print("ok")
"""


@pytest.mark.real
def test_a_user_namespace_is_found_that_only_owns() -> None:
    """It has no member any more, but what it owns is kept."""
    private = ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--mount-proc"]
    run = subprocess.run([*private, sys.executable, "-c", OWNED], capture_output=True, text=True, check=False)
    assert (run.stdout, run.stderr) == ("ok\n", "")


PINNED = """
import os, subprocess, sys
from nsh.transcript.alive import Living

living = Living(ask_kernel=sys.argv[1] == "kernel")
child = subprocess.Popen(["unshare", "--uts", "cat"], stdin=subprocess.PIPE)
link = own = os.readlink("/proc/self/ns/uts")
while link == own:
    link = os.readlink(f"/proc/{child.pid}/ns/uts")

def seen(link):
    return living.identities("x", [link])[("ns", link[5:-1])]

first = seen(link)
assert first is not None and seen(own) not in (None, first), "two things"
fd = os.open(f"/proc/{child.pid}/ns/uts", os.O_RDONLY)
child.communicate()
assert seen(link) == first, "kept by an open file alone"
os.close(fd)
while (now := seen(link)) is not None:
    assert now == first
print("ok")
"""


@pytest.mark.real
@pytest.mark.parametrize("way", ["kernel", "scan"])
def test_a_namespace_is_found_whatever_keeps_it(way: str) -> None:
    """By its members or an open file; and it is gone when that is."""
    private = ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--mount-proc"]
    run = subprocess.run([*private, sys.executable, "-c", PINNED, way], capture_output=True, text=True, check=False)
    assert (run.stdout, run.stderr) == ("ok\n", "")


SHARED = """
import os, subprocess, sys
from nsh.transcript.alive import Living

def asked(pid):
    return Living().identities("x", [f"pid {pid}"])[("pid", pid)]

me = str(os.getpid())  # 2, below a shell that is 1
assert me == "2" and asked(me).startswith("2 since "), me
inner = subprocess.Popen(["unshare", "--pid", "--fork", "sh", "-c", "sh -c 'echo ready; read x' <&0; true"],
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
inner.stdout.readline()
assert asked(me) is None, "2 is now the number of another one, too"
inner.communicate("x\\n")
print("ok")
"""


@pytest.mark.real
def test_a_pid_that_two_namespaces_use_is_not_told() -> None:
    """One process of a number, or no statement."""
    shell = ["sh", "-c", '"$0" -c "$1"; exit $?', sys.executable, SHARED]
    argv = ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--mount-proc", *shell]
    run = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert (run.stdout, run.stderr) == ("ok\n", "")
