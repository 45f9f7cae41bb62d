# SPDX-License-Identifier: MIT
"""What has been made of each page by playing it: its moving picture, its drawing, its play page."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath

from docs.site.pages import WORK
from docs.site.wording import LANGUAGES

FOLDER = "play"
"""Where they are on the site, for both languages."""

PLAYED = WORK / FOLDER


@dataclass(frozen=True, slots=True)
class Picture:
    """Paths on the site; '' for what there is not."""

    moving: str = ""
    player: str = ""
    drawing: str = ""


def picture_of(page: str, language: str = "en") -> Picture | None:
    """What there is of a page (`docs/transcripts/uts`), None where it was not played."""
    name, folder = PurePosixPath(page).name, LANGUAGES[language].folder
    here = f"{folder}/{name}" if folder else name
    found = Picture(_path(f"{here}.svg"), _path(f"{here}.html"), _path(f"{name}-graph.svg"))
    return None if found == Picture() else found


def _path(name: str) -> str:
    return f"{FOLDER}/{name}" if (PLAYED / name).exists() else ""
