# SPDX-License-Identifier: MIT
"""A page of the documentation, exported for the browser: played once for all tests of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from nsh.recording.export import export

PAGE = Path(__file__).resolve().parents[2] / "docs/transcripts/uts.md"


@pytest.fixture(scope="session")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with uts.html, uts.svg, uts.txt and uts.cast, and film.html, which is made of the recording."""
    folder = tmp_path_factory.mktemp("exported")
    export(PAGE, [folder / f"uts{suffix}" for suffix in (".html", ".svg", ".txt", ".cast")])
    export(folder / "uts.cast", [folder / "film.html"])
    return folder
