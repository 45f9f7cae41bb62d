# SPDX-License-Identifier: MIT
"""same, show, ls: what they say is what the kernel says when asked by another way."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess

import pytest

from nsh import nstypes
from tests.program import Program
from tests.safety.talk import Talk
from tests.stranger import Stranger

pytestmark = pytest.mark.real

NS_GET_USERNS, NS_GET_PARENT, NS_GET_OWNER_UID, NS_GET_ID = 0xB701, 0xB702, 0xB704, 0x8008B70D


def inode_behind(path: str, request: int) -> int | None:
    """The inode of the namespace that an ioctl of nsfs leads to, None where the kernel refuses."""
    with open(path, "rb") as file:
        try:
            found = fcntl.ioctl(file.fileno(), request)
        except OSError:
            return None
        try:
            return os.fstat(found).st_ino
        finally:
            os.close(found)


def number(path: str, request: int, size: int) -> int | None:
    """A number that an ioctl of nsfs writes, None where the kernel has no such."""
    answer = bytearray(size)
    with open(path, "rb") as file:
        try:
            fcntl.ioctl(file.fileno(), request, answer)
        except OSError:
            return None
    return int.from_bytes(answer, "little")


def test_show_is_what_the_ioctls_say(nsh: Program) -> None:
    """type, inode, id, owner, creator, parent of each namespace of a box, asked for here once more."""
    with Talk(nsh) as talk:
        made = json.loads(talk.say(f"new {','.join(nstypes.NAMES)} box --json").out)
        shown = json.loads(talk.say("show box --json").out)["namespaces"]
        assert [row["type"] for row in shown] == list(nstypes.NAMES)
        for row in shown:
            path = f"/proc/{made['pid']}/ns/{row['type']}"
            assert row["inode"] == os.stat(path).st_ino
            assert row["id"] == number(path, NS_GET_ID, 8)
            assert row["owner"] == inode_behind(path, NS_GET_USERNS)
            assert row["parent"] == (inode_behind(path, NS_GET_PARENT) if row["type"] in ("user", "pid") else None)
            assert row["creator"] == os.geteuid()
            assert row["name"] == "box"


def test_show_of_one_namespace_names_its_members(nsh: Program, stranger: Stranger) -> None:
    """All of them, by pid."""
    pid = stranger("user", "uts")
    shown = json.loads(nsh("-c", f"show uts:[{os.stat(f'/proc/{pid}/ns/uts').st_ino}] --json").out)
    assert shown["members"] == [pid]
    assert shown["name"] is None


def test_same_answers_as_cmp_does(nsh: Program) -> None:
    """0 the same, 1 different, 2 when it was asked wrongly."""
    done = nsh(
        "-k", stdin="new -q user,uts a\nsame uts a a\necho $?\nsame uts a host\necho $?\nsame bogus a host\necho $?\n"
    )
    lines = done.out.splitlines()
    assert [line for line in lines if line.isdigit()] == ["0", "1", "2"]
    assert lines[0].startswith("same  uts:[")
    assert lines[2].startswith("different  uts:[")


def test_ls_places_has_a_flat_row_for_each(nsh: Program) -> None:
    """Name, pid, what keeps it, types, namespaces; kept by files: no pid."""
    lines = ["unshare -q user --map root", "new -q uts,net a", "new -q net n[1..2]", "ls places --json"]
    rows = json.loads(nsh("-c", "\n".join(lines)).out)
    assert [(row["name"], row["how"], row["types"]) for row in rows] == [
        ("a", "holder", ["uts", "net"]),
        ("n1", "fds", ["net"]),
        ("n2", "fds", ["net"]),
    ]
    assert [row["pid"] is None for row in rows] == [False, True, True]


def test_ls_ns_has_the_rows_of_lsns(nsh: Program, stranger: Stranger) -> None:
    """The same namespaces with the same number of processes; and nothing twice."""
    if shutil.which("lsns") is None:
        pytest.skip("lsns is not installed")
    stranger("user", "uts", "net", "ipc")
    with Talk(nsh) as talk:
        talk.say("new -q user,uts,pid,mnt box; on box sleep 1000 &")
        ours = json.loads(talk.say("ls ns --json").out)
        lsns = subprocess.run(
            ["lsns", "--json", "--output", "NS,TYPE,NPROCS"], capture_output=True, text=True, check=True
        )
    theirs = {(int(row["ns"]), row["type"]): row["nprocs"] for row in json.loads(lsns.stdout)["namespaces"]}
    found = {(row["inode"], row["type"]) for row in ours}
    assert len(found) == len(ours)
    assert set(theirs) <= found
    assert all(row["nprocs"] >= 0 for row in ours)


def test_ls_types_are_the_eight(nsh: Program) -> None:
    """With the flag of the manual, and whether this kernel has it."""
    rows = json.loads(nsh("-c", "ls types --json").out)
    assert [(row["type"], row["flag"], row["here"]) for row in rows] == [
        (kind.name, kind.constant, os.path.exists(f"/proc/self/ns/{kind.name}")) for kind in nstypes.ALL
    ]


def test_pid_ls_numbers_members_at_every_level(nsh: Program) -> None:
    """The first number is the one outside, the last the one inside; the init is marked."""
    with Talk(nsh) as talk:
        made = json.loads(talk.say("new user,pid,mnt box --json").out)
        talk.say("on box setsid -f sleep 1000")
        rows = json.loads(talk.say("pid ls box --json").out)
        assert rows[0]["pids"] == [made["pid"], 1]
        assert [row["init"] for row in rows] == [True, False]
        assert rows[1]["ppid"] == made["pid"]


@pytest.mark.once
@pytest.mark.parametrize("line", ["list", "list blob"])
def test_the_other_name_of_ls_is_no_program(line: str, nsh: Program) -> None:
    """What may follow it is said, not that `list` may have been meant."""
    done = nsh("-c", line)
    assert done.status == 2
    assert "hint: one of: types, places" in done.err or "hint: list has: types, places" in done.err
