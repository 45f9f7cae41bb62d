# SPDX-License-Identifier: MIT
"""Plays the pages, each once, and keeps what comes of it until the page or nsh changes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

from docs.site.drawing import drawn
from docs.site.pages import HERE, ROOT, WORK
from docs.site.pictures import PLAYED
from nsh.errors import NshError
from nsh.recording import svg
from nsh.recording.reel import ROWS, reel_of
from nsh.recording.take import play_page, take_of
from nsh.transcript.parse import read_document

AT_ONCE = 2
_SIZES = {"demo": (64, 20)}  # to be read on a telephone, too
_KEYS = WORK / "keys"
_MADE_BY = (ROOT / "nsh", ROOT / "commands", HERE)


def play_all(pages: Iterable[Path]) -> None:
    """Play the pages that have changed, and say which are shown without a picture, and why."""
    PLAYED.mkdir(parents=True, exist_ok=True)
    _KEYS.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for said in pool.map(_refreshed, pages):
            if said:
                print(said, flush=True)


def _refreshed(page: Path) -> str:
    """Play one page, unless that has been done. What there is to say of it."""
    key, known = _key(page), _KEYS / page.stem
    if known.exists() and known.read_text(encoding="utf-8") == key:
        return ""
    for old in PLAYED.glob(f"{page.stem}.*"):
        old.unlink()
    try:
        made = dict(_made(page))
    except NshError as problem:
        return f"{page.stem}: shown without a picture: {problem.message}"
    for name, text in made.items():
        (PLAYED / name).write_text(text, encoding="utf-8", errors="replace")
    known.write_text(key, encoding="utf-8")
    return f"{page.stem}: played"


def _made(path: Path) -> Iterator[tuple[str, str]]:
    """Name and text of each file that is made of a page. NshError where it cannot be played."""
    document = read_document(path)
    drawing = drawn(document)
    outcome = play_page(drawing.page if drawing else document)
    if drawing is not None:
        if picture := drawing.svg(outcome):
            yield f"{path.stem}-graph.svg", picture
        outcome = drawing.without(outcome)
    take = take_of(document, outcome, samples=True)
    columns, rows = _SIZES.get(path.stem, (None, ROWS))
    reel = reel_of(take, columns=columns, rows=rows)
    yield f"{path.stem}.svg", svg.write(reel)


def _key(page: Path) -> str:
    return hashlib.sha256(page.read_bytes() + _version().encode()).hexdigest()


@cache
def _version() -> str:
    """A digest of everything that a picture depends on besides its page."""
    digest = hashlib.sha256()
    for folder in _MADE_BY:
        for path in sorted(path for path in folder.rglob("*") if path.suffix in (".py", ".js", ".css")):
            digest.update(path.read_bytes())
    return digest.hexdigest()
