# SPDX-License-Identifier: MIT
"""The published rules of asciicast v3, as a strict checker (docs.asciinema.org/manual/asciicast/v3, 2025-10-20)."""

from __future__ import annotations

import json
import re
from typing import Any

COLOUR = r"#[0-9a-fA-F]{6}"
HEADER: dict[str, type | tuple[type, ...]] = {
    "version": int,
    "term": dict,
    "timestamp": int,
    "idle_time_limit": (int, float),
    "command": str,
    "title": str,
    "env": dict,
    "tags": list,
}
TERM: dict[str, type] = {"cols": int, "rows": int, "type": str, "version": str, "theme": dict}
DATA = {"o": r"(?s).*", "i": r"(?s).*", "m": r"(?s).*", "r": r"[1-9]\d*x[1-9]\d*", "x": r"-?\d+"}
PRECISION = re.compile(r"\[(\d+)\.(\d{1,3}), ")


def problems(text: str) -> list[str]:
    """What in this text breaks a rule; empty for a recording as it should be."""
    text.encode("utf-8")
    if not text.endswith("\n") or "\r" in text:
        return ["lines end in a newline each"]
    first, *lines = text.removesuffix("\n").split("\n")
    found = _header(json.loads(first))
    exits = [number for number, line in enumerate(lines) if line.startswith("[") and json.loads(line)[1] == "x"]
    if exits and exits != [len(lines) - 1]:
        found.append("the exit is the very last event, once")
    for number, line in enumerate(lines, start=2):
        if not line.startswith("#"):
            found += [f"line {number}: {problem}" for problem in _event(line)]
    return found


def _header(header: Any) -> list[str]:
    found = []
    if header.get("version") != 3 or not isinstance(header.get("term"), dict):
        return ["version and term are required"]
    for name, value in header.items():
        if name not in HEADER or not isinstance(value, HEADER[name]) or isinstance(value, bool):
            found.append(f"header: {name}")
    for name, value in header["term"].items():
        if name not in TERM or not isinstance(value, TERM[name]) or isinstance(value, bool):
            found.append(f"term: {name}")
    if {"cols", "rows"} - header["term"].keys() or min(header["term"]["cols"], header["term"]["rows"]) < 1:
        found.append("cols and rows are required")
    if not all(isinstance(value, str) for value in header.get("env", {}).values()):
        found.append("env maps strings to strings")
    theme = header["term"].get("theme")
    if theme is not None and (
        theme.keys() != {"fg", "bg", "palette"}
        or not all(re.fullmatch(COLOUR, theme[name]) for name in ("fg", "bg"))
        or len(re.findall(COLOUR, theme["palette"])) not in (8, 16)
        or not re.fullmatch(rf"{COLOUR}(:{COLOUR})*", theme["palette"])
    ):
        found.append("theme")
    return found


def _event(line: str) -> list[str]:
    event = json.loads(line)
    if not isinstance(event, list) or len(event) != 3:
        return ["an event is a 3-element array"]
    interval, code, data = event
    found = []
    if isinstance(interval, bool) or not isinstance(interval, int | float) or interval < 0:
        found.append("the interval is a number")
    if not PRECISION.match(line):
        found.append("milliseconds")
    if code not in DATA or not isinstance(data, str) or not re.fullmatch(DATA[code], data):
        found.append("code and data")
    if not line.isprintable():
        found.append("what cannot be printed is written as \\uXXXX")
    return found
