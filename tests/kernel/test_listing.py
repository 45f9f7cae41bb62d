# SPDX-License-Identifier: MIT
"""What the kernel lists without any process: the mounts of a mount namespace, and all namespaces where it can."""

from __future__ import annotations

import errno
import os
import socket

import pytest

from nsh.kernel import listing, nsfs
from tests.session.making import born, check, end, libc, unshare

pytestmark = pytest.mark.real


def test_the_mounts_of_another_mount_namespace_are_those_of_its_mountinfo() -> None:
    """By its id, from outside, in order: file system, root and mount point of each."""
    child = born(lambda: unshare("mnt"), lambda: check(libc.mount(b"x", b"/mnt", b"tmpfs", 0, None)))
    try:
        with open(f"/proc/{child}/ns/mnt", "rb") as file:
            number = nsfs.never_reused_id(file.fileno())
        with open(f"/proc/{child}/mountinfo") as table:
            lines = [
                (before.split()[3:5], after.split()[0]) for before, _, after in (row.partition(" - ") for row in table)
            ]
        if number is None:
            pytest.skip("listns and ids need Linux 6.18")
        found = listing.mounts_of(number)
    finally:
        end(child)
    assert ("tmpfs", "/", "/mnt") in found
    assert {(fstype, point) for fstype, _, point in found} == {(fstype, words[1]) for words, fstype in lines}


def test_all_ids_are_listed_where_the_kernel_can() -> None:
    """listns(2) has the id of our own namespaces, and each can be opened by it (Linux 6.19)."""
    try:
        found = listing.all_ids()
    except OSError as error:
        pytest.skip(f"listns is not in this kernel: {error.strerror}")
    with open("/proc/self/ns/uts", "rb") as file:
        number = nsfs.never_reused_id(file.fileno())
    assert number in found
    fd = listing.open_id(number or 0)
    os.close(fd)


def test_neighbours_are_walked_or_refused() -> None:
    """Root in the initial pid namespace gets one with another id, or the end; all others are refused."""
    with open("/proc/self/ns/mnt", "rb") as file:
        try:
            fd = nsfs.neighbour(file.fileno(), forward=True)
        except OSError as error:
            refusal: int | None = error.errno
        else:
            refusal = None
            assert nsfs.never_reused_id(fd) != nsfs.never_reused_id(file.fileno())
            os.close(fd)
    assert refusal in (None, errno.EPERM, errno.ENOENT, errno.ENOTTY)


def test_a_socket_leads_to_its_namespace() -> None:
    """SIOCGSKNS on a socket: ours; who has no CAP_NET_ADMIN over it is refused."""
    with socket.socket() as sock:
        try:
            fd = nsfs.of_socket(sock.fileno())
        except PermissionError:
            assert os.geteuid() != 0
            return
        try:
            assert os.fstat(fd).st_ino == os.stat("/proc/self/ns/net").st_ino
        finally:
            os.close(fd)
