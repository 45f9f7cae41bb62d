# SPDX-License-Identifier: MIT
"""What a program wrote to a terminal, as lines."""

from __future__ import annotations

import pytest

from nsh.transcript.normal import lines_of


@pytest.mark.parametrize("beginning", ["\x9d", "\x9b", "\x1b]", "\x1bP", "\x1b["])
def test_beginnings_without_an_end_take_no_longer_the_more_there_are(beginning: str) -> None:
    """Each looked at to the end of the text would take hours."""
    assert lines_of(beginning * 300_000 + "\x9c\nend")[-1] == "end"
