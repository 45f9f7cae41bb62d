# SPDX-License-Identifier: MIT
"""docs/failures.md against the kernel: each row is produced for real, and what nsh then says is what the page has.

What this kernel cannot produce is shown to the rule through its probe: a /proc of
the test's own, files as the refused process would read them.
"""

from __future__ import annotations

import ctypes
import errno
import os
import pty
import re
import resource
import shutil
import signal
import socket
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from nsh import hints
from nsh.errors import Where
from nsh.hints import probes
from tests.program import NSH, Program
from tests.refused import a_thread, mount, refused, setns, unshare, write

PAGE = Path(__file__).parent.parent / "docs" / "failures.md"
ROW = re.compile(r"^\| (\d+[a-z]) \| (.+?) \| (.+?) \| (.+?) \|$", re.MULTILINE)
SAYS = {match[1]: match[4] for match in ROW.finditer(PAGE.read_text())}
KNOWN: set[str] = set()
"""Rows that some test here is about."""

OWN, GROUP = os.geteuid(), os.getegid()
IS_ROOT = OWN == 0
NEWNS, NEWUTS, NEWPID, NEWNET, NEWUSER, NEWTIME = 0x20000, 0x4000000, 0x20000000, 0x40000000, 0x10000000, 0x80


def row(number: str, *marks: pytest.MarkDecorator) -> Callable[[Any], Any]:
    """A test is about that row of the page, which it gets as `number`."""
    KNOWN.add(number)

    def mark(function: Any) -> Any:
        for one in (pytest.mark.real, *marks):
            function = one(function)
        return pytest.mark.parametrize("number", [number])(function)

    return mark


def said(number: str, hint: str) -> None:
    """What was said is what the page has, where … stands for anything."""
    wanted = SAYS[number].replace("\\|", "|").replace("``", "`")
    pattern = ".+".join(re.escape(part) for part in wanted.split("…"))
    assert re.fullmatch(pattern, " ".join(hint.split())), f"{hint!r} is not {wanted!r}"


def hint_in(err: str) -> str:
    """The hint of the last refusal on standard error."""
    lines = err.splitlines()
    start = max(
        at for at, line in enumerate(lines) if line.startswith("hint: ") and not lines[at - 1].startswith("hint")
    )
    found = []
    for line in lines[start:]:
        if not line.startswith("hint: "):
            break
        found.append(line.removeprefix("hint: "))
    return " ".join(found)


def without_rights() -> None:
    """Be somebody without capabilities; /proc/self stays one's own."""
    if IS_ROOT:
        os.setgroups([])
        os.setresgid(1234, 1234, 1234)
        os.setresuid(1234, 1234, 1234)
        ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)


def alone() -> None:
    """A user namespace of one's own, with both maps."""
    uid, gid = os.geteuid(), os.getegid()
    unshare(NEWUSER)
    write("/proc/self/setgroups", "deny")
    write("/proc/self/uid_map", f"0 {uid} 1")
    write("/proc/self/gid_map", f"0 {gid} 1")


# By what is typed at nsh.

TYPED = [
    ("3a", "new uts a", [pytest.mark.rootless]),
    ("3b", "unshare net", [pytest.mark.rootless]),
    ("4a", "unshare user --map root; limits uts 0; new uts a", []),
    ("4b", "unshare user --map root; limits uts 1; new uts a; new uts b", []),
    ("4c", "unshare user --map root; limits uts 1; unshare user --map root; new uts a; new uts b", []),
    ("4d", "; ".join(["unshare --fork user,pid --map root"] * 34), []),
    ("4e", "; ".join(["unshare user --map root"] * 35), []),
    ("6b", "unshare user --map root; new user a --map 0:5:1", []),
    ("8a", "new user a --map 0:5:10", [pytest.mark.rootless]),
    ("9a", "unshare user,pid --map root; true; true", []),
    ("11a", "unshare --fork user,mnt,pid --map root; mount --bind /dev/null /proc/version; new user,mnt,pid a", []),
    ("12a", "new user,mnt a --proc", []),
    ("13a", "new user,mnt a; on a mnt add sysfs /mnt", []),
    ("17a", "new user,mnt a; on a mnt rm /proc", []),
    ("18d", "new pid a; enter a; enter host", [pytest.mark.root]),
    ("20a", "new user,net a; enter net a", [pytest.mark.rootless]),
    ("20b", "new user,uts a; new user b; enter a; enter b", []),
    ("20c", "new net a; new user b; enter b; enter a", [pytest.mark.root]),
    ("22c", "new user,time a --boottime -9000d", []),
    ("23b", "new user a --uid 77", []),
    ("26a", "show 1", [pytest.mark.rootless]),
]


