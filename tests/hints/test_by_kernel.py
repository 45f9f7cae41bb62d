# SPDX-License-Identifier: MIT
"""Creating, maps, ids, clocks: refused in a process of the test's own, and explained as docs/failures.md has it."""

from __future__ import annotations

import ctypes
import errno
import os
import resource
import socket
import struct
import subprocess
from pathlib import Path

import pytest

from nsh import hints
from nsh.errors import Where
from tests.hints.page import (
    GROUP,
    IS_ROOT,
    NEWPID,
    NEWTIME,
    NEWUSER,
    OWN,
    alone,
    row,
    said,
    without_rights,
)
from tests.hints.refused import a_thread, refused, unshare, write


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
