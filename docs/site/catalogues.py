# SPDX-License-Identifier: MIT
"""Where translations stand: a .po file for each page that is translated."""

from __future__ import annotations

from pathlib import Path

from babel.messages import Catalog
from babel.messages.pofile import read_po

from docs.site.pages import HERE

LANGUAGE = "zh_CN"
CATALOGUES = HERE / "locale" / LANGUAGE / "LC_MESSAGES"


def read(path: Path) -> Catalog:
    """The catalogue in a .po file. Raises babel's PoFileError where it is none."""
    with path.open("rb") as file:
        return read_po(file, locale=LANGUAGE, abort_invalid=True)
