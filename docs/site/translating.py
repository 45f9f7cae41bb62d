# SPDX-License-Identifier: MIT
"""A play page in another language: the words of its page from their catalogue, commands and outputs as they are."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from docs.site.catalogues import read
from nsh.recording.take import Take
from nsh.transcript.prose import Prose

_HEADING = re.compile(r"^# (?P<text>.+)$", re.MULTILINE)


def messages_of(path: Path) -> dict[str, str]:
    """Original → translation, of all messages of a catalogue that are translated; of none where there is no file."""
    if not path.exists():
        return {}
    return {str(message.id): str(message.string) for message in read(path) if message.id and message.string}


def translated_take(take: Take, messages: dict[str, str]) -> Take:
    """The take with its prose translated; its title is then what the page's first heading says."""
    parts = tuple(
        replace(part, text=translated_text(part.text, messages)) if isinstance(part, Prose) else part
        for part in take.parts
    )
    headings = (_HEADING.search(part.text) for part in parts if isinstance(part, Prose))
    title = next((match["text"] for match in headings if match), take.title) if messages else take.title
    return replace(take, title=title, parts=parts)


def translated_text(text: str, messages: dict[str, str]) -> str:
    """Markdown in which each message is replaced, wherever its lines were broken; the longest that fits is meant."""
    if not messages:
        return text
    known = {_in_one_line(message): translation for message, translation in messages.items()}
    longest_first = sorted(known, key=len, reverse=True)
    patterns = (r"\s+".join(map(re.escape, message.split())) for message in longest_first)
    return re.sub("|".join(patterns), lambda found: known[_in_one_line(found[0])], text)


def _in_one_line(text: str) -> str:
    return " ".join(text.split())
