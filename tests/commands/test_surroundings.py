# SPDX-License-Identifier: MIT
"""cd, umask, env, exit: what the process you sit in passes on to its programs, and going back."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.program import Program

pytestmark = pytest.mark.real

BOX = "new user,mnt box -q"


def test_cd_changes_where_programs_start(nsh: Program, tmp_path: Path) -> None:
    """Of the process you sit in, not of nsh: relative files of redirections are there too."""
    (tmp_path / "sub").mkdir()
    done = nsh("-c", f"cd {tmp_path}\npwd\ncd sub\npwd\necho x > here\ncd -\npwd\ncd -\npwd")
    assert done.out.split() == [str(tmp_path), f"{tmp_path}/sub", str(tmp_path), f"{tmp_path}/sub"]
    assert (tmp_path / "sub" / "here").read_text() == "x\n"


def test_cd_alone_goes_home(nsh: Program) -> None:
    """As in any shell."""
    home = nsh.environment["HOME"]
    assert nsh("-c", "cd /\ncd\npwd").out == f"{home}\n"


def test_programs_are_told_where_they_are(nsh: Program) -> None:
    """PWD and OLDPWD follow."""
    assert nsh("-c", "cd /usr\ncd /etc\nsh -c 'echo $PWD $OLDPWD'").out == "/etc /usr\n"


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("/nonexistent", 'chdir("/nonexistent"): No such file or directory'),
        ("/etc/passwd", 'chdir("/etc/passwd"): Not a directory'),
        ("-", "there is no directory before this one"),
        (f"/{'x' * 300}", "File name too long"),
    ],
)
def test_cd_that_fails_stays_where_it_was(word: str, said: str, nsh: Program) -> None:
    """One line, and the directory is the same."""
    done = nsh("-k", "-c", f"cd /usr\nenv rm OLDPWD\ncd {word}\npwd")
    assert done.out == "/usr\n"
    assert said in done.err
    assert "Traceback" not in done.err


def test_each_seat_has_a_directory_of_its_own(nsh: Program) -> None:
    """A move takes it along; what is done inside does not come back."""
    assert nsh("-c", f"{BOX}\ncd /usr\nenter box\npwd\ncd /etc\npwd\nleave\npwd").out.split() == [
        "/usr",
        "/etc",
        "/usr",
    ]


def test_a_directory_that_is_not_in_the_place_becomes_the_root(nsh: Program, tmp_path: Path) -> None:
    """And that is said."""
    inner = tmp_path / "inner"
    inner.mkdir()
    done = nsh("-c", f"{BOX}\non box mnt add tmpfs {tmp_path}\ncd {inner}\nenter box\npwd")
    assert done.out.splitlines()[-1] == "/"
    assert str(inner) in done.err


def test_umask_is_shown_and_set_in_octal(nsh: Program, tmp_path: Path) -> None:
    """New files of programs and of redirections obey it."""
    done = nsh("-c", f"umask 027\numask\nsh -c umask\necho x > {tmp_path}/file\nmkdir {tmp_path}/folder")
    assert done.out == "0027\n0027\n"
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o640
    assert (tmp_path / "folder").stat().st_mode & 0o777 == 0o750
    assert json.loads(nsh("-c", "umask 7\numask --json").out) == {"umask": "0007"}


@pytest.mark.parametrize("word", ["8", "1000", "u=rwx", "-1", "''", "077x", "99999999999999999999"])
def test_what_is_no_mask_is_refused(word: str, nsh: Program) -> None:
    """Nothing is changed."""
    done = nsh("-k", "-c", f"umask 022\numask {word}\numask")
    assert done.out == "0022\n"
    assert done.status == 2
    assert "Traceback" not in done.err


def test_the_environment_of_programs_is_set_shown_and_taken_away(nsh: Program) -> None:
    """One variable, several, an empty one, one with `=` in its value."""
    done = nsh(
        "-c", "env set A=1 B= C=x=y\nsh -c 'echo $A-$B-$C'\nenv rm A C\nsh -c 'echo ${A-none}-${B-none}-${C-none}'"
    )
    assert done.out == "1--x=y\nnone--none\n"
    told = json.loads(nsh("-c", "env set A=1\nenv ls --json").out)
    assert told["A"] == "1"
    assert "A=1" in nsh("-c", "env set A=1\nenv ls").out.splitlines()


@pytest.mark.parametrize("line", ["env set A", "env set =x", "env set A=1 B", "env rm NOTHERE", "env rm HOME NOTHERE"])
def test_what_is_no_variable_is_refused_and_nothing_is_set(line: str, nsh: Program) -> None:
    """Not even those before it."""
    done = nsh("-k", "-c", f"{line}\nsh -c 'echo ${{A-none}} ${{HOME:+home}}'")
    assert done.out == "none home\n"
    assert done.status == 2


def test_the_environment_is_that_of_the_seat(nsh: Program) -> None:
    """A move takes a copy along."""
    lines = f"{BOX}\nenv set A=out\nenter box\nsh -c 'echo $A'\nenv set A=in\nsh -c 'echo $A'\nleave\nsh -c 'echo $A'"
    assert nsh("-c", lines).out.split() == ["out", "in", "out"]


def test_bare_env_is_the_program(nsh: Program) -> None:
    """Its words are nsh's only behind `ls`, `set` and `rm`."""
    assert nsh("-c", "env A=1 sh -c 'echo $A'").out == "1\n"


def test_exit_leaves_one_move_and_ends_at_host(nsh: Program) -> None:
    """What stands behind it is not read any more; the status is that of the last line."""
    done = nsh("-c", f"{BOX}\nenter box\nexit\nreadlink /proc/self/ns/mnt\nsh -c 'exit 3' || true\nexit\necho never")
    assert done.out == f"{os.readlink('/proc/self/ns/mnt')}\n"
    assert done.status == 0
