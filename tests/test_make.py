# SPDX-License-Identifier: MIT
"""`make run`, as the README promises it."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.program import TIMEOUT, Done

ROOT = Path(__file__).resolve().parent.parent


def make(environment: dict[str, str], *argv: str, stdin: str = "") -> Done:
    """`make ARGV` at the top of the checkout, from an environment with next to nothing in it."""
    done = subprocess.run(
        ["make", "--no-print-directory", *argv],
        input=stdin,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={"HOME": environment["HOME"]}
        | {name: environment[name] for name in environment if name.startswith("NSH_TEST")},
        timeout=TIMEOUT,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)


@pytest.mark.real
def test_lines_on_stdin_are_run_in_a_sandbox(environment: dict[str, str]) -> None:
    """`make run` with lines answers them on stdout, and nothing else is there."""
    done = make(environment, "run", stdin="new -q uts a\non a hostname inside\na hostname\nhostname\n")
    assert done == Done(0, "inside\nhost\n", "")


@pytest.mark.real
def test_a_line_that_fails_makes_make_fail(environment: dict[str, str]) -> None:
    """make turns any status but 0 into its own 2, and the line that failed is named."""
    done = make(environment, "run", stdin="hostname\nfalse\necho unreached\n")
    assert (done.status, done.out) == (2, "host\n")
    assert "2: status 1: false" in done.err


def test_make_alone_says_what_there_is(environment: dict[str, str]) -> None:
    """Every target a person types is listed with what it does."""
    told = re.findall(r"make (\S+) +\S", make(environment).out)
    tests = ["test", "test-pythons", "test-fresh", "test-all"]
    assert told == ["help", "env", "run", "check", "docs", "docs-messages", *tests, "bench", "clean"]


def test_without_a_python_one_line_says_which_is_wanted(environment: dict[str, str], tmp_path: Path) -> None:
    """Nothing is begun that cannot be ended; make adds a line of its own."""
    done = make(environment, f"VENV={tmp_path}/env", "PYTHON=no-such-python", "run")
    assert (done.status, done.out) == (2, "")
    needed = (
        "nsh needs Python 3.11 or later, and no-such-python is none; where there is one, say: make PYTHON=/its/path"
    )
    assert done.err.splitlines()[:-1] == [needed]
    assert not (tmp_path / "env").exists()


@pytest.mark.slow
@pytest.mark.once
def test_without_a_network_it_says_what_could_not_be_had(environment: dict[str, str], tmp_path: Path) -> None:
    """One line of pip's, one of ours, and where all the others are; a second try begins anew."""
    place = tmp_path / "env"
    (tmp_path / "pip.conf").write_text("[global]\nno-index = true\n")
    for _ in range(2):
        done = make(environment, f"VENV={place}", f"PY=PIP_CONFIG_FILE={tmp_path}/pip.conf {place}/bin/python", "env")
        assert (done.status, done.out) == (2, "")
        making, why, ours, _ = done.err.splitlines()
        assert making == f"making the environment in {place}, once ..."
        assert why.lstrip().startswith("ERROR: Could not find a version that satisfies the requirement")
        assert ours.startswith("pip could not install what nsh needs: is PyPI, or a mirror that pip.conf names, within")
        assert ours.endswith(f"All it said: {place}/log")
