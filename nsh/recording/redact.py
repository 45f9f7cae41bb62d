# SPDX-License-Identifier: MIT
"""Takes out of a recording what must not be shown, before any writer sees it.

`hostname`, `user` and `home` stand for those of whoever makes the recording,
`re:PATTERN` for what the pattern matches, anything else for itself. What is
looked for is the text as it is read: wherever a colour, or another piece of
output, begins in its middle.
"""

from __future__ import annotations

import os
import pwd
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path

from nsh.errors import UsageError
from nsh.recording.events import Event, Reel
from nsh.recording.painted import Line, Run, plain, replaced
from nsh.recording.take import Scene, Shot, Take
from nsh.transcript.normal import ESCAPE
from nsh.transcript.prose import Prose

INSTEAD = "█████"
"""Stands for what was taken out, however long that was."""

_NOBODYS = {"", "host", "localhost", "root", "/", "/root"}
"""Names that tell nothing about anybody."""
_LETTER = r"[^\W_]"


@dataclass(frozen=True, slots=True)
class Secret:
    """What must not be shown: as it was asked for, and what to look for."""

    name: str
    pattern: re.Pattern[str]


class Redaction:
    """Takes secrets out of text, takes and reels."""

    def __init__(self, secrets: Iterable[Secret] = ()) -> None:
        self.secrets = tuple(secrets)

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where there are secrets in a text, from left to right; those that touch are one."""
        found = sorted(match.span() for secret in self.secrets for match in secret.pattern.finditer(text))
        merged: list[tuple[int, int]] = []
        for start, end in found:
            if merged and start < merged[-1][1]:
                merged[-1] = merged[-1][0], max(end, merged[-1][1])
            elif end > start:
                merged.append((start, end))
        return merged

    def text(self, text: str) -> str:
        """The text without its secrets."""
        for start, end in reversed(self.spans(text)):
            text = text[:start] + INSTEAD + text[end:]
        return text

    def lines(self, lines: tuple[Line, ...]) -> tuple[Line, ...]:
        """The lines without their secrets, also those that go on in the next line."""
        whole: Line = tuple(run for line in lines for run in (*line, Run("\n")))[:-1]
        spans = self.spans(plain(whole))
        if not spans:
            return lines
        for start, end in reversed(spans):
            whole = replaced(whole, start, end, INSTEAD)
        return tuple(_split(whole))

    def pieces(self, pieces: list[str]) -> list[str]:
        """The pieces of a terminal's output, without the secrets in text and control sequences (titles)."""
        stream = "".join(pieces)
        edits = [(match.span(), self.text(match[0])) for match in ESCAPE.finditer(stream)]
        edits = [((start, end), text) for (start, end), text in edits if text != stream[start:end]]
        visible = list(_visible(stream))
        for start, end in self.spans("".join(stream[at] for at in visible)):
            for count, at in enumerate(visible[start:end]):
                edits.append(((at, at + 1), INSTEAD if count == 0 else ""))
        return _edited(pieces, edits)

    def take(self, take: Take) -> Take:
        """The take without secrets, in what was typed and shown and in the words of the page."""
        if not self.secrets:
            return take
        parts = tuple(self._prose(part) if isinstance(part, Prose) else self._scene(part) for part in take.parts)
        return replace(take, name=self.text(take.name), title=self.text(take.title), parts=parts)

    def _prose(self, prose: Prose) -> Prose:
        return replace(prose, text=self.text(prose.text), notes=tuple(map(self.text, prose.notes)))

    def _scene(self, scene: Scene) -> Scene:
        shots = tuple(map(self._shot, scene.shots))
        return replace(scene, session=self.text(scene.session), heading=self.text(scene.heading), shots=shots)

    def _shot(self, shot: Shot) -> Shot:
        return replace(
            shot,
            session=self.text(shot.session),
            prompt=self.text(shot.prompt),
            command=self.text(shot.command),
            output=self.lines(shot.output),
        )

    def reel(self, reel: Reel) -> Reel:
        """The reel without secrets, also where they came in several pieces."""
        if not self.secrets:
            return reel
        shown = iter(self.pieces([event.data for event in reel.events if event.code == "o"]))
        events = [
            Event(event.interval, event.code, next(shown) if event.code == "o" else self.text(event.data))
            for event in reel.events
        ]
        return replace(
            reel,
            events=tuple(events),
            title=self.text(reel.title),
            command=self.text(reel.command),
            comments={at: self.text(comment) for at, comment in reel.comments.items()},
        )


