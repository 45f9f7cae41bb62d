# SPDX-License-Identifier: MIT
"""A helper among somebody else's files runs from a sealed copy of the interpreter, never from the machine's own file.

A program there that is a script for `/proc/self/exe` gets that very file, and
may keep it open until nobody executes it any more. To write it then would be
to write on the machine, for root as for whoever owns the interpreter
(CVE-2019-5736 is that hole in runc).
"""

from __future__ import annotations

import _socket
import errno
import marshal
import os
import sys

from nsh.helper import channel, wire
from nsh.helper.work import work_through

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

    from nsh.helper.child import Life

_PIECE = 1 << 20
_MFD_EXEC = 0x10


def go_on(born: _socket.socket, plan: list[Any], fds: list[int], title: str, life: Life) -> None:
    """Do the rest of a plan, and then live as a helper, in an interpreter that runs from the copy.

    Returns only when that was refused, which the prompt is told.
    """
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    code = f"import sys; sys.path.insert(0, {root!r}); from nsh.helper.image import main; main()"
    state = (born.fileno(), life.alive_fd, life.interactive, plan, fds, title)
    words = [sys.executable, "-I", "-S", "-c", code, marshal.dumps(state).hex()]
    try:
        image = _sealed_copy()
        for fd in (born.fileno(), life.alive_fd, *fds):
            os.set_inheritable(fd, True)
        os.execve(image, words, {})  # its programs get theirs with each request
    except OSError as error:
        channel.send(born, wire.pack_fields({"ev": "refused", "step": 1, "errno": error.errno}))


def _sealed_copy() -> int:
    """An fd of the interpreter's program in memory, which nobody can change any more. Raises OSError."""
    import fcntl

    image = _executable_memory()
    program = os.open("/proc/self/exe", os.O_RDONLY | os.O_CLOEXEC)
    while os.sendfile(image, program, None, _PIECE):
        pass
    seals = fcntl.F_SEAL_WRITE | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_SEAL
    fcntl.fcntl(image, fcntl.F_ADD_SEALS, seals)
    return image


def _executable_memory() -> int:
    flags = os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING
    try:
        return os.memfd_create("nsh-interpreter", flags | _MFD_EXEC)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        return os.memfd_create("nsh-interpreter", flags)  # before Linux 6.3 every one is


def main() -> NoReturn:
    """The fresh interpreter: take up the plan behind its first step."""
    from nsh.helper import child

    try:
        number, alive_fd, interactive, plan, fds, title = marshal.loads(bytes.fromhex(sys.argv[1]))
        for fd in (number, alive_fd, *fds):
            os.set_inheritable(fd, False)
        life = child.Life(alive_fd, interactive)
        life.die_with_zygote()
        born = _socket.socket(fileno=number)
        did = work_through(born, plan, fds)
        if did is not None:
            child.settle(born, fds, "helper", title, life, did)
    finally:
        os._exit(0)
