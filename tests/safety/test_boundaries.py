# SPDX-License-Identifier: MIT
"""nsh itself is killed at each of its operations: as it sends a request, has an answer, writes its ledger.

strace(1) kills it as it enters its N-th call of that name, for every N that
there is in a session; its helpers are not traced, and live on for a moment.
"""

from __future__ import annotations

import subprocess
from collections import Counter
from pathlib import Path

import pytest

from tests.program import NSH, TIMEOUT, Program
from tests.safety.machine import Machine, rows, running, until

pytestmark = pytest.mark.real

SESSION = """\
new -q uts,net a
new -q user,pid,mnt b
new -q uts,net p --pin
enter a
uts hostname other
unshare ipc
sh -c 'setsid sleep 1000 >/dev/null 2>&1 &'
leave
leave
on b mnt add tmpfs /mnt
sleep 1000 &
pin a kept
unpin p
rm --kill a
"""
BOUNDARIES = (
    *("sendmsg", "recvmsg", "write", "pwrite64", "fsync", "flock", "unlinkat"),
    *("pidfd_open", "pidfd_send_signal", "wait4"),
)
"""Requests, answers, the ledger, and what is done to processes."""


def traced(nsh: Program, machine: Machine, out: Path, *options: str) -> int:
    """Run the session under strace of nsh alone; its exit status."""
    words = ["strace", "-qq", "-o", str(out), "-e", f"trace={','.join(BOUNDARIES)}", "-e", "signal=none", *options]
    return subprocess.run(
        [*machine.entrance, *words, NSH, "-k"],
        input=SESSION.encode(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=nsh.environment,
        timeout=TIMEOUT,
        check=False,
    ).returncode


def boundaries(nsh: Program, machine: Machine, out: Path) -> list[tuple[str, int]]:
    """Each call of nsh in a session that is not disturbed: its name, the how many-th of that name it is."""
    assert traced(nsh, machine, out) == 0
    assert nsh("clean", "--pins", "--yes").status == 0
    names = (line.partition("(")[0] for line in out.read_text().splitlines())
    counts = Counter(name for name in names if name in BOUNDARIES)
    return [(name, number) for name, most in counts.items() for number in range(1, most + 1)]


def killed_and_cleaned(nsh: Program, machine: Machine, out: Path, name: str, number: int) -> tuple[bool, int]:
    """Kill nsh there: after one `clean` nothing is left but whole pins. Whether it came there, and how many pins."""
    before = running()
    status = traced(nsh, machine, out, "-e", f"inject={name}:signal=KILL:when={number}")
    assert status in (-9, 0), f"{name} #{number}: {status}"  # 0: that run had fewer calls of the name
    until(lambda: running() <= before, f"the end of its processes ({name} #{number})")
    cleaned = nsh("clean")
    assert (cleaned.status, cleaned.err) == (0, ""), f"{name} #{number}"
    pins = rows(nsh("ls", "pins", "--json").out)
    assert [pin for pin in pins if pin["state"] != "pinned"] == [], f"{name} #{number}"
    assert {str(pin["name"]) for pin in pins} <= {"p", "kept"}, f"{name} #{number}"
    if pins:
        assert nsh("clean", "--pins", "--yes").status == 0
    assert machine.left() == [], f"{name} #{number}"
    return status == -9, len(pins)


@pytest.mark.parametrize("step", [pytest.param(1, marks=pytest.mark.slow), 12])
def test_nsh_killed_at_each_of_its_operations_leaves_nothing(
    step: int, nsh: Program, machine: Machine, tmp_path: Path
) -> None:
    """Everything that runs ends with it; pins are whole or gone; the next nsh starts."""
    found = boundaries(nsh, machine, tmp_path / "calls")
    tried = found[step // 2 :: step]
    assert tried
    done = [killed_and_cleaned(nsh, machine, tmp_path / "calls", *boundary) for boundary in tried]
    killed, pins = sum(was_killed for was_killed, _ in done), sum(count for _, count in done)
    assert killed > len(tried) // 2
    assert nsh("-c", "new -q uts a; on a true").status == 0
    never = f", {len(tried) - killed} more were not come to" if killed < len(tried) else ""
    print(f"nsh killed at {killed} of its {len(found)} operations{never}: 0 leaks; {pins} pins that were asked for")


@pytest.mark.parametrize("step", [pytest.param(1, marks=pytest.mark.slow), 60])
def test_each_operation_of_nsh_that_fails_is_told(step: int, nsh: Program, machine: Machine, tmp_path: Path) -> None:
    """ENOMEM, EMFILE, ENOSPC where nsh itself asks, hears and writes: a word, no traceback, and nothing is left."""
    tried = 0
    errors = {"sendmsg": "ENOBUFS", "recvmsg": "ENOMEM", "fsync": "EIO", "pwrite64": "ENOSPC"}
    errors |= {"flock": "ENOLCK", "pidfd_open": "EMFILE"}
    for name, number in boundaries(nsh, machine, tmp_path / "calls")[:: max(step // 6, 1)]:
        if name not in errors:
            continue
        before = running()
        said = tmp_path / "said"
        log = tmp_path / "log"
        words = ["strace", "-qq", "-o", str(log), "-e", f"trace={name}"]
        inject = f"inject={name}:error={errors[name]}:when={number}"
        with said.open("w") as stderr:
            done = subprocess.run(
                [*machine.entrance, *words, "-e", inject, NSH, "-k"],
                input=SESSION.encode(),
                stdout=subprocess.DEVNULL,
                stderr=stderr,
                env=nsh.environment,
                timeout=TIMEOUT,
                check=False,
            )
        text = said.read_text(errors="replace")
        assert "Traceback" not in text, f"{inject}\n{text}"
        assert "a bug in nsh" not in text, f"{inject}\n{text}"
        assert done.returncode in (0, 1, 2, 100), f"{inject}: {done.returncode}\n{text}"
        until(lambda before=before: running() <= before, f"the end of its processes ({inject})")  # type: ignore[misc]
        assert nsh("clean").status == 0
        nsh("clean", "--pins", "--yes")
        assert machine.left() == [], inject
        tried += "(INJECTED)" in log.read_text()
    assert tried
    print(f"{tried} operations of nsh itself failed: 0 tracebacks, 0 leaks")