@pytest.mark.real
@pytest.mark.parametrize(
    ("number", "line"), [pytest.param(number, line, marks=marks, id=number) for number, line, marks in TYPED]
)
def test_what_is_typed_and_refused_is_explained(number: str, line: str, nsh: Program) -> None:
    """The hint below the refusal is that of the page."""
    done = nsh("-c", line)
    assert done.status == 1, done.out
    said(number, hint_in(done.err))


KNOWN.update(number for number, _line, _marks in TYPED)


# What nsh forks first, or has no threads, to avoid: by the kernel, in a process of the test's own.


def into(kind: str, fd: int, inode: int = 0) -> Any:
    """What was to be entered, for a rule that looks at it."""
    return SimpleNamespace(label="NAME", ns={kind: inode}, pid=None, open_fd=lambda _kind: os.dup(fd))


def deny(number: int) -> None:
    """A seccomp filter that answers one call with EPERM, as a container's does."""
    program = b"".join(
        struct.pack("HBBI", *line)
        for line in ((0x20, 0, 0, 0), (0x15, 0, 1, number), (0x06, 0, 0, 0x50001), (0x06, 0, 0, 0x7FFF0000))
    )
    code = ctypes.create_string_buffer(program, len(program))
    filter_program = struct.pack("HxxxxxxP", 4, ctypes.addressof(code))
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(38, 1, 0, 0, 0)
    assert libc.prctl(22, 2, filter_program, 0, 0) == 0


SYS_UNSHARE = 97 if os.uname().machine == "aarch64" else 272


@row("2b", pytest.mark.root)
def test_a_chroot_has_no_user_namespaces(number: str, tmp_path: Path) -> None:
    """EPERM at once, also where nothing is mounted below the new root."""
    with refused(lambda: unshare(NEWUSER), before=lambda: os.chroot(tmp_path)) as one:
        assert one.errno == errno.EPERM
        said(number, one.hint("unshare(CLONE_NEWUSER)", types=("user",)))


@row("2c")
def test_a_seccomp_filter_is_named(number: str) -> None:
    """EPERM of a filter looks like any other; Seccomp in the status file tells."""
    with refused(lambda: unshare(NEWUSER), before=lambda: deny(SYS_UNSHARE)) as one:
        assert one.errno == errno.EPERM
        said(number, one.hint("unshare(CLONE_NEWUSER)", types=("user",)))


@row("5a")
def test_groups_are_given_up_before_gid_map_is_written(number: str) -> None:
    """Without CAP_SETGID in the user namespace above, gid_map wants `deny` in setgroups first."""
    gid = 1234 if IS_ROOT else GROUP

    def before() -> None:
        without_rights()
        unshare(NEWUSER)

    with refused(lambda: write("/proc/self/gid_map", f"0 {gid} 1"), before=before) as one:
        assert one.errno == errno.EPERM
        said(number, one.hint('write("/proc/self/gid_map", "0 1 1")'))


@row("6a")
def test_a_map_is_written_once(number: str) -> None:
    """The second write is EPERM, and the map as it is is shown."""
    with refused(lambda: write("/proc/self/uid_map", f"5 {OWN} 1"), before=alone) as one:
        assert one.errno == errno.EPERM
        said(number, one.hint('write("/proc/self/uid_map", "5 1 1")'))


@row("6c")
def test_ranges_may_not_overlap(number: str) -> None:
    """An id that two lines map is EINVAL."""
    with refused(lambda: write("/proc/self/uid_map", "0 0 2\n1 1 2\n"), before=lambda: unshare(NEWUSER)) as one:
        assert one.errno == errno.EINVAL
        said(number, one.hint('write("/proc/self/uid_map", "0 0 2\\n1 1 2\\n")'))


@row("6d")
def test_an_id_of_somebody_else_is_not_mapped_without_a_helper(number: str) -> None:
    """Without CAP_SETUID only one line, for one's own id."""

    def before() -> None:
        without_rights()
        unshare(NEWUSER)

    with refused(lambda: write("/proc/self/uid_map", "0 77 1"), before=before) as one:
        assert one.errno == errno.EPERM
        said(number, one.hint('write("/proc/self/uid_map", "0 77 1")'))


