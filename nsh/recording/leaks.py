# SPDX-License-Identifier: MIT
"""Looks once more, in the finished file, for what must not be in it: in every way in which it may be written there.

Text may be split by tags, colours or events, and written as entities, as
escapes of JSON or of addresses, or in base64. Each way is undone, one upon
another, and the secrets are looked for in what comes out.
"""

from __future__ import annotations

import base64
import binascii
import html
import re
from collections.abc import Callable, Iterator
from urllib.parse import unquote

from nsh.errors import UsageError
from nsh.printable import columns
from nsh.recording.cast import parse_cast
from nsh.recording.events import Reel
from nsh.recording.redact import INSTEAD, Redaction
from nsh.recording.screens import Film, Place, developed
from nsh.transcript.normal import without_escapes

_DEPTH = 3
"""Ways in which a text is written that are undone one upon another."""
_TAG = re.compile(r"<!--|-->|</?[A-Za-z!?][^<>]*>")
_BETWEEN_TAGS = re.compile(r">\s+<")
_JSON = re.compile(r"""\\(?:u(?P<code>[0-9A-Fa-f]{4})|x(?P<byte>[0-9A-Fa-f]{2})|(?P<letter>.))""")
_LETTERS = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
_BASE64 = re.compile(r"(?<![\w+/])[A-Za-z0-9+/_-]{12,}={0,2}")


def leaks(name: str, data: bytes, redaction: Redaction) -> list[str]:
    """A line for each secret that is in a file's bytes: which, and where."""
    text = data.decode("utf-8", "replace")
    found: dict[str, str] = {}
    for where, form in _places(name, text, data):
        if where is None:
            for secret, line in _in_lines(form, redaction):
                found.setdefault(secret, f"{name}:{line}: {secret} is in it")
        else:
            for secret in _in(form, redaction):
                found.setdefault(secret, f"{name}: {secret} is in it, {where}")
    return list(found.values())


def _places(name: str, text: str, data: bytes) -> Iterator[tuple[str | None, str]]:
    """(where, text) to look at; the first, without a where, line by line."""
    yield None, text
    if name.endswith(".cast"):
        try:
            yield from _in_cast(parse_cast(data, name))
        except UsageError:  # what is no recording is looked at as text
            pass
    yield from (("written in another way", form) for form in _forms(text))


def _in_cast(reel: Reel) -> Iterator[tuple[str, str]]:
    """What a player shows: step by step, and all in one."""
    label, pieces, whole = "before the first step", [""], [""]
    for event in reel.events:
        if event.code == "m":
            yield f"in the output {label}", without_escapes("".join(pieces))
            label, pieces = f"of the step {event.data!r}", []
        elif event.code == "o":
            pieces.append(event.data)
            whole.append(event.data)
    yield f"in the output {label}", without_escapes("".join(pieces))
    yield "in the output from one step to the next", without_escapes("".join(whole))


def leaks_on_screen(reel: Reel, redaction: Redaction) -> list[str]:
    """A line for each secret that can be read on the screen at some moment, in whatever order its pieces were painted.

    That is how programs that fill the screen paint: what changes, where it stands.
    """
    found: dict[str, str] = {}
    for seconds, window in _windows(developed(reel, is_whole=True)) if redaction.secrets else ():
        for secret in _in(window, redaction):
            found.setdefault(secret, f"{secret} can be read on the screen, {seconds:.1f} s after the beginning")
    return list(found.values())


def _windows(film: Film) -> Iterator[tuple[float, str]]:
    """(seconds, text) of what is in the window after each change; a line as wide as that goes on in the next."""
    lines: dict[Place, str] = {}
    before = ""
    for frame in film.frames:
        lines.update((place, "".join(run.text for run in row)) for place, row in frame.rows.items())
        places = (Place(frame.view.tape, frame.view.line + row) for row in range(film.rows))
        shown = [lines.get(place, "") for place in places]
        window = "".join(line if columns(line) >= film.columns else f"{line}\n" for line in shown)
        if window != before:
            yield frame.seconds, window
        before = window


def _in_lines(text: str, redaction: Redaction) -> Iterator[tuple[str, int]]:
    shown = text.replace(INSTEAD, "")
    for secret in redaction.secrets:
        if match := secret.pattern.search(shown):
            yield secret.name, shown.count("\n", 0, match.start()) + 1


def _in(text: str, redaction: Redaction) -> Iterator[str]:
    return (name for name, _ in _in_lines(text, redaction))


def _forms(text: str) -> Iterator[str]:
    """The text with each way of writing undone, and what that gives once more."""
    seen = {text}
    level = [text]
    for _ in range(_DEPTH):
        following: list[str] = []
        for form in level:
            for undo in _UNDO:
                other = undo(form)
                if other not in seen:
                    seen.add(other)
                    following.append(other)
        yield from following
        level = following


def _without_tags(text: str) -> str:
    return _TAG.sub("", _BETWEEN_TAGS.sub("><", text))


def _from_json(text: str) -> str:
    def character(match: re.Match[str]) -> str:
        code = match["code"] or match["byte"]
        return chr(int(code, 16)) if code else _LETTERS.get(match["letter"], match["letter"])

    return _JSON.sub(character, text).encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _from_base64(text: str) -> str:
    """What stands in base64 in the text, and nothing else; empty where nothing does."""
    return "\n".join(filter(None, (_decoded(match[0]) for match in _BASE64.finditer(text))))


def _decoded(word: str) -> str:
    letters = word.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(letters + "=" * (-len(letters) % 4)).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return ""


_UNDO: tuple[Callable[[str], str], ...] = (
    html.unescape,
    _without_tags,
    _from_json,
    unquote,
    without_escapes,
    _from_base64,
)
