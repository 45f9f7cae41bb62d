# SPDX-License-Identifier: MIT
"""Random valid commands on real namespaces: what the model says exists does, nothing else, and nothing grows."""

from __future__ import annotations

import pytest

from tests.program import Program
from tests.safety.machine import Machine

pytestmark = pytest.mark.real

MEMORY = 2048
"""KiB that nsh and its helpers may grow by between the second tenth of a long run and its last."""


@pytest.mark.parametrize(("count", "seed"), [(40, 1), pytest.param(10_000, 100, marks=pytest.mark.slow)])
def test_model_and_machine_agree(count: int, seed: int, nsh: Program, machine: Machine) -> None:
    """After each command /proc has the namespaces of the model; hostnames and devices too; in the end all is gone."""
    found = machine.answer("tests.safety.model", count, seed, nsh=nsh)
    print(found)
    first, last = found["sizes"][1], found["sizes"][-1]
    assert (last["fds"], last["helpers"]) == (first["fds"], first["helpers"])
    assert last["kib"] - first["kib"] < MEMORY
    assert machine.left() == []