@row("7a")
def test_a_process_that_is_not_dumpable_cannot_write_its_own_map(number: str) -> None:
    """Its files in /proc belong to root: EACCES for the owner of the process."""

    def before() -> None:
        without_rights()
        unshare(NEWUSER)
        ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)

    with refused(lambda: write("/proc/self/uid_map", "0 1234 1"), before=before) as one:
        assert one.errno == errno.EACCES
        said(number, one.hint('write("/proc/self/uid_map", "0 1 1")'))


@row("10a")
def test_only_one_pid_namespace_waits_for_its_first_child(number: str) -> None:
    """The second unshare(2) before a fork is EINVAL."""

    def before() -> None:
        alone()
        unshare(NEWPID)

    with refused(lambda: unshare(NEWPID), before=before) as one:
        assert one.errno == errno.EINVAL
        said(number, one.hint("unshare(CLONE_NEWPID)", types=("pid",)))


@row("10b")
def test_a_pid_namespace_without_a_process_cannot_be_pinned(number: str) -> None:
    """Its link is ENOENT until the first child."""

    def before() -> None:
        alone()
        unshare(NEWPID)

    with refused(lambda: os.readlink("/proc/self/ns/pid_for_children"), before=before) as one:
        assert one.errno == errno.ENOENT
        said(number, one.hint("readlink(/proc/self/ns/pid_for_children)"))


@row("16a", pytest.mark.root)
def test_a_root_that_is_no_mount_point_has_no_propagation(number: str, tmp_path: Path) -> None:
    """As in a chroot: EINVAL."""
    with refused(lambda: mount("none", "/", None, 0x44000), before=lambda: os.chroot(tmp_path)) as one:
        assert one.errno == errno.EINVAL
        said(number, one.hint('mount("none", "/", NULL, MS_REC|MS_PRIVATE, NULL)'))


def in_own_mounts() -> None:
    """User and mount namespaces of one's own, nothing of which spreads."""
    alone()
    unshare(NEWNS)
    mount("none", "/", None, 0x44000)


@row("17b")
def test_what_came_along_read_only_stays_so(number: str) -> None:
    """A remount that would lift a flag of a more privileged mount namespace is EPERM."""

    def before() -> None:
        in_own_mounts()
        mount("tmpfs", "/mnt", "tmpfs", 1)
        unshare(NEWUSER | NEWNS)

    with refused(lambda: mount("none", "/mnt", None, 0x1020), before=before) as one:
        assert one.errno == errno.EPERM
        said(number, one.hint('mount("none", "/mnt", NULL, MS_REMOUNT|MS_BIND, NULL)'))


@row("17c")
def test_device_nodes_are_not_for_user_namespaces(number: str, tmp_path: Path) -> None:
    """mknod(2) of a device is EPERM for root of one."""
    made = str(tmp_path / "null")
    with refused(lambda: os.mknod(made, 0o20666, os.makedev(1, 3)), before=alone) as one:
        assert one.errno == errno.EPERM
        said(number, one.hint(f'mknod("{made}", S_IFCHR|0666, makedev(1, 3))'))


@row("17d")
def test_file_systems_on_disks_are_not_for_user_namespaces(number: str) -> None:
    """mount(2) of ext4 is EPERM for root of one."""
    with refused(lambda: mount("/dev/null", "/mnt", "ext4", 0), before=in_own_mounts) as one:
        assert one.errno == errno.EPERM
        said(number, one.hint('mount("/dev/null", "/mnt", "ext4", 0, NULL)'))


@row("18a")
def test_with_two_threads_a_mount_namespace_is_not_entered(number: str) -> None:
    """They share their root and working directory: EINVAL."""

    def before() -> None:
        in_own_mounts()
        a_thread()

    with refused(lambda: setns(os.open("/proc/self/ns/mnt", os.O_RDONLY), NEWNS), before=before) as one:
        assert one.errno == errno.EINVAL
        said(number, one.hint("setns(3, CLONE_NEWNS)"))


@row("18b")
def test_ones_own_user_namespace_is_not_entered_again(number: str) -> None:
    """It would give back capabilities that were dropped: EINVAL."""
    with refused(lambda: setns(os.open("/proc/self/ns/user", os.O_RDONLY), NEWUSER), before=alone) as one:
        assert one.errno == errno.EINVAL
        own = os.open(f"/proc/{one.pid}/ns/user", os.O_RDONLY)
        said(number, one.hint("setns(3, CLONE_NEWUSER)", into=into("user", own, os.fstat(own).st_ino)))
        os.close(own)


