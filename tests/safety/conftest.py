# SPDX-License-Identifier: MIT
"""What the tests of safety share: a machine of their own, on which nothing may be left."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from _pytest.terminal import TerminalReporter

from tests import program
from tests.safety.machine import Machine


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """Say how much was tried, and what was left of it: the figures that the tests here have printed."""
    for report in terminalreporter.stats.get("passed", []):
        module, _, _ = report.nodeid.partition("::")
        if os.path.dirname(module) == "tests/safety" and report.when == "call":
            for line in report.capstdout.splitlines():
                terminalreporter.write_line(f"{module}: {line}")


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    """A machine of the test's own, in which `nsh`, `shell` and `make_shell` run; nothing may be left on it."""
    made = Machine()
    entrance = tmp_path / "nsh"
    entrance.write_text(f'#!/bin/sh\nexec {shlex.join(made.entrance[:-1])} --wd="$PWD" {program.NSH} "$@"\n')
    entrance.chmod(0o755)
    monkeypatch.setattr(program, "NSH", str(entrance))
    yield made
    left = made.left()
    made.end()
    assert left == []


@pytest.fixture(autouse=True)
def no_ledger_in_tmp() -> Iterator[None]:
    """Nor is there a ledger left that a test's nsh made in /tmp for want of a better place."""
    path = f"/tmp/nsh-{os.geteuid()}"
    before = os.path.exists(path)
    yield
    assert os.path.exists(path) == before
