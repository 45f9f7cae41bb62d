# SPDX-License-Identifier: MIT
"""Names for other engines: allowed there, each once, and no other than need be."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nsh.handover import clabernetes, containerlab, kathara
from nsh.handover.naming import Rule, renamed
from tests.handover import made

ALLOWED = {
    "containerlab": (containerlab.RULE, r"[a-zA-Z0-9][a-zA-Z0-9._-]*"),
    "clabernetes": (clabernetes.RULE, r"[a-z]([-a-z0-9]*[a-z0-9])?"),
    "kathara": (kathara.RULE, r"(?!shared$)[a-z0-9_]{1,30}"),
}
ENGINES = pytest.mark.parametrize("engine", list(ALLOWED))


@ENGINES
@settings(deadline=None, database=None)
@given(names=st.lists(made.names(), unique=True, max_size=12))
def test_every_name_gets_one_that_is_allowed_there(engine: str, names: list[str]) -> None:
    """As many as there were; those that were allowed are the same; nothing is made of nothing."""
    rule, pattern = ALLOWED[engine]
    found = rule.fit(names)
    assert list(found) == names
    assert len(set(found.values())) == len(names)
    assert all(re.fullmatch(pattern, there, re.ASCII) for there in found.values())
    assert all(found[name] == name for name in names if rule.allows(name))


@pytest.mark.parametrize(
    ("names", "there"),
    [
        (["h.1", "h-1"], ["h-12", "h-1"]),
        (["H1", "h1"], ["h12", "h1"]),
        (["3com", "ß", "-"], ["n3com", "n", "n2"]),
        (["a" * 40, "a" * 41], ["a" * 30, "a" * 29 + "2"]),
    ],
)
def test_a_name_that_is_not_allowed_is_as_near_as_can_be(names: list[str], there: list[str]) -> None:
    """Small, with - for what is not allowed, cut to the length, numbered where it would be another's."""
    assert list(clabernetes.RULE.fit(names).values()) == there


def test_a_word_that_the_engine_keeps_is_not_used() -> None:
    """Kathará mounts `shared` into every device."""
    assert kathara.RULE.fit(["shared"]) == {"shared": "shared2"}


def test_what_is_called_otherwise_is_said_in_one_line() -> None:
    """The first five, and how many more; nothing where all stayed."""
    rule = Rule("-", 9, is_lower=True)
    assert renamed(rule.fit(["a", "b"])) is None
    assert renamed(rule.fit(["a", "B"])) == "the name: B is b there"
    assert (renamed(rule.fit([f"H{n}" for n in range(7)])) or "").endswith("H4 is h4 and 2 more there")
