# SPDX-License-Identifier: MIT
"""The caption above the panes: the page's words in as many lines as there is room for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from nsh.printable import clip, columns
from nsh.stage.programme import Words
from nsh.stage.screen import Fragments

_INLINE = re.compile(
    r"`+(?P<code>[^`]+)`+|\*\*(?P<strong>[^*]+)\*\*|(?<!\w)[*_](?P<em>[^*_\s][^*_]*)[*_](?!\w)"
    r"|!?\[(?P<link>[^\]]*)\]\([^)]*\)|<(?P<url>https?://[^>]+)>"
)
_STYLES = {"code": "class:stage.code", "strong": "bold", "em": "italic", "link": "", "url": ""}
_SPACE = re.compile(r"(\s+)")
_CONTINUED = " …"


def caption(words: Words, width: int, height: int) -> list[Fragments]:
    """The heading, and as many whole sentences of the text as fit below it."""
    heading: Fragments = [("class:stage.heading", clip(words.heading, width))]
    room = height - 1
    if room < 1:
        return [heading][:height]
    body: list[Fragments] = []
    for paragraph in _paragraphs(words.text):
        new = [*([[]] if body else []), *paragraph_lines(paragraph, width)]
        if len(body) + len(new) > room:
            return [heading, *(body or _shortened(paragraph, width, room))]
        body += new
    return [heading, *body]


def paragraph_lines(paragraph: str, width: int) -> list[Fragments]:
    """A paragraph, wrapped between words; a fenced block line by line."""
    if paragraph.startswith("```"):
        lines = paragraph.splitlines()[1:]
        return [[("class:stage.code", clip(line, width))] for line in lines if not line.startswith("```")]
    if paragraph.startswith(("|", "- ", "* ", "> ")) or re.match(r"\d+\. ", paragraph):
        return [line for each in paragraph.splitlines() for line in _wrapped(_inline(each), width)]
    return _wrapped(_inline(" ".join(paragraph.split())), width)


def _shortened(paragraph: str, width: int, room: int) -> list[Fragments]:
    """The first sentences of a paragraph that is too long, or of its first sentence the beginning."""
    if not paragraph.startswith("```"):
        sentences = re.split(r"(?<=[.:;!?。])\s+", " ".join(paragraph.split()))
        for end in range(len(sentences) - 1, 0, -1):
            lines = paragraph_lines(" ".join(sentences[:end]) + _CONTINUED, width)
            if len(lines) <= room:
                return lines
    lines = paragraph_lines(paragraph, width)[:room]
    lines[-1] = _with_dots(lines[-1], width)
    return lines


def _with_dots(line: Fragments, width: int) -> Fragments:
    text = "".join(text for _, text in line)
    return [*line, ("", _CONTINUED)] if columns(text) + 2 <= width else [("", clip(text, width - 2) + _CONTINUED)]


def _paragraphs(text: str) -> Iterator[str]:
    fence: list[str] = []
    lines: list[str] = []
    for line in [*text.splitlines(), ""]:
        if fence or line.startswith("```"):
            fence.append(line)
            if len(fence) > 1 and line.startswith("```"):
                yield "\n".join(fence)
                fence = []
        elif line.strip():
            lines.append(line)
        elif lines:
            yield "\n".join(lines)
            lines = []


def _inline(text: str) -> Fragments:
    """The text with its Markdown as styles."""
    found: Fragments = []
    at = 0
    for match in _INLINE.finditer(text):
        kind = str(match.lastgroup)
        found += [("", text[at : match.start()]), (_STYLES[kind], match[kind])]
        at = match.end()
    return [piece for piece in [*found, ("", text[at:])] if piece[1]]


def _wrapped(fragments: Fragments, width: int) -> list[Fragments]:
    """Lines of whole words; a word that is wider than a line is cut."""
    lines: list[Fragments] = [[]]
    used = 0
    for style, word in _glued(fragments):
        size = columns(word)
        if used + size > width and not word.isspace():
            lines.append([])
            used = 0
        if word.isspace() and not lines[-1]:
            continue
        lines[-1].append((style, clip(word, width)))
        used += size
    return [line for line in lines if line]


def _glued(fragments: Fragments) -> Iterator[tuple[str, str]]:
    """Words and the blanks between them; what is one colour after the other without a blank may be parted."""
    for style, text in fragments:
        if style == _STYLES["code"] and len(text) < 30:
            yield style, text
        else:
            yield from ((style, word) for word in _SPACE.split(text) if word)
