# SPDX-License-Identifier: MIT
"""What this machine does not have, shown to the rules as the refused process would see it."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from nsh import hints
from nsh.errors import Where
from nsh.hints import probes
from tests.hints.page import (
    row,
    said,
)


class Machine:
    """A stand-in for /proc, and for files as the refused process reads them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files: dict[str, str] = {}

    def process(self, pid: int, **files: str) -> None:
        """Files of a process; status has what the rules ask for."""
        place = self.folder / str(pid)
        for name, text in files.items():
            path = place / name.replace("__", "/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def hint(self, shown: str, number: int, types: tuple[str, ...] = ()) -> str:
        """What is said of that call."""
        where = Where(7, types, read=lambda path: self.files.get(path, ""))
        op = shown.partition("(")[0]
        return " ".join((hints.explain(op, shown, number, where) or "").split())


STATUS = "Name:\tx\nUid:\t1000\t1000\t1000\t1000\nGid:\t1000\t1000\t1000\t1000\nCapEff:\t0000000000000000\n"


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """A machine where process 7 is an ordinary user's."""
    monkeypatch.setattr(probes, "PROC", str(tmp_path))
    found = Machine(tmp_path)
    found.process(7, status=STATUS, mountinfo="1 0 8:1 / / rw - ext4 /dev/sda1 rw\n")
    (tmp_path / "7" / "exe").symlink_to("/usr/bin/python3.11")
    return found


@row("1a")
@pytest.mark.parametrize(
    ("shown", "errno_", "types"),
    [
        ("write(/proc/PID/uid_map)", errno.EPERM, ("user",)),
        ("write(/proc/PID/uid_map)", errno.EACCES, ("user",)),
        ('mount("none", "/", NULL, MS_REC|MS_PRIVATE, NULL)', errno.EACCES, ("user", "mnt")),
        ('sethostname("x", 1)', errno.EPERM, ("user", "uts")),
        ("clone3(flags=CLONE_NEWNET|CLONE_NEWUSER)", errno.EPERM, ("user", "net")),
    ],
)
def test_apparmor_is_named_with_a_profile_for_this_program(
    number: str, shown: str, errno_: int, types: tuple[str, ...], machine: Machine
) -> None:
    """The sysctl is on, and the label is that of restricted user namespaces: by file as on Ubuntu."""
    machine.files["/proc/sys/kernel/apparmor_restrict_unprivileged_userns"] = "1\n"
    machine.process(7, attr__current="unconfined\n")
    said(number, machine.hint(shown, errno_, types))
    machine.process(7, attr__current="unprivileged_userns (enforce)\n")
    said(number, machine.hint(shown, errno_, types))


def test_apparmor_is_not_blamed_where_it_restricts_nobody(machine: Machine) -> None:
    """With the sysctl at 0, or a label of its own, it is something else."""
    shown = 'mount("none", "/", NULL, MS_REC|MS_PRIVATE, NULL)'
    machine.files["/proc/sys/kernel/apparmor_restrict_unprivileged_userns"] = "0\n"
    assert "AppArmor" not in machine.hint(shown, errno.EACCES, ("user", "mnt"))
    machine.files["/proc/sys/kernel/apparmor_restrict_unprivileged_userns"] = "1\n"
    machine.process(7, attr__current="chrome (unconfined)\n")
    assert "AppArmor" not in machine.hint(shown, errno.EACCES, ("user", "mnt"))


@row("2a")
def test_the_sysctl_of_debian_is_named(number: str, machine: Machine) -> None:
    """kernel.unprivileged_userns_clone is 0."""
    machine.files["/proc/sys/kernel/unprivileged_userns_clone"] = "0\n"
    said(number, machine.hint("clone3(flags=CLONE_NEWUSER)", errno.EPERM, ("user",)))


@row("24c")
def test_a_resolver_of_the_machine_is_out_of_reach(number: str, machine: Machine) -> None:
    """127.0.0.53 is another lo there."""
    machine.files["/etc/resolv.conf"] = "# stub\nnameserver 127.0.0.53\n"
    said(number, machine.hint("getaddrinfo(example.org)", errno.EAGAIN))


def test_a_kernel_without_a_type_is_told_by_its_links(machine: Machine) -> None:
    """EINVAL for a flag it does not know."""
    (machine.folder / "7" / "ns").mkdir()
    for name in ("mnt", "uts", "ipc", "pid", "net", "user"):
        (machine.folder / "7" / "ns" / name).symlink_to(f"{name}:[1]")
    hint = machine.hint("unshare(CLONE_NEWTIME)", errno.EINVAL, ("time",))
    assert (
        hint == "this kernel is built without time, cgroup namespaces: `ls types` says which it has" or "time" in hint
    )
