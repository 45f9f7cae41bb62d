# SPDX-License-Identifier: MIT
"""What was pasted, as lines."""

from __future__ import annotations

import pytest

from nsh.repl.block import goes_on, split_block


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", []),
        ("  \n\n", []),
        ("new uts a", ["new uts a"]),
        ("new uts a\nnew uts b\n", ["new uts a", "new uts b"]),
        ("a\r\n\r\nb", ["a", "b"]),
        ("new \\\n uts a\nb", ["new  uts a", "b"]),
        ("a \\\\\nb", ["a \\\\", "b"]),
        ("  kept blanks", ["  kept blanks"]),
    ],
)
def test_a_block_is_its_lines(text: str, lines: list[str]) -> None:
    """Blank lines are dropped, continued lines joined, blanks in front kept."""
    assert split_block(text) == lines


@pytest.mark.parametrize(
    ("text", "more"), [("", False), ("a", False), ("a\\", True), ("a\\\\", False), ("\\\\\\", True)]
)
def test_a_lone_backslash_at_the_end_continues_the_line(text: str, more: bool) -> None:
    """Two of them are one that stands for itself."""
    assert goes_on(text) is more
