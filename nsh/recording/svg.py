# SPDX-License-Identifier: MIT
"""A recording as a moving picture: SVG that CSS animates, without a script, a font or anything from elsewhere.

GitHub shows such a file in a page as it shows any image; SMIL and scripts
would be taken out there. Everything on the tape is in the picture once and
appears when its time comes, and the window moves down along the tape. Who has
asked for less motion sees the end. The text can be selected and found.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

from nsh.errors import UsageError
from nsh.recording.events import Reel
from nsh.recording.inks import DARK, LIGHT, Sheet, Theme
from nsh.recording.screens import Film, Frame, Part, Place, Spot, developed, title_of
from nsh.recording.svg_spans import Span, chains, spans

SIZE = 14
CELL, LINE = 8.4, 18
"""Pixels. Text is made to fit (`textLength`), whatever the reader's font is."""
MARGIN, BAR = 16, 34
NARROWEST = 48
"""Columns; a picture of a short output still looks like a window."""
AT_THE_END = 3.0
"""Seconds before it begins again."""
_BASELINE = 13.5
_FONTS = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace"


def write(reel: Reel, *, title: str = "", step: int | None = None, film: Film | None = None) -> str:
    """The picture; with `step` (from 1) that step alone, standing still. Raises UsageError where it is not there.

    `film` is the recording as it was developed, if it was already.
    """
    film = film or developed(reel)
    if step is None:
        return _Picture(film, title or title_of(reel), _describe(film.parts)).drawn()
    if not 1 <= step <= len(film.parts):
        steps = f"there are {len(film.parts)}" if film.parts else "the recording has none"
        raise UsageError(f"no step {step}: {steps}")
    part = film.parts[step - 1]
    return _Picture(_still(film, part), title or title_of(reel), _describe([part])).drawn()


def _describe(parts: Iterable[Part]) -> str:
    """In words, for who cannot see it."""
    return "; ".join(part.label for part in parts)


def _still(film: Film, part: Part) -> Film:
    """The lines of one step as they are in the end."""
    lines = film.lines()
    end = len(lines) if part.end is None else part.end
    shown = {Place(0, at - part.first): lines[at] if at < len(lines) else () for at in range(part.first, end)}
    return Film(film.columns, max(len(shown), 1), (Frame(0.0, shown, Place(0, 0), None),), (), 0.0)


