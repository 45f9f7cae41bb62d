# SPDX-License-Identifier: MIT
"""How the zygote comes into the world: forked as nsh's first act, or as a fresh interpreter beside the prompt."""

from __future__ import annotations

import os
import sys

from nsh.helper import channel

TYPE_CHECKING = False
if TYPE_CHECKING:
    import _socket
    from typing import NoReturn

_ZYGOTE_FD, _HOST_FD = 10, 11


class Zygote:
    """The prompt's handle on the zygote: its socket, that of the helper of host, its pid."""

    __slots__ = ("host_sock", "interactive", "pid", "sock")

    def __init__(self, sock: _socket.socket, host_sock: _socket.socket, pid: int, interactive: bool) -> None:
        self.sock = sock
        self.host_sock = host_sock
        self.pid = pid
        self.interactive = interactive


def fork_zygote() -> Zygote:
    """Fork the zygote of a script or a single command; call it first, before any import makes the copy heavy."""
    ours, theirs = channel.pair()
    our_host, their_host = channel.pair()
    pid = os.fork()
    if pid == 0:
        ours.detach()
        our_host.detach()
        _become(theirs, their_host.detach())
    theirs.close()
    their_host.close()
    return Zygote(ours, our_host, pid, interactive=False)


def _become(sock: _socket.socket, host_fd: int) -> NoReturn:
    # Imported in the child, at the same time as the parent imports its own half.
    from nsh.helper.zygote import become_zygote

    become_zygote(sock, host_fd, interactive=False)


def spawn_zygote() -> Zygote:
    """Start the zygote of a prompt as an interpreter of its own, which stays small beside prompt_toolkit's."""
    ours, theirs = channel.pair()
    our_host, their_host = channel.pair()
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    start = f"main({_ZYGOTE_FD}, {_HOST_FD})"
    code = f"import sys; sys.path.insert(0, {root!r}); from nsh.helper.zygote import main; {start}"
    # An argument that the zygote writes its name over; a path may be short.
    argv = [sys.executable, "-I", "-S", "-c", code]
    fds = (_out_of_the_way(theirs), _out_of_the_way(their_host))
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDWR, 0),
        (os.POSIX_SPAWN_DUP2, 0, 1),
        (os.POSIX_SPAWN_DUP2, 0, 2),
        (os.POSIX_SPAWN_DUP2, fds[0], _ZYGOTE_FD),
        (os.POSIX_SPAWN_DUP2, fds[1], _HOST_FD),
    ]
    pid = os.posix_spawn(sys.executable, argv, os.environ, file_actions=actions)
    channel.close_all(fds)
    return Zygote(ours, our_host, pid, interactive=True)


def _out_of_the_way(sock: _socket.socket) -> int:
    """The socket's fd, at a number that neither of the fixed ones is: dup2 onto itself would keep it closed on exec."""
    import fcntl

    fd = fcntl.fcntl(sock.fileno(), fcntl.F_DUPFD_CLOEXEC, _HOST_FD + 1)
    os.close(sock.detach())
    return fd
