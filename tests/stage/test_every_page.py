# SPDX-License-Identifier: MIT
"""Every page of docs/transcripts goes on stage as it goes in `nsh test`."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

import pytest

from nsh.stage.orders import GOOD, QUIT
from nsh.transcript.frontmatter import is_transcript
from nsh.transcript.outside import own_mode
from nsh.transcript.parse import read_document
from tests.stage.conftest import Start
from tests.stage.theatre import ROOT, Theatre

pytestmark = [pytest.mark.terminal, pytest.mark.slow]

PAGES = [page for page in sorted((ROOT / "docs/transcripts").glob("*.md")) if is_transcript(page.read_text())]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_goes_on_stage_as_it_says(page: Path, start: Start) -> None:
    """Each step gets its tick, in panes that are far narrower than the page."""
    head = read_document(page).head
    if head.matrix and own_mode() not in head.matrix:
        pytest.skip(f"{page.stem} is not for {own_mode()}")
    show = start(page)
    show.see("Space begins")
    show.press(" ")
    last = play_on(show)
    show.press("q")
    assert show.end() == 0
    result = show.result()
    assert result.ending == QUIT
    assert {number: mark for number, mark in result.carried.marks.items() if mark != GOOD} == {}
    assert len(result.carried.marks) == last


def play_on(show: Theatre) -> int:
    """Space for each step until the end; how many there were. Stops at a step that got no tick."""
    show.see_step(1)
    while "the end" not in show.status:
        before = step_at(show)
        show.press(" ")
        show.see(partial(_went_on, show, before))
        assert " ! " not in show.status, show.text
    return step_at(show)


def _went_on(show: Theatre, before: int) -> bool:
    return "the end" in show.status or " ! " in show.status or step_at(show) > before


def step_at(show: Theatre) -> int:
    """The number in the status line."""
    found = re.match(r" (\d+)/", show.status)
    return int(found[1]) if found else 0
