# SPDX-License-Identifier: MIT
"""Telling things apart that share a number."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from nsh.transcript.alive import Living


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


ASKS = """
import os, subprocess, sys
from nsh.transcript.alive import Living

living = Living(ask_kernel=sys.argv[1] == "kernel")

def born():
    child = subprocess.Popen(["unshare", "--uts", "cat"], stdin=subprocess.PIPE)
    link = own = os.readlink("/proc/self/ns/uts")
    while link == own:
        link = os.readlink(f"/proc/{child.pid}/ns/uts")
    return child, link

def seen(link):
    return living.identities("x", [link])[("ns", link[5:-1])]

child, link = born()
first = seen(link)
assert first is not None and seen(link) == first, "the same thing while it lives"
fd = os.open(f"/proc/{child.pid}/ns/uts", os.O_RDONLY)
child.communicate()
assert seen(link) == first, "kept by an open file alone"
os.close(fd)
while seen(link) is not None:
    pass
for _ in range(100):
    child, again = born()
    if again == link:
        break
    child.communicate()
else:
    sys.exit("the number never came back")
assert seen(link) not in (None, first), "the number came back for another thing"
child.communicate()
print("ok")
"""


@pytest.mark.real
@pytest.mark.parametrize("way", ["kernel", "scan"])
def test_an_inode_that_came_back_is_another_thing(way: str) -> None:
    """By the id that is never used again, and on kernels without it by having seen it gone."""
    argv = ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--mount-proc", sys.executable, "-c", ASKS, way]
    run = subprocess.run(argv, capture_output=True, text=True, check=False)
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
