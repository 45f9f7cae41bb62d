# SPDX-License-Identifier: MIT
"""Plays the pages, each once, and keeps what comes of it until the page or nsh changes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

from docs.site.catalogues import CATALOGUES
from docs.site.drawing import drawn
from docs.site.pages import HERE, ROOT, TRANSCRIPTS, WORK
from docs.site.pictures import PLAYED
from docs.site.translating import messages_of, translated_take
from docs.site.wording import LANGUAGES, words
from nsh.errors import NshError
from nsh.recording import html, svg
from nsh.recording.events import Reel
from nsh.recording.reel import ROWS, reel_of
from nsh.recording.screens import developed
from nsh.recording.take import Take, play_page, read_page, take_of

AT_ONCE = 2
_COUNTED = (".py", ".js", ".css", ".po")
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
    known.unlink(missing_ok=True)
    for old in (*PLAYED.rglob(f"{page.stem}.*"), *PLAYED.glob(f"{page.stem}-graph.svg")):
        old.unlink()
    try:
        made = dict(_made(page))
    except NshError as problem:
        return f"{page.stem}: shown without a picture: {problem.message}"
    for name, text in made.items():
        (PLAYED / name).parent.mkdir(exist_ok=True)
        (PLAYED / name).write_text(text, encoding="utf-8", errors="replace")
    known.write_text(key, encoding="utf-8")
    return f"{page.stem}: played"


def _made(path: Path) -> Iterator[tuple[str, str]]:
    """Name and text of each file that is made of a page. NshError where it cannot be played."""
    document = read_page(path)
    drawing = drawn(document)
    outcome = play_page(drawing.page if drawing else document)
    if drawing is not None:
        if picture := drawing.svg(outcome):
            yield f"{path.stem}-graph.svg", picture
        outcome = drawing.without(outcome)
    take = take_of(document, outcome, samples=True)
    columns, rows = _SIZES.get(path.stem, (None, ROWS))
    reel = reel_of(take, columns=columns, rows=rows)
    yield from _shown(path, take, reel)


def _shown(path: Path, take: Take, reel: Reel) -> Iterator[tuple[str, str]]:
    """Moving picture and play page in each language, with the way back to the page that it plays."""
    film = developed(reel)
    for language, about in LANGUAGES.items():
        messages = messages_of(CATALOGUES / f"{TRANSCRIPTS}/{path.stem}.po") if about.folder else {}
        translated = translated_take(take, messages)
        page = html.write(reel, translated)
        up, name = ("../../", f"{about.folder}/{path.stem}") if about.folder else ("../", path.stem)
        target = f"{TRANSCRIPTS}/{path.stem}" if path.parent != HERE else "index"
        back = (
            f'<p><a href="{up}{about.folder and about.folder + "/"}{target}.html">← {words(language)["back"]}</a></p>'
        )
        yield f"{name}.svg", svg.write(reel, title=translated.title, film=film)
        yield f"{name}.html", page.replace("<main>\n", f"<main>\n{back}\n", 1)


def _key(page: Path) -> str:
    return hashlib.sha256(page.read_bytes() + _version().encode()).hexdigest()


@cache
def _version() -> str:
    """A digest of everything that a picture depends on besides its page."""
    digest = hashlib.sha256()
    for folder in _MADE_BY:
        for path in sorted(path for path in folder.rglob("*") if path.suffix in _COUNTED):
            digest.update(path.read_bytes())
    return digest.hexdigest()