@row("18c")
def test_a_namespace_of_another_type_is_told_apart(number: str) -> None:
    """CLONE_NEWNET with the file of a UTS namespace is EINVAL."""
    own = os.open("/proc/self/ns/uts", os.O_RDONLY)
    with refused(lambda: setns(own, NEWNET), before=alone) as one:
        assert one.errno == errno.EINVAL
        said(number, one.hint("setns(3, CLONE_NEWNET)", into=into("net", own)))
    os.close(own)


@row("18e")
def test_a_placeholder_is_no_namespace(number: str, tmp_path: Path) -> None:
    """A plain file, as a pin leaves it in another mount namespace, is EINVAL."""
    (tmp_path / "placeholder").touch()
    plain = os.open(tmp_path / "placeholder", os.O_RDONLY)
    with refused(lambda: setns(plain, NEWNET), before=alone) as one:
        assert one.errno == errno.EINVAL
        said(number, one.hint("setns(3, CLONE_NEWNET)", into=into("net", plain)))
    os.close(plain)


@row("19a")
def test_too_many_users_is_about_threads(number: str) -> None:
    """EUSERS from setns(2) of a time namespace."""

    def before() -> None:
        alone()
        unshare(NEWTIME)
        a_thread()

    with refused(lambda: setns(os.open("/proc/self/ns/time_for_children", os.O_RDONLY), NEWTIME), before=before) as one:
        assert one.errno == errno.EUSERS
        said(number, one.hint("setns(3, CLONE_NEWTIME)", types=("time",)))


@row("20d", pytest.mark.root)
def test_the_user_namespace_of_somebody_else_is_not_entered(number: str) -> None:
    """EPERM for an ordinary user, even with its file open."""
    with refused(lambda: None, before=lambda: unshare(NEWUSER)) as other:
        fd = os.open(f"/proc/{other.pid}/ns/user", os.O_RDONLY)
        with refused(lambda: setns(fd, NEWUSER), before=without_rights) as one:
            assert one.errno == errno.EPERM
            said(
                number, one.hint("setns(3, CLONE_NEWUSER)", types=("user",), into=into("user", fd, os.fstat(fd).st_ino))
            )
        os.close(fd)


@row("20e", pytest.mark.root)
def test_what_root_owns_is_not_for_others(number: str) -> None:
    """EPERM for an ordinary user, and the owner is named."""
    with refused(lambda: None, before=lambda: unshare(NEWNET)) as other:
        fd = os.open(f"/proc/{other.pid}/ns/net", os.O_RDONLY)
        with refused(lambda: setns(fd, NEWNET), before=without_rights) as one:
            assert one.errno == errno.EPERM
            said(number, one.hint("setns(3, CLONE_NEWNET)", types=("net",), into=into("net", fd, os.fstat(fd).st_ino)))
        os.close(fd)


@row("21a")
def test_groups_that_were_given_up_stay_given_up(number: str) -> None:
    """setgroups(2) is EPERM where the map is an ordinary user's."""
    with refused(lambda: os.setgroups([]), before=alone) as one:
        assert one.errno == errno.EPERM
        said(number, one.hint("setgroups(0, [])"))


@row("22a")
def test_offsets_are_frozen_by_the_first_process(number: str) -> None:
    """EACCES from then on."""

    def before() -> None:
        alone()
        unshare(NEWTIME)
        if os.fork() == 0:
            os._exit(0)
        os.wait()

    with refused(lambda: write("/proc/self/timens_offsets", "boottime 1 0"), before=before) as one:
        assert one.errno == errno.EACCES
        said(number, one.hint('write(/proc/self/timens_offsets, "boottime 1 0")'))


@row("22b")
def test_the_time_of_day_has_no_offset(number: str) -> None:
    """Another clock's name is EINVAL."""

    def before() -> None:
        alone()
        unshare(NEWTIME)

    with refused(lambda: write("/proc/self/timens_offsets", "realtime 1 0"), before=before) as one:
        assert one.errno == errno.EINVAL
        said(number, one.hint('write(/proc/self/timens_offsets, "realtime 1 0")'))


