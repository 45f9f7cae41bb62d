# SPDX-License-Identifier: MIT
"""Every command is the kernel's own call, once, with exactly its flags: what strace(1) sees."""

from __future__ import annotations

import os

import pytest

from nsh import nstypes
from tests.program import Program
from tests.strace import Call, briefs, trace
from tests.stranger import Stranger

pytestmark = pytest.mark.real

IS_ROOT = os.geteuid() == 0
SETS = [(kind,) for kind in nstypes.NAMES if IS_ROOT or kind == "user"] + [
    ("user", "uts"),
    ("user", "pid", "mnt"),
    ("mnt", "uts", "pid", "net", "user"),
    nstypes.NAMES,
]


def constants(types: tuple[str, ...]) -> str:
    """The CLONE_NEW* words of some types, as `Call.brief` sorts them."""
    return " ".join(sorted(nstypes.BY_NAME[name].constant for name in types))


def own(types: str) -> str:
    """Those types in a user namespace of one's own, where we are not root."""
    return types if IS_ROOT else f"user,{types}"


@pytest.mark.parametrize("types", SETS, ids=",".join)
def test_new_is_one_clone3_with_exactly_those_flags(types: tuple[str, ...], nsh: Program) -> None:
    """No other call of the whole run makes or joins a namespace."""
    assert briefs(trace(nsh, f"new {','.join(types)} box")) == [f"clone3 {constants(types)}"]


@pytest.mark.parametrize("types", SETS, ids=",".join)
def test_unshare_is_one_unshare_with_exactly_those_flags(types: tuple[str, ...], nsh: Program) -> None:
    """You move by unshare(2) alone: no clone with flags, no setns."""
    assert briefs(trace(nsh, f"unshare {','.join(types)}")) == [f"unshare {constants(types)}"]


@pytest.mark.parametrize("types", [("user", "pid"), ("user", "time", "uts"), nstypes.NAMES], ids=",".join)
def test_unshare_with_fork_is_the_same_call_and_then_a_plain_fork(types: tuple[str, ...], nsh: Program) -> None:
    """The child that you sit in is cloned by the process that unshared, after it did."""
    calls = trace(nsh, f"unshare --fork {','.join(types)}")
    assert briefs(calls) == [f"unshare {constants(types)}"]
    mover = next(call for call in calls if call.flags)
    assert [call.name for call in calls if call.pid == mover.pid and call.time > mover.time] == ["clone3"]


def test_enter_is_one_setns_with_a_pidfd_and_one_mask(nsh: Program) -> None:
    """All types of a place in one call, and nothing to come back."""
    calls = trace(nsh, "new user,uts,pid,mnt,net box; enter box; leave")
    joins = [call for call in calls if call.name == "setns"]
    assert [call.brief for call in joins] == [f"setns {constants(('user', 'uts', 'pid', 'mnt', 'net'))}"]
    assert "<anon_inode:[pidfd]>" in joins[0].arguments
    assert len(briefs(calls)) == 2


def test_enter_with_types_moves_only_those(nsh: Program) -> None:
    """The mask holds what was asked for, and of that what differs."""
    calls = trace(nsh, "new user,uts,net,ipc box; enter user,uts,mnt box")
    assert briefs(calls)[1:] == [f"setns {constants(('user', 'uts'))}"]


@pytest.mark.root
def test_enter_by_a_path_is_setns_with_that_file(nsh: Program, stranger: Stranger) -> None:
    """A namespace file is passed as it is, with the flag of its type; a range of places has files only."""
    path = f"/proc/{stranger('uts', 'net')}/ns/uts"
    for lines, brief, link in (
        (f"enter {path}", "setns CLONE_NEWUTS", "<uts:["),
        ("new net n[1..2]; enter n2", "setns CLONE_NEWNET", "<net:["),
    ):
        (join,) = [call for call in trace(nsh, lines) if call.name == "setns"]
        assert join.brief == brief
        assert link in join.arguments


@pytest.mark.root
def test_many_at_once_are_unshares_in_one_process_that_ends(nsh: Program) -> None:
    """A range of plain types is kept by open files: no clone with flags, no process for each."""
    calls = trace(nsh, "new net n[1..3]; ls places")
    makers = {call.pid for call in calls if call.flags}
    assert briefs(calls) == ["unshare CLONE_NEWNET"] * 3
    assert len(makers) == 1


def test_before_linux_5_8_types_are_entered_one_by_one_and_user_first(nsh: Program) -> None:
    """A kernel without pidfds for setns(2) gets files; the user namespace gives the right to the rest."""
    calls = trace(nsh, "new net,uts,user,ipc box; enter box", before=("setarch", "--uname-2.6"))
    joins = [call for call in calls if call.name == "setns"]
    assert joins[0].brief == "setns CLONE_NEWUSER"
    assert {call.brief for call in joins[1:]} == {"setns CLONE_NEWUTS", "setns CLONE_NEWIPC", "setns CLONE_NEWNET"}
    assert all(":[" in call.arguments for call in joins)


def test_a_program_after_the_dashes_is_the_cloned_child_itself(nsh: Program) -> None:
    """One clone3 with the flags, and the process it makes is the one that executes the program."""
    calls = trace(nsh, "new user,pid,uts -- true", "clone3", "unshare", "setns", "execve")
    (made,) = [call for call in calls if call.flags]
    assert made.brief == f"clone3 {constants(('user', 'pid', 'uts'))}"
    (ran,) = [call for call in calls if call.name == "execve" and '["true"]' in call.arguments and call.result == "0"]
    assert made.result == str(ran.pid)


