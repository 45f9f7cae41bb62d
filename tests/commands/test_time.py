# SPDX-License-Identifier: MIT
"""time: offsets, the clocks on both sides, and why it is too late to set them."""

from __future__ import annotations

import json

import pytest

from tests.program import Program

pytestmark = pytest.mark.real

DAY = 86400


def test_offsets_and_clocks_are_told_for_both_sides(nsh: Program) -> None:
    """Inside is outside and the offset, for each clock by its own."""
    done = nsh("-c", "new user,time t -q --boottime +1d --monotonic -2.5s\ntime show t --json")
    monotonic, boottime = json.loads(done.out)
    assert (monotonic["offset"], boottime["offset"]) == (-2.5, DAY)
    for row in (monotonic, boottime):
        assert abs(row["inside"] - row["outside"] - row["offset"]) < 5


def test_inside_is_what_programs_there_read(nsh: Program) -> None:
    """The first number of /proc/uptime is the boot clock."""
    done = nsh("-c", "new user,time t -q --boottime +3d\non t cut -d. -f1 /proc/uptime\ntime show t --json")
    uptime, _, data = done.out.partition("\n")
    assert abs(json.loads(data)[1]["inside"] - int(uptime)) < 5


def test_it_is_too_late_once_somebody_is_in(nsh: Program) -> None:
    """The note names the member, and the kernel agrees: a write is refused."""
    done = nsh("-c", "new user,time t\ntime show t\non t bash -c 'echo boottime 5 0 > /proc/self/timens_offsets'")
    pid = done.out.split()[2]
    assert f"too late to set them: pid {pid} is in it" in done.err
    assert "Permission denied" in done.err


def test_the_initial_namespace_has_no_offsets(nsh: Program) -> None:
    """There is no moment before its first process."""
    done = nsh("-c", "time show")
    assert "the initial time namespace has no offsets" in done.err
    assert [line.split()[1] for line in done.out.splitlines()[1:]] == ["0s", "0s"]


def test_offsets_for_the_next_children_are_told_before_anybody_is_in(nsh: Program) -> None:
    """After a plain unshare the clocks inside are nobody's yet."""
    done = nsh("-c", "unshare user,time --map root --boottime +1h\ntime show --json")
    boottime = json.loads(done.out)[1]
    assert (boottime["offset"], boottime["inside"]) == (3600, None)
    assert "nobody is in yet" in done.err


def test_a_place_without_a_time_namespace_shows_the_clocks_it_has(nsh: Program) -> None:
    """Every process is in one."""
    done = nsh("-c", "new user u -q\ntime show u --json")
    assert done.status == 0
    assert [row["offset"] for row in json.loads(done.out)] == [0, 0]
