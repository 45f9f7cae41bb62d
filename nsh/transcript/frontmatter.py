# SPDX-License-Identifier: MIT
"""Front matter: the `key: value` lines between two `---` at the top of a page.

A small part of YAML on purpose: a scalar or a `[list, of, words]` on one
line, `#` comments, quotes. An unknown key is an error, so that a misspelt
`requires` cannot go unnoticed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from nsh.transcript.document import Head

VERSION = "1"
MODES = ("root", "rootless")
HOSTS = ("sandbox", "real")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0}


class BadHead(Exception):
    """A line of the front matter is wrong."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(why)
        self.line = line
        self.why = why


@dataclass(frozen=True, slots=True)
class _Entry:
    """One `key: value` line, already taken apart."""

    line: int
    key: str
    value: str | list[str]

    def word(self) -> str:
        if isinstance(self.value, list):
            raise BadHead(self.line, f"{self.key}: one value is wanted, not a list")
        return self.value

    def words(self) -> tuple[str, ...]:
        return tuple(self.value) if isinstance(self.value, list) else (self.value,)

    def choice(self, allowed: tuple[str, ...]) -> str:
        word = self.word()
        if word not in allowed:
            raise BadHead(self.line, f"{self.key}: {word!r} is not one of {', '.join(allowed)}")
        return word

    def seconds(self) -> float:
        try:
            return duration(self.word())
        except ValueError as problem:
            raise BadHead(self.line, f"{self.key}: {problem}") from None


def duration(text: str) -> float:
    """Seconds of `500ms`, `10s`, `2m` or a bare number. Raises ValueError."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s|m)?", text)
    if match is None:
        raise ValueError(f"{text!r} is not a duration such as 500ms, 10s or 2m")
    return float(match[1]) * _UNITS[match[2] or "s"]


def is_transcript(text: str) -> bool:
    """Does this page claim to be a transcript, by an `nsh:` line in its front matter?"""
    lines = text.splitlines()
    if not lines or lines[0].rstrip() != "---":
        return False
    head = lines[1 : closing(lines)]
    return any(line.startswith("nsh:") for line in head)


def closing(lines: list[str]) -> int:
    """The index of the `---` that ends the front matter, or the number of lines."""
    ends = (index for index, line in enumerate(lines[1:], start=1) if line.rstrip() == "---")
    return next(ends, len(lines))


def read_head(lines: list[str]) -> tuple[Head, int]:
    """The front matter, and the index of the first line after it. Raises BadHead."""
    if not lines or lines[0].rstrip() != "---":
        raise BadHead(1, "a transcript begins with front matter: a line `---`, then `nsh: 1`")
    end = closing(lines)
    if end == len(lines):
        raise BadHead(1, "the front matter has no end: a second line `---`")
    head = Head()
    seen: set[str] = set()
    for entry in _entries(lines[1:end]):
        if entry.key not in _KEYS:
            raise BadHead(entry.line, f"unknown key {entry.key!r} (known: {', '.join(_KEYS)})")
        if entry.key in seen:
            raise BadHead(entry.line, f"{entry.key!r} is given twice")
        seen.add(entry.key)
        head = _KEYS[entry.key](head, entry)
    if "nsh" not in seen:
        raise BadHead(1, "the version of the format is missing: `nsh: 1`")
    return head, end + 1


def _entries(lines: list[str]) -> list[_Entry]:
    entries = []
    for number, line in enumerate(lines, start=2):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = re.fullmatch(r"([A-Za-z_]\w*):(?:\s+(.*))?", line.rstrip())
        if match is None:
            raise BadHead(number, "not a `key: value` line")
        entries.append(_Entry(number, match[1], _value(number, match[2] or "")))
    return entries


def _value(number: int, text: str) -> str | list[str]:
    """A scalar, or the items of `[a, "b, c"]`; a comment after it is dropped."""
    if not text.startswith("["):
        return _scalar(number, text)
    items: list[str] = []
    rest = text[1:].lstrip()
    while not rest.startswith("]"):
        match = re.match(r"""("[^"]*"|'[^']*'|[^,\]"'#]+)\s*(,\s*|(?=\]))""", rest)
        if match is None:
            raise BadHead(number, "a list is written [one, two] on one line")
        items.append(_unquoted(match[1].strip()))
        rest = rest[match.end() :]
    if not re.fullmatch(r"\]\s*(#.*)?", rest):
        raise BadHead(number, "something stands behind the list")
    return items


def _scalar(number: int, text: str) -> str:
    match = re.fullmatch(r"""("[^"]*"|'[^']*'|[^#"'\s](?:[^#]|(?<!\s)#)*)?\s*(?:#.*)?""", text)
    if match is None or match[1] is None:
        raise BadHead(number, "a value is missing" if not text.strip() else "the value cannot be read")
    return _unquoted(match[1].strip())


def _unquoted(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] in "\"'" and text[-1] == text[0] else text


def _version(head: Head, entry: _Entry) -> Head:
    if entry.word() != VERSION:
        raise BadHead(entry.line, f"version {entry.word()} of the format is not known, only {VERSION}")
    return head


def _matrix(head: Head, entry: _Entry) -> Head:
    for word in entry.words():
        if word not in MODES:
            raise BadHead(entry.line, f"matrix: {word!r} is not one of {', '.join(MODES)}")
    return replace(head, matrix=tuple(dict.fromkeys(entry.words())))


def _seeds(head: Head, entry: _Entry) -> Head:
    for word in entry.words():
        if not re.fullmatch(r"[A-Z]+\d+", word):
            raise BadHead(entry.line, f"seeds: {word!r} is not an id such as U1")
    return replace(head, seeds=entry.words())


_KEYS: dict[str, Callable[[Head, _Entry], Head]] = {
    "nsh": _version,
    "title": lambda head, entry: replace(head, title=entry.word()),
    "seeds": _seeds,
    "requires": lambda head, entry: replace(head, requires=entry.words(), requires_line=entry.line),
    "matrix": _matrix,
    "timeout": lambda head, entry: replace(head, timeout=entry.seconds()),
    "total": lambda head, entry: replace(head, total=entry.seconds()),
    "time": lambda head, entry: replace(head, time=entry.seconds()),
    "redact": lambda head, entry: replace(head, redact=entry.words()),
    "host": lambda head, entry: replace(head, host=entry.choice(HOSTS)),
}
