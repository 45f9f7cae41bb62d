# SPDX-License-Identifier: MIT
"""A refusal says what the kernel said and why, probed here and now: each rule is met for real."""

from __future__ import annotations

import errno
import os
import subprocess

import pytest

from nsh import hints
from nsh.errors import Where
from nsh.hints import probes
from tests import subordinate
from tests.program import NSH, Program

IS_ROOT = os.geteuid() == 0
ROOTLESS = pytest.mark.rootless
ROOT = pytest.mark.root

CASES = [
    # what was typed, what the last error is, what its hint must say
    pytest.param("new uts a", "clone3(flags=CLONE_NEWUTS): Operation not permitted", "`new user,uts`", marks=ROOTLESS),
    pytest.param("unshare net", "unshare(CLONE_NEWNET): Operation not permitted", "`unshare user,net`", marks=ROOTLESS),
    pytest.param(
        "new uts h[1..3]", "unshare(CLONE_NEWUTS) × 3: Operation not permitted", "new user,uts", marks=ROOTLESS
    ),
    pytest.param(
        "new time --boottime +1d -- true",
        "unshare(CLONE_NEWTIME): Operation not permitted",
        "user,time",
        marks=ROOTLESS,
    ),
    pytest.param(
        "new user a --map 0:0:10",
        f"/etc/subuid gives {subordinate.USER} no ids 0..9 (it gives: {subordinate.GIVEN})",
        f"root adds a row: `echo {subordinate.USER}:0:10 >> /etc/subuid`",
        marks=[ROOTLESS, subordinate.NEEDED],
    ),
    pytest.param(
        "new user,uts a; new user b; enter a; enter b",
        "setns(pidfd of b, CLONE_NEWUSER): Operation not permitted",
        "`leave` first",
    ),
    pytest.param(
        "new user,pid a; enter a; enter host",
        "setns(pidfd of host, CLONE_NEWPID|CLONE_NEWUSER): Operation not permitted",
        "`leave`",
    ),
    pytest.param(
        "new pid a; enter a; enter host",
        "setns(pidfd of host, CLONE_NEWPID): Invalid argument",
        "downwards",
        marks=ROOT,
    ),
    pytest.param(
        "unshare user,uts --map root; new user a; on a uts hostname x",
        'sethostname("x", 1): Operation not permitted',
        "`new user,uts` makes one",
    ),
    pytest.param(
        "unshare user,uts --map root; new user a; on a uts domainname x",
        'setdomainname("x", 1): Operation not permitted',
        "`new user,uts` makes one",
    ),
    pytest.param(
        f"new user,uts a --hostname {'x' * 65}", f'sethostname("{"x" * 65}", 65): Invalid argument', "at most 64 bytes"
    ),
    pytest.param("new user a --uid 77", "setresuid(77): Invalid argument", "77 is not in the ID map"),
    pytest.param("new user a --gid 77", "setresgid(77): Invalid argument", "77 is not in the ID map"),
    pytest.param("new user -- true --uid 77; new user --uid 77 -- true", "setresuid(77): Invalid argument", "ID map"),
    pytest.param(
        "new user,time a --boottime -9000d",
        'write(/proc/self/timens_offsets, "boottime -777600000 0\\n"): Numerical result out of range',
        "become negative",
    ),
    pytest.param(
        "new user,time --monotonic -9000d -- true",
        'write(/proc/self/timens_offsets, "monotonic -777600000 0\\n"): Numerical result out of range',
        "become negative",
    ),
    pytest.param("unshare user; new user a", "clone3(flags=CLONE_NEWUSER): Operation not permitted", "not mapped"),
    pytest.param("unshare user; unshare user", "unshare(CLONE_NEWUSER): Operation not permitted", "not mapped"),
    pytest.param(
        "new user,mnt a --proc",
        'mount("proc", "/proc", "proc", MS_NOSUID|MS_NODEV|MS_NOEXEC, NULL): Operation not permitted',
        "create pid too",
    ),
    pytest.param(
        "unshare --fork user,mnt,pid --map root; mount --bind /dev/null /proc/version; new user,mnt,pid a",
        'mount("proc", "/proc", "proc", MS_NOSUID|MS_NODEV|MS_NOEXEC, NULL): Operation not permitted',
        "partly covered (/proc/version)",
    ),
    pytest.param(
        "unshare user --map root; echo 0 > /proc/sys/user/max_uts_namespaces; new uts a",
        "clone3(flags=CLONE_NEWUTS): No space left on device",
        "not the disk: /proc/sys/user/max_uts_namespaces is 0 here",
    ),
    pytest.param(
        "unshare user --map root; echo 0 > /proc/sys/user/max_uts_namespaces; unshare uts",
        "unshare(CLONE_NEWUTS): No space left on device",
        "not the disk: /proc/sys/user/max_uts_namespaces is 0 here",
    ),
    pytest.param(
        "unshare user --map root; echo 2 > /proc/sys/user/max_uts_namespaces; new uts a; new uts b; new uts c",
        "clone3(flags=CLONE_NEWUTS): No space left on device",
        "not the disk: /proc/sys/user/max_uts_namespaces is 2 here",
    ),
    pytest.param(
        "unshare user,pid --map root; true; true", "clone3(SIGCHLD): Cannot allocate memory", "memory is fine: the init"
    ),
]


