# SPDX-License-Identifier: MIT
"""Open files of other processes: identified as stat(2) does, copied, and asked for their network namespace."""

from __future__ import annotations

import os
import socket
import stat

import pytest

from nsh.kernel import files, nsfs


def test_a_file_is_identified_as_stat_does() -> None:
    """Mode, inode, the device it is on, and the one it is: of a device, a socket, a namespace file, a plain file."""
    with socket.socket() as sock, open(__file__, "rb") as plain, open("/proc/self/ns/uts", "rb") as namespace:
        for path in ("/dev/null", *(f"/proc/self/fd/{fd.fileno()}" for fd in (sock, plain, namespace))):
            found, known = files.identify(path.encode()), os.stat(path)
            assert (found.mode, found.inode) == (known.st_mode, known.st_ino)
            assert found.device == (os.major(known.st_dev), os.minor(known.st_dev))
            assert found.special == (os.major(known.st_rdev), os.minor(known.st_rdev))
        assert stat.S_ISSOCK(files.identify(b"/proc/self/fd/%d" % sock.fileno()).mode)
        assert files.identify(b"/proc/self/fd/%d" % namespace.fileno()).device == nsfs.device()
    with pytest.raises(FileNotFoundError):
        files.identify(b"/nonexistent")


def test_a_socket_tells_its_network_namespace() -> None:
    """Its cookie is the id of the namespace (Linux 6.18), for whoever has a copy of it."""
    with socket.socket(socket.AF_UNIX) as sock, open("/proc/self/ns/net", "rb") as own:
        pidfd = os.pidfd_open(os.getpid())
        try:
            copy = files.copy_of(pidfd, sock.fileno())
        finally:
            os.close(pidfd)
        try:
            assert os.fstat(copy).st_ino == os.fstat(sock.fileno()).st_ino
            number = nsfs.never_reused_id(own.fileno())
            assert number is None or files.netns_cookie(copy) == number
        finally:
            os.close(copy)


def test_a_thread_has_a_pidfd_of_its_own() -> None:
    """Of the first thread as well; of none that is not there."""
    fd = files.pidfd_of_thread(os.getpid())
    try:
        with open(f"/proc/self/fdinfo/{fd}") as file:
            assert f"Pid:\t{os.getpid()}\n" in file.readlines()
    finally:
        os.close(fd)
    with pytest.raises(OSError, match="pidfd_open"):
        files.pidfd_of_thread(0x7FFFFFFF)
