# SPDX-License-Identifier: MIT
"""Working through a plan in a fresh process, and saying what was done and how long it took."""

from __future__ import annotations

import _socket
import os
import time

from nsh.helper import channel, wire
from nsh.helper.steps import keep_quiet, perform
from nsh.kernel import mount, proc, resources, sched

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_MANY = 120  # files in one message, of at most 253 (SCM_MAX_FD)


class Did:
    """What a process has done and not told yet: the number of a step or a file, the result, how long it took."""

    __slots__ = ("_began", "_parts")

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._began = time.monotonic_ns()

    def begin(self) -> None:
        """The next one starts now."""
        self._began = time.monotonic_ns()

    def add(self, what: int | str, value: int = 0) -> None:
        """That is done; the next one starts now."""
        now = time.monotonic_ns()
        self._parts.append(f"{what}:{value}:{now - self._began}")
        self._began = now

    def told(self, refused: int | None = None) -> str:
        """The text for the prompt, with the step that was refused; then there is nothing to tell."""
        if refused is not None:
            self.add(refused, -1)
        parts, self._parts = self._parts, []
        return ",".join(parts)

    def write(self, directory: int, pid: int, file: str, text: str) -> None:
        """Write a file of a process below an open /proc. Raises OSError; -1 is noted then, or minus errno if known."""
        self.begin()
        try:
            proc.write(f"{pid}/{file}", text, directory)
        except OSError as error:
            self.add(file, -(error.errno or 1))
            raise
        self.add(file, len(text.encode()))


def work_through(born: _socket.socket, plan: list[Any], fds: list[int]) -> Did | None:
    """Do a plan from its second step on: None in a process that cloned its successor or was refused."""
    did = Did()
    for index, step in enumerate(plan[1:], 1):
        did.begin()
        try:
            if step[0] == "clone3":
                pid, pidfd = sched.clone3(step[1] | sched.CLONE_PARENT)
                if pid:
                    did.add(index, pid)
                    cloned = {"ev": "cloned", "step": index, "did": did.told()}
                    channel.send(born, wire.pack_fields(cloned), (pidfd,))
                    return None
                did = Did()  # who cloned us tells of all before
                continue
            elif step[0] == "gate":
                channel.send(born, wire.pack_fields({"ev": "gate", "step": index, "did": did.told()}))
                if channel.receive(born) is None:
                    return None
                continue
            elif step[0] == "give":
                give_namespaces(born, fds, *step[1:])
            elif step[0] == "socket":
                give(born, (_socket.socket(*step[1:]).detach(),))
            elif step[0] == "fsopen":
                give(born, (mount.detached(step[1]),))
            else:
                perform(step, fds)
        except OSError as error:
            refused = {"ev": "refused", "step": index, "errno": error.errno, "did": did.told(index)}
            channel.send(born, wire.pack_fields(refused))
            return None
        did.add(index)
    return did


def give_namespaces(
    born: _socket.socket, fds: list[int], flags: int, links: str, count: int, routing: int, quiet: int
) -> None:
    """Unshare `count` times and send the fds of each: namespaces that no process needs to hold.

    Those of many travel in one message. Its sender waits until few are on
    their way: a user may have as many as he may have open (unix(7), ETOOMANYREFS).
    """
    resources.allow_many_files()
    names = [f"self/ns/{link}" for link in links.split(",")]
    each = len(names) + routing
    room = born.getsockopt(_socket.SOL_SOCKET, _socket.SO_SNDBUF)
    born.setsockopt(_socket.SOL_SOCKET, _socket.SO_SNDBUF, 0)  # the kernel makes that the least there is
    opened: list[int] = []
    for number in range(count):
        sched.unshare(flags)
        if quiet:
            keep_quiet(fds[0])
        opened += [os.open(name, os.O_RDONLY | os.O_CLOEXEC, dir_fd=fds[0]) for name in names]
        if routing:
            opened.append(_socket.socket(_socket.AF_NETLINK, _socket.SOCK_DGRAM, 0).detach())
        if len(opened) + each > _MANY or number == count - 1:
            give(born, tuple(opened))
            opened = []
    born.setsockopt(_socket.SOL_SOCKET, _socket.SO_SNDBUF, room // 2)  # which the kernel doubles


def give(born: _socket.socket, fds: tuple[int, ...]) -> None:
    """Send files that we opened, and keep none."""
    channel.send(born, wire.pack_fields({"ev": "made"}), fds)
    channel.close_all(fds)
