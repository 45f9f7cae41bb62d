# SPDX-License-Identifier: MIT
"""Random valid commands on real namespaces: what the model says exists does, nothing else, and nothing grows."""

from __future__ import annotations

import pytest

from tests.program import Program
from tests.safety.machine import Machine

pytestmark = pytest.mark.real

MEMORY = 2048
"""KiB that nsh and its helpers may grow by between the middle of a run, when all is loaded, and its end."""


PARTS = 10
"""Of the ten thousand sequences: none may take longer than a test may."""


@pytest.mark.parametrize(
    ("count", "seed"),
    [(40, 1), *(pytest.param(1_000, 100 + 1_000 * part, marks=pytest.mark.slow) for part in range(PARTS))],
)
def test_model_and_machine_agree(count: int, seed: int, nsh: Program, machine: Machine) -> None:
    """After each command /proc has the namespaces, pins and programs of the model and no others; then all goes.

    Hostnames, devices and addresses are compared at the end of each sequence.
    """
    found = machine.answer("tests.safety.model", count, seed, nsh=nsh)
    print(found)
    first, last = found["sizes"][4], found["sizes"][-1]
    assert (last["fds"], last["helpers"]) == (first["fds"], first["helpers"])
    assert last["kib"] - first["kib"] < MEMORY
    assert machine.left() == []
