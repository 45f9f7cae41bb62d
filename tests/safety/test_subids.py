# SPDX-License-Identifier: MIT
"""Ranges of ids for an ordinary user: newuidmap(1), newgidmap(1), subuid(5), and what is said without them."""

from __future__ import annotations

import os
import pwd
import shutil
from pathlib import Path

import pytest

from nsh.errors import SessionError
from nsh.session import subids
from nsh.session.maps import IdMap
from tests import private
from tests.program import Program

pytestmark = [pytest.mark.real, pytest.mark.rootless]

FIRST = 300000
"""What tests/private.py gives the user in /etc/subuid and /etc/subgid: 65,536 from here."""


@pytest.fixture(autouse=True)
def needs_rows() -> None:
    """A user of one's own machine may have no ranges, or others."""
    if not private.is_inside():
        pytest.skip("subordinate ids: only the test user of `make test` is known to have them")
    if shutil.which("newuidmap") is None:
        pytest.skip("newuidmap is not installed (uidmap)")


def user_name() -> str:
    """The name in the rows."""
    return pwd.getpwuid(os.geteuid()).pw_name


def table(text: str) -> list[list[int]]:
    """An id map as the kernel shows it."""
    return [[int(word) for word in line.split()] for line in text.splitlines()]


MAPS = "cat /proc/self/uid_map /proc/self/gid_map /proc/self/setgroups"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (f"--map 0:{FIRST}:65536", [[0, FIRST, 65536]]),
        (f"--map 0:{FIRST}:10 --map 100:{FIRST + 100}:5", [[0, FIRST, 10], [100, FIRST + 100, 5]]),
        (f"--map 0:1234:1 --map 1:{FIRST}:65535", [[0, 1234, 1], [1, FIRST, 65535]]),
        (f"--map 1000:{FIRST + 65535}:1", [[1000, FIRST + 65535, 1]]),
    ],
)
@pytest.mark.parametrize("way", ["new -q user u {0}; on u", "unshare user {0};", "new -q user {0} --"])
def test_ranges_of_ones_own_are_mapped(way: str, options: str, expected: list[list[int]], nsh: Program) -> None:
    """For `new`, `unshare` and `new -- CMD`: both maps as asked for, and setgroups(2) stays allowed."""
    done = nsh("-c", f"{way.format(options)} {MAPS}")
    assert done.status == 0, done.err
    *maps, setgroups = done.out.splitlines()
    assert table("\n".join(maps)) == expected * 2
    assert setgroups == "allow"
    assert done.err == ""


def test_with_a_range_programs_can_become_somebody(nsh: Program) -> None:
    """Root inside can give up its id and its groups: that is what a range is for."""
    line = (
        f"new -q user,mnt u --map 0:{FIRST}:65536 --uid 0 --gid 0; on u setpriv --reuid=33 --regid=33 --groups=5,6 id"
    )
    done = nsh("-c", line)
    assert done.status == 0, done.err
    assert done.out.startswith("uid=33")
    assert "groups=33(www-data),5(tty),6(disk)" in done.out or "groups=33,5,6" in done.out


@pytest.mark.parametrize(("options", "setgroups"), [("", "deny"), ("--map root", "deny"), ("--map none", "allow")])
def test_ones_own_id_needs_no_program_and_gives_up_setgroups(options: str, setgroups: str, nsh: Program) -> None:
    """The kernel wants setgroups(2) denied before a user writes his own gid map (user_namespaces(7))."""
    done = nsh("-c", f"new -q user u {options}; on u {MAPS}", PATH=os.defpath)
    assert done.status == 0, done.err
    assert done.out.splitlines()[-1] == setgroups


@pytest.mark.parametrize(
    ("outer", "count"),
    [(500000, 10), (FIRST - 1, 1), (FIRST, 65537), (FIRST + 65535, 2), (0, 1), (1235, 1), (1234, 2)],
)
def test_the_row_that_is_missing_is_named_exactly(outer: int, count: int, nsh: Program) -> None:
    """Which ids, which file, what it has, and the line that root would add; no place is made."""
    done = nsh("-k", "-c", f"new -q user u --map 0:{outer}:{count}\nls places")
    assert (done.status, done.out) == (1, "")
    message, hint = done.err.splitlines()
    have = f"{FIRST}..{FIRST + 65535}"
    assert message == f"-c:1: /etc/subuid gives {user_name()} no ids {outer}..{outer + count - 1} (it gives: {have})"
    assert hint == f"hint: root adds a row: `echo {user_name()}:{outer}:{count} >> /etc/subuid` (subuid(5))"


