# SPDX-License-Identifier: MIT
"""Drawings of networks: what people see, and that every line of them leads where the wire does."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nsh.net.graph import Graph
from nsh.net.graphlayout import arrange, parts, pile
from nsh.net.graphscene import Line, ranges, scene
from nsh.net.graphtext import draw, rendered, speaks_unicode
from tests.net.made import Net, star
from tests.net.networks import NETWORKS

DRAWINGS = Path(__file__).parent / "drawings"
WIDTH = 120


def drawn(graph: Graph, width: int | None = WIDTH, *, fold: bool = True, unicode: bool = True) -> str:
    """The drawing as text."""
    lines = draw(scene(graph, fold=fold), width, unicode=unicode)
    return "".join("".join(text for text, _ in line) + "\n" for line in lines)


@pytest.mark.parametrize("name", NETWORKS)
def test_the_drawing_is_the_one_that_was_looked_at(name: str) -> None:
    """Each network is drawn as its file shows, which somebody found readable."""
    assert drawn(NETWORKS[name]().graph()) == (DRAWINGS / f"{name}.txt").read_text()


def test_every_network_has_its_drawing() -> None:
    """No drawing is left over."""
    others = ["chain-50-columns", "chain-30-columns", "pair-ascii"]
    assert sorted(path.stem for path in DRAWINGS.iterdir()) == sorted([*NETWORKS, *others])


@pytest.mark.parametrize("room", [50, 30])
def test_what_is_too_wide_is_drawn_with_less_room(room: int) -> None:
    """In 50 columns the boxes stand below each other, the hosts in the rows of the switches; in 30 it is a list."""
    assert drawn(NETWORKS["chain"]().graph(), room) == (DRAWINGS / f"chain-{room}-columns.txt").read_text()


def test_a_locale_without_unicode_gets_ascii() -> None:
    """The same drawing with `+-|`, and no other character than ASCII."""
    text = drawn(NETWORKS["pair"]().graph(), unicode=False)
    assert text == (DRAWINGS / "pair-ascii.txt").read_text()
    for network in NETWORKS.values():
        assert drawn(network().graph(), unicode=False).isascii()


@pytest.mark.parametrize(
    ("environment", "speaks"),
    [
        ({"LANG": "C.UTF-8"}, True),
        ({"LANG": "de_DE.utf8"}, True),
        ({"LANG": "C.UTF-8", "LC_ALL": "C"}, False),
        ({"LANG": "C", "LC_CTYPE": "C.UTF-8"}, True),
        ({"LC_ALL": "", "LANG": "en_US.ISO-8859-1"}, False),
        ({}, False),
    ],
)
def test_the_first_variable_that_is_set_decides_of_the_locale(environment: dict[str, str], speaks: bool) -> None:
    """LC_ALL before LC_CTYPE before LANG, as setlocale(3) has it; an empty one is not set."""
    assert speaks_unicode(environment) is speaks


def test_forty_hosts_fit_on_a_screen() -> None:
    """A star of 40 is two boxes, no higher than those of a star of 2; --full draws all 41."""
    graph = star(40).graph()
    assert len(drawn(graph).splitlines()) < 12
    assert len(scene(graph, fold=False).boxes) == 41


def test_six_are_drawn_one_by_one_and_seven_as_one() -> None:
    """The border of folding, on both sides."""
    assert [len(scene(star(number).graph()).boxes) for number in (6, 7)] == [7, 2]


def test_one_that_differs_is_not_folded_away() -> None:
    """What is down among many that are up has a box of its own."""
    boxes = scene(star(20, down=[3]).graph()).boxes
    assert [box.name for box in boxes] == ["s1", "h[1..2] h[4..20]", "h3"]


def test_ports_that_lead_to_what_is_not_drawn_are_one_row() -> None:
    """A switch alone, of forty hosts: its bridge and one row; of six, a row for each."""
    for hosts, rows in ((40, 2), (6, 7)):
        graph = star(hosts).graph()
        (box,) = scene(Graph(graph.spaces[:1], graph.wires)).boxes
        assert len(box.rows) == rows
        assert box.rows[1].detail == ("→ not drawn" if hosts == 40 else "→ h1:eth0")


def test_a_thousand_addresses_are_counted() -> None:
    """The first eight, and how many more there are."""
    net = Net()
    net.space("a")
    net.device("a", "eth0", "hardware", *(f"10.0.{number // 250}.{number % 250}/16" for number in range(1000)))
    details = [row.detail for row in scene(net.graph()).boxes[0].rows]
    assert (len(details), details[0], details[-1]) == (9, "10.0.0.0/16", "… 992 more")


def test_ranges_are_those_of_new() -> None:
    """Numbers that follow each other, without leading zeros, as `new net h[1..3]` takes them."""
    assert ranges(["h1", "h2", "h3", "h5", "x", "a01", "a02", "9", "10"]) == "h[1..3] h5 x a01 a02 [9..10]"


def test_no_name_moves_the_cursor() -> None:
    """A device's name may hold any byte but `/`, `:` and blanks: escapes are shown, not sent."""
    net = Net()
    net.space("a\x1b[2J")
    net.device("a\x1b[2J", "\x1b[31m\udcff")
    text = drawn(net.graph())
    assert text.replace("\n", "").isprintable()
    assert "\\x1b[31m\\xff" in text


