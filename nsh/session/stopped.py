# SPDX-License-Identifier: MIT
"""A helper that does not answer because somebody stopped it (SIGSTOP): nsh says so, and lets it go on."""

from __future__ import annotations

import _signal
import os

from nsh.kernel import proc
from nsh.printable import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from nsh.session.session import Session

ZYGOTE = "nsh: zygote"
"""How ps(1) shows the first helper of an nsh."""


class Stopped:
    """The processes of nsh that were found stopped while it waited for an answer.

    A request is never given up while its helper may yet do it. So a helper must
    either go on, or end: one that a tracer holds ends at ^C, and what it did is unknown.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._warned: set[int] = set()

    def look(self) -> None:
        """Say who is stopped and let it go on; say what a tracer holds, and end it after ^C."""
        ours = self._ours()
        stopped = [pid for pid in ours if proc.state(pid) == proc.STOPPED]
        if stopped:
            self._session.say(f"nsh: {_names(stopped)} was stopped and did not answer: nsh lets it go on")
            _send(stopped, _signal.SIGCONT)
        held = {pid for pid in ours if proc.state(pid) == proc.TRACED}
        if held and self._session.interrupts.count:
            _send(held, _signal.SIGKILL)
        elif held - self._warned:
            self._session.say(f"nsh: {_names(held)} does not answer: a tracer holds it; ^C ends it")
        self._warned = held

    def _ours(self) -> list[int]:
        """The zygote and, of its children, those that are no programs."""
        zygote = self._session.zygote.pid
        return [zygote, *(pid for pid in proc.children(zygote) if proc.command_of(pid).startswith("nsh: "))]


def _names(pids: Iterable[int]) -> str:
    return ", ".join(f"{printable(proc.command_of(pid).removeprefix('nsh: '))} (pid {pid})" for pid in pids)


def _send(pids: Iterable[int], signal: int) -> None:
    for pid in pids:
        try:
            os.kill(pid, signal)
        except OSError:
            continue  # gone meanwhile
