# SPDX-License-Identifier: MIT
"""Reads the source of one expected line: its text, and what ` (re)`, ` (?)`, ` (absent)` … ask for."""

from __future__ import annotations

import re

from nsh.transcript.document import How, Line, Status

_MATCHING = re.compile(r"(?:^|\s)\((?P<how>re|glob|eq)?(?P<times>[?*+])?\)$")
_ABSENT = re.compile(r"(?:^|\s)\(absent\)$")
_CONDITION = re.compile(r"(?:^|\s)\((?P<probes>[^()\s]+(?: [^()\s]+)*) !\)$")
_LIKE_A_PROMPT = re.compile(r"nsh(?:\[[^\[\]\s]+\])?>(?: |$)|\.\.\.> ")
_STATUS = re.compile(r"\[(?P<code>\d{1,3}|!0)\](?P<rest>(?:\s+\([^()]+ !\))?)$")


def read_line(number: int, source: str) -> Line:
    """The expected line that `source` says. Raises ValueError for a suffix that makes no sense."""
    line = Line(number, source, source)
    if source.strip() == "...":
        return Line(number, source, "...", How.ANY)
    text, how, times, absent = source.rstrip(), None, "", False
    probes: tuple[str, ...] = ()
    while True:
        last = max(text.rfind("(") - 1, 0)  # no suffix has another parenthesis in it
        if (match := _MATCHING.search(text, last)) and (match["how"] or match["times"]):
            if how is not None or times:
                raise ValueError("two suffixes say how the line is compared; write them as one, such as (re?)")
            how, times = match["how"] or "", match["times"] or ""
            if how == "eq":
                text = text[: match.start()]
                break
        elif match := _ABSENT.search(text, last):
            absent = True
        elif match := _CONDITION.search(text, last):
            probes = tuple(match["probes"].split())
        else:
            break
        text = text[: match.start()]
    if text == source.rstrip():
        return line
    if absent and times:
        raise ValueError("a line that must be absent cannot be optional or repeated")
    if how == "re":
        _check_regex(text)
    way = How(how) if how else How.SAMPLE
    return Line(number, source, text, way, times in ("?", "*"), times in ("*", "+"), absent, probes)


def read_status(number: int, source: str) -> Status | None:
    """The exit status that `[1]`, `[!0]` or `[1] (rootless !)` asks for; None if it is no such line."""
    match = _STATUS.match(source.strip())
    if match is None:
        return None
    condition = _CONDITION.search(match["rest"])
    probes = tuple(condition["probes"].split()) if condition else ()
    return Status(number, None if match["code"] == "!0" else int(match["code"]), probes)


def as_source(text: str) -> str:
    """A line of real output, written so that it reads back as itself."""
    if _LIKE_A_PROMPT.match(text):
        return f"[{text[0]}]{re.escape(text[1:])} (re)"
    try:
        line = read_line(0, text)
    except ValueError:
        return f"{text} (eq)"
    plain = line.how is How.SAMPLE and line.text == text and "..." not in text and "%{" not in text
    return text if plain and read_status(0, text) is None else f"{text} (eq)"


def _check_regex(text: str) -> None:
    try:
        re.compile(text.strip())
    except (re.error, OverflowError, RecursionError) as problem:
        raise ValueError(f"not a regular expression: {problem}") from None
