# SPDX-License-Identifier: MIT
"""Search in Chinese without a dictionary: two neighbouring characters are a word, in the index and in the query."""

from __future__ import annotations

import re

from sphinx.search import SearchLanguage

_HAN = "\u3400-\u4dbf\u4e00-\u9fff"
_PIECES = re.compile(rf"[{_HAN}]+|[A-Za-z0-9_]+")


class Chinese(SearchLanguage):
    """Chinese text with Latin words in it."""

    lang = "zh"
    language_name = "Chinese"
    js_splitter_code = """
function splitQuery(query) {
  const words = [];
  for (const piece of query.match(/[\\u3400-\\u4dbf\\u4e00-\\u9fff]+|[A-Za-z0-9_]+/g) || []) {
    if (/[A-Za-z0-9_]/.test(piece) || piece.length < 2) words.push(piece);
    else for (let at = 0; at + 1 < piece.length; at++) words.push(piece.slice(at, at + 2));
  }
  return words;
}
"""

    def split(self, input: str) -> list[str]:
        """Latin words as they are, Chinese ones as pairs of characters."""
        return [word for piece in _PIECES.findall(input) for word in _words(piece)]

    def stem(self, word: str) -> str:
        """Latin words in any case."""
        return word.lower()

    def word_filter(self, stemmed_word: str) -> bool:
        """One character is found within pairs."""
        return len(stemmed_word) > 1


def _words(piece: str) -> list[str]:
    if piece[0].isascii() or len(piece) < 2:
        return [piece]
    return [piece[at : at + 2] for at in range(len(piece) - 1)]
