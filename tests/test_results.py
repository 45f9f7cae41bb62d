# SPDX-License-Identifier: MIT
"""Results: the same value as text for people and as JSON."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from nsh.printable import columns
from nsh.results import (
    Answer,
    Column,
    Finished,
    Growing,
    Leave,
    Lines,
    Prose,
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


def test_what_is_for_people_is_not_in_the_json() -> None:
    """A key that begins with `_` has a column and no place in the data; one without a column is in the data alone."""
    table = Table([Column("_state", "state")], [{"up": True, "_state": "up"}])

    assert table.text(None, False) == "STATE\nup"
    assert table.json() == [{"up": True}]


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


def test_a_last_column_of_words_goes_on_below_itself() -> None:
    """Nothing of it is lost in a narrow window; off a terminal it is one line."""
    table = Table([Column("a", "a"), Column("b", "b", wraps=True)], [{"a": "x", "b": "one two three four"}])

    assert table.text(14, False) == "A  B\nx  one two\n   three four"
    assert table.text(None, False) == "A  B\nx  one two three four"


def test_a_long_line_is_broken_between_its_words() -> None:
    """Namespaces stay whole; off a terminal the line is one."""
    line = "a  pid 7  uts:[4026532386] net:[4026532387]"

    assert Lines([line], None, long=True).text(30, False) == "a  pid 7  uts:[4026532386]\n    net:[4026532387]"
    assert Lines([line], None, long=True).text(None, False) == line
    assert Lines([line], None).text(30, False) == line


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


def test_a_result_that_grows_gives_each_line_when_there_is_one() -> None:
    """The second is not asked for before the first has been taken; both can be read again."""
    asked: list[int] = []

    def pieces() -> Iterator[str]:
        for number in (1, 2):
            asked.append(number)
            yield f"{number}\x1b"

    result = Growing(pieces())
    lines = result.lines()
    assert (next(lines), asked) == ("1\\x1b", [1])
    assert (next(lines), asked) == ("2\\x1b", [1, 2])
    assert result.text(None, False) == "1\\x1b\n2\\x1b"


def test_what_shows_nothing_prints_nothing() -> None:
    """Neither text nor JSON comes of a result that is only a deed."""
    for result in (Quiet(["a note"]), Finished(0), Leave(), Script("", "f")):
        assert (result.text(80, True), result.json()) == ("", None)
    assert Quiet(["a note"]).notes == ("a note",)


def test_each_type_has_a_colour_of_its_own_in_every_kind_of_result() -> None:
    """In a column of types, in a record, and where a namespace is named in a line."""
    table = Table([Column("types", "types", style="type")], [{"types": ["uts", "net"]}]).text(None, True)
    record = Record([("type", "uts"), ("parent", "net:[4026531840]")], {}).text(None, True)
    line = Lines(["box  uts:[4026532386] net:[4026531840]"], []).text(None, True)

    for text in (table, record, line):
        assert "\x1b[35muts" in text
        assert "\x1b[96mnet" in text


def test_columns_without_room_go_on_in_a_further_line() -> None:
    """In a window of 40 columns nothing is lost and no line is too long; the last column alone is cut."""
    keys = ("inode", "type", "nprocs", "pid", "uid", "name", "command")
    row: dict[str, object] = dict(zip(keys, (4026531834, "time", 12345, 1234567, 1000, "box", "x" * 60), strict=True))
    text = Table([Column(key, key) for key in keys], [row, row]).text(40, False)

    assert max(columns(line) for line in text.split("\n")) <= 40
    assert text.split("\n")[:4] == [
        "INODE       TYPE  NPROCS  PID      UID",
        "    NAME  COMMAND",
        "4026531834  time  12345   1234567  1000",
        "    box   xxxxxxxxxxxxxxxxxxxxxxxxxxxxx…",
    ]


@pytest.mark.parametrize("width", [10, 20, 40, 80, 200])
def test_no_table_is_wider_than_its_window(width: int) -> None:
    """Whatever the columns hold, CJK too; what does not fit is cut with an ellipsis."""
    rows: list[dict[str, object]] = [{"a": "名前" * n, "b": "b" * n, "c": n} for n in range(1, 60, 7)]
    text = Table([Column(key, key) for key in "abc"], rows).text(width, False)

    assert max(columns(line) for line in text.split("\n")) <= max(width, 12)


def test_a_long_value_of_a_record_goes_on_below_itself() -> None:
    """Broken behind commas, aligned."""
    record = Record([("type", "pid"), ("members", list(range(100, 120)))], {})

    assert record.text(40, False).split("\n")[:3] == [
        "type     pid",
        "members  100,101,102,103,104,105,106,",
        "         107,108,109,110,111,112,113,",
    ]


def test_prose_breaks_at_blanks_and_keeps_its_indentation() -> None:
    """A no-break space stays on its line; a word that is too long is cut."""
    prose = Prose([("new ", "TYPES [--map\xa0MAP]... [--\xa0CMD...]"), ("", ""), ("  ", "a" * 12)], None)

    assert prose.text(20, False).split("\n") == [
        "new TYPES",
        "    [--map MAP]...",
        "    [-- CMD...]",
        "",
        "  aaaaaaaaaaaa",
    ]
    assert prose.text(10, False).split("\n")[-2:] == ["  aaaaaaaa", "  aaaa"]