@pytest.mark.real
@pytest.mark.parametrize(("line", "message", "hint"), CASES)
def test_a_refusal_names_the_call_and_its_cause(line: str, message: str, hint: str, nsh: Program) -> None:
    """The message is the call as strace prints it and the kernel's error; below it what to look at or type."""
    done = nsh("-c", line)
    assert done.status == 1
    said = done.err.splitlines()
    assert message in said
    below = " ".join(text.removeprefix("hint: ") for text in said[said.index(message) + 1 :])
    assert hint in below


@pytest.mark.real
@pytest.mark.parametrize(
    ("level", "cause"), [("unshare --fork user,pid --map root", "32"), ("unshare user --map root", "33")]
)
def test_the_deepest_nesting_is_explained(level: str, cause: str, nsh: Program) -> None:
    """Pid namespaces nest 32 deep, user namespaces 33 below the initial one; then ENOSPC, which is no disk."""
    done = nsh("-c", "; ".join([level] * 34))
    assert done.status == 1
    assert "No space left on device" in done.err
    assert "not the disk" in done.err
    assert cause in done.err


@pytest.mark.real
@pytest.mark.root
def test_in_a_chroot_user_namespaces_are_refused_and_that_is_said(nsh: Program) -> None:
    """EPERM for CLONE_NEWUSER has many causes; a root that is not the tree's own is looked for first."""
    wrapped = f"mount --rbind / /mnt && exec chroot /mnt {NSH} -c 'new user a'"
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", wrapped], env=nsh.environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "clone3(flags=CLONE_NEWUSER): Operation not permitted" in done.stderr
    assert "chroot" in done.stderr


def test_without_a_rule_nothing_is_guessed() -> None:
    """A cause that was not probed is not named."""
    where = Where(os.getpid(), ("uts",))
    assert hints.explain("mount", 'mount("a", "/a", NULL, MS_BIND, NULL)', errno.ENOMEM, where) is None
    assert hints.explain("execve", "execve", errno.E2BIG, where) is None


@pytest.mark.parametrize("rule", sorted(hints.all_rules()), ids=str)
def test_every_rule_survives_a_process_that_is_gone(rule: tuple[str, int]) -> None:
    """The one that was refused may have ended meanwhile: a hint is text or nothing, never an error."""
    op, number = rule
    found = hints.explain(op, f"{op}(77)", number, Where(0x7FFFFFFF, ("uts", "pid")))
    assert found is None or isinstance(found, str)


@pytest.mark.parametrize("types", [("uts",), ("pid", "user"), ()])
def test_no_space_survives_a_process_that_is_gone(types: tuple[str, ...]) -> None:
    """Also where there is no limit of that name."""
    assert "not the disk" in str(hints.explain("clone3", "clone3", errno.ENOSPC, Where(0x7FFFFFFF, types)))


def test_what_is_to_be_typed_stays_on_one_line() -> None:
    """Lines are broken between words, and never inside backquotes."""
    command = "`" + "a b " * 40 + "`"
    text = f"{'word ' * 30}{command}, {'word ' * 30}(`x y`) end"
    lines = hints.wrapped(text).split("\n")
    assert " ".join(lines).split() == text.split()
    assert sum(command in line for line in lines) == 1
    assert all(len(line) <= 120 for line in lines if command not in line)


def test_capabilities_are_read_from_the_process_itself() -> None:
    """CAP_SYS_ADMIN is bit 21: root has it, an ordinary user has not."""
    assert probes.has_capability(os.getpid(), 21) is IS_ROOT
    assert probes.has_capability(0x7FFFFFFF, 21) is False
