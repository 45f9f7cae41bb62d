# SPDX-License-Identifier: MIT
"""limits: the ceiling of each type, how many count against it, and whose it is."""

from __future__ import annotations

import json

import pytest

from nsh import nstypes
from tests.program import Program

pytestmark = pytest.mark.real

LAB = "new user mine -q\nenter mine"


def table(nsh: Program, lines: str) -> dict[str, dict[str, object]]:
    """{type: row} of the `limits` at the end of some lines."""
    done = nsh("-c", f"{lines} --json")
    assert done.status == 0, done.err
    return {row["type"]: row for row in json.loads(done.out[done.out.index("[") :])}


def test_a_new_user_namespace_begins_with_the_largest_number_and_none_in_use(nsh: Program) -> None:
    """The ceilings are not inherited, and what others own does not count."""
    rows = table(nsh, f"{LAB}\nlimits")
    assert list(rows) == list(nstypes.NAMES)
    assert {(row["maximum"], row["in_use"]) for row in rows.values()} == {(2147483647, 0)}
    assert len({row["user_namespace"] for row in rows.values()}) == 1


@pytest.mark.parametrize("kind", nstypes.NAMES)
def test_each_type_is_refused_at_its_ceiling(kind: str, nsh: Program) -> None:
    """`No space left on device` for every type, and the hint names the file and what it says there."""
    done = nsh("-c", f"{LAB}\nlimits {kind} 0\nnew {kind} x")
    assert done.status == 1
    assert "No space left on device" in done.err
    assert f"/proc/sys/user/max_{kind}_namespaces is 0 here" in done.err


def test_one_more_than_are_alive_shows_when_one_ends(nsh: Program) -> None:
    """The next is refused as long as the last one lives, and allowed once it is gone."""
    done = nsh("-c", f"{LAB}\nlimits uts 1\nnew uts a -q\n- new uts b -q\nls places\nrm a\nnew uts b")
    assert done.status == 0
    assert done.err.count("No space left on device") == 1
    assert done.out.splitlines()[-1].startswith("b  pid ")


def test_what_is_in_use_is_counted_through_everything_below(nsh: Program) -> None:
    """A namespace of a nested user namespace counts in both."""
    lines = f"{LAB}\nnew uts a -q\nnew user,uts,net inner -q\nenter inner\nnew uts c -q\nlimits --json\nleave\nlimits"
    done = nsh("-c", f"{lines} --json")
    below, above, rest = done.out.partition("]\n")
    inner = {row["type"]: row["in_use"] for row in json.loads(below + "]")}
    outer = {row["type"]: row["in_use"] for row in json.loads(rest)}
    assert above
    assert (inner["uts"], inner["net"], inner["user"]) == (2, 1, 0)
    assert (outer["uts"], outer["net"], outer["user"]) == (3, 1, 1)


def test_what_only_files_or_a_promise_keep_is_counted(nsh: Program) -> None:
    """Places without a process, and what only the next children would be in."""
    rows = table(nsh, f"{LAB}\nnew net n[1..3] -q\nunshare time\nlimits")
    assert (rows["net"]["in_use"], rows["time"]["in_use"]) == (3, 1)


def test_a_ceiling_is_of_the_namespace_you_are_in(nsh: Program) -> None:
    """Lowered inside, unchanged outside."""
    before = nsh("-c", "cat /proc/sys/user/max_uts_namespaces").out
    done = nsh(
        "-c", "new user mine -q\non mine limits uts 5\non mine limits uts --json\ncat /proc/sys/user/max_uts_namespaces"
    )
    inside, _, outside = done.out.partition("\n")
    assert json.loads(inside)[0]["maximum"] == 5
    assert outside == before


@pytest.mark.parametrize("count", ["2147483648", "99999999999999999999"])
def test_a_ceiling_that_cannot_be_is_a_mistake(count: str, nsh: Program) -> None:
    """The kernel takes no more than 2147483647."""
    assert nsh("-c", f"{LAB}\nlimits uts {count}").status == 2


def test_the_machine_is_left_alone(nsh: Program) -> None:
    """Outside a sandbox the limits of where nsh was started stay."""
    done = nsh("-c", "limits uts 100000")
    assert done.status == 1
    assert "the machine's own" in done.err


@pytest.mark.once
def test_doctor_claims_no_limit_that_is_none(nsh: Program) -> None:
    """In a sandbox the number is the highest there is, and what holds is out of sight."""
    done = nsh("--sandbox", "-c", "doctor")
    assert "none set here; those of the namespaces above hold as well" in done.out
