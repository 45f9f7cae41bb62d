# SPDX-License-Identifier: MIT
"""ID maps as they are typed, and as the kernel wants them (user_namespaces(7))."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from nsh.errors import UsageError
from nsh.session.maps import HIGHEST_ID, MOST_LINES, IdMap, as_text, parse

IDS = st.integers(0, HIGHEST_ID - 1)
COUNTS = st.integers(1, HIGHEST_ID)


@given(IDS, IDS, COUNTS)
def test_three_numbers_are_a_line_that_reads_back(inner: int, outer: int, count: int) -> None:
    """What can be mapped is taken; what goes over the last id is refused, and nothing else."""
    text = f"{inner}:{outer}:{count}"
    if max(inner, outer) + count > HIGHEST_ID:
        with pytest.raises(UsageError):
            parse(text)
        return
    line = parse(text)
    assert isinstance(line, IdMap)
    assert str(line) == f"{inner} {outer} {count}"
    assert as_text((line,), "root") == str(line)


@given(st.text(max_size=12))
def test_anything_else_is_refused_as_a_mistake_of_usage(text: str) -> None:
    """No text makes it raise anything but UsageError, and none is read in two ways."""
    try:
        found = parse(text)
    except UsageError:
        return
    assert text in ("root", "none") or str(found) == " ".join(str(int(word)) for word in text.split(":"))


@pytest.mark.parametrize("text", ["", "0", "0:0", "0:0:0", "-1:0:1", "0:0:1:1", "a:b:c", "0: 0:1", "٣:٣:٣", "1e3:0:1"])
def test_these_are_no_maps(text: str) -> None:
    """Too few, too many, none, negative, not ASCII digits."""
    with pytest.raises(UsageError):
        parse(text)


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50), st.integers(1, 20)), min_size=1, max_size=4))
def test_ranges_that_share_an_id_are_refused_and_others_are_not(rows: list[tuple[int, int, int]]) -> None:
    """Checked against the sets of ids themselves, inside and outside."""
    lines = tuple(IdMap(*row) for row in rows)
    insides = [i for inner, _, count in rows for i in range(inner, inner + count)]
    outsides = [i for _, outer, count in rows for i in range(outer, outer + count)]
    if len(set(insides)) == len(insides) and len(set(outsides)) == len(outsides):
        assert as_text(lines, "root") == "\n".join(map(str, lines))
    else:
        with pytest.raises(UsageError, match="overlap"):
            as_text(lines, "root")


def test_words_stand_alone() -> None:
    """`root` and `none` say all; the default counts only where nothing was given."""
    assert as_text((), "root") is None
    assert as_text((), "none") == ""
    assert as_text(("none",), "root") == ""
    assert as_text(("root",), "none") is None
    for given_maps in (("root", IdMap(0, 0, 1)), ("root", "none"), ("root", "root")):
        with pytest.raises(UsageError, match="alone"):
            as_text(given_maps, "root")


@given(st.integers(MOST_LINES, MOST_LINES + 2))
def test_more_lines_than_the_kernel_takes_are_refused_here(count: int) -> None:
    """340 pass, 341 do not: the kernel's EINVAL would not say why."""
    lines = tuple(IdMap(i, i, 1) for i in range(count))
    assume(count > 0)
    if count <= MOST_LINES:
        assert as_text(lines, "root")
    else:
        with pytest.raises(UsageError, match="340"):
            as_text(lines, "root")
