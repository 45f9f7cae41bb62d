# SPDX-License-Identifier: MIT
"""Which Pythons and which fresh Debian the slow tests take."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests import fresh, pythons

ROOT = Path(__file__).resolve().parent.parent
TARGETS = """\
http://mirror.example/security bookworm-security
http://mirror.example/debian bookworm
http://mirror.example/debian bookworm-updates
http://other.example/debian bookworm
"""


def test_the_fresh_debian_has_what_the_readme_asks_for_and_nothing_else() -> None:
    """ "A fresh Debian 12 with … is enough" is the list that is installed."""
    words = re.search(r"A fresh Debian 12 with ([^.]*?)\s+is enough", (ROOT / "README.md").read_text())
    assert words
    assert re.split(r",\s+|\s+and\s+", words[1]) == [*fresh.DOCUMENTED]


def test_debian_comes_from_the_mirror_that_apt_has_here() -> None:
    """The first that has the release itself; without one the run says so."""
    assert fresh.mirror(TARGETS) == "http://mirror.example/debian"
    with pytest.raises(SystemExit, match="apt knows no Debian bookworm here"):
        fresh.mirror("http://mirror.example/ubuntu noble\n")


def test_pip_is_given_all_that_an_environment_is_made_of() -> None:
    """pip itself, what builds nsh, what nsh needs and what its tests need."""
    wanted = {re.split("[^A-Za-z0-9_-]", line)[0] for line in fresh.requirements()}
    assert {"pip", "setuptools", "prompt_toolkit", "pyroute2", "pytest", "ruff"} <= wanted


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A home, where pyenv may be, and a PATH with nothing else on it."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.delenv("PYENV_ROOT", raising=False)
    (tmp_path / "bin").mkdir()
    return tmp_path


def pretend(program: Path, script: str) -> None:
    """Put a program there that does `script`."""
    program.parent.mkdir(parents=True, exist_ok=True)
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


def test_a_shim_that_leads_nowhere_is_passed_over(home: Path) -> None:
    """pyenv's shim of a version that is not chosen only complains; the version itself is found behind it."""
    pretend(home / "bin" / "python3.99", "echo 'pyenv: python3.99: command not found' >&2; exit 127")
    assert pythons.find("3.99") is None
    real = home / ".pyenv/versions/3.99.1/bin/python3.99"
    pretend(real, f"echo 3.99; echo {real}; echo {home}/.pyenv/versions/3.99.1")
    assert pythons.find("3.99") == pythons.Python("3.99", real, home / ".pyenv/versions/3.99.1")


def test_a_python_that_is_missing_is_said_and_no_failure(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The run goes on with the others."""
    assert pythons.main(["3.98", "3.99"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "Python 3.98: not on this machine, or without venv: not tested",
        "Python 3.99: not on this machine, or without venv: not tested",
    ]


def test_the_uppermost_closed_folder_is_the_private_home(tmp_path: Path) -> None:
    """That one is covered for the run; where every folder is open nothing is."""
    prefix = tmp_path / "home" / "tools" / "python"
    prefix.mkdir(parents=True)
    for folder in (tmp_path, *tmp_path.parents):
        if not folder.stat().st_mode & 0o001:
            assert pythons.private_home(prefix) in (tmp_path, *tmp_path.parents)
            return
    for folder in (prefix, prefix.parent):
        folder.chmod(0o700)
        assert pythons.private_home(prefix) == folder


@pytest.mark.real
@pytest.mark.root
def test_a_python_in_a_private_home_can_be_read_by_everybody_for_the_run(tmp_path: Path) -> None:
    """Nothing else of that home is seen, and outside the run it stays closed."""
    home, prefix = tmp_path / "home", tmp_path / "home" / "python"
    prefix.mkdir(parents=True)
    (prefix / "library").write_text("read\n")
    (home / "secret").write_text("not for others\n")
    home.chmod(0o700)
    line = f"ls {home}; setpriv --reuid 1234 --clear-groups cat {prefix}/library"
    here = [sys.executable, pythons.__file__, "show", str(prefix), str(home), "/bin/sh", "-c", line]
    wrapper = ["unshare", "--mount", "--propagation", "private"]
    for folder in tmp_path.parents[:-2]:
        folder.chmod(0o755)  # pytest's own folders are private, too
    tmp_path.chmod(0o755)
    done = subprocess.run([*wrapper, *here], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("python\nread\n", "")
    assert sorted(os.listdir(home)) == ["python", "secret"]
    assert home.stat().st_mode & 0o777 == 0o700
