# SPDX-License-Identifier: MIT
"""A machine of a test's own: an empty /run, a hostname, a network, in namespaces that end with the test.

As root it is root's; for anybody else root inside is their own id. The pid
namespace is the test's, so that whatever is left running there is found.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.program import TIMEOUT, Program

ROOT = Path(__file__).parent.parent.parent

_TYPES = ("mount", "uts", "ipc", "net")
_FURNISH = "mount -t tmpfs -o mode=755 run /run && ip link set lo up && hostname machine && echo && exec cat"
BELONGS = {"/run/nsh", "/run/nsh/ledger", "/run/netns", "/run/mount"}
"""What stays under /run for good once somebody has pinned something; the last is made by umount(8)."""


class Machine:
    """Namespaces that a process keeps; `run` runs a program in them, `path` is a file of theirs as seen from here."""

    def __init__(self) -> None:
        self.types = (*_TYPES, "user") if os.geteuid() else _TYPES
        user = [] if os.geteuid() == 0 else ["--map-root-user"]
        self._keeper = subprocess.Popen(
            ["unshare", *user, *(f"--{name}" for name in _TYPES), "--propagation", "private", "sh", "-ec", _FURNISH],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._keeper.stdout is not None
        assert self._keeper.stdout.readline() == b"\n"

    @property
    def pid(self) -> int:
        """The process that keeps it."""
        return self._keeper.pid

    @property
    def entrance(self) -> list[str]:
        """The words before a program that is to run here."""
        return [
            "nsenter",
            "--target",
            str(self.pid),
            *(f"--{name}" for name in self.types),
            *(["--preserve-credentials"] if "user" in self.types else []),
            "--wd=" + os.getcwd(),
        ]

    def run(self, *argv: str, status: int | None = 0, stdin: str = "") -> str:
        """Run a program; what it said. Its exit status must be `status`, unless that is None."""
        done = subprocess.run(
            [*self.entrance, *argv],
            input=stdin.encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=TIMEOUT,
            check=False,
        )
        said = done.stdout.decode(errors="replace")
        assert status in (None, done.returncode), f"{argv}: {done.returncode}: {said}"
        return said

    def answer(self, module: str, *words: object, nsh: Program) -> dict[str, Any]:
        """Run a module of these tests here; the JSON object that it prints."""
        done = subprocess.run(
            [*self.entrance, sys.executable, "-m", module, *map(str, words)],
            env={**nsh.environment, "PYTHONPATH": str(ROOT)},
            cwd=nsh.cwd,
            capture_output=True,
            text=True,
            timeout=TIMEOUT * 50,
            check=False,
        )
        assert done.stdout, done.stderr
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def path(self, path: str) -> Path:
        """A file of this machine."""
        return Path(f"/proc/{self.pid}/root{path}")

    def namespace(self, kind: str) -> int:
        """The inode of the machine's own namespace of that type."""
        return os.stat(f"/proc/{self.pid}/ns/{kind}").st_ino

    def hostname(self) -> str:
        """Its hostname."""
        return self.run("hostname").strip()

    def names(self) -> tuple[str, str]:
        """Its hostname and its NIS domain name."""
        return self.hostname(), self.run("cat", "/proc/sys/kernel/domainname").strip()

    def all_mounts(self) -> str:
        """Its mount table."""
        return Path(f"/proc/{self.pid}/mountinfo").read_text()

    def mounts(self) -> list[str]:
        """What is mounted under /run, the tmpfs itself left out."""
        return [line for line in self.all_mounts().splitlines() if line.split()[4].startswith("/run/")]

    def pins(self) -> dict[str, int]:
        """{path: inode} of the namespaces that are bound under /run."""
        fields = (line.split() for line in self.mounts())
        return {field[4]: int(field[3].split("[")[1].rstrip("]")) for field in fields if " - nsfs" in " ".join(field)}

    def files(self) -> set[str]:
        """Every path under /run."""
        top = str(self.path("/run"))
        return {
            f"/run{folder[len(top) :]}/{name}" for folder, folders, files in os.walk(top) for name in (*folders, *files)
        }

    def left(self) -> list[str]:
        """What nsh should have taken away: pins, files, its own mounts."""
        mounts = [line for line in self.mounts() if line.split()[4] != "/run/netns"]
        return [*(f"mount: {line}" for line in mounts), *(f"file: {path}" for path in self.files() - BELONGS)]

    def end(self) -> None:
        """End it, and with it whatever only it keeps."""
        self._keeper.send_signal(signal.SIGKILL)
        self._keeper.communicate()


def rows(text: str) -> list[dict[str, object]]:
    """What `--json` of a listing printed."""
    found = json.loads(text or "[]")
    assert isinstance(found, list)
    return found


def kill(pid: int, number: int = signal.SIGKILL) -> None:
    """Send a signal to a process, and when it is a deadly one, wait until it is dead."""
    pidfd = os.pidfd_open(pid)
    signal.pidfd_send_signal(pidfd, number)
    if number == signal.SIGKILL:
        select.select([pidfd], [], [], TIMEOUT)
    os.close(pidfd)


def until(condition: Callable[[], bool], what: str) -> None:
    """Wait for a state of the machine that no file descriptor tells of."""
    deadline = time.monotonic() + TIMEOUT
    while not condition():
        assert time.monotonic() < deadline, f"never came: {what}"
        select.select([], [], [], 0.002)


def children(pid: int) -> list[int]:
    """The children of a process now."""
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def is_alive(pid: int) -> bool:
    """Is it there, and no zombie?"""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def is_traced(pid: int) -> bool:
    """Has strace got hold of it?"""
    try:
        return "TracerPid:\t0\n" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False  # it has ended


def running() -> set[int]:
    """Every process that can be seen, zombies left out."""
    return {int(name) for name in os.listdir("/proc") if name.isdigit() and is_alive(int(name))}


def command_line(pid: int) -> bytes:
    """The words of a process, b"" for one that has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def helpers(nsh_pid: int) -> list[int]:
    """The helpers and holders of an nsh, the zygote's children with a title of ours."""
    return [
        pid
        for zygote in children(nsh_pid)
        for pid in [zygote, *children(zygote)]
        if command_line(pid).startswith(b"nsh: ")
    ]
