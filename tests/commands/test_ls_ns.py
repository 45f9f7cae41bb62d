# SPDX-License-Identifier: MIT
"""ls ns: what it lists is what lsns(8) lists, what a second reader of /proc finds, and what nobody else finds."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from nsh import nstypes
from tests.program import Program
from tests.safety.talk import Talk
from tests.session.keeper import SCENARIOS
from tests.session.kept import Kept
from tests.stranger import Stranger

pytestmark = pytest.mark.real

ZOO = (
    *("file_of_net", "file_of_user", "mount_of_uts", "thread", "socket_inet", "children_of_pid", "children_of_time"),
    *("child_of_user", "child_of_pid", "owned", "zombie_of_user", "mount_without_process", "member"),
)
Row = dict[str, Any]
STORM = """
import ctypes, os, sys
libc = ctypes.CDLL(None)
for _ in range(int(sys.argv[1])):
    if os.fork() == 0:
        libc.unshare(0x10000000 | 0x04000000)
        os._exit(0)
    if _ % 4 == 3:
        for _ in range(4):
            os.wait()
"""
"""Processes that make namespaces and end at once, a bounded number of them."""


@pytest.fixture
def zoo() -> Iterator[list[Row]]:
    """Namespaces kept in every way, all at once: what must be found of each."""
    kept = [Kept(name) for name in ZOO]
    yield [one.facts["pin"] for one in kept]
    for one in kept:
        one.close()


def lsns(*argv: str) -> dict[tuple[int, str], int]:
    """{(inode, type): processes} as lsns(8) says."""
    if shutil.which("lsns") is None:
        pytest.skip("lsns is not installed")
    done = subprocess.run(["lsns", "--json", "--output", "NS,TYPE,NPROCS", *argv], capture_output=True, check=True)
    return {(int(row["ns"]), row["type"]): int(row["nprocs"]) for row in json.loads(done.stdout)["namespaces"]}


def by_stat() -> dict[tuple[int, str], set[int]]:
    """{(inode, type): threads}, read again and otherwise: by stat(2), thread by thread."""
    found: dict[tuple[int, str], set[int]] = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            for tid in os.listdir(f"/proc/{pid}/task"):
                for kind in nstypes.NAMES:
                    number = os.stat(f"/proc/{pid}/task/{tid}/ns/{kind}").st_ino
                    found.setdefault((number, kind), set()).add(int(tid))
        except OSError:
            continue  # ended, a zombie, or not ours to look at
    return found


def listed(nsh: Program, *more: str) -> list[Row]:
    """The rows of `ls ns`."""
    done = nsh("-c", f"ls ns --json {' '.join(more)}")
    assert done.status == 0, done.err
    rows: list[Row] = json.loads(done.out)
    return rows


def keys(rows: list[Row]) -> set[tuple[int, str]]:
    """(inode, type) of each row; none twice."""
    found = {(row["inode"], row["type"]) for row in rows}
    assert len(found) == len(rows)
    return found


def test_in_a_zoo_nothing_that_others_find_is_missed(nsh: Program, zoo: list[Row], stranger: Stranger) -> None:
    """Every namespace of lsns and of a second reader of /proc is there, and every one that was made here."""
    stranger("user", "pid", "net")
    theirs, seconds = lsns(), by_stat()
    found = keys(listed(nsh))
    assert set(theirs) <= found
    assert set(seconds) <= found
    assert {(pin["inode"], pin["type"]) for pin in zoo} <= found


def test_members_are_counted_as_lsns_counts_them(nsh: Program, zoo: list[Row], stranger: Stranger) -> None:
    """For each namespace that nsh itself is not in, the same number of processes."""
    stranger("user", "uts", "ipc")
    own = {os.stat(f"/proc/self/ns/{kind}").st_ino for kind in nstypes.NAMES}
    theirs = {key: count for key, count in lsns().items() if key[0] not in own and count}
    for argv in ((), ("--quick",)):
        ours = {(row["inode"], row["type"]): row["nprocs"] for row in listed(nsh, *argv)}
        assert {key: ours[key] for key in theirs} == theirs


def test_quick_lists_what_has_processes(nsh: Program, zoo: list[Row]) -> None:
    """The same rows as the complete list has with members, without what is not asked for."""
    rows = listed(nsh, "--quick")
    assert keys(rows) == keys([row for row in listed(nsh) if row["nprocs"]])
    assert all(row["nprocs"] and row["id"] is None and row["owner"] is None for row in rows)


def test_a_storm_of_forks_disturbs_nobody(nsh: Program, zoo: list[Row]) -> None:
    """While hundreds of processes and namespaces come and go, what stays is found, each time."""
    before = lsns()  # which itself gives up when a process ends under its eyes
    storm = subprocess.Popen([sys.executable, "-c", STORM, "400"])
    try:
        with Talk(nsh) as talk:
            for line in ("ls ns --json", "ls ns --quick --json", "tree user --json", "ls ns --json"):
                done = talk.say(line)
                assert (done.status, "Traceback" in done.err) == (0, False), done.err
            found = keys(json.loads(done.out))
            assert set(before) & set(by_stat()) <= found
            assert {(pin["inode"], pin["type"]) for pin in zoo} <= found
    finally:
        storm.send_signal(signal.SIGKILL)
        storm.wait()


def test_each_row_says_who_and_where(nsh: Program, stranger: Stranger) -> None:
    """Id, owner, parent, creator, path, user, command of a process's namespaces, asked here once more."""
    pid = stranger("user", "pid", "uts")
    rows = {row["type"]: row for row in listed(nsh, "-p", str(pid))}
    assert set(rows) == set(os.listdir(f"/proc/{pid}/ns")) - {"pid_for_children", "time_for_children"}
    uts = rows["uts"]
    assert uts["inode"] == os.stat(uts["path"]).st_ino
    assert (uts["pid"], uts["ppid"], uts["uid"]) == (pid, os.getpid(), os.stat(f"/proc/{pid}").st_uid)
    assert uts["owner"] == rows["user"]["inode"]
    assert rows["user"]["parent"] == os.stat("/proc/self/ns/user").st_ino
    assert (uts["creator"], uts["command"], uts["kept_by"]) == (os.geteuid(), "cat", ["member"])