def test_on_is_one_setns_and_the_program_a_child_of_who_joined(nsh: Program) -> None:
    """`on REF LINE` enters, does the line, and leaves no trace."""
    assert (
        briefs(trace(nsh, "new user,net box -q; on box true; box true"))[1:]
        == [f"setns {constants(('user', 'net'))}"] * 2
    )


def test_what_only_looks_makes_and_joins_nothing(nsh: Program) -> None:
    """Listing, comparing and showing change no namespace of any process."""
    looks = "ls ns; ls places; ls types; ls procs; show host; same uts host .; pid ls; mnt ls; uts hostname; show $$"
    assert briefs(trace(nsh, looks)) == []


def writes(calls: list[Call], file: str) -> list[str]:
    """What was written to files whose path ends so."""
    return [call.arguments.split('"')[1] for call in calls if call.name == "write" and f"{file}>" in call.arguments]


def test_clock_offsets_are_written_before_the_one_clone3(nsh: Program) -> None:
    """unshare(CLONE_NEWTIME), the write, then the child, which is the first in (time_namespaces(7))."""
    types = "user,time,uts"
    calls = trace(nsh, f"new {types} t --boottime +1d --monotonic -2.5s", "clone3", "unshare", "setns", "write")
    steps = [
        call.brief
        for call in calls
        if call.flags or "timens_offsets" in call.arguments or call.arguments.startswith("{flags=CLONE_NEW")
    ]
    assert steps == ["unshare CLONE_NEWTIME CLONE_NEWUSER", "write", "clone3 CLONE_NEWUTS"]
    assert writes(calls, "/timens_offsets") == ["monotonic -3 500000000\\nboottime 86400 0\\n"]


def test_a_map_is_written_once_by_the_process_that_cloned(nsh: Program) -> None:
    """uid_map and gid_map get one write(2) each, and setgroups is given up only where the kernel asks for it."""
    calls = trace(nsh, "new user box", "clone3", "write")
    (made,) = [call for call in calls if call.flags]
    kinds = [call for call in calls if call.name == "write" and "_map>" in call.arguments and call.result[0] != "-"]
    assert {call.pid for call in kinds} == {made.pid}
    assert writes(kinds, "uid_map") == [f"0 {os.geteuid()} 1"]
    assert writes(kinds, "gid_map") == [f"0 {os.getegid()} 1"]
    assert writes(calls, "setgroups") == ([] if IS_ROOT else ["deny"])


MADE_PRIVATE = 'mount("none", "/", NULL, MS_REC|MS_PRIVATE, NULL)'


@pytest.mark.parametrize(
    ("line", "flag"),
    [
        ("new user,mnt m", "MS_PRIVATE"),
        ("unshare user,mnt --map root", "MS_PRIVATE"),
        ("new user,mnt m --propagation private", "MS_PRIVATE"),
        ("new user,mnt m --propagation slave", "MS_SLAVE"),
        ("new user,mnt m --propagation shared", "MS_SHARED"),
        ("unshare user,mnt --map root --propagation slave", "MS_SLAVE"),
        ("new user,mnt m --propagation unchanged", None),
        ("unshare user,mnt --map root --propagation unchanged", None),
    ],
)
def test_a_mount_namespace_gets_its_propagation_first_of_all(line: str, flag: str | None, nsh: Program) -> None:
    """The tree is made private right after it was copied, as unshare(1) does; --propagation says otherwise."""
    calls = [f"mount({call.arguments})" for call in trace(nsh, line, "mount")]
    assert calls == ([f'mount("none", "/", NULL, MS_REC|{flag}, NULL)'] if flag else [])


def test_pid_and_mnt_together_get_a_fresh_proc_after_the_tree_is_private(nsh: Program) -> None:
    """The order matters: a proc mounted first would be seen outside wherever / is shared."""
    fresh = 'mount("proc", "/proc", "proc", MS_NOSUID|MS_NODEV|MS_NOEXEC, NULL)'
    asked = "new user,pid,mnt a; new user,pid,mnt b --no-proc; new user,mnt,pid -- true"
    lines = f"{asked}; unshare --fork user,pid,mnt --map root"
    calls = [f"mount({call.arguments})" for call in trace(nsh, lines, "mount")]
    assert calls == [MADE_PRIVATE, fresh, MADE_PRIVATE, MADE_PRIVATE, fresh, MADE_PRIVATE, fresh]


def test_a_new_root_is_taken_by_pivot_root_and_the_old_one_let_go(nsh: Program) -> None:
    """bind, chdir, pivot_root(".", "."), umount: the recipe of pivot_root(2), NOTES."""
    (nsh.cwd / "root").mkdir()
    root = nsh.cwd / "root"
    calls = trace(nsh, f"new user,mnt r --root {root}", "mount", "chdir", "pivot_root", "umount2")
    holder = next(call.pid for call in calls if call.name == "pivot_root")
    assert [(call.name, call.arguments) for call in calls if call.pid == holder] == [
        ("mount", '"none", "/", NULL, MS_REC|MS_PRIVATE, NULL'),
        ("mount", f'"{root}", "{root}", NULL, MS_BIND|MS_REC, NULL'),
        ("chdir", f'"{root}"'),
        ("pivot_root", '".", "."'),
        ("umount2", '".", MNT_DETACH'),
        ("chdir", '"/"'),
        ("chdir", '"/"'),
    ]
