# SPDX-License-Identifier: MIT
"""The translations: each message of a page that newcomers read has one that says the same with the same code in it."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from docs.site.catalogues import CATALOGUES, read
from docs.site.pages import translated

HAN = re.compile(r"[\u4e00-\u9fff]")
CODE = re.compile(r"(?P<marks>`+)(?P<code>.+?)(?P=marks)(?!`)")
LINK = re.compile(r"\]\((?P<target>[^()\s]+)\)")
PROSE = re.compile(r"[A-Za-z]{3,} [a-z]{2,} [a-z]{2,}")


def messages(path: Path) -> list[tuple[str, str, bool]]:
    """(original, translation, is it in doubt) of each message."""
    return [(str(message.id), str(message.string), message.fuzzy) for message in read(path) if message.id]


def codes(text: str) -> Counter[str]:
    """The inline code of a text; the order is the language's own."""
    return Counter(match["code"].strip() for match in CODE.finditer(text))


def without_code(text: str) -> str:
    """The words."""
    return CODE.sub("", LINK.sub("]", text))


each_page = pytest.mark.parametrize("page", translated())


@each_page
def test_every_message_is_translated(page: str) -> None:
    """None is missing, none is left over in doubt after the page has changed."""
    found = messages(CATALOGUES / f"{page}.po")
    assert found
    assert [original for original, text, fuzzy in found if not text or fuzzy] == []


@each_page
def test_a_translation_has_the_code_and_the_links_of_its_original(page: str) -> None:
    """What can be typed, and where links lead, is the same in both languages."""
    for original, text, _ in messages(CATALOGUES / f"{page}.po"):
        assert codes(text) == codes(original), original
        assert Counter(LINK.findall(text)) == Counter(LINK.findall(original)), original


@each_page
def test_a_sentence_is_in_chinese(page: str) -> None:
    """No sentence was copied as it was; names and code alone may be."""
    for original, text, _ in messages(CATALOGUES / f"{page}.po"):
        if PROSE.search(without_code(original)):
            assert HAN.search(text), original


@each_page
def test_markup_stays_closed(page: str) -> None:
    """As many marks of emphasis and of code as make pairs, so that nothing of Markdown shows."""
    for original, text, _ in messages(CATALOGUES / f"{page}.po"):
        assert text.count("`") % 2 == original.count("`") % 2, original
        assert without_code(text).count("**") == without_code(original).count("**"), original


def test_there_is_no_catalogue_without_a_page() -> None:
    """A page that has gone takes its translation along."""
    known = {f"{page}.po" for page in translated()} | {"sphinx.po"}
    assert {str(path.relative_to(CATALOGUES)) for path in CATALOGUES.rglob("*.po")} - known == set()