@row("23a")
def test_an_exec_of_any_uid_but_0_takes_the_capabilities(number: str) -> None:
    """Root of a user namespace is who has uid 0 in it; others are nobody after execve(2)."""
    libc = "import ctypes, sys; c = ctypes.CDLL(None, use_errno=True); c.unshare(0x4000000)"
    script = f"{libc}; print(ctypes.get_errno(), flush=True); sys.stdin.read()"
    mapped = ["unshare", "--user", f"--map-user={1000 if IS_ROOT else OWN}", "python3", "-c", script]
    with subprocess.Popen(mapped, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        assert int(running.stdout.readline()) == errno.EPERM
        hint = hints.explain("unshare", "unshare(CLONE_NEWUTS)", errno.EPERM, Where(running.pid, ("uts",)))
        said(number, str(hint))
        running.communicate()


def reach(address: str) -> None:
    """Send to an address."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect((address, 9))


def in_own_network() -> None:
    """User and network namespaces of one's own: `lo` is down."""
    alone()
    unshare(NEWNET)


@row("24a")
def test_in_a_new_network_namespace_lo_is_down(number: str) -> None:
    """Even 127.0.0.1 is ENETUNREACH."""
    with refused(lambda: reach("127.0.0.1"), before=in_own_network) as one:
        assert one.errno == errno.ENETUNREACH
        said(number, one.hint("connect(3, 127.0.0.1)"))


@row("24b")
def test_ping_is_for_groups_that_a_sysctl_names(number: str) -> None:
    """In a new network namespace nobody: EACCES."""

    def ping() -> None:
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP).close()

    with refused(ping, before=in_own_network) as one:
        assert one.errno == errno.EACCES
        said(number, one.hint("socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP)"))


@row("25a")
def test_a_name_that_is_mounted_on_stays(number: str, tmp_path: Path) -> None:
    """unlink(2) of a mount point is EBUSY, and who has it mounted is named."""
    place = tmp_path / "name"
    place.touch()

    def before() -> None:
        in_own_mounts()
        mount("/dev/null", str(place), None, 0x1000)

    with refused(lambda: os.unlink(place), before=before) as one:
        assert one.errno == errno.EBUSY
        said(number, one.hint(f'unlink("{place}")'))


@row("25b")
def test_what_is_in_use_is_not_unmounted(number: str) -> None:
    """An open file keeps a mount busy."""

    def before() -> None:
        in_own_mounts()
        mount("tmpfs", "/mnt", "tmpfs", 0)
        os.open("/mnt", os.O_RDONLY)

    libc = ctypes.CDLL(None, use_errno=True)

    def unmount() -> None:
        if libc.umount2(b"/mnt", 0) < 0:
            raise OSError(ctypes.get_errno(), "umount2")

    with refused(unmount, before=before) as one:
        assert one.errno == errno.EBUSY
        said(number, one.hint('umount2("/mnt", 0)'))


@row("26b", pytest.mark.root)
def test_root_without_all_capabilities_does_not_see_all(number: str) -> None:
    """The links of a process that has more than oneself are EACCES, for the same user too."""

    def before() -> None:
        header, nothing = struct.pack("Ii", 0x20080522, 0), bytes(24)
        assert ctypes.CDLL(None).capset(header, nothing) == 0

    other = os.getpid()
    with refused(lambda: os.readlink(f"/proc/{other}/ns/uts"), before=before) as one:
        assert one.errno == errno.EACCES
        said(number, one.hint(f"readlink(/proc/{other}/ns/uts)"))


@row("27a")
def test_the_terminal_goes_only_to_a_group_that_has_a_number(number: str) -> None:
    """A process group that is not in the pid namespace is ESRCH."""

    def before() -> None:
        os.setsid()
        signal.signal(signal.SIGTTOU, signal.SIG_IGN)
        _, slave = pty.openpty()
        os.close(os.open(os.ttyname(slave), os.O_RDWR))
        os.dup2(slave, 0)

    with refused(lambda: os.tcsetpgrp(0, 0x3FFFFF), before=before) as one:
        assert one.errno in (errno.ESRCH, errno.EPERM)
        said(number, one.hint("tcsetpgrp(0, 4194303)"))


@row("27b")
def test_a_terminal_of_another_session_is_not_ours_to_give(number: str) -> None:
    """ENOTTY: "no job control"."""

    def before() -> None:
        os.setsid()
        os.dup2(os.posix_openpt(os.O_RDWR | os.O_NOCTTY) if hasattr(os, "posix_openpt") else pty.openpty()[0], 0)

    with refused(lambda: os.tcsetpgrp(0, os.getpid()), before=before) as one:
        assert one.errno == errno.ENOTTY
        said(number, one.hint("tcsetpgrp(0, 1)"))


