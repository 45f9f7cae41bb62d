# SPDX-License-Identifier: MIT
"""The words of a page between its blocks: what is read, captioned, translated; and the notes only the speaker sees."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from nsh.transcript.document import Block, Document
from nsh.transcript.frontmatter import closing

_COMMENT = re.compile(r"<!--(?P<text>.*?)-->\n?", re.DOTALL)
_NOTE = re.compile(r"\s*note:\s*(?P<note>.*?)\s*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Prose:
    """The Markdown from line `first` to line `last`, without its comments, and the `<!-- note: … -->` in it."""

    first: int
    last: int
    text: str
    notes: tuple[str, ...] = ()


def parts(document: Document) -> Iterator[Prose | Block]:
    """The page from top to bottom, blocks of every role among its prose; front matter is left out."""
    lines = document.text.splitlines()
    at = closing(lines) + 1
    for block in document.blocks:
        yield from _prose(lines, at, block.first - 1)
        yield block
        at = block.last
    yield from _prose(lines, at, len(lines))


def _prose(lines: list[str], start: int, end: int) -> Iterator[Prose]:
    """What stands in `lines[start:end]`, if it is more than blank lines."""
    source = "\n".join(lines[start:end])
    found = [_NOTE.fullmatch(comment["text"]) for comment in _COMMENT.finditer(source)]
    notes = tuple(" ".join(match["note"].split()) for match in found if match)
    text = _COMMENT.sub("", source).strip("\n")
    if text.strip() or notes:
        yield Prose(start + 1, end, text, notes)