@pytest.mark.parametrize("missing", ["newuidmap", "newgidmap"])
def test_the_program_that_is_missing_is_named_with_its_package(missing: str, nsh: Program, tmp_path: Path) -> None:
    """Nothing is made; Debian's package is `uidmap`, and --map root needs none."""
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in {"sh", "cat", "newuidmap", "newgidmap"} - {missing}:
        (programs / name).symlink_to(shutil.which(name) or "")
    done = nsh("-k", "-c", f"new -q user u --map 0:{FIRST}:10\nls places", PATH=str(programs))
    assert (done.status, done.out) == (1, "")
    message, hint = done.err.splitlines()
    assert message.startswith(f"-c:1: {missing}: no such program")
    assert "uidmap" in hint
    assert "--map root" in hint


def test_a_refusal_of_the_program_itself_is_passed_on(nsh: Program, tmp_path: Path) -> None:
    """Its status and its words; no place is made."""
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("newuidmap", "newgidmap"):
        (programs / name).write_text("#!/bin/sh\necho 'not today' >&2\nexit 1\n")
        (programs / name).chmod(0o755)
    for name in ("sh", "cat"):
        (programs / name).symlink_to(shutil.which(name) or "")
    done = nsh("-k", "-c", f"new -q user u --map 0:{FIRST}:10\nls places", PATH=str(programs))
    assert (done.status, done.out) == (1, "")
    assert done.err.startswith("-c:1: newuidmap ")
    assert "not today" in done.err
    assert "Traceback" not in done.err


def test_below_a_range_the_ids_are_ones_own(nsh: Program) -> None:
    """In a namespace with ids of its own root maps some of them on, without any program."""
    line = f"new -q user u --map 0:{FIRST}:1000 --uid 0 --gid 0; enter u; new -q user v --map 0:100:50; on v {MAPS}"
    done = nsh("-c", line)
    assert done.status == 0, done.err
    *maps, setgroups = done.out.splitlines()
    assert (table("\n".join(maps)), setgroups) == ([[0, 100, 50]] * 2, "allow")


def test_where_ones_own_id_is_not_among_the_mapped_that_is_the_reason(nsh: Program) -> None:
    """Who is nobody in a namespace cannot make another in it: clone(2) wants the caller's ids mapped."""
    done = nsh("-c", f"new -q user u --map 0:{FIRST}:1000; enter u; new -q user v")
    assert done.status == 1
    assert done.err.startswith("clone3(flags=CLONE_NEWUSER): Operation not permitted\n")
    assert "your own uid has no mapping " in done.err
    assert "in the user namespace you are in" in done.err


def test_the_program_is_not_a_job_that_anybody_sees(nsh: Program) -> None:
    """newuidmap runs and is forgotten: no job, no number used up."""
    done = nsh("-c", f"new -q user u --map 0:{FIRST}:10; jobs; sh -c 'exit 3' &\nwait 1")
    assert (done.status, done.out) == (3, "")


@pytest.mark.parametrize(
    ("rows", "is_enough"),
    [
        ("{name}:5000:10\n", True),
        ("{uid}:5000:10\n", True),
        ("# a comment\n\n{name}:1:1\n{name}:5000:10\n", True),
        ("{name}:5000:9\n", False),
        ("{name}:5001:9\n", False),
        ("somebody:5000:10\n", False),
        ("{name}:5000\n{name}:x:10\n{name}:5000:10:1\n", False),
        ("{name}:5000:5\n{name}:5005:5\n", False),  # newgidmap wants each range inside one row
        ("\xff\xfe\n", False),
        ("", False),
    ],
)
def test_rows_of_subgid_are_read_as_subgid_says(
    rows: str, is_enough: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By name or number, one row for a range; what is no row is skipped; the file that lacks it is named."""
    file = tmp_path / "subgid"
    file.write_bytes(rows.format(name=user_name(), uid=os.geteuid()).encode("latin-1"))
    monkeypatch.setitem(subids._FILES, "newgidmap", str(file))
    if is_enough:
        subids._require_rows("newgidmap", [IdMap(0, 5000, 10)])
        return
    with pytest.raises(SessionError) as refusal:
        subids._require_rows("newgidmap", [IdMap(0, 5000, 10)])
    assert refusal.value.message.startswith(f"{file} gives {user_name()} no ids 5000..5009 (it gives: ")
    assert refusal.value.hint == f"root adds a row: `echo {user_name()}:5000:10 >> {file}` (subuid(5))"
