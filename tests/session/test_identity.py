# SPDX-License-Identifier: MIT
"""ID maps both ways, names of capabilities, lines that describe keys."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nsh.session import identity
from nsh.session.maps import IdMap

MAP = [IdMap(0, 1000, 1), IdMap(1, 200000, 65536)]


@pytest.mark.parametrize(
    ("inner", "outer"), [(0, 1000), (1, 200000), (65536, 265535), (65537, None), (4294967294, None)]
)
def test_an_id_inside_is_one_outside_or_none(inner: int, outer: int | None) -> None:
    """By the line it lies in."""
    assert identity.outside(MAP, inner) == outer


@given(st.integers(0, 0xFFFFFFFE))
def test_both_directions_agree(number: int) -> None:
    """What goes out comes back as it was."""
    found = identity.outside(MAP, number)
    assert found is None or identity.inside(MAP, found) == number


def test_an_outer_id_that_the_reader_does_not_have_is_no_id() -> None:
    """The kernel prints 4294967295 for it."""
    lines = [IdMap(0, 0xFFFFFFFF, 1)]
    assert identity.outside(lines, 0) is None
    assert identity.inside(lines, 0xFFFFFFFF) is None


def test_capabilities_have_the_names_of_the_manual_in_the_order_of_the_kernel() -> None:
    """linux/capability.h: chown is 0, sys_admin 21, checkpoint_restore 40; an unknown bit keeps its number."""
    assert identity.names_of(1 << 0 | 1 << 12 | 1 << 21 | 1 << 40) == [
        "chown",
        "net_admin",
        "sys_admin",
        "checkpoint_restore",
    ]
    assert identity.names_of(1 << 41) == ["cap_41"]
    assert identity.names_of(0) == []


def test_the_sets_of_this_process_are_those_of_proc() -> None:
    """Five sets, by the names that people use."""
    assert list(identity.capability_sets(os.getpid())) == [
        "inheritable",
        "permitted",
        "effective",
        "bounding",
        "ambient",
    ]


def test_a_key_is_described_by_one_line() -> None:
    """The description is the last field and may have anything in it."""
    assert identity.key_row("77;user;0;1;3f010000;a;b c") == {
        "serial": 77,
        "kind": "user",
        "uid": 0,
        "gid": 1,
        "perms": "3f010000",
        "description": "a;b c",
    }


@pytest.mark.parametrize("line", ["", "77;user;0;1;3f010000", "x;user;0;1;p;d", "77;user;-1;1;p;d", "²;user;0;1;p;d"])
def test_a_line_that_describes_no_key_is_passed_over(line: str) -> None:
    """It came from a helper, which is not to be believed."""
    assert identity.key_row(line) is None
