# SPDX-License-Identifier: MIT
"""`trace`: each call as it really happened, on the terminal or in a file."""

from __future__ import annotations

import os

from nsh import traced
from nsh.errors import Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from nsh.traced import Call


class Tracing:
    """Writes every call until it is stopped. `path` is the file, None for the terminal."""

    def __init__(self, path: str | None, say: Callable[[str], None], *, as_json: bool) -> None:
        self.path = path
        self.as_json = as_json
        self._say = say
        self._fd = -1 if path is None else _open(path)
        traced.listen(self._take)

    def stop(self) -> None:
        """Write no more."""
        traced.stop_listening(self._take)
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _take(self, call: Call) -> None:
        line = _as_json(call) if self.as_json else str(call)
        if self._fd < 0:
            self._say(line)
        else:
            os.write(self._fd, f"{line}\n".encode("utf-8", "surrogateescape"))


def _open(path: str) -> int:
    """The file, emptied. Raises Refused."""
    try:
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOCTTY, 0o666)
    except OSError as error:
        raise Refused(f'open("{path}")', error.errno or 0) from error


def _as_json(call: Call) -> str:
    import json

    return json.dumps(call.as_json())
