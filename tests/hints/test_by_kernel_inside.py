# SPDX-License-Identifier: MIT
"""Mounts, entering, networks, terminals: refused by the kernel, and explained as docs/failures.md has it."""

from __future__ import annotations

import ctypes
import errno
import os
import pty
import signal
import socket
import struct
from pathlib import Path

import pytest

from tests.hints.page import (
    NEWNET,
    NEWNS,
    NEWTIME,
    NEWUSER,
    alone,
    in_own_mounts,
    into,
    row,
    said,
    without_rights,
)
from tests.hints.refused import a_thread, mount, refused, setns, unshare


@row("16a", pytest.mark.root)
def test_a_root_that_is_no_mount_point_has_no_propagation(number: str, tmp_path: Path) -> None:
    """As in a chroot: EINVAL."""
    with refused(lambda: mount("none", "/", None, 0x44000), before=lambda: os.chroot(tmp_path)) as one:
        assert one.errno == errno.EINVAL
        said(number, one.hint('mount("none", "/", NULL, MS_REC|MS_PRIVATE, NULL)'))


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
