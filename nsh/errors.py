# SPDX-License-Identifier: MIT
"""What can go wrong, told apart by what is known afterwards.

    NshError                     one line at the prompt; `exit_status` for scripts
    ├── UsageError (2)           nothing was tried
    │   ├── UnknownCommand (127)
    │   └── BadWord              one word is wrong: which, and why
    ├── SessionError (1)         about the names of this session
    │   ├── NoSuchName
    │   └── NameTaken
    ├── Refused (1)              the kernel said no: `op`, `errno`, `hint`
    │   └── NotSupported         this kernel or machine has no such thing
    └── HelperLost (1)           a helper died: the state is not known
        ├── NotSent              surely not done
        └── Silent               perhaps done

Messages start with what was tried, never with "failed to" or "error".
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    class Into(Protocol):
        """What was to be entered: a Target of the session."""

        label: str
        ns: dict[str, int]
        pid: int | None
        open_fd: Callable[[str], int]

    class Around(Protocol):
        """What only the session can find out."""

        def levels(self, path: str) -> list[tuple[int, str]]:
            """(user namespace, text) of a file as it reads in each user namespace above, the nearest first."""

        def in_use(self, user: int) -> dict[str, int]:
            """{type: how many are in sight} of what counts against the limits of a user namespace."""


class NshError(Exception):
    """Anything nsh tells the user instead of doing what was asked.

    `message` is one line. `hint` (may be several lines) says what to look at
    or what to type instead.
    """

    exit_status = 1

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def as_json(self) -> dict[str, object]:
        """The object `--json` prints on stderr."""
        return {"error": self.message, "op": None, "errno": None, "hint": self.hint}


class UsageError(NshError):
    """The line cannot be read; nothing was tried.

    `span` is (start, end) in the line, for the caret under it.
    """

    exit_status = 2

    def __init__(self, message: str, hint: str | None = None, span: tuple[int, int] | None = None) -> None:
        super().__init__(message, hint)
        self.span = span


class UnknownCommand(UsageError):
    """The first word is no command, no place and no program."""

    exit_status = 127


class BadWord(UsageError):
    """One word of the line is wrong."""

    def __init__(self, word: str, why: str, hint: str | None = None, span: tuple[int, int] | None = None) -> None:
        super().__init__(f"{word}: {why}", hint, span)
        self.word = word
        self.why = why


class SessionError(NshError):
    """Something about the names and places of this session."""


class NoSuchName(SessionError):
    """No place, process or namespace goes by that reference."""


class NameTaken(SessionError):
    """A place of that name exists already."""


class Refused(NshError):
    """The kernel said no to one operation.

    `op` is the call as strace would print it, `errno` the kernel's answer,
    `said` what it says in words where it does (netlink).
    """

    def __init__(self, op: str, errno: int, hint: str | None = None, said: str | None = None) -> None:
        super().__init__(f"{op}: {os.strerror(errno)}{f': {said}' if said else ''}", hint)
        self.op = op
        self.errno = errno

    def as_json(self) -> dict[str, object]:
        """The object `--json` prints on stderr, with the call and its errno."""
        return {"error": self.message, "op": self.op, "errno": self.errno, "hint": self.hint}


class NotSupported(Refused):
    """This kernel, or this machine, has no such thing (ENOSYS, CONFIG_*, a missing program)."""


class HelperLost(NshError):
    """A helper process is gone or silent: what it was asked may or may not be done."""


class NotSent(HelperLost):
    """The request never reached the helper: surely not done."""


class Silent(HelperLost):
    """The helper took the request and never answered: state unknown."""


class Where:
    """Who was refused, for the hint: the process that tried, as we count, and what it wanted.

    `types` are those of the command, `command` the word to suggest with others;
    `read` reads a file as that process does. `into` is what was to be entered,
    `around` what the session knows of the user namespaces further up: that
    layer fills it in from `session` when there is something to explain.
    """

    __slots__ = ("around", "command", "into", "pid", "read", "session", "types")

    def __init__(
        self,
        pid: int,
        types: tuple[str, ...] = (),
        command: str = "new",
        read: Callable[[str], str] | None = None,
        into: Into | None = None,
        session: object | None = None,
    ) -> None:
        self.pid = pid
        self.types = types
        self.command = command
        self.read = read
        self.into = into
        self.session = session
        self.around: Around | None = None
