# SPDX-License-Identifier: MIT
"""`make test-pythons`: the same tests with each Python that nsh is for, as far as it is on this machine.

The Python of `make test` itself is left out; `python tests/pythons.py 3.12`
takes that one only. Each gets a copy of the tree and an environment of its own.
An interpreter in somebody's private home can be read neither by the
unprivileged user nor from inside nsh's sandbox; for the run, and in its mount
namespace only, nothing but the interpreter is in that home and everybody may
look at it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from nsh.kernel import mount
from nsh.kernel.mountflags import MS_BIND, MS_NODEV, MS_NOSUID
from tests import private
from tests.programs import say
from tests.run import NOT_COPIED, ROOT

VERSIONS = ("3.11", "3.12", "3.13")
"""Those that nsh is for."""

ASK = "import ensurepip, sys; print('%d.%d' % sys.version_info[:2], sys.executable, sys.prefix, sep='\\n')"


class Python(NamedTuple):
    """An interpreter: its version, the program, the folder with its library."""

    version: str
    program: Path
    prefix: Path


def candidates(version: str) -> Iterator[Path]:
    """Where an interpreter may be: on PATH, where systems put it, and where pyenv does."""
    folders = [*os.environ.get("PATH", "").split(":"), "/usr/bin", "/usr/local/bin"]
    yield from (Path(folder, f"python{version}") for folder in folders if folder)
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    yield from sorted(pyenv.glob(f"versions/{version}.*/bin/python{version}"))


def asked(program: Path) -> Python | None:
    """What the interpreter says of itself; None for a shim that leads nowhere, or one that can make no environment."""
    try:
        done = subprocess.run([program, "-c", ASK], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    version, executable, prefix = done.stdout.splitlines()
    return Python(version, Path(executable), Path(prefix))


def find(version: str) -> Python | None:
    """The first interpreter of that version which works and can make an environment."""
    found = (asked(program) for program in candidates(version) if program.exists())
    return next((python for python in found if python is not None and python.version == version), None)


def private_home(prefix: Path) -> Path | None:
    """The uppermost folder on the way to `prefix` that others may not pass."""
    way = [*reversed(prefix.parents), prefix]
    return next((folder for folder in way if not folder.stat().st_mode & 0o001), None)


def show_only(prefix: Path, home: Path) -> None:
    """Let `prefix` be all there is in `home`, for everybody to read: in this mount namespace, which is a run's own."""
    fd = os.open(prefix, os.O_PATH | os.O_CLOEXEC)
    mount.mount("tmpfs", str(home), "tmpfs", MS_NOSUID | MS_NODEV, "mode=755")
    prefix.mkdir(parents=True)
    mount.mount(f"/proc/self/fd/{fd}", str(prefix), None, MS_BIND, None)
    os.close(fd)


def wrapped(python: Python, argv: Sequence[str]) -> list[str]:
    """The command line that runs `argv` where everybody can read the interpreter."""
    home = private_home(python.prefix)
    if os.geteuid() != 0 or home is None:
        return list(argv)
    here = [sys.executable, __file__, "show", str(python.prefix), str(home)]
    return ["unshare", "--mount", "--propagation", "private", *here, *argv]


def tests_with(python: Python, folder: Path) -> int:
    """Copy the tree, make its environment with that interpreter, and run the tests; 0 when all passed."""
    tree = folder / python.version
    shutil.copytree(ROOT, tree, symlinks=True, ignore=NOT_COPIED)
    made = subprocess.run(["make", "--no-print-directory", f"PYTHON={python.program}", "env"], cwd=tree, check=False)
    if made.returncode:
        return made.returncode
    subprocess.run(["chmod", "--recursive", "a+rX", str(tree)], check=True)
    argv = wrapped(python, [str(tree / ".venv/bin/python"), "tests/run.py"])
    process = subprocess.Popen(argv, cwd=tree, env={**os.environ, "TMPDIR": str(folder)})
    try:
        return process.wait()
    finally:
        process.terminate()  # it cleans up, as after ^C
        process.wait()


def main(versions: Sequence[str]) -> int:
    """Test with each version, one after the other; 0 when none failed that is here."""
    private.clean_up_when_ended()
    told = []
    for version in versions:
        python = find(version)
        if python is None:
            told.append((version, "not on this machine, or without venv: not tested"))
            continue
        say(f"── tests with Python {version}, {python.program} ──")
        with tempfile.TemporaryDirectory(prefix="nsh-python-") as folder:
            Path(folder).chmod(0o755)
            status = tests_with(python, Path(folder))
        told.append((version, "FAILED" if status else "passed"))
    for version, text in told:
        print(f"Python {version}: {text}")
    return int(any(text == "FAILED" for _, text in told))


def show(prefix: str, home: str, argv: list[str]) -> None:
    """In the new mount namespace: arrange it, and become `argv`."""
    here = Path.cwd()
    show_only(Path(prefix), Path(home))
    os.chdir(here)
    os.execv(argv[0], argv)


if __name__ == "__main__":
    if sys.argv[1:2] == ["show"]:
        show(sys.argv[2], sys.argv[3], sys.argv[4:])
    here = "{}.{}".format(*sys.version_info)
    sys.exit(main(sys.argv[1:] or [version for version in VERSIONS if version != here]))