def redaction_of(words: Iterable[str], where: str = "") -> Redaction:
    """The redaction of these words. UsageError for one that cannot be, which begins with `where` it stands."""
    try:
        return Redaction(secret for word in words for secret in _secrets(word))
    except ValueError as problem:
        raise UsageError(f"{where}{problem}") from None


def _secrets(word: str) -> list[Secret]:
    if word.startswith("re:"):
        return [Secret(word, _pattern(word.removeprefix("re:")))]
    if word in _OWN:
        values = {value for value in _OWN[word]() if value not in _NOBODYS}
        return [Secret(word, _whole(value)) for value in sorted(values, key=len, reverse=True)]
    if not word.strip():
        raise ValueError("redact: a word that is blank would be everywhere")
    return [Secret(word, re.compile(r"\s+".join(map(re.escape, word.split())), re.IGNORECASE))]


def _pattern(text: str) -> re.Pattern[str]:
    try:
        pattern = re.compile(text)
    except (re.error, OverflowError, RecursionError) as problem:
        raise ValueError(f"redact: re:{text}: no regular expression: {problem}") from None
    if pattern.fullmatch(""):
        raise ValueError(f"redact: re:{text}: matches where nothing stands, so it would be everywhere")
    return pattern


def _whole(value: str) -> re.Pattern[str]:
    """A name, not as a part of a longer one."""
    return re.compile(rf"(?<!{_LETTER}){re.escape(value)}(?!{_LETTER})", re.IGNORECASE)


def _hostnames() -> Iterator[str]:
    """This machine's names, whole and up to the first dot."""
    names = [os.uname().nodename]
    try:
        names.append(Path("/etc/hostname").read_text(encoding="utf-8", errors="replace").strip())
    except OSError:  # not every system has one
        pass
    for name in names:
        yield from (name, name.partition(".")[0])


def _accounts() -> Iterator[pwd.struct_passwd]:
    """Whose account this is, and who became him by sudo(8)."""
    for number in {str(os.getuid()), os.environ.get("SUDO_UID", "")}:
        try:
            yield pwd.getpwuid(int(number))
        except (KeyError, ValueError, OverflowError):  # a uid without a name has none to hide
            continue


def _users() -> Iterator[str]:
    yield from (account.pw_name for account in _accounts())
    yield from (os.environ.get(name, "") for name in ("USER", "LOGNAME", "SUDO_USER"))


def _homes() -> Iterator[str]:
    yield from (account.pw_dir.rstrip("/") for account in _accounts())
    yield os.environ.get("HOME", "").rstrip("/")


_OWN: dict[str, Callable[[], Iterator[str]]] = {"hostname": _hostnames, "user": _users, "home": _homes}


def _visible(stream: str) -> Iterator[int]:
    """Where the characters of a stream stand that are read as text."""
    at = 0
    for match in [*ESCAPE.finditer(stream), None]:
        end = match.start() if match else len(stream)
        yield from (index for index in range(at, end) if stream[index] == "\n" or stream[index].isprintable())
        at = match.end() if match else end


def _edited(pieces: list[str], edits: Iterable[tuple[tuple[int, int], str]]) -> list[str]:
    """Pieces of a stream with spans of the stream replaced; what is new stands where its span began."""
    starts = list(accumulate(map(len, pieces), initial=0))
    changed = list(pieces)
    for (start, end), text in sorted(edits, reverse=True):
        while end > start:
            number = bisect_right(starts, end - 1) - 1
            base = starts[number]
            at = max(start, base)
            piece = changed[number]
            changed[number] = piece[: at - base] + (text if at == start else "") + piece[end - base :]
            end = at
    return changed


def _split(whole: Line) -> Iterator[Line]:
    """The lines that end in a newline each."""
    line: list[Run] = []
    for text, codes in whole:
        first, *others = text.split("\n")
        line += [Run(first, codes)] if first else []
        for other in others:
            yield tuple(line)
            line = [Run(other, codes)] if other else []
    yield tuple(line)
