# SPDX-License-Identifier: MIT
"""Scripts as lines: read from a file or from standard input, joined where one goes on in the next."""

from __future__ import annotations

import errno
import os
import stat

from nsh.errors import Refused
from nsh.grammar import waits_for

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

LARGEST = 64 * 1024 * 1024  # a script that never ends (/dev/zero) must not take the memory with it
_BLOCK = 65536
_QUOTES = ("'", '"')


def read_script(path: str, folder: str = "") -> str:
    """The text of a script, `path` being relative to `folder`; bytes that are no UTF-8 survive as surrogates.

    Refused as open(2) or read(2) refuses.
    """
    if "\0" in path:
        raise Refused(f'open("{path}")', errno.EINVAL, "a NUL byte cannot be in a path")
    try:
        with open(os.path.join(folder, path), "rb") as file:
            if stat.S_ISDIR(os.fstat(file.fileno()).st_mode):
                raise IsADirectoryError(errno.EISDIR, "")
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise Refused(f'open("{path}")', error.errno or errno.EIO) from error
    if len(data) > LARGEST:
        raise Refused(f'read("{path}")', errno.EFBIG)
    return decode(data)


def decode(data: bytes) -> str:
    """Bytes as text that encodes back to them; a byte order mark is dropped."""
    return data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape")


def logical_lines(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    """(number, text) of each line that says something, numbers from 1.

    A line goes on in the next after `\\`, `|`, `&&`, `||` and inside quotes.
    """
    first, parts, awaited = 1, list[str](), ""
    for number, line in enumerate(lines, 1):
        line = line.removesuffix("\r")
        first = first if parts else number
        parts.append(line)
        if awaited in _QUOTES and awaited not in line and "\0" not in line:
            continue  # such a line cannot close the quote: no need to read all again
        text = "\n".join(parts)
        awaited = waits_for(text)
        if awaited:
            continue
        if text.strip():
            yield first, text
        parts = []
    if parts:
        yield first, "\n".join(parts)


def stdin_lines() -> Iterator[str]:
    """The lines on standard input, none read before it is needed. Refused as read(2) refuses.

    What follows belongs to the programs that the line before starts, as in sh(1):
    a file is read in blocks and wound back, a pipe byte by byte.
    """
    seekable = _is_seekable()
    while True:
        try:
            line = _line_of_file() if seekable else _line_of_pipe()
        except OSError as error:
            raise Refused("read(0)", error.errno or errno.EIO) from error
        if not line:
            return
        yield decode(line.removesuffix(b"\n"))


def _is_seekable() -> bool:
    try:
        os.lseek(0, 0, os.SEEK_CUR)
    except OSError:  # ESPIPE, or no standard input at all
        return False
    return stat.S_ISREG(os.fstat(0).st_mode)


def _line_of_file() -> bytes:
    line = b""
    while block := os.read(0, _BLOCK):
        end = block.find(b"\n") + 1
        if end:
            os.lseek(0, end - len(block), os.SEEK_CUR)
            return line + block[:end]
        line += block
    return line


def _line_of_pipe() -> bytes:
    line = bytearray()
    while byte := os.read(0, 1):
        line += byte
        if byte == b"\n":
            break
    return bytes(line)
