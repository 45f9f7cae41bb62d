# SPDX-License-Identifier: MIT
"""The first words of nsh beside the names of Debian's programs."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from nsh.commands import FIRST_WORDS
from nsh.registry import REGISTRY

PROGRAMS = {
    line
    for line in (Path(__file__).parent / "data" / "debian-programs.txt").read_text().splitlines()
    if not line.startswith("#")
}

ALWAYS_OURS = {
    "diff": "compares namespaces; files are compared with `!diff`",
    "graph": "draws the network; the plotting program is `!graph`",
    "ping": "asks from where you are, on a socket made there; the program is `!ping`",
    "rm": "ends places; a file is removed with `!rm FILE`, as the hint says",
    "tree": "draws namespaces; folders are drawn with `!tree`",
    "unshare": "the system call is the subject of nsh; the program is `!unshare`",
}
"""A program has that name, yet the word is always nsh's: which word, and what the program's user types."""

SHARED = {
    "bridge": "nsh's only before add, attach and detach",
    "link": "nsh's only before one of its own words; the program's file cannot be called `up`",
    "route": "nsh's only before add, del and ls; what net-tools means by these is `!route add …`",
    "env": "bare and with assignments it is the program",
    "time": "nsh's only before `show`",
    "ls": "nsh's only before one of its own words, as in `ls ns`",
}
"""A program has that name, and keeps it: nsh takes the line only where the second word is one of its own."""


def test_every_word_that_is_also_a_program_is_accounted_for() -> None:
    """No command hides a program of Debian unless somebody decided so and said what happens."""
    assert set(FIRST_WORDS) & PROGRAMS == set(ALWAYS_OURS) | set(SHARED)


@pytest.mark.parametrize("word", sorted(FIRST_WORDS))
def test_a_form_is_shared_with_a_program_only_where_declared(word: str) -> None:
    """`shares_program` is set on all forms of the shared words, and on no other."""
    importlib.import_module(f"nsh.commands.{FIRST_WORDS[word]}")
    forms = REGISTRY.forms(word)
    assert forms
    assert {form.shares_program for form in forms} == {FIRST_WORDS[word] in SHARED}
