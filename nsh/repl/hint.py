# SPDX-License-Identifier: MIT
"""F1: the help of the command that is being typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nsh.commands.help import forms_help, help_on
from nsh.errors import NshError
from nsh.grammar import tokenize
from nsh.repl.reading import commands

if TYPE_CHECKING:
    from nsh.registry import Registry


def help_text(registry: Registry, text: str, width: int) -> str:
    """Help on the last command of an unfinished line; where there is none yet, how to get some."""
    words = [word.text for word in commands(tokenize(text, tolerant=True))[-1].words]
    if not words:
        return "help lists the commands; F1 behind one explains it"
    try:
        found = registry.match(words)
        known = len(words) - 1
        while found is None and known and not registry.next_words(words[:known]):
            known -= 1
        result = forms_help(found[0].words) if found is not None else help_on(words[: max(known, 1)])
    except NshError as error:
        return error.message
    return result.text(width, False)
