# SPDX-License-Identifier: MIT
"""`make test`: the Debian packages the tests need, then every test as root and again as an unprivileged user.

The unprivileged user cannot read a checkout in somebody's home, nor execute
its environment; he gets a world-readable copy of both, removed afterwards.
Not started by root: names the missing packages and runs what that user can.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import IO

from tests import private
from tests.programs import PROGRAMS, SLOW_PROGRAMS, provide, say

ROOT = Path(__file__).resolve().parent.parent
NOT_COPIED = shutil.ignore_patterns(".git", ".venv", "__pycache__", ".*_cache", "*.egg-info", "build", "dist")


def copy_for_everybody(target: Path) -> Path:
    """Copy tree and environment where anybody may read and execute them; returns the copy's interpreter."""
    tree, environment, original = target / "tree", target / "tree" / ".venv", Path(sys.prefix)
    shutil.copytree(ROOT, tree, symlinks=True, ignore=NOT_COPIED)
    shutil.copytree(original, environment, symlinks=True)
    for path in (*environment.glob("bin/*"), *environment.glob("lib/python*/site-packages/__editable__*.pth")):
        if path.is_file() and not path.is_symlink():
            repoint(path, old=str(ROOT), new=str(tree))
    (environment / f"made-for{str(tree).replace('/', '-')}").touch()  # the Makefile's stamp
    python = environment / "bin" / "python"
    # Who cannot write here would compile every module at every start of nsh, which is most of a start.
    subprocess.run([python, "-P", "-m", "compileall", "-q", "nsh", "commands", "tests"], cwd=tree, check=True)
    subprocess.run(["chmod", "--recursive", "a+rX", str(target)], check=True)
    return python


def repoint(path: Path, old: str, new: str) -> None:
    """Write `new` for `old` in a text file."""
    try:
        text = path.read_text()
    except UnicodeDecodeError:
        return
    path.write_text(text.replace(old, new))


class Half:
    """One of the two runs: who, with which interpreter, where, which tests."""

    def __init__(self, who: str, python: Path, tree: Path, selection: list[str], uid: int | None) -> None:
        self.who = who
        self.python = python
        self.tree = tree
        self.selection = selection
        self.uid = uid

    def start(self, scratch: Path, output: IO[bytes] | None) -> None:
        """Start pytest, its output going to `output` (None: where ours goes)."""
        scratch.mkdir()
        if self.uid:
            os.chown(scratch, self.uid, self.uid)
        self.summary = scratch / "summary"
        argv = [str(self.python), "-m", "pytest", "-p", "no:cacheprovider", *self.selection]
        if self.uid is not None:
            argv = ["setpriv", "--pdeathsig", "KILL", *private.wrapped(argv, self.uid)]
        environment = {**os.environ, "TMPDIR": str(scratch), "NSH_TESTS_SUMMARY": str(self.summary)}
        self.started = time.monotonic()
        self.process = subprocess.Popen(argv, cwd=self.tree, env=environment, stdout=output, stderr=output)

    def end(self) -> None:
        """Make sure that nothing of it runs any more: a killed unshare(1) takes the whole namespace along."""
        self.process.kill()
        self.process.wait()

    def finish(self) -> tuple[int, str]:
        """Wait for the end; the exit status, and pytest's summary line with the name of this half in it."""
        status = self.process.wait()
        line = self.summary.read_text() if self.summary.exists() else "pytest did not come to its end"
        return status, f" as {self.who}: {line} in {time.monotonic() - self.started:.0f}s ".center(80, "=")


def run_both(first: Half, second: Half, folder: Path) -> list[tuple[int, str]]:
    """Run both halves at the same time: they share nothing, and wait most of the time. The second speaks afterwards."""
    with (folder / "second").open("w+b") as output, ExitStack() as stack:
        second.start(folder / "2", output)
        stack.callback(second.end)
        say(f"── tests as {first.who} (as {second.who} at the same time, shown below) ──")
        first.start(folder / "1", None)
        stack.callback(first.end)
        results = [first.finish(), second.finish()]
        say(f"── tests as {second.who} ──")
        output.seek(0)
        shutil.copyfileobj(output, sys.stdout.buffer)
        sys.stdout.flush()
    return results


def halves(folder: Path, slow: bool) -> list[Half]:
    """Root runs everything, and has the unprivileged user run what is real once more."""
    here = Path(sys.executable)
    speed = "(slow or not slow)" if slow else "not slow"
    patience = ["-o", "faulthandler_timeout=1800"] if slow else []
    if os.geteuid() != 0:
        say("not root: the tests that need root are left out")
        return [Half("this user", here, ROOT, ["-m", speed, *patience], uid=None)]
    user, uid = private.USER
    python = copy_for_everybody(folder / "copy")
    again = f"(real or terminal) and not once and {speed}"
    return [
        Half("root", here, ROOT, ["-m", speed, *patience], uid=0),
        Half(user, python, folder / "copy" / "tree", ["-m", again, *patience], uid=uid),
    ]


def main(slow: bool) -> int:
    """Run all there is to run; 0 when everything passed."""
    private.clean_up_when_ended()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="nsh-tests-")))
        folder.chmod(0o755)
        provide(PROGRAMS | (SLOW_PROGRAMS if slow else {}))
        match halves(folder, slow):
            case [first, second]:
                results = run_both(first, second, folder)
            case [only]:
                only.start(folder / "1", None)
                results = [only.finish()]
    for _, line in results:
        print(line)
    return int(any(status for status, _ in results))


if __name__ == "__main__":
    sys.exit(main(slow="--slow" in sys.argv[1:]))
