# SPDX-License-Identifier: MIT
"""What tests of the session share: strangers, and the prompt on a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.session.console import Console, Start
from tests.stranger import stranger as stranger


@pytest.fixture
def consoles(environment: dict[str, str], tmp_path: Path) -> Iterator[Start]:
    """The prompt on a terminal, as session leader or with `outer=True` under bash."""
    started: list[Console] = []

    def start(*argv: str, outer: bool = False) -> Console:
        started.append(Console(environment, tmp_path, *argv, outer=outer))
        return started[-1]

    yield start
    for console in started:
        console.close()
