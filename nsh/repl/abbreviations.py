# SPDX-License-Identifier: MIT
"""Abbreviations in the line: a blank or Enter behind one puts what it stands for in its place."""

from __future__ import annotations

from nsh.aliases import ABBREVIATIONS
from nsh.grammar import tokenize
from nsh.repl.reading import commands


def expanded(text: str) -> str | None:
    """The text with the abbreviation at its end written out; None where none stands there.

    It must be the first word of a command, and all of it: `'nn'`, `echo nn` and
    `| nn` are what they are.
    """
    if not ABBREVIATIONS:
        return None
    command = commands(tokenize(text, tolerant=True))[-1]
    if command.is_filter or len(command.words) != 1:
        return None
    (word,) = command.words
    line = ABBREVIATIONS.get(word.raw) if word.end == len(text) else None
    return None if line is None else text[: word.start] + line
