# SPDX-License-Identifier: MIT
"""Messages over a SEQPACKET pair: any size, with files, and none lost or leaked."""

from __future__ import annotations

import _socket
import fcntl
import os
import sys
from collections.abc import Iterator

import pytest

from nsh.helper import channel

pytestmark = pytest.mark.real  # the fds of this process are counted afterwards

Pair = tuple[_socket.socket, _socket.socket]


@pytest.fixture
def ends() -> Iterator[Pair]:
    """Two connected ends."""
    pair = channel.pair()
    yield pair
    for end in pair:
        end.close()


@pytest.mark.parametrize("size", [0, 1, 59_999, 60_000, 60_001, 212_992, 3_000_000])
def test_a_message_of_any_size_arrives_whole(ends: Pair, size: int) -> None:
    """Small ones in the packet, large ones in a memory file that travels beside it."""
    data = os.urandom(size)
    channel.send(ends[0], data)
    channel.send(ends[0], b"next")
    assert channel.receive(ends[1]) == (data, [])
    assert channel.receive(ends[1]) == (b"next", [])


@pytest.mark.parametrize("size", [10, 100_000])
@pytest.mark.parametrize("count", [1, 3, 252])
def test_files_arrive_in_order_and_closed_on_exec(ends: Pair, size: int, count: int) -> None:
    """As many as the kernel takes, beside a short message and beside a long one."""
    files = [os.memfd_create(f"file {number}") for number in range(count)]
    channel.send(ends[0], bytes(size), tuple(files))
    message = channel.receive(ends[1])
    assert message is not None
    data, received = message
    assert len(data) == size
    assert [os.readlink(f"/proc/self/fd/{fd}") for fd in received] == [
        f"/memfd:file {n} (deleted)" for n in range(count)
    ]
    assert all(fcntl.fcntl(fd, fcntl.F_GETFD) & fcntl.FD_CLOEXEC for fd in received)
    channel.close_all([*files, *received])


def test_the_end_is_none_and_sending_to_nobody_is_an_error_not_a_signal(ends: Pair) -> None:
    """A helper that died is seen, and SIGPIPE never ends nsh."""
    ends[1].close()
    assert channel.receive(ends[0]) is None
    with pytest.raises(BrokenPipeError):
        channel.send(ends[0], b"x")


def test_a_helper_that_died_with_unread_requests_has_ended_too(ends: Pair) -> None:
    """The kernel says ECONNRESET then, once; for us it is the end."""
    channel.send(ends[0], b"unread")
    ends[1].close()
    assert channel.receive(ends[0]) is None


def test_a_packet_that_claims_a_file_and_brings_none_is_only_text(ends: Pair) -> None:
    """What a helper sends is untrusted: a lie about a memory file raises nothing."""
    ends[0].send(b"mhello")
    assert channel.receive(ends[1]) == (b"hello", [])


@pytest.mark.parametrize("what", ["pipe", "folder", "device"])
def test_a_packet_that_brings_no_memory_file_is_the_end_of_its_sender(ends: Pair, what: str) -> None:
    """A liar is treated as gone: nothing to wait for, nothing raised, its file closed."""
    opened = os.pipe() if what == "pipe" else (os.open("/" if what == "folder" else "/dev/null", os.O_RDONLY),)
    rights = [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, opened[0].to_bytes(4, sys.byteorder))]
    ends[0].sendmsg([b"m"], rights)
    channel.close_all(opened)
    assert channel.receive(ends[1]) in (None, (b"", []))
