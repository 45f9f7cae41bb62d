# SPDX-License-Identifier: MIT
"""Text made safe for a terminal: nothing in it moves the cursor, and its width is known."""

from __future__ import annotations

_NAMED = {"\n": "\\n", "\t": "\\t", "\r": "\\r"}
_JOINER = "\u200d"  # holds emoji together; harmless


def printable(text: str) -> str:
    """The text with control characters, direction marks and undecodable bytes made visible.

    `\\x1b[31m` stays on the screen as those seven characters; a byte that is no
    UTF-8 is shown as `\\xff`.
    """
    if text.isprintable():
        return text
    return "".join(_shown(char) for char in text)


def printable_lines(text: str) -> str:
    """The same for a text of several lines, which stay lines."""
    return "\n".join(printable(line) for line in text.split("\n"))


def _shown(char: str) -> str:
    if char.isprintable() or char == _JOINER:
        return char
    if char in _NAMED:
        return _NAMED[char]
    code = ord(char)
    if 0xDC80 <= code <= 0xDCFF:  # how Python carries the byte it could not decode
        code -= 0xDC00
    if code < 0x100:
        return f"\\x{code:02x}" if code != 0xA0 else char
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def excerpt(text: str, limit: int = 60) -> str:
    """The text, printable, and cut in the middle where it is longer than `limit`."""
    if len(text) > limit:
        half = limit // 2
        text = f"{text[:half]}…{text[-half:]}"
    return printable(text)


def counted(number: int, what: str) -> str:
    """`1 step`, `2 steps`."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def columns(text: str) -> int:
    """How many columns of a terminal the text takes (CJK takes two, a combining mark none)."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width  # only where something is not ASCII

    total = 0
    for char in text:
        if combining(char) or char == _JOINER or "\ufe00" <= char <= "\ufe0f":
            continue
        total += 2 if east_asian_width(char) in ("W", "F") else 1
    return total


def clip(text: str, width: int) -> str:
    """The text cut to `width` columns, with `…` where something is missing."""
    if columns(text) <= width:
        return text
    kept = ""
    room = width - 1
    for char in text:
        room -= columns(char)
        if room < 0:
            break
        kept += char
    return kept + "…"


def folded(text: str, width: int | None) -> str:
    """A text for people, its long lines broken at blanks to fit `width`; what is indented stays as it is."""
    if width is None or len(text) < width // 2:
        return text
    lines = text.split("\n")
    fit = [[line] if line.startswith(" ") or columns(line) <= width else wrapped(line, width) for line in lines]
    return "\n".join(piece for pieces in fit for piece in pieces)


def wrapped(text: str, width: int, first: str = "", indent: str | None = None) -> list[str]:
    """The text in lines of at most `width` columns, broken at blanks, behind commas, and else where it must be.

    `first` begins the first line, `indent` (by default as many blanks) the others.
    A no-break space is not a place to break, and comes out as a blank.
    """
    indent = " " * columns(first) if indent is None else indent
    lines, line, is_empty = [], first, True
    for blank, word in _words(text):
        while word:
            room = width - columns(line) - (0 if is_empty else columns(blank))
            if columns(word) <= room:
                line, word, is_empty = f"{line}{'' if is_empty else blank}{word}", "", False
            elif not is_empty:
                lines.append(line)
                line, is_empty = indent, True
            else:
                kept = _head(word, room)
                lines.append(line + kept)
                line, word = indent, word[len(kept) :]
    return [each.replace("\xa0", " ").rstrip() for each in ([*lines, line] if not is_empty or not lines else lines)]


def _words(text: str) -> list[tuple[str, str]]:
    """The pieces that should stay whole, each with the blank before it, if there is one."""
    found = []
    for word in text.split(" "):
        blank = " "
        for piece in word.replace(",", ",\0").split("\0"):
            if piece:
                found.append((blank, piece))
                blank = ""
    return found


def _head(word: str, room: int) -> str:
    """As many letters as fit, at least one: there must be an end."""
    kept = ""
    for char in word:
        room -= columns(char)
        if room < 0 and kept:
            break
        kept += char
    return kept
