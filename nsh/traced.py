# SPDX-License-Identifier: MIT
"""The calls that were really made, told to whoever listens: `trace` does, and what remembers a session.

Nothing is told, and nothing is built to be told, while nobody listens.
"""

from __future__ import annotations

import errno as errnos
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from nsh.ops import Op

_listeners: list[Callable[[Call], None]] = []


class Call:
    """One call as it happened: `by` which process, the op or its text, what came back, how long it took.

    `value` is the result, -1 for a refusal with `errno`; `nanoseconds` is None
    where only the caller could have measured it and could not say.
    """

    __slots__ = ("by", "errno", "nanoseconds", "op", "value")

    def __init__(self, by: str, op: Op | str, value: int, errno: int = 0, nanoseconds: int | None = None) -> None:
        self.by = by
        self.op = op
        self.value = value
        self.errno = errno
        self.nanoseconds = nanoseconds

    @property
    def result(self) -> str:
        """As strace(1) prints it: `0`, `4242`, `-1 EPERM (Operation not permitted)`."""
        if not self.errno:
            return str(self.value)
        return f"-1 {errnos.errorcode.get(self.errno, self.errno)} ({os.strerror(self.errno)})"

    def as_json(self) -> dict[str, object]:
        """One flat object; `seconds` is null where it could not be measured."""
        return {
            "by": self.by,
            "call": str(self.op),
            "result": self.value,
            "errno": self.errno or None,
            "seconds": None if self.nanoseconds is None else self.nanoseconds / 1e9,
        }

    def __str__(self) -> str:
        took = "" if self.nanoseconds is None else f" <{self.nanoseconds / 1e9:.6f}>"
        return f"[{self.by}] {self.op} = {self.result}{took}"


def listen(listener: Callable[[Call], None]) -> None:
    """Have a function called with each Call from now on."""
    _listeners.append(listener)


def stop_listening(listener: Callable[[Call], None]) -> None:
    """Call it no more."""
    if listener in _listeners:
        _listeners.remove(listener)


def is_heard() -> bool:
    """Does anybody listen?"""
    return bool(_listeners)


def tell(by: str, op: Op | str, value: int, errno: int = 0, nanoseconds: int | None = None) -> None:
    """Tell the listeners of one call."""
    for listener in tuple(_listeners):
        listener(Call(by, op, value, errno, nanoseconds))
