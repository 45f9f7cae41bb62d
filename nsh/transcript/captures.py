# SPDX-License-Identifier: MIT
"""Named captures, for values that no type fits: `%{q:int}` binds, `%{q}` must be equal, `%{!q:int}` must differ."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

TYPES = {
    "int": r"(?<!\d)-?\d+(?!\d)",
    "word": r"\S+",
    "ip": r"(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-fA-F]*:[0-9a-fA-F:]+)",
    "path": r"/[^\s:]*",
    "hex": r"(?:0x)?[0-9a-fA-F]+",
}
_CAPTURE = re.compile(r"(?<!%)%\{(?P<inner>(?:[^{}]|\{[^{}]*\})*)\}")
_INNER = re.compile(r"(?P<differs>!)?(?P<name>[A-Za-z_]\w*)(?::(?P<type>\w+|re:/.*/))?")


@dataclass(frozen=True, slots=True)
class Capture:
    """One `%{…}` at `start:end`. `pattern` is None in a bare `%{name}`; `differs` is the `!`."""

    start: int
    end: int
    name: str
    pattern: str | None
    differs: bool


def captures(text: str) -> list[Capture]:
    """The captures of a line. Raises ValueError for one that cannot be read."""
    return list(_captures(text))


def _captures(text: str) -> Iterator[Capture]:
    for match in _CAPTURE.finditer(text):
        inner = _INNER.fullmatch(match["inner"])
        if inner is None:
            raise ValueError(f"{match[0]} is not %{{name:type}}; literal text is written %%{{")
        if inner["differs"] and not inner["type"]:
            raise ValueError(f"{match[0]} needs a type: %{{!{inner['name']}:int}}")
        yield Capture(*match.span(), inner["name"], _pattern(inner["type"]), bool(inner["differs"]))


def _pattern(name: str | None) -> str | None:
    if name is None:
        return None
    if name.startswith("re:/"):
        try:
            re.compile(name[4:-1])
        except (re.error, OverflowError, RecursionError) as problem:
            raise ValueError(f"not a regular expression: {problem}") from None
        return f"(?:{name[4:-1]})"
    if name not in TYPES:
        raise ValueError(f"unknown type of capture {name!r} (known: {', '.join(TYPES)}, re:/…/)")
    return TYPES[name]


def filled_in(text: str, value_of: Callable[[str], str]) -> str:
    """A command with its captures replaced by their values, and `%%{` by `%{`."""
    replaced = _CAPTURE.sub(lambda match: value_of(match["inner"]), text)
    return replaced.replace("%%{", "%{")
