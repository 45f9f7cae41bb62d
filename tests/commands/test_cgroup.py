# SPDX-License-Identifier: MIT
"""cgroup: the path of a cgroup from inside and from outside."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.program import Program

pytestmark = pytest.mark.real


def own_paths() -> dict[int, str]:
    """{hierarchy: path} of this process, which nsh is started by."""
    lines = [line.split(":", 2) for line in Path("/proc/self/cgroup").read_text().splitlines()]
    return {int(line[0]): line[2] for line in lines}


def test_inside_the_path_is_the_root_and_outside_it_is_ours(nsh: Program) -> None:
    """The cgroup of the creator is the root of what a new namespace sees, in each hierarchy."""
    done = nsh("-c", "new user,cgroup c -q\ncgroup show c --json")
    rows = json.loads(done.out)
    assert {row["hierarchy"]: row["outside"] for row in rows} == own_paths()
    assert {row["inside"] for row in rows} == {"/"}


def test_host_sees_the_same_from_both_sides(nsh: Program) -> None:
    """Without a namespace between them there is one path."""
    rows = json.loads(nsh("-c", "cgroup show host --json").out)
    for side in ("inside", "outside"):
        assert {row["hierarchy"]: row[side] for row in rows} == own_paths()


def test_the_layout_is_told(nsh: Program) -> None:
    """Version 1, version 2, or both."""
    done = nsh("-c", "cgroup show")
    versions = {1 if number else 2 for number in own_paths()}
    layout = "hybrid" if len(versions) > 1 else f"v{versions.pop()} only"
    assert done.err == f"this machine's cgroups: {layout}\n"


def test_a_process_is_asked_by_its_pid(nsh: Program) -> None:
    """The rows are those of that process, not of who reads them."""
    rows = json.loads(nsh("-c", f"cgroup show {Path('/proc/self').resolve().name} --json").out)
    assert {row["hierarchy"]: row["outside"] for row in rows} == own_paths()


def test_a_place_that_only_files_keep_is_told_to_be_entered(nsh: Program) -> None:
    """Nobody is in it whose cgroup could be asked for."""
    done = nsh("-c", "unshare user --map root\nnew cgroup c[1..2] -q\ncgroup show c1")
    assert done.status == 1
    assert "enter it" in done.err
