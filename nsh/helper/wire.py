# SPDX-License-Identifier: MIT
"""Requests as marshal on the way down, answers as flat text on the way up.

What comes from a helper is untrusted: root in a box can take its socket with
pidfd_getfd(2). Hence text of `key=value` fields on the way up, nothing that
could build an object.
"""

from __future__ import annotations

import errno
import marshal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_HIGHEST_ERRNO = 4096  # MAX_ERRNO of the kernel


def pack_request(number: int, verb: str, arguments: tuple[Any, ...]) -> bytes:
    """A request for a helper."""
    return marshal.dumps((number, verb, arguments))


def unpack_request(raw: bytes) -> tuple[int, str, tuple[Any, ...]]:
    """A request as the helper reads it."""
    number, verb, arguments = marshal.loads(raw)
    return number, verb, arguments


def pack_fields(fields: dict[str, object]) -> bytes:
    """An answer or an event: `key=value` fields parted by NUL."""
    text = "\0".join(f"{key}={str(value).replace(chr(0), '')}" for key, value in fields.items())
    return text.encode("utf-8", "surrogateescape")


def unpack_fields(raw: bytes) -> dict[str, str]:
    """The fields of an answer; what is no field is dropped."""
    parts = raw.decode("utf-8", "surrogateescape").split("\0")
    return {key: value for key, equals, value in (part.partition("=") for part in parts) if equals}


def number_in(fields: dict[str, str], key: str, default: int = -1) -> int:
    """A field as a number, `default` when it is absent or no number of at most 15 digits."""
    text = fields.get(key, "")
    digits = text.removeprefix("-")
    return int(text) if digits.isdecimal() and digits.isascii() and len(digits) <= 15 else default


def steps_in(fields: dict[str, str]) -> list[tuple[str, int, int]]:
    """What was done, from the field `did`: (step or file, result, nanoseconds); what cannot be read is dropped."""
    found = []
    for part in fields.get("did", "").split(","):
        what, _, numbers = part.partition(":")
        value, _, took = numbers.partition(":")
        if value.removeprefix("-").isdecimal() and took.isdecimal() and len(value) + len(took) < 32:
            found.append((what, int(value), int(took)))
    return found


def errno_in(fields: dict[str, str]) -> int:
    """The errno of an answer, 0 for none; what cannot be one is EIO."""
    number = number_in(fields, "errno", errno.EIO) if "errno" in fields else 0
    return number if 0 <= number < _HIGHEST_ERRNO else errno.EIO
