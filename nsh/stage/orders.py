# SPDX-License-Identifier: MIT
"""What travels between the show in its sandbox and who makes the sandboxes: the job, the result, news for the notes.

Steps on stage are counted from 1 over the whole page, those only that are
shown: no setup, no teardown, none whose `if=` does not hold. A recorded step
is told by its place in the document instead (index of the block, index of
the step), which is the same whatever probes hold.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from nsh.transcript.judge import Piece

MANUAL, AUTO, INSTANT = TYPINGS = ("manual", "auto", "instant")
"""How a command comes to the prompt: with any key, by itself at about 30 characters a second, at once."""

ONE, COLUMNS, ROWS = LAYOUTS = ("one", "columns", "rows")
"""How the panes lie: only the active one, side by side, one below the other."""

GOOD, AMBER, SKIPPED, RECORDED = ("good", "amber", "skipped", "recorded")
"""What became of a step."""

QUIT, REBUILD, BROKEN = ("quit", "rebuild", "broken")
"""How a show ended: the user left; he wants another step, in a fresh sandbox; it could not go on."""

USUAL_SPEED = 3

COMFORTABLE = 100, 24
"""Columns and rows from which on a page looks well."""

ON_STAGE = "NSH_STAGE"
"""In the environment of everything that a show starts."""


@dataclass(slots=True)
class Carried:
    """What outlives a sandbox. `speed`: characters a key in manual typing, tens of characters a second in auto.

    `began` is the time.monotonic() of the first key of the talk, None before
    it. `layout` is empty while the page decides. `marks` are by step number.
    """

    typing: str = MANUAL
    speed: int = USUAL_SPEED
    began: float | None = None
    layout: str = ""
    marks: dict[int, str] = field(default_factory=dict)
    from_recording: list[int] = field(default_factory=list)
    """Steps that are played from the recording, not in the session."""


@dataclass(frozen=True, slots=True)
class Recording:
    """What one step showed in the rehearsal of `date` (2026-11-22)."""

    block: int
    step: int
    date: str
    pieces: tuple[Piece, ...]
    prompt: str = ""
    status: int = 0


@dataclass(frozen=True, slots=True)
class Job:
    """One page to show. `start_at` is the step to go on with: those before it are run silently.

    `events` is an inherited descriptor to which news are written, one line of
    JSON each (`News`); nobody need listen. `imports` is a folder for
    PYTHONPATH where nsh is not installed. `all_recorded` says why nothing is
    run at all and every step comes from the recording.
    """

    path: str
    text: str
    mode: str
    sandbox: bool = True
    scale: float = 1.0
    imports: str = ""
    start_at: int = 1
    theme: str = "talk"
    events: int | None = None
    recordings: tuple[Recording, ...] = ()
    all_recorded: str = ""
    carried: Carried = field(default_factory=Carried)


@dataclass(frozen=True, slots=True)
class Result:
    """How the show ended. `step` is where a rebuilt one goes on; `text` says what went wrong, for the user."""

    ending: str
    step: int = 1
    carried: Carried = field(default_factory=Carried)
    text: str = ""


@dataclass(frozen=True, slots=True)
class News:
    """One change of the show, for the speaker's second screen. `time`: seconds that the page says it may take.

    `state` is one of `waiting` (for the speaker), `typing`, `running`,
    `free` (he types himself), `replaying` (fast forward), `blank`, `over`.
    `command` is the step at hand, `next_command` the one after it, `expected`
    what the page says it shows; `verdict` and `diff` are about step `judged`.
    """

    step: int
    steps: int
    state: str
    title: str = ""
    heading: str = ""
    session: str = ""
    prompt: str = ""
    command: str = ""
    next_command: str = ""
    expected: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    judged: int = 0
    verdict: str = ""
    diff: str = ""
    said: str = ""
    """What the status line says besides."""
    elapsed: float = 0.0
    time: float | None = None
    typing: str = MANUAL

    def to_json(self) -> str:
        """One line."""
        return json.dumps(asdict(self))


def job_to_json(job: Job) -> str:
    """The job as one JSON value."""
    return json.dumps(asdict(job))


def job_from_json(text: str) -> Job:
    """The job that `job_to_json` wrote. Raises ValueError where the text is none."""
    try:
        value = json.loads(text)
        carried = _carried(value.pop("carried"))
        recordings = tuple(_recording(each) for each in value.pop("recordings"))
        return Job(**value, recordings=recordings, carried=carried)
    except (KeyError, TypeError, AttributeError) as problem:
        raise ValueError(f"no job: {problem}") from None


def result_to_json(result: Result) -> str:
    """The result as one JSON value."""
    return json.dumps(asdict(result))


def result_from_json(text: str) -> Result:
    """The result that `result_to_json` wrote. ValueError where the text is none, or says that the show broke."""
    try:
        value = _looked_at(text, Result)
        if value["ending"] == BROKEN:
            raise ValueError("no show says of itself that it broke")
        return Result(**{**value, "carried": _carried(value["carried"])})
    except (KeyError, TypeError) as problem:
        raise ValueError(f"no result: {problem}") from None


def news_from_json(line: str) -> News:
    """The news of one line. Raises ValueError where the line is none."""
    try:
        value = _looked_at(line, News)
        return News(**{**value, "expected": tuple(value["expected"]), "notes": tuple(value["notes"])})
    except (KeyError, TypeError) as problem:
        raise ValueError(f"no news: {problem}") from None


_LARGEST = 10**9


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and abs(value) <= _LARGEST


def _is_int(value: object) -> bool:
    return isinstance(value, int) and _is_number(value)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


_FITS: dict[str, Callable[[object], bool]] = {
    "int": _is_int,
    "float": _is_number,
    "float | None": lambda value: value is None or _is_number(value),
    "str": _is_text,
    "tuple[str, ...]": lambda value: isinstance(value, list) and all(map(_is_text, value)),
    "list[int]": lambda value: isinstance(value, list) and all(map(_is_int, value)),
    "dict[int, str]": lambda value: isinstance(value, dict) and all(map(_is_text, value.values())),
    "Carried": lambda value: isinstance(value, dict),
}
"""The type of a field → is a value of JSON one of those?"""


def _looked_at(text: str, kind: type[Result | News]) -> dict[str, Any]:
    """The fields in a text that comes out of a sandbox, where it may have become anything. Raises ValueError."""
    try:
        value = json.loads(text)
    except RecursionError:
        raise ValueError("nested too deep") from None
    if not isinstance(value, dict):
        raise ValueError("no object")
    _check_fields(value, kind)
    return value


def _check_fields(value: Mapping[str, Any], kind: type[Result | News | Carried]) -> None:
    for each in fields(kind):
        if each.name in value and not _FITS[str(each.type)](value[each.name]):
            raise ValueError(f"{each.name} is no {each.type}")


def _carried(value: Mapping[str, Any]) -> Carried:
    _check_fields(value, Carried)
    marks = {int(number): mark for number, mark in value["marks"].items()}  # JSON knows keys of text only
    return Carried(**{**value, "marks": marks})


def _recording(value: Mapping[str, Any]) -> Recording:
    pieces = tuple(Piece(seconds, text) for seconds, text in value["pieces"])
    return Recording(**{**value, "pieces": pieces})
