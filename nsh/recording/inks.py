# SPDX-License-Identifier: MIT
"""Colours of a terminal as a picture or a page shows them: read from SGR, legible on light paper and on dark.

A terminal's sixteen colours have no fixed values (ECMA-48 names eight and no
shade), so ours are chosen for each paper. What a program chose itself, of 256
or by its red, green and blue, is moved towards black or white until it can be
read: WCAG 2.2 asks for a contrast of 4.5 (1.4.3).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

ENOUGH = 4.5
"""The contrast that text must have with what is behind it."""


class Style(NamedTuple):
    """How a cell looks. A colour is '' for the terminal's own, `0` to `15`, or `#rrggbb`."""

    ink: str = ""
    paper: str = ""
    bold: bool = False
    dim: bool = False
    italic: bool = False
    underline: bool = False
    strike: bool = False
    reverse: bool = False


PLAIN = Style()

_ON = {1: "bold", 2: "dim", 3: "italic", 4: "underline", 7: "reverse", 9: "strike", 21: "underline"}
_OFF = {22: ("bold", "dim"), 23: ("italic",), 24: ("underline",), 27: ("reverse",), 29: ("strike",)}
_CUBE = (0, 95, 135, 175, 215, 255)


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours on one paper. `inks`: the sixteen of a terminal, for text on this paper."""

    paper: str
    ink: str
    dim: str
    bar: str
    border: str
    inks: tuple[str, ...]


DARK = Theme(
    paper="#10151d",
    ink="#d8dee8",
    dim="#8d99ab",
    bar="#171d27",
    border="#2b3442",
    inks=(
        *("#7f8b9c", "#ff7b72", "#7ee08a", "#e3b855", "#6fb3ff", "#d2a8ff", "#62d4e3", "#c6cfdb"),
        *("#8d99ab", "#ffa39b", "#a3ecab", "#f4d27a", "#9ccdff", "#e3c6ff", "#9de8f1", "#ffffff"),
    ),
)
LIGHT = Theme(
    paper="#fcfcfd",
    ink="#232a35",
    dim="#5d6778",
    bar="#f1f3f6",
    border="#d3d9e1",
    inks=(
        *("#232a35", "#b42a1f", "#1b6e33", "#7d5a00", "#0b58c4", "#7c3fb3", "#0a6878", "#5d6778"),
        *("#5d6778", "#c0392b", "#21763a", "#876200", "#1763cf", "#8a4fc0", "#12717f", "#3a4452"),
    ),
)
_PAPERS = (
    *("#000000", "#b3261e", "#35a24a", "#d4a72c", "#1f5fbf", "#8e3fb0", "#2fa3b1", "#d0d7de"),
    *("#57606a", "#ff7b72", "#7ee08a", "#f2cc60", "#79b8ff", "#d2a8ff", "#7adfe9", "#ffffff"),
)
"""The sixteen behind text, and before such a paper: the same on light and dark."""


def styled(numbers: Iterable[int], style: Style = PLAIN) -> Style:
    """The style after the numbers of one SGR sequence; those that mean nothing to a picture are passed over."""
    rest = iter(numbers)
    for number in rest:
        if number == 0:
            style = PLAIN
        elif number in _ON:
            style = _with(style, **{_ON[number]: True})
        elif number in _OFF:
            style = _with(style, **dict.fromkeys(_OFF[number], False))
        elif number in (38, 39, 48, 49) or 30 <= number <= 47 or 90 <= number <= 107:
            style = _coloured(style, number, rest)
    return style


def _coloured(style: Style, number: int, rest: Iterator[int]) -> Style:
    part = "paper" if 40 <= number <= 49 or number >= 100 else "ink"
    if number in (38, 48):
        colour = _extended(rest)
        return style if colour is None else _with(style, **{part: colour})
    if number in (39, 49):
        return _with(style, **{part: ""})
    return _with(style, **{part: str(number % 10 + (8 if number >= 90 else 0))})


def _with(style: Style, **fields: str | bool) -> Style:
    return Style(**{**style._asdict(), **fields})


def _extended(rest: Iterator[int]) -> str | None:
    """`5;N` or `2;R;G;B`; None where numbers are missing or wrong."""
    count = {5: 1, 2: 3}.get(next(rest, 0))
    values = list(islice(rest, count))  # of another kind nobody knows how many numbers belong to it
    if count is None or len(values) < count or max(values) > 255:
        return None
    return _rgb(*values) if count == 3 else _of_256(values[0])


def _of_256(number: int) -> str:
    if number < 16:
        return str(number)
    if number >= 232:
        return _rgb(*[8 + 10 * (number - 232)] * 3)
    index = number - 16
    return _rgb(_CUBE[index // 36], _CUBE[index // 6 % 6], _CUBE[index % 6])


def seen(style: Style, theme: Theme) -> tuple[str, str]:
    """Ink and paper as `#rrggbb`; the paper is '' where it is the window's own."""
    ink, paper = style.ink, style.paper
    if style.reverse:
        ink, paper = paper or theme.paper, ink or theme.ink
    behind = _value(paper, _PAPERS) or theme.paper
    before = _value(ink, _PAPERS if paper else theme.inks) or (legible(theme.ink, behind) if paper else theme.ink)
    if style.dim:
        before = theme.dim if not (ink or paper) else mixed(before, behind, 0.3)
    return legible(before, behind), behind if paper else ""


