# SPDX-License-Identifier: MIT
"""The words that `tree` and `diff` bring along: what Tab offers for them."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from nsh.commands import diff, tree
from nsh.session import moments
from nsh.session.session import Session
from nsh.words import word_type
from tests.fake_session import FakePlace, FakeSession


def offers(kind: str, prefix: str, folder: Path) -> list[str]:
    """What completion offers in a session with two places and a snapshot."""
    assert isinstance(word_type("branch"), tree.Branch)
    assert isinstance(word_type("moment"), diff.MomentName)
    session = FakeSession(folder)
    session.places = {"upper": FakePlace("upper"), "box": FakePlace("box")}
    moments.snapshots(cast(Session, session))["before"] = moments.Moment("before", ".")
    return [text for text, _ in word_type(kind).complete(cast(Session, session), prefix)]


def test_a_tree_is_of_a_type_or_of_a_reference(tmp_path: Path) -> None:
    """The two types that have trees come before the places."""
    assert offers("branch", "u", tmp_path) == ["user", "upper"]
    assert offers("branch", "p", tmp_path) == ["pid"]


def test_a_difference_is_between_snapshots_and_references(tmp_path: Path) -> None:
    """Snapshots first, then places."""
    assert offers("moment", "b", tmp_path) == ["before", "box"]
    assert offers("moment", "h", tmp_path) == ["host"]