@row("28a")
def test_with_two_threads_no_user_namespace_is_made(number: str) -> None:
    """EINVAL, as after an import that starts a thread."""
    with refused(lambda: unshare(NEWUSER), before=a_thread) as one:
        assert one.errno == errno.EINVAL
        said(number, one.hint("unshare(CLONE_NEWUSER)", types=("user",)))


@row("9b", pytest.mark.root)
def test_a_pid_namespace_whose_init_ended_takes_nobody(number: str) -> None:
    """ENOMEM again, after setns(2) into one that only a file keeps."""

    def before() -> None:
        unshare(NEWPID)
        if (first := os.fork()) == 0:
            os._exit(0)
        os.waitpid(first, 0)

    with refused(lambda: os._exit(0) if os.fork() == 0 else None, before=before) as one:
        assert one.errno == errno.ENOMEM
        said(number, one.hint("clone3(flags=0)"))


@row("15a", pytest.mark.root)
def test_a_mount_namespace_cannot_be_pinned_inside_itself(number: str, nsh: Program) -> None:
    """EINVAL: it would keep itself alive."""
    done = nsh("--sandbox", "-c", "pin /proc/self/ns/mnt x")
    assert "Invalid argument" in done.err
    said(number, hint_in(done.err))


@row("14a")
def test_a_proc_of_another_pid_namespace_is_found(number: str, nsh: Program) -> None:
    """ps and kill then speak of others: the number there and here."""
    done = nsh("-c", "new user,pid a; on a doctor")
    (line,) = [line for line in done.out.splitlines() if " your /proc " in line]
    said(number, line.partition(" your /proc ")[2])


# What this machine may not have: shown to the rule as the refused process would see it.


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


@row("8b", pytest.mark.rootless)
def test_a_helper_that_is_not_set_uid_is_named(number: str, nsh: Program, tmp_path: Path) -> None:
    """A copy of newuidmap has lost its right."""
    place = tmp_path / "bin"
    place.mkdir()
    for program in ("newuidmap", "newgidmap"):
        shutil.copy(shutil.which(program) or "", place)
    done = nsh("-c", "new user a --map 0:300000:10", PATH=f"{place}:{nsh.environment['PATH']}")
    assert done.status == 1
    said(number, hint_in(done.err))


@row("8c", pytest.mark.rootless)
def test_no_new_privs_is_named(number: str, nsh: Program) -> None:
    """With it set-uid programs gain nothing."""
    done = subprocess.run(
        ["setpriv", "--no-new-privs", NSH, "-c", "new user a --map 0:300000:10"],
        env=nsh.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    said(number, hint_in(done.stderr))


def test_a_kernel_without_a_type_is_told_by_its_links(machine: Machine) -> None:
    """EINVAL for a flag it does not know."""
    (machine.folder / "7" / "ns").mkdir()
    for name in ("mnt", "uts", "ipc", "pid", "net", "user"):
        (machine.folder / "7" / "ns" / name).symlink_to(f"{name}:[1]")
    hint = machine.hint("unshare(CLONE_NEWTIME)", errno.EINVAL, ("time",))
    assert (
        hint == "this kernel is built without time, cgroup namespaces: `ls types` says which it has" or "time" in hint
    )


# Beyond those: open files.


@row("29a")
def test_too_many_open_files_names_the_limit(number: str, nsh: Program) -> None:
    """EMFILE, wherever it is met."""
    done = subprocess.run(
        ["sh", "-c", f'ulimit -n 40; exec {NSH} -c "$0"', "unshare user --map root; new uts h[1..200]"],
        env=nsh.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "Too many open files" in done.stderr
    said(number, hint_in(done.stderr))


@row("29b")
def test_files_on_their_way_count_for_the_sender(number: str) -> None:
    """ETOOMANYREFS of unix(7), for an ordinary user who may have few files open."""

    def before() -> None:
        without_rights()
        resource.setrlimit(resource.RLIMIT_NOFILE, (20, 20))

    def send() -> None:
        ours, theirs = socket.socketpair()
        for _ in range(30):
            socket.send_fds(ours, [b"."], [0])
        theirs.close()

    with refused(send, before=before) as one:
        assert one.errno == errno.ETOOMANYREFS
        said(number, one.hint("give(CLONE_NEWUTS)"))


def test_every_row_of_the_page_has_a_test() -> None:
    """And there is no row of less than 28."""
    assert set(SAYS) == KNOWN
    assert {int(number[:-1]) for number in SAYS} >= set(range(1, 29))