def _value(colour: str, sixteen: tuple[str, ...]) -> str:
    return sixteen[int(colour)] if colour.isdigit() else colour


def legible(ink: str, paper: str) -> str:
    """The ink, moved towards black or white as far as it must be to be read on this paper."""
    away = max("#000000", "#ffffff", key=lambda colour: contrast(colour, paper))
    shades = (mixed(ink, away, step / 10) for step in range(11))
    return next(shade for shade in shades if contrast(shade, paper) >= ENOUGH)


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, from 1 to 21 (WCAG 2.2)."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def mixed(one: str, other: str, share: float) -> str:
    """One colour with a share of another in it."""
    return _rgb(*(round(a + (b - a) * share) for a, b in zip(_channels(one), _channels(other), strict=True)))


def _luminance(colour: str) -> float:
    parts = [value / 255 for value in _channels(colour)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _channels(colour: str) -> list[int]:
    return [int(colour[at : at + 2], 16) for at in (1, 3, 5)]


def _rgb(*channels: int) -> str:
    return "#" + "".join(f"{channel:02x}" for channel in channels)


class Sheet:
    """Gives each style that is used a class, in the order of first use, and writes their rules."""

    def __init__(self) -> None:
        self._names: dict[Style, str] = {}

    def name(self, style: Style) -> str:
        """The class of a style; '' for plain text."""
        if style == PLAIN:
            return ""
        return self._names.setdefault(style, f"s{len(self._names)}")

    def effects(self) -> str:
        """The rules that are the same on every paper."""
        return "".join(f".{name}{{{css}}}" for style, name in self._names.items() if (css := _effects(style)))

    def html(self, theme: Theme) -> str:
        """The colours of each class, for elements of HTML."""
        rules = ""
        for style, name in self._names.items():
            ink, paper = seen(style, theme)
            rules += f".{name}{{color:{ink}{f';background:{paper}' if paper else ''}}}"
        return rules

    def svg(self, theme: Theme) -> str:
        """The same for SVG's text; the paper is the class's name and a `p`, for the rectangle behind."""
        rules = ""
        for style, name in self._names.items():
            ink, paper = seen(style, theme)
            rules += f".{name}{{fill:{ink}}}" + (f".{name}p{{fill:{paper}}}" if paper else "")
        return rules


def _effects(style: Style) -> str:
    lines = " ".join(word for word, on in (("underline", style.underline), ("line-through", style.strike)) if on)
    parts = [("font-weight:700", style.bold), ("font-style:italic", style.italic), (f"text-decoration:{lines}", lines)]
    return ";".join(css for css, on in parts if on)
