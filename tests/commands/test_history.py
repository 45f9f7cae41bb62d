# SPDX-License-Identifier: MIT
"""history: the lines typed so far."""

from __future__ import annotations

import json
from pathlib import Path

from tests.fake_session import Lines


def test_history_lists_counts_and_searches(tmp_path: Path) -> None:
    """Numbers stay those of the whole history."""
    lines = Lines(tmp_path)
    lines.session.history = ["new uts a", "ls ns", "history"]

    lines("history")
    assert lines.out == "    1  new uts a\n    2  ls ns\n    3  history\n"
    lines("history 1")
    assert lines.out == "    3  history\n"
    lines("history 0")
    assert lines.out == ""
    lines("history 99 -g ns --json")
    assert json.loads(lines.out) == [{"number": 2, "line": "ls ns"}]
    assert lines("history x") == 2
