# SPDX-License-Identifier: MIT
"""Freezing by a cgroup, in a directory that looks like one: which files are written, and what the ledger knows."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from nsh.errors import Refused, UsageError
from nsh.session import icebox
from nsh.session.freezer import signal_number

MEMBERS = [101, 102]


class Notes:
    """A ledger that remembers, and what was there when it was told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str, bool]] = []

    def begin(self, kind: str, path: str) -> None:
        """Will be made."""
        self.told.append(("begin", kind, os.path.isdir(path)))

    def done(self, kind: str, path: str) -> None:
        """Is gone."""
        self.told.append(("done", kind, os.path.isdir(path)))


class Machine:
    """A session outside a sandbox with --host, and members in a cgroup below `folder`."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.in_sandbox = False
        self.guard = SimpleNamespace(is_lifted=True)
        self.iceboxes: set[str] = set()
        self.ledger = Notes()
        self.folder = folder
        self.where = {pid: str(folder) for pid in MEMBERS}
        self.written: list[tuple[str, str]] = []
        patch.setattr(icebox, "cgroup_of", lambda pid: self.where[pid])
        patch.setattr(icebox, "_write", self.write)

    def write(self, path: str, text: str) -> None:
        """As the kernel would take it."""
        self.written.append((os.path.relpath(path, self.folder), text))
        if path.endswith("cgroup.procs"):
            self.where[int(text)] = os.path.dirname(path)
        if path.endswith("cgroup.freeze"):
            Path(path).with_name("cgroup.events").write_text(f"populated 1\nfrozen {text}\n")
            held = [str(pid) for pid, where in self.where.items() if where == os.path.dirname(path)]
            Path(path).with_name("cgroup.procs").write_text("\n".join(held))


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """Directories of a cgroup file system have files that rmdir(2) does not mind."""
    real = os.rmdir

    def rmdir(path: str) -> None:
        for file in Path(path).iterdir():
            file.unlink()
        real(path)

    monkeypatch.setattr(os, "rmdir", rmdir)
    poll: Callable[[str], None] = icebox._wait_until_frozen  # regular files cannot be polled for POLLPRI
    monkeypatch.setattr(
        icebox, "_wait_until_frozen", lambda path: None if "frozen 1" in Path(path).read_text() else poll(path)
    )
    return Machine(tmp_path, monkeypatch)


def test_the_ledger_knows_before_the_cgroup_is_made_and_until_it_is_gone(machine: Machine) -> None:
    """So that one who dies in between leaves nothing that `clean` cannot find."""
    icebox.freeze(machine, lambda: MEMBERS)  # type: ignore[arg-type]
    assert machine.ledger.told == [("begin", "cgroup", False)]
    assert icebox.thaw(machine, MEMBERS)  # type: ignore[arg-type]
    assert machine.ledger.told[1:] == [("done", "cgroup", False)]
    assert machine.iceboxes == set()
    assert list(machine.folder.iterdir()) == []


def test_members_are_moved_frozen_thawed_and_moved_back(machine: Machine) -> None:
    """In that order: whoever is moved out of a frozen cgroup would go on alone."""
    icebox.freeze(machine, lambda: MEMBERS)  # type: ignore[arg-type]
    icebox.thaw(machine, MEMBERS)  # type: ignore[arg-type]
    box = f"nsh-frozen-{os.getpid()}"
    assert machine.written == [
        (f"{box}/cgroup.procs", "101"),
        (f"{box}/cgroup.procs", "102"),
        (f"{box}/cgroup.freeze", "1"),
        (f"{box}/cgroup.freeze", "0"),
        ("cgroup.procs", "101"),
        ("cgroup.procs", "102"),
    ]
    assert set(machine.where.values()) == {str(machine.folder)}


def test_who_is_born_meanwhile_is_moved_too(machine: Machine) -> None:
    """One that was forked by a process not yet moved is found by looking again."""
    seen = iter([[101], [101, 102], [101, 102]])
    icebox.freeze(machine, lambda: next(seen))  # type: ignore[arg-type]
    assert set(machine.where.values()) == {str(machine.folder / f"nsh-frozen-{os.getpid()}")}


def test_at_the_end_of_nsh_nothing_stays_frozen(machine: Machine) -> None:
    """Also where nobody thawed."""
    icebox.freeze(machine, lambda: MEMBERS)  # type: ignore[arg-type]
    assert icebox.close(machine)  # type: ignore[arg-type]
    assert list(machine.folder.iterdir()) == []


def test_a_cgroup_that_cannot_be_made_is_no_leftover(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Refused, and out of the ledger again."""

    def refuse(_path: str) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "mkdir", refuse)
    with pytest.raises(Refused, match="mkdir"):
        icebox.freeze(machine, lambda: MEMBERS)  # type: ignore[arg-type]
    assert [state for state, _, _ in machine.ledger.told] == ["begin", "done"]


