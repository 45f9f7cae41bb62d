# SPDX-License-Identifier: MIT
"""What is typed at nsh and refused, held against docs/failures.md."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests import subordinate
from tests.hints.page import (
    SAYS,
    hint_in,
    row,
    said,
)
from tests.program import NSH, Program

# By what is typed at nsh.

TYPED = [
    ("3a", "new uts a", [pytest.mark.rootless]),
    ("3b", "unshare net", [pytest.mark.rootless]),
    ("4a", "unshare user --map root; limits uts 0; new uts a", []),
    ("4b", "unshare user --map root; limits uts 1; new uts a; new uts b", []),
    ("4c", "unshare user --map root; limits uts 1; unshare user --map root; new uts a; new uts b", []),
    ("4d", "; ".join(["unshare --fork user,pid --map root"] * 34), []),
    ("4e", "; ".join(["unshare user --map root"] * 35), []),
    ("6b", "unshare user --map root; new user a --map 0:5:1", []),
    ("8a", "new user a --map 0:5:10", [pytest.mark.rootless]),
    ("9a", "unshare user,pid --map root; true; true", []),
    ("11a", "unshare --fork user,mnt,pid --map root; mount --bind /dev/null /proc/version; new user,mnt,pid a", []),
    ("12a", "new user,mnt a --proc", []),
    ("13a", "new user,mnt a; on a mnt add sysfs /mnt", []),
    ("17a", "new user,mnt a; on a mnt rm /proc", []),
    ("18d", "new pid a; enter a; enter host", [pytest.mark.root]),
    ("20a", "new user,net a; enter net a", [pytest.mark.rootless]),
    ("20b", "new user,uts a; new user b; enter a; enter b", []),
    ("20c", "new net a; new user b; enter b; enter a", [pytest.mark.root]),
    ("22c", "new user,time a --boottime -9000d", []),
    ("23b", "new user a --uid 77", []),
    ("26a", "show 1", [pytest.mark.rootless]),
]


@pytest.mark.real
@pytest.mark.parametrize(
    ("path", "said_of_it"),
    [("/nonexistent", "`mkdir -p /nonexistent` first"), ("/etc/debian_version", "is no directory")],
)
def test_a_root_that_is_not_there_is_named(path: str, said_of_it: str, nsh: Program) -> None:
    """`--root` of nothing, and of a file."""
    done = nsh("-c", f"new user,mnt a --root {path}")
    assert done.status == 1
    assert said_of_it in hint_in(done.err)


@pytest.mark.real
@pytest.mark.parametrize(
    ("number", "line"), [pytest.param(number, line, marks=marks, id=number) for number, line, marks in TYPED]
)
def test_what_is_typed_and_refused_is_explained(number: str, line: str, nsh: Program) -> None:
    """The hint below the refusal is that of the page."""
    done = nsh("-c", line)
    assert done.status == 1, done.out
    said(number, hint_in(done.err))


@row("15a", pytest.mark.root)
def test_a_mount_namespace_cannot_be_pinned_inside_itself(number: str, nsh: Program) -> None:
    """EINVAL: it would keep itself alive."""
    done = nsh("--sandbox", "-c", "pin /proc/self/ns/mnt x")
    assert "Invalid argument" in done.err
    said(number, hint_in(done.err))


@row("24c")
def test_a_resolver_on_the_lo_of_the_machine_is_named(number: str, nsh: Program, tmp_path: Path) -> None:
    """A name that is not found, where /etc/resolv.conf is a stub's."""
    (tmp_path / "resolv.conf").write_text("nameserver 127.0.0.53\n")
    cover = f"on n mount --bind {tmp_path}/resolv.conf /etc/resolv.conf"
    done = nsh("-c", f"new user,net,mnt n; {cover}; on n ping -c 1 host.invalid")
    assert "host.invalid: no such host" in done.err
    said(number, hint_in(done.err))


@row("14a")
def test_a_proc_of_another_pid_namespace_is_found(number: str, nsh: Program) -> None:
    """ps and kill then speak of others: the number there and here."""
    done = nsh("-c", "new user,pid a; on a doctor")
    (line,) = [line for line in done.out.splitlines() if " your /proc " in line]
    said(number, line.partition(" your /proc ")[2])


@row("8b", pytest.mark.rootless)
@subordinate.NEEDED
def test_a_helper_that_is_not_set_uid_is_named(number: str, nsh: Program, tmp_path: Path) -> None:
    """A copy of newuidmap has lost its right."""
    place = tmp_path / "bin"
    place.mkdir()
    for program in ("newuidmap", "newgidmap"):
        shutil.copy(shutil.which(program) or "", place)
    done = nsh("-c", f"new user a --map 0:{subordinate.FIRST}:10", PATH=f"{place}:{nsh.environment['PATH']}")
    assert done.status == 1
    said(number, hint_in(done.err))


@row("8c", pytest.mark.rootless)
@subordinate.NEEDED
def test_no_new_privs_is_named(number: str, nsh: Program) -> None:
    """With it set-uid programs gain nothing."""
    done = subprocess.run(
        ["setpriv", "--no-new-privs", NSH, "-c", f"new user a --map 0:{subordinate.FIRST}:10"],
        env=nsh.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    said(number, hint_in(done.stderr))


@row("29a")
def test_too_many_open_files_names_the_limit(number: str, nsh: Program) -> None:
    """EMFILE, wherever it is met."""
    done = subprocess.run(
        ["sh", "-c", f'ulimit -n 40; exec {NSH} -c "$0"', "unshare user --map root; new uts h[1..200]"],
        env=nsh.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "Too many open files" in done.stderr
    said(number, hint_in(done.stderr))


def test_every_row_of_the_page_has_a_test() -> None:
    """And there is no row of less than 28."""
    modules = [path.read_text() for path in Path(__file__).parent.glob("test_*.py")]
    known = {number for text in modules for number in re.findall(r'^(?:@row\(|    \()"(\d+[a-z])"', text, re.MULTILINE)}
    assert set(SAYS) == known
    assert {int(number[:-1]) for number in SAYS} >= set(range(1, 29))
