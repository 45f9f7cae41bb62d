# SPDX-License-Identifier: MIT
"""let: variables."""

from __future__ import annotations

import json
from pathlib import Path

from tests.fake_session import Lines


def test_a_variable_is_given_a_value_and_stands_for_it(tmp_path: Path) -> None:
    """As one word, whatever blanks it holds, also an empty one."""
    lines = Lines(tmp_path)

    assert lines("let addr '10.1.1.1  x'; let empty ''; echo $addr $empty") == 0
    assert lines.ran == [["echo", "10.1.1.1  x", ""]]
    lines("let --json")
    assert json.loads(lines.out) == [{"name": "addr", "value": "10.1.1.1  x"}, {"name": "empty", "value": ""}]


def test_one_that_has_no_value_is_a_no(tmp_path: Path) -> None:
    """Asking is no mistake, the answer is status 1."""
    lines = Lines(tmp_path)

    assert lines("let nope") == 1
    assert lines.err == "nope has no value: let nope VALUE\n"


def test_the_dollar_is_no_part_of_the_name(tmp_path: Path) -> None:
    """The hint says so."""
    lines = Lines(tmp_path)

    assert lines("let '$x' 1") == 2
    assert "without the $: x" in lines.err
