# SPDX-License-Identifier: MIT
"""How the zygote comes into the world: forked as nsh's first act, or as a fresh interpreter beside the prompt."""

from __future__ import annotations

import os
import sys

from nsh.helper import channel

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

    import _socket

_ZYGOTE_FD = 3


class Zygote:
    """The prompt's handle on the zygote: its socket and its pid."""

    __slots__ = ("interactive", "pid", "sock")

    def __init__(self, sock: _socket.socket, pid: int, interactive: bool) -> None:
        self.sock = sock
        self.pid = pid
        self.interactive = interactive


def fork_zygote() -> Zygote:
    """Fork the zygote of a script or a single command; call it first, before any import makes the copy heavy."""
    ours, theirs = channel.pair()
    pid = os.fork()
    if pid == 0:
        ours.detach()
        _become(theirs)
    theirs.close()
    return Zygote(ours, pid, interactive=False)


def _become(sock: _socket.socket) -> NoReturn:
    # Imported in the child, at the same time as the parent imports its own half.
    from nsh.helper.zygote import become_zygote

    become_zygote(sock, interactive=False)


def spawn_zygote() -> Zygote:
    """Start the zygote of a prompt as an interpreter of its own, which stays small beside prompt_toolkit's."""
    ours, theirs = channel.pair()
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    code = f"import sys; sys.path.insert(0, {root!r}); from nsh.helper.zygote import main; main({_ZYGOTE_FD})"
    # An argument that the zygote writes its name over; a path may be short.
    argv = [sys.executable, "-I", "-S", "-c", code]
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDWR, 0),
        (os.POSIX_SPAWN_DUP2, 0, 1),
        (os.POSIX_SPAWN_DUP2, 0, 2),
        (os.POSIX_SPAWN_DUP2, theirs.fileno(), _ZYGOTE_FD),
    ]
    if theirs.fileno() == _ZYGOTE_FD:
        os.set_inheritable(_ZYGOTE_FD, True)
        actions.pop()
    pid = os.posix_spawn(sys.executable, argv, os.environ, file_actions=actions)
    theirs.close()
    return Zygote(ours, pid, interactive=True)
