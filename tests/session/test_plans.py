# SPDX-License-Identifier: MIT
"""What words and options become: the calls, in their order, and refusals before anything is tried."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nsh import nstypes
from nsh.errors import UsageError
from nsh.ops import Clone, Gate, Op
from nsh.session import plans
from nsh.session.plans import Wishes

PRIVATE = 'mount("none", "/", NULL, MS_REC|MS_PRIVATE, NULL)'
PROC = 'mount("proc", "/proc", "proc", MS_NOSUID|MS_NODEV|MS_NOEXEC, NULL)'
TYPES = st.sets(st.sampled_from(nstypes.NAMES), min_size=1).map(
    lambda chosen: tuple(name for name in nstypes.NAMES if name in chosen)
)


def texts(plan: list[Op]) -> list[str]:
    """A plan as strace would print it."""
    return [str(op) for op in plan]


@given(TYPES)
def test_a_holder_is_one_clone_with_exactly_those_flags(types: tuple[str, ...]) -> None:
    """The rest of the plan never makes a namespace."""
    plan = plans.new_holder(types, Wishes())
    assert plan[0] == Clone(nstypes.mask(types))
    assert all(op.name in ("gate", "mount") for op in plan[1:])
    assert (Gate() in plan) == ("user" in types)


@given(TYPES, st.booleans())
def test_unshare_is_one_call_in_a_copy(types: tuple[str, ...], fork: bool) -> None:
    """clone, unshare with all flags, and with --fork one plain clone more."""
    plan = plans.unshared(types, Wishes(default_map="none"), fork=fork)
    assert plan[0] == Clone()
    assert plan[1].name == "unshare"
    assert plan[1].arguments == (nstypes.mask(types),)
    assert [op for op in plan[2:] if op.name == "clone3"] == ([Clone()] if fork else [])


def test_with_offsets_the_time_namespace_is_made_before_the_rest() -> None:
    """The user namespace too: it gives the right to set them, and the gate for its map stands between."""
    wishes = Wishes(boottime=86400.0, monotonic=-0.5)
    assert texts(plans.new_holder(("uts", "user", "time"), wishes)) == [
        "clone3(flags=0)",
        "unshare(CLONE_NEWUSER|CLONE_NEWTIME)",
        "gate()",
        'write(/proc/self/timens_offsets, "monotonic -1 500000000\\nboottime 86400 0\\n")',
        "clone3(flags=CLONE_NEWUTS)",
    ]


@given(st.floats(-1e9, 1e9, allow_nan=False))
def test_offsets_are_seconds_and_nanoseconds_that_add_up(seconds: float) -> None:
    """Nanoseconds are never negative, as the kernel wants them."""
    clock, whole, part = Wishes(boottime=seconds).offsets_text().split()
    assert clock == "boottime"
    assert 0 <= int(part) < 1_000_000_000
    assert int(whole) * 1_000_000_000 + int(part) == round(seconds * 1_000_000_000)


@pytest.mark.parametrize(
    ("types", "wishes", "expected"),
    [
        (("mnt",), Wishes(), [PRIVATE]),
        (("mnt", "pid"), Wishes(), [PRIVATE, PROC]),
        (("pid",), Wishes(), []),
        (("mnt", "pid"), Wishes(proc=False), [PRIVATE]),
        (("mnt",), Wishes(proc=True), [PRIVATE, PROC]),
        (("mnt", "pid"), Wishes(propagation="unchanged"), [PROC]),
        (("mnt",), Wishes(propagation="shared"), [PRIVATE.replace("PRIVATE", "SHARED")]),
    ],
)
def test_what_is_done_to_mounts(types: tuple[str, ...], wishes: Wishes, expected: list[str]) -> None:
    """Private first; a fresh /proc by default where pid and mnt are both new, and only there."""
    assert texts(plans.new_holder(types, wishes))[1:] == expected


def test_unshare_pid_and_mnt_get_a_fresh_proc_only_with_fork() -> None:
    """Without it you are not in the new pid namespace, and the proc would show the old one."""
    assert PROC not in texts(plans.unshared(("mnt", "pid"), Wishes(), fork=False))
    assert texts(plans.unshared(("mnt", "pid"), Wishes(), fork=True))[-1] == PROC


def test_a_new_root_comes_with_a_private_tree_and_proc_inside() -> None:
    """The propagation wished for is set on the new tree, after the pivot."""
    plan = texts(plans.new_holder(("mnt", "pid"), Wishes(root="/srv/r", propagation="shared")))
    assert (
        plan.index(PRIVATE) < plan.index(PROC.replace('"/proc"', '"/srv/r/proc"')) < plan.index('pivot_root(".", ".")')
    )
    assert plan[-1] == PRIVATE.replace("PRIVATE", "SHARED")


def test_identities_change_last_and_the_user_after_the_group() -> None:
    """Each step gives up the right to those before it."""
    plan = texts(plans.new_holder(("user", "mnt", "uts"), Wishes(uid=5, gid=6, hostname="web1")))
    assert plan[-3:] == ['sethostname("web1", 4)', "setresgid(6)", "setresuid(5)"]


@pytest.mark.parametrize(
    ("wishes", "option", "needed"),
    [
        (Wishes(maps=("root",)), "--map", "user"),
        (Wishes(hostname="x"), "--hostname", "uts"),
        (Wishes(proc=True), "--proc", "mnt"),
        (Wishes(propagation="slave"), "--propagation", "mnt"),
        (Wishes(root="/"), "--root", "mnt"),
        (Wishes(boottime=1.0), "--boottime", "time"),
        (Wishes(monotonic=1.0), "--monotonic", "time"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_option_without_its_type_is_refused(wishes: Wishes, option: str, needed: str) -> None:
    """The message names the option and the type, the hint says what to type."""
    others = tuple(name for name in nstypes.NAMES if name != needed)
    with pytest.raises(UsageError, match=f"{option} is about a new {needed} namespace") as caught:
        wishes.check(others)
    assert caught.value.hint == f"add the type: {','.join((*others, needed))}"
    wishes.check((needed,))


def test_a_program_with_offsets_enters_the_time_namespace_by_its_exec() -> None:
    """The clone has the other flags; the child makes the time namespace for itself and sets it."""
    flags, steps = plans.new_program(("uts", "time"), Wishes(boottime=1.0))
    assert nstypes.names_of(flags) == ("uts",)
    assert texts(steps) == ["unshare(CLONE_NEWTIME)", 'write(/proc/self/timens_offsets, "boottime 1 0\\n")']
    assert nstypes.names_of(plans.new_program(("uts", "time"), Wishes())[0]) == ("uts", "time")
