# SPDX-License-Identifier: MIT
"""The stage for tests."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from nsh.stage.orders import INSTANT, Carried
from tests.stage.theatre import Theatre

Start = Callable[..., Theatre]


@pytest.fixture
def start(environment: dict[str, str], tmp_path: Path) -> Iterator[Start]:
    """Starts a show: `start(page, typing="instant", size=(24, 80), **job)`; a page may be given as text."""
    shows: list[Theatre] = []

    def begin(page: Path | str, typing: str = INSTANT, size: tuple[int, int] = (32, 120), **job: object) -> Theatre:
        if isinstance(page, str):
            text, page = page, tmp_path / "page.md"
            page.write_text(text if text.startswith("---") else f"---\nnsh: 1\n---\n{text}")
        fields = {"carried": asdict(Carried(typing=typing)), **job}
        shows.append(Theatre(page, environment, tmp_path, json.dumps(fields), size))
        return shows[-1]

    yield begin
    for show in shows:
        show.close()
