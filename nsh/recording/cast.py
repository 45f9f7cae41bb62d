# SPDX-License-Identifier: MIT
"""Reads and writes recordings of terminals: asciicast v3 and v2 (docs.asciinema.org/manual/asciicast/).

v3 has intervals, an exit status and comments; v2 has times since the start and
none of the others. What is typed (`i`) is neither written nor kept: it may be
a password. Of the environment nothing is written but TERM.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

from nsh.errors import UsageError
from nsh.recording.events import Code, Event, Reel

VERSIONS = (3, 2)
LARGEST = 64 * 1024 * 1024
"""Bytes of a file that is read."""
LONGEST = 10_000_000.0
"""Seconds from one event to the next."""
LATEST = 1e12
"""Seconds since the epoch."""
MOST_CELLS = 1000
"""Columns, or rows."""

_CODES: tuple[Code, ...] = ("o", "m", "r", "x")
_COLOUR = r"#[0-9A-Fa-f]{6}"
_PALETTE = re.compile(rf"{_COLOUR}(?::{_COLOUR}){{7}}(?:(?::{_COLOUR}){{8}})?")
_SIZE = re.compile(r"([1-9]\d{0,4})x([1-9]\d{0,4})")


class _Wrong(Exception):
    """A line of the file is not what it should be."""


def written(reel: Reel, version: int = 3) -> str:
    """The recording as a file's text."""
    writer = Writer(version)
    lines = [writer.header(reel)]
    lines += [writer.event(event, reel.comments.get(number, "")) for number, event in enumerate(reel.events)]
    return "".join(lines)


class Writer:
    """Writes a recording line by line, also one that is not over yet; each line with its end."""

    def __init__(self, version: int = 3) -> None:
        self._version = version
        self._clock = _Clock()

    def header(self, reel: Reel) -> str:
        """The first line; the events of `reel` are not looked at."""
        return _json(_header(reel, self._version)) + "\n"

    def event(self, event: Event, comment: str = "") -> str:
        """One event, its comment before it; '' for what this version does not have."""
        at, since = self._clock.tick(event.interval)
        if self._version == 2 and event.code == "x":
            return ""
        remark = f"# {' '.join(comment.split())}\n" if comment and self._version == 3 else ""
        milliseconds = since if self._version == 3 else at
        time = f"{milliseconds // 1000}.{milliseconds % 1000:03d}"
        return f"{remark}[{time}, {_json(event.code)}, {_json(event.data)}]\n"


def read_cast(path: Path) -> Reel:
    """The recording in a file. UsageError says which line of it is wrong, or why there is none."""
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as problem:
        raise UsageError(f"{path}: {problem.strerror}") from None
    if len(data) > LARGEST:
        raise UsageError(f"{path}: larger than {LARGEST >> 20} MiB")
    return parse_cast(data, str(path))


def parse_cast(data: bytes, name: str) -> Reel:
    """The recording that these bytes are; `name` stands in the UsageError for what they are not."""
    first, *lines = data.split(b"\n")
    number = 1
    try:
        version, reel = _read_header(_value(first))
        reader = _Reader(version)
        for line in lines:
            number += 1
            reader.read(line)
    except _Wrong as problem:
        raise UsageError(f"{name}:{number}: {problem}") from None
    known = {at: text for at, text in reader.comments.items() if at < len(reader.events) and text}
    return replace(reel, events=tuple(reader.events), comments=known)


class _Clock:
    """Turns intervals into whole milliseconds; what rounding takes from one is given to the next."""

    def __init__(self) -> None:
        self._now = 0.0
        self._said = 0

    def tick(self, interval: float) -> tuple[int, int]:
        """(since the start, since the event before)."""
        self._now += interval
        before, self._said = self._said, max(self._said, round(self._now * 1000))
        return self._said, self._said - before


class _Reader:
    """Reads events; the time of one that is left out is given to the next."""

    def __init__(self, version: int) -> None:
        self.events: list[Event] = []
        self.comments: dict[int, str] = {}
        self._is_absolute = version == 2
        self._now = 0.0
        self._due = 0.0

    def read(self, line: bytes) -> None:
        """Take in one line behind the header."""
        if line.startswith(b"#"):
            self.comments[len(self.events)] = _text(line)[1:].strip()
        elif line.strip():
            self._event(_value(line))

    def _event(self, value: object) -> None:
        if not isinstance(value, list) or len(value) != 3:
            raise _Wrong('an event is [TIME, CODE, DATA], such as [0.25, "o", "text"]')
        time, code, data = value
        seconds = _number(time, "the time of an event")
        if not isinstance(code, str) or not isinstance(data, str):
            raise _Wrong("code and data of an event are strings")
        if self._is_absolute:
            self._due += max(0.0, seconds - self._now)  # recorders of several streams may be late with one
            self._now = max(self._now, seconds)
        else:
            self._due += seconds
        for known in _CODES:
            if known == code:
                _check_data(known, data)
                self.events.append(Event(self._due, known, data))
                self._due = 0.0


