# SPDX-License-Identifier: MIT
"""A take as a page that plays itself: prose, and terminals whose steps can be read, linked to, copied and played.

All of it is there without JavaScript; with it there is a player. A recording
without a page becomes its text, and a player of the whole stream.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from nsh.recording.events import Reel
from nsh.recording.html_frame import framed, text
from nsh.recording.html_prose import Words, language_of
from nsh.recording.inks import PLAIN, Sheet, styled
from nsh.recording.painted import Line, in_role
from nsh.recording.reel import reader_of
from nsh.recording.screens import Film, Place, Row, developed, title_of
from nsh.recording.screens_escapes import with_semicolons
from nsh.recording.take import Scene, Shot, Take
from nsh.repl.colours import Piece, line_pieces, prompt_pieces
from nsh.transcript.parse import CONTINUATION
from nsh.transcript.prose import Prose


def write(reel: Reel, take: Take | None, *, film: Film | None = None) -> str:
    """The page of a take, or, without one, of the recording; `film` is that as it was developed, if it was already."""
    return _film_page(reel, film or developed(reel)) if take is None else _Page(take).written()


class _Page:
    """One take being written."""

    def __init__(self, take: Take) -> None:
        self._take = take
        prose = [part.text for part in take.parts if isinstance(part, Prose)]
        self._words = Words(prose)
        self._language = language_of("\n".join(prose))
        self._read = reader_of(take)
        self._sheet = Sheet()

    def written(self) -> str:
        """The whole file."""
        body = "\n".join(
            self._words.html(part.text) if isinstance(part, Prose) else self._scene(part) for part in self._take.parts
        )
        title = self._take.title or self._take.name
        if "<h1" not in body:
            body = f"<h1>{text(title)}</h1>\n{body}"
        scripts = ("words.js", "player.js", "page.js")
        return framed(body, title=title, sheet=self._sheet, scripts=scripts, language=self._language)

    def _scene(self, scene: Scene) -> str:
        label = text(scene.session)
        steps = "\n".join(map(self._step, scene.shots))
        return (
            f'<section class="terminal" aria-label="terminal {label}">\n'
            f'<p class="label">{label}{"" if scene.shots[0].is_played else " · not played"}</p>\n{steps}\n</section>'
        )

    def _step(self, shot: Shot) -> str:
        number = shot.number
        anchor = f'<a class="anchor" href="#step-{number}" data-number="{number}" aria-label="step {number}"></a>'
        output = "\n".join(map(self._line, shot.output))
        shown = f'\n<samp class="output">{output}</samp>' if shot.output else ""
        return f'<div class="step" id="step-{number}">{anchor}<pre>{self._typed(shot)}{shown}</pre></div>'

    def _typed(self, shot: Shot) -> str:
        """The prompt and what is typed at it, line by line."""
        prompt = self._pieces(prompt_pieces(shot.prompt, shot.after_failure))
        lines = [self._pieces(pieces) for pieces in line_pieces(shot.command, self._read)]
        first, *others = lines or [""]
        typed = [f'{prompt if first else prompt.rstrip()}<code class="command">{first}</code>']
        typed += [f'{text(CONTINUATION)}<code class="command">{other}</code>' for other in others]
        return "\n".join(f'<span class="line">{line}</span>' for line in typed)

    def _pieces(self, pieces: Iterable[Piece]) -> str:
        runs = (in_role(word, role) for role, word in pieces)
        return "".join(self._run(run.text, run.codes) for run in runs if run.text)

    def _line(self, line: Line) -> str:
        return f'<span class="out">{"".join(self._run(run.text, run.codes) for run in line)}</span>'

    def _run(self, content: str, codes: str) -> str:
        style = styled(int(code or 0) for code in with_semicolons(codes).split(";")) if codes else PLAIN
        name = self._sheet.name(style)
        return f'<span class="{name}">{text(content)}</span>' if name else text(content)


def _film_page(reel: Reel, film: Film) -> str:
    """The text that the recording left, and its frames for the player."""
    sheet = Sheet()
    lines = "\n".join(_row(row, sheet) for row in film.lines()).rstrip("\n")
    title = title_of(reel)
    body = f'<h1>{text(title)}</h1>\n<section class="film" aria-label="the whole text"><pre>{lines}</pre></section>'
    frames = json.dumps(_frames(film, sheet), ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    data = f'<script type="application/json" id="film">{frames}</script>'
    return framed(body, title=title, sheet=sheet, scripts=("words.js", "player.js", "film.js"), data=data)


def _row(row: Row, sheet: Sheet) -> str:
    parts = ((sheet.name(run.style), text(run.text)) for run in row)
    return "".join(f'<span class="{name}">{part}</span>' if name else part for name, part in parts)


def _frames(film: Film, sheet: Sheet) -> dict[str, object]:
    """The film as the player reads it: in each frame, the lines that are different."""
    above, seen = film.above(), film.seen()

    def line(place: Place) -> int:
        return above[place.tape] + place.line

    def runs(row: Row) -> list[object]:
        return [[sheet.name(run.style), run.text, 2 if run.is_wide else 1] for run in row]

    frames = [
        [
            frame.seconds,
            line(frame.view),
            line(frame.cursor.place) if frame.cursor else -1,
            frame.cursor.column if frame.cursor else -1,
            [[line(place), runs(row)] for place, row in frame.rows.items() if place in seen],
        ]
        for frame in film.frames
    ]
    parts = [[part.label, round(part.seconds, 3)] for part in film.parts]
    return {"rows": film.rows, "seconds": round(film.seconds, 3), "frames": frames, "parts": parts}
