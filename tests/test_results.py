# SPDX-License-Identifier: MIT
"""Results: the same value as text for people and as JSON."""

from __future__ import annotations

import pytest

from nsh.results import (
    Answer,
    Column,
    Finished,
    Leave,
    Lines,
    Quiet,
    Record,
    Result,
    Script,
    Table,
    Text,
    shown,
)

COLUMNS = (Column("name", "name", style="name"), Column("pid", "pid", align="right"), Column("types", "types"))
ROWS: list[dict[str, object]] = [
    {"name": "web", "pid": 4242, "types": ["uts", "net"], "inode": 1},
    {"name": "名前", "pid": None, "types": [], "inode": 2},
]


def test_a_table_has_aligned_columns_without_boxes() -> None:
    """Two blanks between columns, headings in capitals, numbers to the right, CJK counted as it is drawn."""
    assert Table(COLUMNS, ROWS).text(None, False) == "NAME   PID  TYPES\nweb   4242  uts,net\n名前     -  -"


def test_a_table_without_rows_prints_nothing() -> None:
    """No heading over nothing; its JSON is an empty array."""
    assert Table(COLUMNS, []).text(80, True) == ""
    assert Table(COLUMNS, []).json() == []


def test_the_json_of_a_table_is_its_rows() -> None:
    """Keys without a column are there too, numbers are numbers, unknown is null."""
    assert Table(COLUMNS, ROWS).json() == ROWS


def test_no_value_can_send_an_escape_to_the_terminal() -> None:
    """Control characters in a name are shown, in every kind of result."""
    evil = "\x1b]0;x\x07"
    results: list[Result] = [
        Table([Column("a", "a")], [{"a": evil}]),
        Record([("a", evil)], {}),
        Text(evil, evil),
        Lines([evil], []),
        Table([Column("a", "a", show=str)], [{"a": evil}]),
    ]

    assert [result.text(None, False) for result in results if "\x1b" in result.text(None, False)] == []


def test_colour_is_only_there_when_asked_for() -> None:
    """The same table with colour holds the same text between its codes."""
    plain, coloured = Table(COLUMNS, ROWS).text(None, False), Table(COLUMNS, ROWS).text(None, True)

    assert "\x1b" not in plain
    assert "\x1b[1mweb\x1b[0m" in coloured


def test_on_a_terminal_the_last_column_is_cut_to_the_width() -> None:
    """A long last column does not wrap; off a terminal it is whole."""
    table = Table([Column("a", "a"), Column("b", "b")], [{"a": "x", "b": "y" * 100}])

    assert {len(line) <= 30 for line in table.text(30, False).split("\n")} == {True}
    assert table.text(30, False).endswith("…")
    assert "y" * 100 in table.text(None, False)


def test_a_record_is_a_line_for_each_field() -> None:
    """Keys and values are aligned; the JSON is one object."""
    record = Record([("type", "uts"), ("parent", None), ("ok", True)], {"type": "uts"})

    assert record.text(None, False) == "type    uts\nparent  -\nok      yes"
    assert record.json() == {"type": "uts"}


@pytest.mark.parametrize(
    ("value", "text"), [(None, "-"), ([], "-"), ((), "-"), (True, "yes"), (False, "no"), (0, "0"), (["a", None], "a,-")]
)
def test_a_value_is_shown_for_people(value: object, text: str) -> None:
    """Unknown is a dash, zero is zero, lists are joined by commas."""
    assert shown(value) == text


def test_each_result_has_the_status_that_fits() -> None:
    """Done is 0, no is 1, a program's status is its own."""
    results = [Quiet(), Answer(True, "", {}), Answer(False, "", {}), Finished(7), Text("", None, status=3), Leave(4)]

    assert [result.status for result in results] == [0, 0, 1, 7, 3, 4]


def test_what_shows_nothing_prints_nothing() -> None:
    """Neither text nor JSON comes of a result that is only a deed."""
    for result in (Quiet(["a note"]), Finished(0), Leave(), Script("", "f")):
        assert (result.text(80, True), result.json()) == ("", None)
    assert Quiet(["a note"]).notes == ("a note",)