@st.composite
def networks(pick: st.DrawFn) -> Net:
    """Up to eight namespaces, joined at random, also twice, and to themselves."""
    net = Net()
    names = [net.space(f"n{number}") for number in range(pick(st.integers(1, 8)))]
    one = st.sampled_from(names)
    for number, (a, b) in enumerate(pick(st.lists(st.tuples(one, one), max_size=14))):
        net.join(f"{a}:a{number}", f"{b}:b{number}", up=pick(st.booleans()))
    return net


@settings(max_examples=60, deadline=None)
@given(networks(), st.booleans())
def test_every_line_leads_to_the_other_end(net: Net, in_columns: bool) -> None:
    """Followed with the finger from its row, each line ends at the row that the wire leads to."""
    found = parts(scene(net.graph(), fold=False))
    assert sum(len(boxes) for boxes, _ in found) == len(net.graph().spaces)
    for boxes, lines in found:
        drawing = arrange(boxes, lines, 400) if in_columns else pile(boxes, lines, 400)
        assert drawing is not None
        rows = ["".join(text for text, _ in line).ljust(400) for line in rendered(drawing)]
        assert {frozenset(follow(rows, place)) for place in exits(rows)} == {frozenset(ends(line)) for line in lines}


@settings(max_examples=60, deadline=None)
@given(networks(), st.integers(20, 130))
def test_no_drawing_is_wider_than_there_is_room(net: Net, room: int) -> None:
    """What does not fit is not drawn, so that it can be listed."""
    for boxes, lines in parts(scene(net.graph())):
        drawing = arrange(boxes, lines, room)
        assert drawing is None or drawing.width <= room


def ends(line: Line) -> list[str]:
    """The two devices; their names are different everywhere."""
    return [line.a.rows[line.a_row].name, line.b.rows[line.b_row].name]


ARMS = {"─": "ew", "│": "ns", "┌": "es", "┐": "ws", "└": "en", "┘": "wn", "┄": "ew", "┆": "ns"}
STEP = {"n": (0, -1), "s": (0, 1), "e": (1, 0), "w": (-1, 0)}
BACK = {"n": "s", "s": "n", "e": "w", "w": "e"}


def exits(rows: list[str]) -> list[tuple[int, int, str]]:
    """Where lines leave boxes: (x, y, direction)."""
    sides = {"├": "e", "┤": "w"}
    return [(x, y, sides[char]) for y, row in enumerate(rows) for x, char in enumerate(row) if char in sides]


def follow(rows: list[str], start: tuple[int, int, str]) -> list[str]:
    """The devices at both ends of a line."""
    x, y, heading = start
    first = device_at(rows, x, y, BACK[heading])
    while True:
        x, y = x + STEP[heading][0], y + STEP[heading][1]
        char = rows[y][x]
        if char in "├┤":
            return [first, device_at(rows, x, y, heading)]
        if char != "┼":
            (heading,) = [arm for arm in ARMS[char] if arm != BACK[heading]]


def device_at(rows: list[str], x: int, y: int, heading: str) -> str:
    """The first word of the box whose border is here, entered in that direction."""
    row = rows[y]
    opening = x if heading == "e" else max(row.rfind(border, 0, x) for border in "│┤")
    return row[opening + 1 :].split()[0]
