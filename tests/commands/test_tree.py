# SPDX-License-Identifier: MIT
"""tree: what hangs below what is what ioctl_ns(2) says, and what no process is in hangs by a dashed line."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable
from typing import Any

import pytest

from tests.program import Program
from tests.safety.talk import Talk
from tests.session.kept import Kept, keeping

pytestmark = pytest.mark.real

Row = dict[str, Any]
NS_GET_PARENT = 0xB702


kept = pytest.fixture(keeping)


def above(rows: list[Row], row: Row) -> Row:
    """The row that a row hangs below."""
    at = next(i for i, one in enumerate(rows) if one is row)
    return next(one for one in reversed(rows[:at]) if one["depth"] == row["depth"] - 1)


def asked(pid: int, kind: str, request: int) -> int:
    """The inode of what an ioctl on a process's namespace leads to."""
    with open(f"/proc/{pid}/ns/{kind}", "rb") as file:
        fd = fcntl.ioctl(file.fileno(), request)
    try:
        return os.fstat(fd).st_ino
    finally:
        os.close(fd)


def test_user_namespaces_hang_below_their_parents_and_what_they_own_below_them(nsh: Program) -> None:
    """Nested twice: each owner and parent as the kernel says; creator and map beside."""
    with Talk(nsh) as talk:
        outer = json.loads(talk.say("new user,uts outer --json").out)
        talk.say("enter outer")
        inner = json.loads(talk.say("new user,net,pid inner --json").out)
        rows: list[Row] = json.loads(talk.say("tree user --json").out)
    by_key = {(row["type"], row["inode"]): row for row in rows if row["inode"] is not None}
    for made in (outer, inner):
        for one in made["namespaces"]:
            row = by_key[one["type"], one["inode"]]
            assert above(rows, row)["type"] == "user"
            assert row["name"] == made["name"]
    nested = by_key["user", inner["namespaces"][-1]["inode"]]
    assert above(rows, nested)["inode"] == outer["namespaces"][-1]["inode"]
    assert (nested["relation"], nested["uid_map"]) == ("child", [f"0 {os.geteuid()} 1"])
    assert nested["creator"] == os.geteuid()


def test_the_branch_of_a_place_is_what_is_above_and_below(nsh: Program) -> None:
    """Nothing beside: `tree inner` has its ancestors, itself, and what it owns."""
    with Talk(nsh) as talk:
        talk.say("new -q user outer; new -q user,uts other; enter outer; new -q user,uts inner; leave")
        lines = talk.say("tree inner").out.splitlines()
    assert [" outer " in line or " inner " in line for line in lines] == [False] * (len(lines) - 3) + [True] * 3
    assert not any("other" in line for line in lines)
    assert lines[-1].lstrip("│└─ ").startswith("uts:[")


def test_an_ancestor_without_a_process_hangs_by_a_dashed_line(nsh: Program, kept: Callable[[str], Kept]) -> None:
    """The hidden owner: no process is in it, only what it owns is kept; the last line says what dashes mean."""
    pin = kept("owned").facts["pin"]
    lines = nsh("-c", "tree user").out.splitlines()
    (line,) = [line for line in lines if f"user:[{pin['inode']}]" in line]
    assert "── user" not in line
    assert "╌╌ user" in line
    assert lines[-1] == "(dashed: no process is in it)"


def test_processes_have_their_pid_at_every_level(nsh: Program) -> None:
    """`tree pid`: the holder is 1 in its own namespace, and has a number in each above."""
    with Talk(nsh) as talk:
        made = json.loads(talk.say("new user,pid box --json").out)
        rows: list[Row] = json.loads(talk.say("tree pid --json").out)
        text = talk.say(f"tree pid:[{made['namespaces'][0]['inode']}]").out
        (row,) = [row for row in rows if row["pid"] == made["pid"]]
        assert row["pids"] == [made["pid"], 1]
        assert above(rows, row)["inode"] == os.stat(f"/proc/{made['pid']}/ns/pid").st_ino
        assert above(rows, above(rows, row))["inode"] == asked(made["pid"], "pid", NS_GET_PARENT)
        assert text.splitlines()[-1] == f"    └── {made['pid']}/1  nsh: box (holder)"


def test_many_alike_are_counted(nsh: Program) -> None:
    """For people eight namespaces without a process or a name, and how many more; those with names are all there."""
    named = nsh("-c", "unshare -q user; new -q uts n[1..12]; tree .").out
    assert named.count("╌╌ uts:[") == 12
    with Talk(nsh) as talk:
        talk.say("unshare -q user; new -q uts n[1..12]")
        user = json.loads(talk.say("show /proc/$$/ns/user --json").out)["inode"]
        other = nsh("-c", f"tree user:[{user}]").out
    assert other.count("╌╌ uts:[") == 8
    assert "└── and 4 more uts namespaces that no process is in" in other


def test_a_word_that_is_no_reference_is_refused_with_a_hint_to_the_program(nsh: Program) -> None:
    """tree(1) draws folders: `!tree`."""
    done = nsh("-c", "tree /tmp")
    assert (done.status, "not a namespace file" in done.err) == (1, True)
    assert "!tree" in done.err
