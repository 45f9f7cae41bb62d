# SPDX-License-Identifier: MIT
"""A million lines through engine and commands, with helpers that do nothing: no crash, nothing made, nothing grows."""

from __future__ import annotations

import pytest

from nsh.loader import Loader
from nsh.registry import REGISTRY
from tests.program import Program
from tests.safety.machine import Machine
from tests.safety.random_lines import lines

pytestmark = pytest.mark.real

MEMORY = 16 * 1024
"""KiB that it may take once more when everything has been used once."""


@pytest.mark.parametrize(
    ("count", "seed"), [(10_000, 1), pytest.param(1_000_000, 2, marks=pytest.mark.slow)], ids=["few", "a million"]
)
def test_no_line_is_a_bug_and_none_leaves_anything(count: int, seed: int, nsh: Program, machine: Machine) -> None:
    """Each is refused or explained; a rehearsal opens no file that stays, writes none, and no ledger."""
    before = sorted(path.name for path in nsh.cwd.iterdir())
    found = machine.answer("tests.safety.rehearse_many", count, seed, nsh=nsh)
    print(found)
    assert found["lines"] == count
    assert found["bugs"] == []
    assert found["fds"] == 0
    assert found["kib"] < MEMORY
    assert machine.left() == []
    assert sorted(path.name for path in nsh.cwd.iterdir()) == before


def test_the_same_seed_gives_the_same_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a failure can be run again."""
    monkeypatch.setattr(REGISTRY, "loader", Loader("/nonexistent"))
    one, other = lines(REGISTRY, 7), lines(REGISTRY, 7)
    assert [next(one) for _ in range(50)] == [next(other) for _ in range(50)]
