# SPDX-License-Identifier: MIT
"""One message and its file descriptors over a SEQPACKET socket (unix(7))."""

from __future__ import annotations

import _socket
import errno
import os
import sys

_INLINE_LIMIT = 60_000  # well under the kernel's default for one packet; longer ones travel in a memfd
_LARGEST = 16 << 20
_MOST_FDS = 253  # SCM_MAX_FD
_INLINE, _IN_MEMFD = b"i", b"m"
_ANCILLARY = _socket.CMSG_LEN(4 * _MOST_FDS)


def pair() -> tuple[_socket.socket, _socket.socket]:
    """Two connected ends, closed on exec."""
    return _socket.socketpair(_socket.AF_UNIX, _socket.SOCK_SEQPACKET | _socket.SOCK_CLOEXEC)


def send(sock: _socket.socket, data: bytes, fds: tuple[int, ...] = ()) -> None:
    """Send one message. Raises OSError (EPIPE: the other end is gone)."""
    if len(data) <= _INLINE_LIMIT:
        _send_packet(sock, _INLINE + data, fds)
        return
    memory = os.memfd_create("nsh-message", os.MFD_CLOEXEC)
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(memory, view) :]
        _send_packet(sock, _IN_MEMFD, (*fds, memory))
    finally:
        os.close(memory)


def _send_packet(sock: _socket.socket, data: bytes, fds: tuple[int, ...]) -> None:
    packed = b"".join(fd.to_bytes(4, sys.byteorder) for fd in fds)
    rights = [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, packed)] if fds else []
    sock.sendmsg([data], rights, _socket.MSG_NOSIGNAL)


def receive(sock: _socket.socket) -> tuple[bytes, list[int]] | None:
    """One message with its fds, None at the end, or when its memory cannot be read. Raises OSError (EMFILE)."""
    try:
        data, rights, flags, _address = sock.recvmsg(_INLINE_LIMIT + 16, _ANCILLARY, _socket.MSG_CMSG_CLOEXEC)
    except ConnectionResetError:  # the other end died with unread messages
        return None
    fds = [
        int.from_bytes(raw[i : i + 4], sys.byteorder)
        for level, kind, raw in rights
        if level == _socket.SOL_SOCKET and kind == _socket.SCM_RIGHTS
        for i in range(0, len(raw) - 3, 4)
    ]
    if flags & _socket.MSG_CTRUNC:  # no room for the files that came along
        close_all(fds)
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE), "recvmsg")
    if not data:
        return None
    if data[:1] != _IN_MEMFD or not fds:
        return data[1:], fds
    memory = _read_memory(fds.pop())
    if memory is None:
        close_all(fds)
        return None
    return memory, fds


def _read_memory(memory: int) -> bytes | None:
    """The bytes of a message that came in a memfd, None when the fd is something else."""
    try:
        return os.pread(memory, min(os.fstat(memory).st_size, _LARGEST), 0)
    except OSError:
        return None
    finally:
        os.close(memory)


def close_all(fds: list[int] | tuple[int, ...]) -> None:
    """Close fds that came with a message."""
    for fd in fds:
        os.close(fd)