def _check_data(code: Code, data: str) -> None:
    if code == "r":
        size = _SIZE.fullmatch(data)
        if size is None or max(int(size[1]), int(size[2])) > MOST_CELLS:
            raise _Wrong("a new size is COLUMNSxROWS, such as 80x24")
    elif code == "x" and not re.fullmatch(r"-?\d{1,10}", data):
        raise _Wrong("an exit status is a number")


def _header(reel: Reel, version: int) -> dict[str, object]:
    theme = {"theme": dict(reel.theme)} if reel.theme else {}
    more: dict[str, object] = {
        "timestamp": reel.timestamp,
        "title": reel.title or None,
        "command": reel.command or None,
        "idle_time_limit": reel.idle_time_limit,
        "env": {"TERM": reel.term} if reel.term else None,
    }
    known = {key: value for key, value in more.items() if value is not None}
    if version == 2:
        return {"version": 2, "width": reel.columns, "height": reel.rows, **known, **theme}
    kind = {"type": reel.term} if reel.term else {}
    return {"version": 3, "term": {"cols": reel.columns, "rows": reel.rows, **kind, **theme}, **known}


def _read_header(value: object) -> tuple[int, Reel]:
    if not isinstance(value, dict) or "version" not in value:
        raise _Wrong(
            'no recording: the first line is a header such as {"version": 3, "term": {"cols": 80, "rows": 24}}'
        )
    version = value["version"]
    if type(version) is not int or version not in VERSIONS:
        raise _Wrong(f"asciicast version {_json(version)[:20]} is not known, only 3 and 2")
    term = value if version == 2 else _part(value, "term")
    environment = _part(value, "env")
    kind = environment.get("TERM") if version == 2 else term.get("type", environment.get("TERM"))
    columns, rows = ("width", "height") if version == 2 else ("cols", "rows")
    timestamp, idle = value.get("timestamp"), value.get("idle_time_limit")
    return version, Reel(
        columns=_cells(term.get(columns), columns),
        rows=_cells(term.get(rows), rows),
        events=(),
        title=_string(value.get("title"), "title"),
        command=_string(value.get("command"), "command"),
        timestamp=None if timestamp is None else int(_number(timestamp, "timestamp", LATEST)),
        idle_time_limit=None if idle is None else _number(idle, "idle_time_limit"),
        term=_string(kind, "the terminal's type"),
        theme=_theme(_part(term, "theme")),
    )


def _part(value: dict[str, object], key: str) -> dict[str, object]:
    part = value.get(key)
    if part is None:
        return {}
    if not isinstance(part, dict):
        raise _Wrong(f"{key} in the header is no object")
    return part


def _theme(value: dict[str, object]) -> dict[str, str]:
    """The theme, if it is whole."""
    theme = {key: _string(value.get(key), f"theme {key}") for key in ("fg", "bg", "palette")}
    is_whole = all(re.fullmatch(_COLOUR, theme[key]) for key in ("fg", "bg")) and _PALETTE.fullmatch(theme["palette"])
    return theme if is_whole else {}


def _cells(value: object, name: str) -> int:
    if type(value) is not int or not 1 <= value <= MOST_CELLS:
        raise _Wrong(f"{name} in the header is no number from 1 to {MOST_CELLS}")
    return value


def _string(value: object, name: str) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _Wrong(f"{name} is no string")
    return value


def _number(value: object, name: str, most: float = LONGEST) -> float:
    if type(value) not in (int, float) or not isinstance(value, int | float) or not 0 <= value <= most:
        raise _Wrong(f"{name} is no number of seconds")
    return float(value)


def _value(line: bytes) -> object:
    try:
        text = _text(line)
        value = json.loads(text, parse_constant=_no_constant)
        if "\\u" in text:
            json.dumps(value, ensure_ascii=False).encode()  # half a surrogate pair is no character
    except (ValueError, RecursionError):
        raise _Wrong("not JSON") from None
    return value


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _text(line: bytes) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        raise _Wrong("not UTF-8") from None


def _json(value: object) -> str:
    """JSON with what cannot be printed as `\\uXXXX`, as the format wants it, and no half of a surrogate pair."""
    text = json.dumps(value, ensure_ascii=False)
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else _escaped(character) for character in text)


def _escaped(character: str) -> str:
    return "\\ufffd" if "\ud800" <= character <= "\udfff" else json.dumps(character)[1:-1]