class _Picture:
    """One picture being drawn."""

    def __init__(self, film: Film, title: str, description: str) -> None:
        self._film = film
        self._title, self._description = title, description
        self._spans = spans(film)
        self._seconds = film.seconds + AT_THE_END
        self._sheet = Sheet()
        self._times: dict[tuple[float, float | None], str] = {}
        self._lay_out()

    def _lay_out(self) -> None:
        """Every tape below the one before, and the window as large as what is ever in it."""
        self._above = self._film.above()
        has_others = len(self._above) > 2
        self._rows = self._film.rows if has_others else max(min(self._film.rows, self._above[-1]), 1)
        widest = max((span.end for found in self._spans.values() for span in found), default=0)
        self._columns = min(max(NARROWEST, widest + 1), max(NARROWEST, self._film.columns))
        self.width = round(self._columns * CELL + 2 * MARGIN)
        self.height = BAR + self._rows * LINE + MARGIN + 6

    def drawn(self) -> str:
        """The whole file."""
        lines = "\n".join(self._lines())  # first: it finds out which styles and times there are
        cursor = self._cursor()
        view = f'<g class="v">{cursor}\n{lines}\n</g>' if self._is_moving else f"<g>\n{lines}\n</g>"
        begin = f'<svg xmlns="http://www.w3.org/2000/svg" {self._size()} role="img" font-family="{_FONTS}"'
        inside = (self.width - 2 * MARGIN + CELL, self._rows * LINE + 4)
        return "\n".join(
            (
                f'{begin} font-size="{SIZE}" xml:space="preserve">',
                f"<title>{_safe(self._title)}</title>",
                f"<desc>{_safe(self._description)}</desc>",
                f"<style>{self._css()}</style>",
                *self._window(),
                f'<svg x="{MARGIN}" y="{BAR + 8}" width="{_short(inside[0])}" height="{inside[1]}">{view}</svg>',
                "</svg>\n",
            )
        )

    def _size(self) -> str:
        return f'width="{self.width}" height="{self.height}" viewBox="0 0 {self.width} {self.height}"'

    @property
    def _is_moving(self) -> bool:
        return len(self._film.frames) > 1

    def _window(self) -> Iterator[str]:
        """The frame, a bar with three dots, the title."""
        yield f'<rect class="w" x=".5" y=".5" width="{self.width - 1}" height="{self.height - 1}" rx="8"/>'
        right = self.width - 1
        yield f'<path class="b" d="M1 {BAR}V8.5Q1 1 8.5 1H{right - 7.5}Q{right} 1 {right} 8.5V{BAR}Z"/>'
        yield f'<path class="l" d="M1 {BAR}H{self.width - 1}"/>'
        yield "".join(f'<circle class="o" cx="{18 + 16 * number}" cy="17.5" r="4.5"/>' for number in range(3))
        room = int((self.width - 140) / 7)
        title = self._title if len(self._title) <= room else f"{self._title[: room - 1]}…"
        yield f'<text class="n" x="{_short(self.width / 2)}" y="22">{_safe(title)}</text>'

    def _lines(self) -> Iterator[str]:
        for place in sorted(self._spans):
            y = (self._above[place.tape] + place.line) * LINE
            for chain in chains(self._spans[place]):
                yield from self._papers(chain, y)
                yield self._text(chain, y)

    def _papers(self, chain: list[Span], y: int) -> Iterator[str]:
        """What is behind text that has a paper of its own."""
        for span in chain:
            if span.run.style.paper or span.run.style.reverse:
                names = f"{self._time(span)} {self._sheet.name(span.run.style)}p".strip()
                where = f'x="{_short(span.run.column * CELL)}" y="{y}" width="{_short(span.run.width * CELL)}"'
                yield f'<rect class="{names}" {where} height="{LINE}"/>'

    def _text(self, chain: list[Span], y: int) -> str:
        """A chain of spans as one text, made as wide as its columns."""
        column = chain[0].run.column
        x = f' x="{_short(column * CELL)}"' if column else ""
        length = _short((chain[-1].end - column) * CELL)
        names = [f"{self._time(span)} {self._sheet.name(span.run.style)}".strip() for span in chain]
        begin = f'<text{x} y="{_short(y + _BASELINE)}" textLength="{length}"'
        if len(set(names)) == 1:
            text = _safe("".join(span.run.text for span in chain))
            return f"{begin}{_class(names[0])}>{text}</text>"
        return f"{begin}>{''.join(self._tspans(chain, names))}</text>"

    @staticmethod
    def _tspans(chain: list[Span], names: list[str]) -> Iterator[str]:
        for span, name in zip(chain, names, strict=True):
            text = _safe(span.run.text)
            yield f"<tspan{_class(name)}>{text}</tspan>" if name and not text.isspace() else text

    def _time(self, span: Span) -> str:
        """The class of what is not always there."""
        if span.born <= 0 and span.died is None:
            return ""
        return self._times.setdefault((span.born, span.died), f"k{len(self._times)}")

    def _cursor(self) -> str:
        return f'<rect class="c" width="{CELL}" height="{LINE}"/>' if self._is_moving else ""

    def _css(self) -> str:
        """Colours for light and dark; and the times, if anything moves."""
        light, dark = (f"{_chrome(theme)}{self._sheet.svg(theme)}" for theme in (LIGHT, DARK))
        css = (
            f".n{{font:13px system-ui,sans-serif;text-anchor:middle}}.l{{fill:none}}.c{{opacity:.55}}"
            f"text{{white-space:pre}}{self._sheet.effects()}{light}\n"
            f"@media screen and (prefers-color-scheme:dark){{{dark}}}\n"
        )
        return css + (self._motion() if self._is_moving else "")

    def _motion(self) -> str:
        """One animation for each moment, all of the same length; without them the picture is its last frame."""
        last = self._film.frames[-1]
        hidden = [name for (_, died), name in self._times.items() if died is not None]
        rules = [
            f"[class^=k],.v,.c{{animation:0s step-start infinite;animation-duration:{_short(self._seconds)}s}}",
            f".v{{transform:{self._scrolled(last.view)};animation-name:v}}",
            f".c{{transform:{self._at(last.cursor)};animation-name:c}}",
            *([f"{','.join(f'.{name}' for name in hidden)}{{visibility:hidden}}"] if hidden else []),
            *(self._moment(born, died, name) for (born, died), name in self._times.items()),
            self._steps("v", ((frame.seconds, self._scrolled(frame.view)) for frame in self._film.frames)),
            self._steps("c", ((frame.seconds, self._at(frame.cursor)) for frame in self._film.frames)),
            "@media (prefers-reduced-motion:reduce){*{animation:none!important}}",
        ]
        return "\n".join(rules)

    def _moment(self, born: float, died: float | None, name: str) -> str:
        """step-start: until a keyframe's time all is already as that keyframe says."""
        begins = self._percent(born)
        if died is None:
            frames = f"0%,{begins}{{visibility:hidden}}"
        else:
            frames = f"{begins}{{visibility:hidden}}{self._percent(died)}{{visibility:visible}}"
        return f"@keyframes {name}{{{frames}}}.{name}{{animation-name:{name}}}"

    def _steps(self, name: str, moments: Iterable[tuple[float, str]]) -> str:
        """Keyframes of a transform: each value holds until the next one's time."""
        rules, before = [], ""
        for seconds, value in moments:
            if before and value != before:
                rules.append(f"{self._percent(seconds)}{{transform:{before}}}")
            before = value
        return f"@keyframes {name}{{{''.join(rules)}}}"

    def _scrolled(self, view: Place) -> str:
        return f"translateY({-(self._above[view.tape] + view.line) * LINE}px)"

    def _at(self, spot: Spot | None) -> str:
        if spot is None:
            return "translate(-99px,0)"
        row = self._above[spot.place.tape] + spot.place.line
        return f"translate({_short(spot.column * CELL)}px,{row * LINE}px)"

    def _percent(self, seconds: float) -> str:
        return f"{_short(seconds / self._seconds * 100, 3)}%"


def _chrome(theme: Theme) -> str:
    """The window's own colours."""
    return (
        f"text,.c{{fill:{theme.ink}}}.w{{fill:{theme.paper};stroke:{theme.border}}}.b{{fill:{theme.bar}}}"
        f".l{{stroke:{theme.border}}}.o{{fill:{theme.border}}}.n{{fill:{theme.dim}}}"
    )


def _class(names: str) -> str:
    return f' class="{names}"' if names else ""


def _safe(text: str) -> str:
    """Text as XML: markup is text, and what XML cannot hold is left out."""
    kept = "".join(
        character if character.isprintable() else " " for character in text.encode(errors="replace").decode()
    )
    return escape(kept)


def _short(number: float, digits: int = 2) -> str:
    """A number without zeros at its end."""
    return f"{number:.{digits}f}".rstrip("0").rstrip(".") or "0"
