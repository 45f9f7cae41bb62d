# SPDX-License-Identifier: MIT
"""What the tests say of programs that are not there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.programs import PROGRAMS, SLOW_PROGRAMS, missing, packages, provide


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A PATH with nothing on it."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def test_what_is_large_is_only_asked_for_by_the_slow_tests(bare: Path) -> None:
    """`make test` on a machine with nothing on it installs no Chromium and no Go, `make test-all` does."""
    assert missing(PROGRAMS) == PROGRAMS
    large = {"chromium", "chromium-driver", "debootstrap", "golang-go"}
    assert set(packages(SLOW_PROGRAMS)) - set(packages(PROGRAMS)) == large


def test_where_nothing_can_be_installed_a_table_says_what_is_missing(
    bare: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Program, Debian package and what is not tested, once each; nobody is left to guess, and nothing breaks."""
    provide(PROGRAMS)
    first, header, *rows = capfd.readouterr().err.splitlines()
    why_not = (
        "not root, who could: apt-get install asciinema bash build-essential"
        if os.geteuid()
        else "this machine has no apt-get"
    )
    assert first.startswith(why_not)
    assert header.split() == ["program", "Debian", "package", "its", "tests"]
    assert [row.split()[:2] for row in rows] == [[name, PROGRAMS[name].package] for name in sorted(PROGRAMS)]
    assert "  newuidmap   uidmap           subordinate ids" in rows


def test_a_program_that_is_there_is_not_listed(bare: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The table has what is missing and nothing else."""
    for program in PROGRAMS.keys() - {"strace"}:
        (bare / program).write_text("#!/bin/true\n")
        (bare / program).chmod(0o755)
    provide(PROGRAMS)
    assert [line.split()[0] for line in capfd.readouterr().err.splitlines()[2:]] == ["strace"]


def test_nothing_is_said_where_all_is_there(capfd: pytest.CaptureFixture[str]) -> None:
    """A run that has what it needs begins with the tests."""
    provide({})
    assert capfd.readouterr().err == ""
