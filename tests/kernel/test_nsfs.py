# SPDX-License-Identifier: MIT
"""What an open namespace file answers, compared with what else is known of it."""

from __future__ import annotations

import errno
import os

import pytest

from nsh import nstypes
from nsh.kernel import nsfs, proc
from tests.stranger import Stranger
from tests.stranger import stranger as stranger

pytestmark = pytest.mark.real


def opened(pid: int | str, name: str) -> int:
    """An open file of a process's namespace."""
    return os.open(f"/proc/{pid}/ns/{name}", os.O_RDONLY | os.O_CLOEXEC)


@pytest.mark.parametrize("name", nstypes.NAMES)
def test_a_namespace_file_knows_its_type_and_id(name: str) -> None:
    """The flag of clone(2); and a number that no other has, where the kernel gives one."""
    fd = opened("self", name)
    try:
        assert nsfs.nstype(fd) == nstypes.BY_NAME[name].flag
        found = nsfs.never_reused_id(fd)
        assert found is None or found > 0
        assert os.fstat(fd).st_ino == proc.namespace("self", name)
    finally:
        os.close(fd)


def test_owner_and_parent_of_a_user_namespace_are_where_it_was_made(stranger: Stranger) -> None:
    """And its creator is who made it."""
    pid = stranger("user", "uts")
    user, uts = opened(pid, "user"), opened(pid, "uts")
    found = [nsfs.owner_of(user), nsfs.parent_of(user), nsfs.owner_of(uts)]
    try:
        here = proc.namespace("self", "user")
        assert [os.fstat(fd).st_ino for fd in found] == [here, here, proc.namespace(pid, "user")]
        assert nsfs.creator_uid(user) == os.geteuid()
    finally:
        for fd in (user, uts, *found):
            os.close(fd)


def test_what_has_no_parent_or_is_no_namespace_is_refused() -> None:
    """EINVAL for a type without parents, ENOTTY for any other file."""
    fd, other = opened("self", "uts"), os.open("/dev/null", os.O_RDONLY)
    try:
        with pytest.raises(OSError, match="Invalid argument"):
            nsfs.parent_of(fd)
        with pytest.raises(OSError) as caught:  # noqa: PT011 - the number is looked at
            nsfs.nstype(other)
        assert caught.value.errno == errno.ENOTTY
    finally:
        os.close(fd)
        os.close(other)


def test_a_pidfd_leads_to_the_same_namespaces(stranger: Stranger) -> None:
    """Without /proc, also to the one that only children are in."""
    pid = stranger("user", "uts")
    pidfd = os.pidfd_open(pid)
    try:
        for name in (*nstypes.NAMES, "pid_for_children"):
            fd = nsfs.of_pidfd(pidfd, name)
            assert os.fstat(fd).st_ino == proc.namespace(pid, name)
            os.close(fd)
        assert proc.pid_of(pidfd) == pid
    finally:
        os.close(pidfd)


def test_proc_of_a_process_that_is_gone_is_none_or_an_error() -> None:
    """Links are None, the command is empty, the status an OSError."""
    gone = 0x7FFFFFFF
    assert proc.namespace(gone, "uts") is None
    assert proc.namespaces(gone) == {}
    assert proc.command_of(gone) == ""
    with pytest.raises(OSError, match="No such file"):
        proc.status(gone)
    assert proc.namespaces(os.getpid()) == proc.namespaces("self")
    assert proc.pids_of("self")[-1] == os.getpid()
