# SPDX-License-Identifier: MIT
"""A plot of growth as SVG: a number on x, seconds on y, both by powers of ten, a line for nsh and one for each peer."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import NamedTuple
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 640, 400
LEFT, RIGHT, TOP, BOTTOM = 70, 150, 40, 50
INKS = ("#0969da", "#bc4c00", "#1a7f37", "#8250df")


class Line(NamedTuple):
    """One program: (number, seconds) pairs, the numbers rising."""

    name: str
    points: tuple[tuple[int, float], ...]


class Scale:
    """From a value to a place on an axis, by its logarithm."""

    def __init__(self, values: Iterable[float], start: float, end: float) -> None:
        found = sorted(values)
        self.low, self.high = math.floor(math.log10(found[0])), math.ceil(math.log10(found[-1]))
        self.high += self.high == self.low
        self._start, self._end = start, end

    def at(self, value: float) -> float:
        """Where the value stands."""
        share = (math.log10(value) - self.low) / (self.high - self.low)
        return round(self._start + share * (self._end - self._start), 1)

    def ticks(self) -> list[float]:
        """The powers of ten that the axis spans."""
        return [10.0**power for power in range(self.low, self.high + 1)]


def chart(title: str, lines: list[Line]) -> str:
    """The plot; readable on light and on dark paper. The same lines give the same bytes."""
    across = Scale((number for line in lines for number, _ in line.points), LEFT, WIDTH - RIGHT)
    up = Scale((seconds for line in lines for _, seconds in line.points), HEIGHT - BOTTOM, TOP)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}"',
        ' font-family="sans-serif" font-size="12">',
        f"<title>{escape(title)}</title>",
        "<style>text{fill:#1f2328}.grid{stroke:#8884}@media(prefers-color-scheme:dark){text{fill:#e6edf3}}</style>",
        _text(LEFT, 20, title, "start", 'font-size="15" font-weight="bold"'),
        *_axes(across, up),
        *(part for line, ink in zip(lines, INKS, strict=False) for part in _drawn(line, ink, across, up)),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _axes(across: Scale, up: Scale) -> Iterator[str]:
    for value in across.ticks():
        x = across.at(value)
        yield f'<line class="grid" x1="{x}" y1="{TOP}" x2="{x}" y2="{HEIGHT - BOTTOM}"/>'
        yield _text(x, HEIGHT - BOTTOM + 18, f"{value:,.0f}", "middle")
    for value in up.ticks():
        y = up.at(value)
        yield f'<line class="grid" x1="{LEFT}" y1="{y}" x2="{WIDTH - RIGHT}" y2="{y}"/>'
        yield _text(LEFT - 8, y + 4, f"{value:g} s", "end")


def _drawn(line: Line, ink: str, across: Scale, up: Scale) -> Iterator[str]:
    places = [(across.at(number), up.at(seconds)) for number, seconds in line.points]
    if len(places) > 1:
        path = " ".join(f"{x},{y}" for x, y in places)
        yield f'<polyline points="{path}" fill="none" stroke="{ink}" stroke-width="2"/>'
    for (x, y), (number, seconds) in zip(places, line.points, strict=True):
        said = escape(f"{line.name}, {number:,}: {seconds:.3g} s")
        yield f'<circle cx="{x}" cy="{y}" r="4" fill="{ink}"><title>{said}</title></circle>'
    x, y = places[-1]
    yield _text(x + 10, y + 4, line.name, "start")


def _text(x: float, y: float, text: str, anchor: str, more: str = "") -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}"{" " + more if more else ""}>{escape(text)}</text>'
