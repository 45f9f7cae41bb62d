# SPDX-License-Identifier: MIT
"""A pytest plugin: the pages under docs/transcripts are tests, one for each mode that this user can play.

`pytest -p nsh.transcript.pytest_plugin docs/transcripts` plays them. Another
page is played when it is named on the command line.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from nsh.transcript.document import BadDocument, Document
from nsh.transcript.frontmatter import is_transcript
from nsh.transcript.outcome import Kind, Outcome
from nsh.transcript.outside import Options, modes, own_mode, play_document
from nsh.transcript.parse import read_document

if TYPE_CHECKING:
    from _pytest._code.code import ExceptionInfo, TerminalRepr

FOLDER = ("docs", "transcripts")
MARKERS = {
    "real": "makes namespaces, processes or mounts",
    "terminal": "drives the program on a pseudo-terminal",
}


class WentOtherwise(Exception):
    """The page did not go as it says."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.text)
        self.outcome = outcome


_played: dict[tuple[Path, str, str], Outcome] = {}


def outcome_of(document: Document, mode: str) -> Outcome:
    """What comes of a page in one mode. It is played once in a run of pytest, whoever asks."""
    key = (document.path, document.text, mode)
    if key not in _played:
        scale = float(os.environ.get("NSH_TEST_SCALE", "1"))
        _played[key] = play_document(document, mode, Options(scale=scale))
    return _played[key]


def pytest_configure(config: pytest.Config) -> None:
    """The marks that every page has."""
    for name, meaning in MARKERS.items():
        config.addinivalue_line("markers", f"{name}: {meaning}")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """The pages of the folder, and those that are named."""
    if file_path.suffix != ".md":
        return None
    named = parent.session.isinitpath(file_path)
    inside = FOLDER in zip(file_path.parts, file_path.parts[1:], strict=False)
    if not (named or inside) or not is_transcript(file_path.read_text(encoding="utf-8", errors="replace")):
        return None
    page: Page = Page.from_parent(parent, path=file_path)
    return page


class Page(pytest.File):
    """One page; its tests are its modes. A mode that needs another user is left to that user's run."""

    def collect(self) -> Iterator[pytest.Item]:
        """Raises CollectError for a page that cannot be read."""
        try:
            document = read_document(self.path)
        except BadDocument as problem:
            raise self.CollectError(str(problem)) from None
        for mode in modes(document):
            if mode == own_mode():
                yield PageInMode.from_parent(self, name=mode, document=document)


class PageInMode(pytest.Item):
    """One page in one mode."""

    def __init__(self, *, document: Document, **rest: object) -> None:
        super().__init__(**rest)  # type: ignore[arg-type]
        self.document = document
        for marker in MARKERS:
            self.add_marker(marker)

    def runtest(self) -> None:
        """Plays the page. Raises WentOtherwise, or pytest's own exception for a skip."""
        outcome = outcome_of(self.document, self.name)
        if outcome.kind is Kind.SKIPPED:
            pytest.skip(outcome.text)
        if outcome.kind is not Kind.PASSED:
            raise WentOtherwise(outcome)

    def repr_failure(self, excinfo: ExceptionInfo[BaseException], style: object = None) -> str | TerminalRepr:
        """The runner's own report, without any traceback."""
        if isinstance(excinfo.value, WentOtherwise):
            return excinfo.value.outcome.text
        return super().repr_failure(excinfo)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """The page and its mode."""
        return self.path, None, f"{self.path.name} [{self.name}]"
