# SPDX-License-Identifier: MIT
"""The colours of nsh: one for each kind of word and for each type of namespace, the same at the prompt and in tables.

Only the sixteen colours that a terminal's own scheme defines are named. A
colour is written as `green`, `bold`, `brightblue underline`, `black on cyan`.
"""

from __future__ import annotations

from nsh import nstypes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_COLOURS = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
_CODES = {
    **{name: 30 + number for number, name in enumerate(_COLOURS)},
    **{f"bright{name}": 90 + number for number, name in enumerate(_COLOURS)},
}
_EFFECTS = {"bold": 1, "dim": 2, "italic": 3, "underline": 4, "reverse": 7}
_TO_BACKGROUND = 10  # SGR: 32 is green ink, 42 green paper

_DARK = {
    "prompt": "bold",
    "place": "cyan bold",
    "failed": "red bold",
    "command": "green",
    "program": "brightblue",
    "unknown": "red",
    "name": "bold",
    "option": "yellow",
    "string": "green",
    "number": "brightblue",
    "path": "underline",
    "device": "cyan bold",
    "variable": "yellow",
    "operator": "bold",
    "comment": "brightblack",
    "error": "red underline",
    "suggestion": "brightblack",
    "remark": "brightblack",
    "toolbar": "reverse",
    "heading": "dim",
    "good": "green",
    "bad": "red",
    "dim": "dim",
    "mnt": "brightyellow",
    "uts": "magenta",
    "ipc": "yellow",
    "pid": "brightgreen",
    "net": "brightcyan",
    "user": "brightblue",
    "cgroup": "brightmagenta",
    "time": "cyan",
}
_LIGHT = {
    **_DARK,
    "place": "blue bold",
    "device": "blue bold",
    "program": "blue",
    "option": "magenta",
    "number": "blue",
    "variable": "magenta",
    "mnt": "brightred",
    "pid": "green",
    "net": "cyan",
    "user": "blue",
    "time": "brightblue",
}
_TALK = {
    **_DARK,
    "place": "white on blue bold",
    "failed": "white on red bold",
    "command": "bold",
    "program": "bold underline",
    "unknown": "white on red bold",
    "option": "bold",
    "string": "bold",
    "number": "bold",
    "path": "bold underline",
    "device": "bold",
    "variable": "bold",
    "comment": "italic",
    "error": "white on red bold underline",
    "suggestion": "underline",
    "remark": "italic",
    "heading": "underline",
    "good": "black on green",
    "bad": "white on red bold",
    "dim": "italic",
    "mnt": "black on yellow",
    "uts": "white on magenta",
    "ipc": "black on brightyellow",
    "pid": "black on green",
    "net": "black on cyan",
    "user": "white on blue",
    "cgroup": "black on brightmagenta",
    "time": "black on white",
}
"""For a projector: nothing is dim, and what has a colour brings its own paper, whatever the terminal's is."""

THEMES: dict[str, dict[str, str]] = {"dark": _DARK, "light": _LIGHT, "talk": _TALK}

ROLES: tuple[str, ...] = tuple(_DARK)
"""Every kind of word that has a colour."""

_current = dict(_DARK)
_own: dict[str, str] = {}


def use(theme: str) -> None:
    """Take the colours of a theme from now on; the user's own (`recolour`) stay."""
    _current.update(THEMES[theme])
    _current.update(_own)


def recolour(colours: Mapping[str, str]) -> None:
    """Put the user's own colours above those of every theme."""
    _own.update(colours)
    _current.update(_own)


def colour(role: str) -> str:
    """How a kind of word is coloured now; '' for one that has no colour."""
    return _current.get(role, "")


def problem(text: str) -> str | None:
    """What is wrong with a colour as written in a configuration file, or None."""
    ink, on, paper = text.partition(" on ")
    words = ink.split()
    if on:
        first, *effects = paper.split() or [""]
        if first not in _CODES:
            return f"{first!r} is no colour"
        words += effects
    if sum(word in _CODES for word in words) > 1:
        return "two colours; the second one goes behind 'on'"
    return next(
        (f"{word!r} is neither a colour nor an effect" for word in words if word not in (*_CODES, *_EFFECTS)), None
    )


def names() -> tuple[str, ...]:
    """The words of which colours are made."""
    return (*_CODES, *_EFFECTS)


def parts(text: str) -> tuple[str, str, list[str]]:
    """Ink, paper and effects of a colour; '' for one that is not named."""
    front, _, paper = text.partition(" on ")
    back, *more = paper.split() or [""]
    words = [*front.split(), *more]
    ink = next((word for word in words if word in _CODES), "")
    return ink, back, [word for word in words if word in _EFFECTS]


def sgr(text: str) -> str:
    """The numbers of a colour in an escape sequence: `1;32`."""
    ink, paper, effects = parts(text)
    codes = [_EFFECTS[effect] for effect in effects]
    codes += [_CODES[ink]] if ink else []
    codes += [_CODES[paper] + _TO_BACKGROUND] if paper else []
    return ";".join(map(str, codes))


def painted(text: str, role: str) -> str:
    """The text in the colour of a kind of word; `type` stands for a list of types, each in its own colour."""
    if role == "type":
        return ",".join(_painted_type(word) for word in text.split(","))
    code = sgr(colour(role))
    return f"\x1b[{code}m{text}\x1b[0m" if code and text else text


def _painted_type(word: str) -> str:
    kind = word.strip().partition(":")[0].partition("_")[0]
    return painted(word, kind) if kind in nstypes.BY_NAME else word


def with_types(line: str) -> str:
    """The line with each `uts:[4026532386]` in it in the colour of its type."""
    if ":[" not in line:
        return line
    import re  # only on a terminal, and only for such a line

    return re.sub(rf"\b({'|'.join(nstypes.NAMES)}):\[\d+\]", lambda found: painted(found[0], found[1]), line)