def test_columns_are_of_the_users_choice(nsh: Program, stranger: Stranger) -> None:
    """-o names them, + adds to the usual ones, and what is no field is refused with what was meant."""
    stranger("user", "uts")
    assert nsh("-c", "ls ns -o ns,type").out.splitlines()[0].split() == ["NS", "TYPE"]
    usual = ["NS", "TYPE", "NPROCS", "PID", "USER", "NAME", "COMMAND"]
    assert nsh("-c", "ls ns").out.splitlines()[0].split() == usual
    assert nsh("-c", "ls ns -o +id").out.splitlines()[0].split() == [*usual[:-1], "ID", "COMMAND"]
    done = nsh("-c", "ls ns -o procs")
    assert (done.status, "there is no field 'procs'" in done.err) == (2, True)
    assert "did you mean 'nprocs'?" in done.err


def test_rows_are_sorted_up_and_down(nsh: Program) -> None:
    """By a number or a word; what is not known comes last both ways."""
    up = [row["nprocs"] for row in listed(nsh, "--sort", "nprocs")]
    assert up == sorted(up)
    assert [row["nprocs"] for row in listed(nsh, "--sort=-nprocs")] == sorted(up, reverse=True)
    names = [row["name"] for row in listed(nsh, "--sort", "name")]
    known = [name for name in names if name is not None]
    assert names == sorted(known) + [None] * (len(names) - len(known))


def test_where_keeps_the_rows_it_is_true_of(nsh: Program, zoo: list[Row]) -> None:
    """`nprocs==0`: those that no process is in, with what keeps them in parentheses for people."""
    found = listed(nsh, "--where", "'nprocs==0 and kept_by==\"open file\"'")
    wanted = {(pin["inode"], pin["type"]) for pin in zoo if pin["how"] == "fd"}
    assert wanted <= keys(found)
    assert all(row["nprocs"] == 0 and "open file" in row["kept_by"] for row in found)
    line = next(line for line in nsh("-c", "ls ns --where 'nprocs==0'").out.splitlines() if "net" in line)
    assert line.endswith(("(open file)", "(socket)"))


def test_names_of_pins_are_names(nsh: Program) -> None:
    """A namespace that only a place's open file keeps goes by the name of the place."""
    rows = json.loads(nsh("-c", "unshare -q user; new -q uts n[1..2]; ls ns -t uts --where 'nprocs==0' --json").out)
    assert [row["name"] for row in rows] == ["n1", "n2"]


@pytest.mark.root
def test_names_of_ip_netns_are_names(nsh: Program) -> None:
    """What ip-netns(8) has named goes by that name, and is found without any process in it."""
    subprocess.run(["ip", "netns", "add", "blue"], check=True)
    try:
        (row,) = listed(nsh, "--where", "name==blue")
        assert (row["type"], row["nprocs"], row["kept_by"]) == ("net", 0, ["bind mount"])
        assert row["path"] == "/run/netns/blue"
        assert json.loads(nsh("-c", "why blue --json").out)["release"] == ["!ip netns delete blue"]
    finally:
        subprocess.run(["ip", "netns", "delete", "blue"], check=True)
        for command in (["umount", "/run/netns"], ["rmdir", "/run/netns"]):
            subprocess.run(command, check=True)


@pytest.mark.rootless
def test_it_says_how_many_processes_it_cannot_read(nsh: Program) -> None:
    """Those of other users, counted here again."""
    unreadable = 0
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            os.readlink(f"/proc/{pid}/ns/uts")
        except PermissionError:
            unreadable += 1
        except OSError:
            continue
    done = nsh("-c", "ls ns --quick")
    words = "1 process (pid 1)" if unreadable == 1 else f"{unreadable} processes"
    assert f"not seen: {words} unreadable: looking at another user's needs CAP_SYS_PTRACE" in done.err


def test_what_the_kernel_can_walk_is_walked(nsh: Program) -> None:
    """Mount namespaces without a process: listed where the kernel answers, else said to be out of sight, and why."""
    from nsh.kernel import nsfs

    with open("/proc/self/ns/mnt", "rb") as file:
        try:
            os.close(nsfs.neighbour(file.fileno(), forward=False))
            answered = True
        except OSError as error:
            answered = error.errno == 2
    err = nsh("-c", "ls ns").err
    assert ("mount namespaces that no process is in" in err) is not answered


def test_a_scenario_for_each_animal() -> None:
    """The zoo is made of pins that have tests of their own."""
    assert set(ZOO) <= set(SCENARIOS)
