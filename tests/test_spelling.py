# SPDX-License-Identifier: MIT
"""Did you mean …"""

from __future__ import annotations

import pytest

from nsh.spelling import did_you_mean, nearest

WORDS = ("new", "enter", "leave", "unshare", "uts", "history", "quit", "let")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("nwe", "new"),
        ("utz", "uts"),
        ("entr", "enter"),
        ("unshrae", "unshare"),
        ("leaave", "leave"),
        ("histroy", "history"),
        ("quti", "quit"),
    ],
)
def test_a_slip_of_the_finger_finds_its_word(typed: str, meant: str) -> None:
    """Letters swapped, missing, doubled or wrong: the word that was meant is named."""
    assert nearest(typed, WORDS) == meant


@pytest.mark.parametrize("typed", ["", "x", "frobnicate", "n" * 1000, "ls"])
def test_nothing_is_made_up(typed: str) -> None:
    """Where no word is like it, nothing is suggested."""
    assert did_you_mean(typed, WORDS) is None


def test_a_word_is_not_suggested_for_itself() -> None:
    """A word that is known needs another explanation than its own spelling."""
    assert nearest("new", ["new"]) == "new"
