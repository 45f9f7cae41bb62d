# SPDX-License-Identifier: MIT
"""Where an abbreviation is written out, and where it is not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from nsh.aliases import ABBREVIATIONS
from nsh.repl.abbreviations import expanded


@pytest.fixture(autouse=True)
def nn() -> Iterator[None]:
    """`nn` is short for `new net`."""
    ABBREVIATIONS["nn"] = "new net"
    yield
    ABBREVIATIONS.clear()


@pytest.mark.parametrize("before", ["", "  ", "ls; ", "ls && ", "ls || ", "ls\n"])
def test_it_is_written_out_where_a_command_begins(before: str) -> None:
    """What stands before it stays as it is."""
    assert expanded(f"{before}nn") == f"{before}new net"


@pytest.mark.parametrize(
    "text", ["", "n", "nnn", "nn ", "'nn'", "!nn", "echo nn", "ls | nn", "# nn", "ls > nn", "nn\\"]
)
def test_elsewhere_it_is_what_it_is(text: str) -> None:
    """Quoted, as an argument, as a file, behind a bar, in a comment."""
    assert expanded(text) is None
