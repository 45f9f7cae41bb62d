# SPDX-License-Identifier: MIT
"""Numbers and durations as people type them."""

from __future__ import annotations

from nsh.errors import BadWord
from nsh.printable import excerpt

_SECONDS = {"w": 604800.0, "d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}


def read_integer(text: str) -> int:
    """A whole number from 0 on."""
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise BadWord(excerpt(text) or "''", "not a whole number")
    return int(text)


def read_duration(text: str) -> float:
    """Seconds: `90`, `+86400`, `-30s`, `1h30m`, `1.5d` (w d h m s ms)."""
    sign = -1.0 if text.startswith("-") else 1.0
    rest = text[1:] if text[:1] in ("+", "-") else text
    total = _plain_seconds(rest)
    if total is None:
        total = _united_seconds(rest)
    if total is None:
        raise BadWord(excerpt(text) or "''", "not a duration", "for example 90, +1d, -30s, 1h30m (w d h m s ms)")
    return sign * total


def _plain_seconds(text: str) -> float | None:
    return float(text) if _is_decimal(text) else None


def _is_decimal(text: str) -> bool:
    digits = text.replace(".", "", 1)
    return digits.isascii() and digits.isdigit() and len(digits) <= 18


def _united_seconds(text: str) -> float | None:
    if not text:
        return None
    total = 0.0
    while text:
        end = next((i for i, char in enumerate(text) if char.isalpha()), len(text))
        number, rest = text[:end], text[end:]
        unit = rest[: next((i for i, char in enumerate(rest) if not char.isalpha()), len(rest))]
        if not _is_decimal(number) or unit not in _SECONDS:
            return None
        total += float(number) * _SECONDS[unit]
        text = rest[len(unit) :]
    return total
