# SPDX-License-Identifier: MIT
"""Ops print as strace(1) prints the call, and travel as plain values."""

from __future__ import annotations

import ast
import marshal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nsh import nstypes, ops
from nsh.kernel import mountflags
from nsh.ops import Clone, Gate, Give, Mount, Offsets, Op, SetNs, Unshare
from tests.program import Program
from tests.strace import trace

SHOWN = [
    (Clone(nstypes.mask(("uts", "mnt"))), "clone3(flags=CLONE_NEWNS|CLONE_NEWUTS)"),
    (Clone(), "clone3(flags=0)"),
    (Unshare(nstypes.mask(("time",))), "unshare(CLONE_NEWTIME)"),
    (SetNs(1, nstypes.mask(("net",)), "pidfd of box"), "setns(pidfd of box, CLONE_NEWNET)"),
    (ops.mount_proc(), 'mount("proc", "/proc", "proc", MS_NOSUID|MS_NODEV|MS_NOEXEC, NULL)'),
    (ops.make_propagation(mountflags.MS_PRIVATE), 'mount("none", "/", NULL, MS_REC|MS_PRIVATE, NULL)'),
    (Mount("a", "b", "tmpfs", 0, "size=1k"), 'mount("a", "b", "tmpfs", 0, "size=1k")'),
    (Offsets("boottime 86400 0\n"), 'write(/proc/self/timens_offsets, "boottime 86400 0\\n")'),
    (Op("sethostname", "web1"), 'sethostname("web1", 4)'),
    (Op("setresuid", 0), "setresuid(0)"),
    (Op("umount2", ".", mountflags.MNT_DETACH), 'umount2(".", MNT_DETACH)'),
    (Give(nstypes.mask(("net",)), ("net",), 200), "unshare(CLONE_NEWNET) × 200"),
]


@pytest.mark.parametrize(("op", "text"), SHOWN, ids=[text for _, text in SHOWN])
def test_an_op_prints_as_the_call(op: Op, text: str) -> None:
    """What an error message quotes is what strace would show."""
    assert str(op) == text == repr(op)


@pytest.mark.parametrize("op", [op for op, _ in SHOWN] + [Gate()], ids=str)
def test_an_op_travels_as_plain_values(op: Op) -> None:
    """marshal carries it, and what arrives is the name and the arguments."""
    assert marshal.loads(marshal.dumps(op.wire())) == (op.name, *op.arguments)


def test_ops_are_values() -> None:
    """Equal words, equal ops; they can be counted in sets."""
    assert {Op("chdir", "/"), Op("chdir", "/"), Op("chdir", "/tmp")} == {Op("chdir", "/tmp"), Op("chdir", "/")}
    assert Op("chdir", "/") != "chdir"


@given(st.text(alphabet=st.characters(codec="utf-8")))
def test_a_quoted_text_is_one_printable_line(text: str) -> None:
    """Whatever a user typed: no control character and no quote of his ends the string."""
    shown = ops.quoted(text)
    assert shown.isprintable()
    assert shown.isascii()
    assert shown[0] == shown[-1] == '"'
    assert ast.literal_eval(f"b{shown}") == text.encode()


def test_a_new_root_gets_its_proc_while_the_old_one_is_in_sight() -> None:
    """Without a /proc to be seen the kernel refuses a fresh one in a user namespace, so it comes before the pivot."""
    names = [str(op).partition("(")[0] for op in ops.new_root("/srv/root/", fresh_proc=True)]
    assert names == ["mount", "mount", "mount", "chdir", "pivot_root", "umount2", "chdir"]
    assert ops.new_root("/srv/root/", fresh_proc=True)[2] == ops.mount_proc("/srv/root/proc")
    assert len(ops.new_root("/srv/root", fresh_proc=False)) == 6


@pytest.mark.real
def test_the_text_of_a_mount_is_what_strace_prints(nsh: Program) -> None:
    """Letter by letter, for the calls of a box."""
    calls = trace(nsh, "new user,mnt,pid,uts box --hostname web1", "mount", "sethostname")
    shown = [f"{call.name}({call.arguments})" for call in calls]
    assert shown == [
        str(ops.make_propagation(mountflags.MS_PRIVATE)),
        str(ops.mount_proc()),
        str(Op("sethostname", "web1")),
    ]
