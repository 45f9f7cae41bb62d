# SPDX-License-Identifier: MIT
"""Turns a take into the events of a terminal: prompts, typing, output, a marker for each step."""

from __future__ import annotations

from collections.abc import Iterator

from nsh.loader import Loader
from nsh.palette import painted
from nsh.printable import columns as cells
from nsh.recording.events import Code, Event, Reel
from nsh.recording.painted import in_role, plain, written
from nsh.recording.plain import label_of
from nsh.recording.rhythm import AT_THE_END, BEFORE_ENTER, BEFORE_OUTPUT, BEFORE_TYPING, Rhythm, reading
from nsh.recording.take import Shot, Take
from nsh.registry import REGISTRY
from nsh.repl.colours import Piece, Read, line_pieces, places_in, prompt_pieces, reading_about
from nsh.repl.marks import Marks
from nsh.transcript.parse import CONTINUATION

NARROWEST, WIDEST = 80, 200
ROWS = 24


def reel_of(take: Take, *, columns: int | None = None, rows: int = ROWS) -> Reel:
    """The take as events in a rhythm of its own.

    As wide as its longest line, at least 80 and at most 200 columns, unless `columns` are given.
    """
    writer = _Writer(take)
    for shot in take.shots():
        writer.step(shot)
    writer.end()
    width = columns or min(max(NARROWEST, _longest(take)), WIDEST)
    return Reel(width, rows, tuple(writer.events), take.title, f"nsh play {take.name}", comments=writer.comments)


def marker_of(shot: Shot) -> str:
    """The name of a step: its session and its command, of several lines the first."""
    first, more, _ = shot.command.partition("\n")
    return f"{shot.session}: {first}{' …' if more else ''}"


def reader_of(take: Take) -> Read:
    """What tells the kinds of words in the take's commands."""
    REGISTRY.loader = REGISTRY.loader or Loader("/nonexistent")  # not with the commands of whoever exports it
    text = "\n".join(f"{shot.prompt} {shot.command}" for shot in take.shots())
    return reading_about(REGISTRY, places_in(text))


def _longest(take: Take) -> int:
    widths = [1]
    for shot in take.shots():
        first, *others = shot.command.split("\n")
        widths.append(cells(f"{shot.prompt} {first}") + 1)  # the cursor stands behind it
        widths += [cells(CONTINUATION + other) + 1 for other in others]
        widths += [cells(plain(line)) for line in shot.output]
    return max(widths)


class _Writer:
    """Collects events. `_session`: whose prompt stands at the end of what was written, if one does."""

    def __init__(self, take: Take) -> None:
        self.events: list[Event] = []
        self.comments: dict[int, str] = {}
        self._take = take
        self._read = reader_of(take)
        self._label = len(take.sessions()) > 1
        self._shown = ""
        self._prompt: Shot | None = None
        self._shots = list(take.shots())
        self._pause = BEFORE_TYPING
        self._waiting: list[str] = []
        self._marks = Marks(self._waiting.append, take.seed[:16])

    def step(self, shot: Shot) -> None:
        """One step: its prompt unless that is there, the marker, what is typed, what comes."""
        self._show_prompt(shot)
        if not shot.command:
            return
        if self._waiting:
            self._out(self._pause)
            self._pause = BEFORE_TYPING
        self.comments[len(self.events)] = self._comment(shot)
        self._add(self._pause, "m", marker_of(shot))
        self._type(shot)
        self._answer(shot)

    def end(self) -> None:
        """The last output stays for a while."""
        self._out(0.0)
        self._add(AT_THE_END, "x", "0")

    def _comment(self, shot: Shot) -> str:
        went = "ok" if shot.is_played else "not run"
        return f"step {shot.number} {self._take.name}:{shot.line} {went}"

    def _show_prompt(self, shot: Shot) -> None:
        """The prompt, below a line that says whose it is where there are several sessions."""
        if self._prompt is not None:
            return
        if self._label and shot.session != self._shown:
            self._waiting.append(painted(label_of(shot.session), "heading") + "\r\n")
        self._shown = shot.session
        self._prompt = shot
        self._marks.prompt_begins()
        self._waiting.append(_coloured(prompt_pieces(shot.prompt, shot.after_failure)))
        self._marks.input_begins()

    def _type(self, shot: Shot) -> None:
        rhythm = Rhythm(self._take.seed, shot.number)
        for number, pieces in enumerate(line_pieces(shot.command, self._read)):
            if number:
                self._waiting += ["\r\n", CONTINUATION]
                self._out(BEFORE_ENTER)
            times = rhythm.typing("".join(text for _, text in pieces))
            for key in _keys(pieces):
                self._add(next(times), "o", key)
        self._waiting.append("\r\n")
        self._marks.output_begins()
        self._out(BEFORE_ENTER)
        self._prompt = None

    def _answer(self, shot: Shot) -> None:
        """The output, and the next prompt of the same session: a terminal shows it at once."""
        self._waiting += [f"{written(line)}\r\n" for line in shot.output]
        self._marks.output_ends(shot.status)
        self._pause = reading(len(shot.output))
        following = self._shots[shot.number] if shot.number < len(self._shots) else None
        if following is not None and following.session == shot.session:
            self._show_prompt(following)
        self._out(BEFORE_OUTPUT)

    def _out(self, interval: float) -> None:
        if self._waiting:
            self._add(interval, "o", "".join(self._waiting))
            self._waiting.clear()

    def _add(self, interval: float, code: Code, data: str) -> None:
        self.events.append(Event(interval, code, data))


def _coloured(pieces: list[Piece]) -> str:
    return written(in_role(text, role) for role, text in pieces)


def _keys(pieces: list[Piece]) -> Iterator[str]:
    """Each typed character, with what begins and ends the colours."""
    for role, text in pieces:
        codes = in_role(text, role).codes
        for at, character in enumerate(text):
            begin = f"\x1b[{codes}m" if codes and at == 0 else ""
            end = "\x1b[0m" if codes and at == len(text) - 1 else ""
            yield f"{begin}{character}{end}"