def test_only_a_cgroup_of_nsh_is_ever_emptied(tmp_path: Path) -> None:
    """By its name: the ledger is read, not believed."""
    (tmp_path / "docker").mkdir()
    assert not icebox.empty(str(tmp_path / "docker"))
    assert (tmp_path / "docker").is_dir()


@pytest.mark.parametrize(
    ("sandboxed", "allowed", "why"),
    [(True, True, "read-only in a sandbox"), (False, False, "only with --host"), (False, True, None)],
)
def test_the_machines_cgroups_are_used_only_where_that_was_asked_for(
    sandboxed: bool, allowed: bool, why: str | None, machine: Machine
) -> None:
    """Outside a sandbox, with --host, and with the right to write."""
    machine.in_sandbox, machine.guard.is_lifted = sandboxed, allowed
    found = icebox.why_not(machine, MEMBERS)  # type: ignore[arg-type]
    assert found is None if why is None else why in str(found)


TABLE = (
    "30 23 0:26 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n31 30 0:27 {root} /sys/fs/cgroup/unified rw - cgroup2 none rw\n"
)


@pytest.mark.parametrize(
    ("path", "root", "directory"),
    [
        ("/", "/", "/sys/fs/cgroup/unified"),
        ("/user.slice/a", "/", "/sys/fs/cgroup/unified/user.slice/a"),
        ("/docker/77/b", "/docker/77", "/sys/fs/cgroup/unified/b"),
        ("/docker/77", "/docker/77", "/sys/fs/cgroup/unified"),
    ],
)
def test_a_cgroup_is_found_below_the_root_that_is_mounted(path: str, root: str, directory: str) -> None:
    """A container mounts its own cgroup as the root."""
    assert icebox.directory_of(path, TABLE.format(root=root)) == directory


@pytest.mark.parametrize(
    ("path", "root"),
    [("", "/"), ("/../..", "/"), ("/a/../..", "/"), ("/docker/771", "/docker/77"), ("/", "/docker/77")],
)
def test_a_cgroup_outside_of_what_is_mounted_is_nowhere(path: str, root: str) -> None:
    """Above the root of a cgroup namespace the kernel writes `..`, which is no path to follow."""
    with pytest.raises(ValueError, match="not below"):
        icebox.directory_of(path, TABLE.format(root=root))


def test_without_a_mount_there_is_no_directory() -> None:
    """Version 1 alone has no such freezer."""
    with pytest.raises(ValueError, match="no cgroup2"):
        icebox.directory_of("/", "30 23 0:26 / /sys/fs/cgroup rw - cgroup cgroup rw,freezer\n")


@pytest.mark.parametrize(
    ("text", "number"), [("TERM", 15), ("SIGTERM", 15), ("kill", 9), ("9", 9), ("64", 64), ("RTMIN", signal.SIGRTMIN)]
)
def test_a_signal_is_a_name_or_a_number(text: str, number: int) -> None:
    """With or without SIG."""
    assert signal_number(text) == number


@pytest.mark.parametrize("text", ["0", "65", "-9", "", "SIG", "NOPE", "_DFL", "²"])
def test_what_is_no_signal_is_refused(text: str) -> None:
    """Nothing is guessed."""
    with pytest.raises(UsageError):
        signal_number(text)
