# SPDX-License-Identifier: MIT
"""Outcomes: their way out of the sandbox, exit statuses, reports."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from nsh.transcript.formats import junit, line_of, summary, tap
from nsh.transcript.judge import Ending, Observation, Piece
from nsh.transcript.outcome import Kind, Outcome, Seen, exit_status, from_json, to_json
from nsh.transcript.update import Edit


def outcome(kind: Kind, text: str = "") -> Outcome:
    return Outcome(Path("docs/uts.md"), "root", kind, text, steps=4, seconds=1.25)


def test_an_outcome_travels_as_json() -> None:
    """Everything that is in it, also what is no plain value."""
    pieces = (Piece(0.1, "\x1b[1m─\r\n"), Piece(0.4, "x"))
    alive = {("ns", "7"): "id 1", ("pid", "8"): None}
    seen = Observation("nsh>", ("─", "\x1b[1m"), 3, Ending.LEFT, "true", 0.5, pieces, alive)
    whole = Outcome(
        path=Path("a b.md"),
        mode="rootless",
        kind=Kind.FAILED,
        text="x\ny",
        title="T",
        steps=2,
        seconds=1.5,
        edits=[Edit(1, 2, ("a", "b"), "why")],
        seen=[Seen(0, 1, seen)],
        probes={"root": False},
    )
    assert from_json(to_json(whole)) == whole


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"path": 1}', '{"path": "x", "mode": "", "kind": "odd"}'])
def test_what_is_no_outcome_is_refused(text: str) -> None:
    """A process that died halfway has written no outcome."""
    with pytest.raises(ValueError, match=r"."):
        from_json(text)


@pytest.mark.parametrize(
    ("kinds", "status"),
    [
        ([], 4),
        ([Kind.PASSED], 0),
        ([Kind.SKIPPED], 4),
        ([Kind.PASSED, Kind.SKIPPED], 0),
        ([Kind.PASSED, Kind.FAILED], 1),
        ([Kind.FAILED, Kind.BAD], 2),
        ([Kind.BAD, Kind.BROKEN, Kind.FAILED], 3),
        ([Kind.SKIPPED, Kind.FAILED], 1),
    ],
)
def test_the_worst_outcome_is_the_exit_status(kinds: list[Kind], status: int) -> None:
    """0 passed, 1 a difference, 2 a bad page, 3 broken, 4 nothing was played at all."""
    assert exit_status([outcome(kind) for kind in kinds]) == status


def test_a_skip_can_be_a_failure() -> None:
    """Where it was promised that everything can be played."""
    assert exit_status([outcome(Kind.PASSED), outcome(Kind.SKIPPED)], no_skip=True) == 1
    assert exit_status([outcome(Kind.SKIPPED)], no_skip=True) == 1
    assert exit_status([outcome(Kind.PASSED)], no_skip=True) == 0


def test_a_line_says_how_a_page_went() -> None:
    """Short when all is well, the whole story when not."""
    assert line_of(outcome(Kind.PASSED)) == "ok       docs/uts.md [root]  4 steps  (1.2 s)"
    assert line_of(outcome(Kind.SKIPPED, "no luck")) == "skipped  docs/uts.md [root]: no luck"
    assert line_of(outcome(Kind.FAILED, "story")) == "failed: docs/uts.md [root]\nstory"
    assert summary([outcome(Kind.PASSED), outcome(Kind.FAILED)]) == "1 passed, 1 failed in 2.5 s"
    assert summary([]) == "nothing to play in 0.0 s"


def test_tap() -> None:
    """A plan, a line each, the story as diagnostics."""
    lines = list(tap([outcome(Kind.PASSED), outcome(Kind.SKIPPED, "no luck"), outcome(Kind.FAILED, "a\nb")]))
    assert lines == [
        "TAP version 13",
        "1..3",
        "ok 1 - docs/uts.md [root]",
        "ok 2 - docs/uts.md [root] # SKIP no luck",
        "not ok 3 - docs/uts.md [root]",
        "# failed",
        "# a",
        "# b",
    ]


def test_junit() -> None:
    """Well-formed whatever a program printed, and counted."""
    text = junit([outcome(Kind.PASSED), outcome(Kind.FAILED, "first\n\x1b <&>"), outcome(Kind.BROKEN, "x")])
    suite = ElementTree.fromstring(text)
    assert {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped")} == {
        "tests": "3",
        "failures": "1",
        "errors": "1",
        "skipped": "0",
    }
    failure = suite.find("testcase/failure")
    assert failure is not None
    assert (failure.get("message"), failure.text) == ("first", "first\n\\x1b <&>")
