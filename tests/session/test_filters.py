# SPDX-License-Identifier: MIT
"""The expressions of `--where`: they mean what they say, and nothing typed there is ever executed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nsh.errors import UsageError
from nsh.session.filters import parse

FIELDS = ("type", "inode", "nprocs", "name", "kept_by")
ROW = {"type": "net", "inode": 4026532386, "nprocs": 0, "name": None, "kept_by": ["open file", "socket"]}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("nprocs==0", True),
        ("nprocs = 0", True),
        ("nprocs != 0", False),
        ("nprocs >= 1 or type == net", True),
        ("nprocs > 0 and type == net", False),
        ("not nprocs > 0", True),
        ("not (type==net or type==uts)", False),
        ("(nprocs==0) and (type==net)", True),
        ("type==uts or type==ipc or type==net", True),
        ("name == null", True),
        ("name != -", False),
        ("kept_by == 'open file'", True),
        ("kept_by ~ file", True),
        ("kept_by == member", False),
        ("inode < 5000000000", True),
        ("type ~ e", True),
        ("name > 5", False),
        ('type == "net"', True),
    ],
)
def test_an_expression_means_what_it_says(text: str, expected: bool) -> None:
    """Operators, lists, unknown values, `and` before `or`, parentheses, quotes."""
    assert parse(text, FIELDS)(ROW) is expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "a field is missing at the end"),
        ("nprocs", "an operator is missing at the end"),
        ("nprocs ==", "a value is missing at the end"),
        ("nproc == 0", "there is no field 'nproc'"),
        ("nprocs is 0", "'is' is no operator"),
        ("nprocs == ==", "'==' is no value"),
        ("nprocs == 0 type == net", "'type' cannot follow there"),
        ("(nprocs == 0", "no closing )"),
        ("name == 'x", "no closing '"),
        ("__import__('os') == 0", "there is no field '__import__'"),
        ("not " * 60 + "nprocs == 0", "too many parentheses"),
    ],
)
def test_what_cannot_be_read_is_refused(text: str, message: str) -> None:
    """One line that names the word, and an example or what was meant."""
    with pytest.raises(UsageError) as caught:
        parse(text, FIELDS)
    assert message in caught.value.message
    assert caught.value.hint


@given(st.text(alphabet="nprocstyei()=!<>~'\" and or not 0123", max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Nothing else happens, whatever is typed."""
    try:
        test = parse(text, FIELDS)
    except UsageError:
        return
    assert test(ROW) in (True, False)
