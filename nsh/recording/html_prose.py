# SPDX-License-Identifier: MIT
"""The words of a page as HTML: CommonMark and tables; HTML in them is shown as it is written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.token import Token

_ELSEWHERE = ("http", "https", "mailto")
_TAKEN = re.compile(r"step-\d+-*|film-*")
_PAGE = re.compile(r"(?P<name>[^/\\?#:]+)\.md(?P<anchor>#[^#]*)?")


class Words:
    """Turns the pieces of one page into HTML. References that are defined in one piece are known in all."""

    def __init__(self, pieces: Iterable[str]) -> None:
        self._markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
        self._markdown.validateLink = lambda _: True  # type: ignore[method-assign,assignment]  # `_told` decides
        self._known: dict[str, Any] = {}
        self._anchors: dict[str, int] = {}
        for piece in pieces:
            self._markdown.parse(piece, self._known)

    def html(self, text: str) -> str:
        """One piece. Headings can be linked to, as GitHub names them; pictures are told in words."""
        tokens = self._markdown.parse(text, {"references": dict(self._known.get("references", {}))})
        for at, token in enumerate(tokens):
            if token.type == "heading_open":
                token.attrSet("id", self._anchor(_plain(tokens[at + 1])))
            if token.children is not None:
                token.children = list(_told(token.children))
        return str(self._markdown.renderer.render(tokens, self._markdown.options, {}))

    def _anchor(self, heading: str) -> str:
        name = _free(re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-") or "section")
        number = self._anchors.get(name, 0)
        self._anchors[name] = number + 1
        return f"{name}-{number}" if number else name


def language_of(text: str) -> str:
    """Chinese where a good part of the letters are Han, else English: for who has the page read out to him."""
    letters = [character for character in text if character.isalpha()]
    han = sum("\u4e00" <= letter <= "\u9fff" for letter in letters)
    return "zh" if 5 * han > len(letters) else "en"


def is_followed(address: str) -> bool:
    """May an address be a link? On the web, in this page, or the page beside this one, which is exported beside it."""
    if any(character.isspace() or not character.isprintable() for character in address):
        return False
    try:
        scheme = urlsplit(address).scheme
    except ValueError:
        return False
    return scheme in _ELSEWHERE or address.startswith("#") or _PAGE.fullmatch(address) is not None


def _told(tokens: list[Token]) -> Iterator[Token]:
    """Links that lead somewhere, the words of the others; a picture is its description, for nothing is fetched."""
    is_link = False
    for token in tokens:
        if token.type == "link_open":
            address = str(token.attrGet("href") or "")
            if is_link := is_followed(address):
                _lead(token, address)
        elif token.type == "image":
            token = Token("text", "", 0, content=token.content)
        if is_link or token.type not in ("link_open", "link_close"):
            yield token


def _lead(token: Token, address: str) -> None:
    """Pages beside this one are HTML, too."""
    if match := _PAGE.fullmatch(address):
        token.attrSet("href", f"{match['name']}.html{match['anchor'] or ''}")
    elif address.startswith("#"):
        token.attrSet("href", f"#{_free(address[1:])}")
    else:
        token.attrSet("rel", "noopener noreferrer")


def _free(anchor: str) -> str:
    """A heading's name that is none of the names the steps have."""
    return f"{anchor}-" if _TAKEN.fullmatch(anchor) else anchor


def _plain(token: Token) -> str:
    return "".join(child.content for child in token.children or ())
