# SPDX-License-Identifier: MIT
"""The catalogues that translators fill in: `make docs-messages` brings them up to date with the pages."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from babel.messages import Catalog
from babel.messages.pofile import read_po, write_po
from sphinx.cmd.build import build_main

from docs.site.catalogues import CATALOGUES, LANGUAGE, read
from docs.site.pages import HERE, WORK, translated
from docs.site.sources import prepare

_WIDTH = 100
_HEADER = "# Translations of one page of the nsh docs; written by `make docs-messages`, filled in by people.\n"
_ALWAYS = datetime(2026, 1, 1, tzinfo=UTC)  # no date of today in a file that says the same as yesterday


def main() -> int:
    """Write the catalogue of each translated page; what is translated already stays so."""
    templates = WORK / "gettext"
    prepare(WORK / "source")
    places = ["-c", str(HERE), "-d", str(WORK / "gettext-trees"), str(WORK / "source"), str(templates)]
    status: int = build_main(["-q", "-b", "gettext", *places])
    if status == 0:
        for page in translated():
            update(CATALOGUES / f"{page}.po", templates / f"{page}.pot")
    return status


def update(path: Path, template: Path) -> None:
    """Bring one catalogue up to date: new messages are empty, changed ones fuzzy, those no longer there are dropped."""
    with template.open("rb") as file:
        wanted = read_po(file)
    catalogue = read(path) if path.exists() else Catalog(locale=LANGUAGE)
    catalogue.update(wanted)
    catalogue.project, catalogue.version, catalogue.header_comment, catalogue.fuzzy = "nsh", "docs", _HEADER, False
    catalogue.last_translator = catalogue.language_team = catalogue.copyright_holder = "the nsh authors"
    catalogue.msgid_bugs_address = ""
    catalogue.creation_date = catalogue.revision_date = _ALWAYS
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalogue, width=_WIDTH, ignore_obsolete=True)


if __name__ == "__main__":
    sys.exit(main())
