# SPDX-License-Identifier: MIT
"""Colours of code on the site, by day and by night: one for each kind of word and each type of namespace."""

from __future__ import annotations

from typing import ClassVar

from pygments.style import Style
from pygments.token import (
    Comment,
    Error,
    Generic,
    Keyword,
    Name,
    Number,
    Operator,
    Punctuation,
    String,
    Token,
    _TokenType,
)

from nsh.nstypes import NAMES

_DAY = {
    "text": "#24292f",
    "grey": "#57606a",
    "green": "#116329",
    "blue": "#0550ae",
    "purple": "#6f3fae",
    "magenta": "#a3155f",
    "red": "#b3261e",
    "orange": "#8a4600",
    "teal": "#0f5f73",
    "mnt": "#a33b00",
    "uts": "#9a1d7f",
    "ipc": "#7a5200",
    "pid": "#1a6b2c",
    "net": "#05606e",
    "user": "#0a4fb8",
    "cgroup": "#7d3cb5",
    "time": "#3f5a00",
}
_NIGHT = {
    "text": "#dfe5ec",
    "grey": "#98a4b3",
    "green": "#8be28b",
    "blue": "#82b8ff",
    "purple": "#cfaeff",
    "magenta": "#ff9fd0",
    "red": "#ff9a91",
    "orange": "#ffc07a",
    "teal": "#7fdbe6",
    "mnt": "#ffb870",
    "uts": "#ff9be0",
    "ipc": "#f0d264",
    "pid": "#7ee2a8",
    "net": "#6fdcec",
    "user": "#8fb9ff",
    "cgroup": "#d9a8ff",
    "time": "#c7dd7a",
}


def _rules(ink: dict[str, str]) -> dict[_TokenType, str]:
    """What each token looks like in these inks."""
    return {
        Token: ink["text"],
        Comment: f"italic {ink['grey']}",
        Comment.Preproc: f"noitalic {ink['grey']}",
        Comment.Hashbang: f"noitalic {ink['grey']}",
        Error: f"underline {ink['red']}",
        Generic.Output: ink["grey"],
        Generic.Prompt: f"bold {ink['grey']}",
        Generic.Prompt.Place: f"bold {ink['teal']}",
        Generic.Heading: f"bold {ink['grey']}",
        Generic.Error: ink["red"],
        Generic.Emph: f"italic {ink['orange']}",
        Generic.Traceback: ink["red"],
        Keyword: f"bold {ink['green']}",
        Keyword.Type: f"nobold {ink['purple']}",
        **{getattr(Keyword.Type, name.capitalize()): f"nobold {ink[name]}" for name in NAMES},
        Name.Attribute: ink["orange"],
        Name.Builtin: ink["blue"],
        Name.Decorator: ink["purple"],
        Name.Entity: f"bold {ink['teal']}",
        Name.Exception: f"underline {ink['red']}",
        Name.Function: ink["blue"],
        Name.Label: f"underline {ink['text']}",
        Name.Namespace: f"bold {ink['text']}",
        Name.Tag: ink["blue"],
        Name.Variable: ink["magenta"],
        Number: ink["blue"],
        Operator: f"bold {ink['text']}",
        Punctuation: ink["text"],
        String: ink["green"],
    }


class Day(Style):
    """On paper."""

    background_color = "#f6f8fa"
    styles: ClassVar[dict[_TokenType, str]] = _rules(_DAY)


class Night(Style):
    """On a dark screen."""

    background_color = "#11161d"
    styles: ClassVar[dict[_TokenType, str]] = _rules(_NIGHT)
