# SPDX-License-Identifier: MIT
"""How the lines of a page are held against real ones: literal text, `...`, suffixes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nsh.transcript.suffixes import as_source, read_line
from tests.transcript.page import matches, verdict, wrong_lines


@pytest.mark.parametrize(
    ("expected", "output"),
    [
        ("host", "host"),
        ("", ""),
        ("a\n\nb", "a\n\nb"),
        ("NAME  PID", "NAME         PID"),
        ("a b", "a\tb".expandtabs()),
        ("  a", "      a"),
        ("   12 apples", "12 apples"),
        ("12 apples", "   12 apples"),
        ("...", ""),
        ("...", "a\nb"),
        ("a\n...", "a"),
        ("a\n...\nb", "a\nb"),
        ("a\n...\nb", "a\nb\nx\nb"),
        ("...\nb\n...", "a\nb\nb\nc"),
        ("one ... three", "one two three"),
        ("one...", "one"),
        ("Waiting...", "Waiting..."),
        ("a+b (re)", "aaab"),
        (r"\d+ (re)", "   5  "),
        ("a*c (glob)", "abc"),
        ("a?c d (glob)", "abc    d"),
        ("a  b (eq)", "a  b"),
        ("... (eq)", "..."),
        ("uts:[5] (eq)", "uts:[5]"),
        ("maybe (?)\nb", "b"),
        ("maybe (?)\nb", "maybe\nb"),
        ("x (*)\nb", "b"),
        ("x (*)\nb", "x\nx\nb"),
        ("x (+)\nx", "x\nx\nx"),
        (r"\d+ (re+)", "1\n22\n333"),
        ("a? (glob?)\nb", "b"),
        ("secret (absent)", ""),
        ("secret (absent)\n...", "a\nb"),
        ("a\nsecret (absent)\nb", "a\nb"),
        ("s.* (re) (absent)\na", "a"),
        ("%%{x}", "%{x}"),
        ("[1] (eq)", "[1]"),
        ("a (?)\na (?)\na", "a"),
        ("...\na\n...\na\n...", "x\na\ny\na"),
    ],
)
def test_what_matches(expected: str, output: str) -> None:
    """Blanks align, `...` is any lines or any run, suffixes mean what they say."""
    assert matches(expected, output)


@pytest.mark.parametrize(
    ("expected", "output"),
    [
        ("host", "hose"),
        ("host", "host "[:-1] + "x"),
        ("host", ""),
        ("", "host"),
        ("a\nb", "a"),
        ("a", "a\nb"),
        ("a\nb", "b\na"),
        ("a\n\nb", "a\nb"),
        ("ab", "a b"),
        ("a b", "ab"),
        ("a", "  a"),
        ("  a", "a"),
        ("...\nb", "a"),
        ("...\nb", "b\na"),
        ("one ... three", "one two"),
        ("a.c", "abc"),
        ("a+b (re)", "xaab"),
        ("a*c (glob)", "abcd"),
        ("a.c (glob)", "abc"),
        ("a  b (eq)", "a b"),
        ("a ... b (eq)", "a x b"),
        ("maybe (?)\nb", "maybe\nmaybe\nb"),
        ("x (+)\nb", "b"),
        ("x (+)\nx", "x"),
        ("secret (absent)\n...", "a\nsecret"),
        ("s.* (re) (absent)\n...", "some"),
        ("a\nsecret (absent)\nb", "a\nsecret\nb"),
        ("1 packets transmitted, 1 received, 0% packet loss", "1 packets transmitted, 0 received, 100% packet loss"),
    ],
)
def test_what_does_not_match(expected: str, output: str) -> None:
    """A changed, missing, extra or moved line is found, and so is a blank where none was."""
    assert not matches(expected, output)


@pytest.mark.parametrize(
    ("output", "root", "rootless"), [("0", True, False), ("1000", False, True), ("5", False, False)]
)
def test_a_conditional_line_is_required_where_its_probe_holds(output: str, root: bool, rootless: bool) -> None:
    """`0 (root !)` must be there for root; for others it may."""
    expected = "0 (root !)\n1000 (rootless !)"
    assert matches(expected, output, probes={"root": True, "rootless": False}) is root
    assert matches(expected, output, probes={"root": False, "rootless": True}) is rootless


def test_a_conditional_absence_counts_where_its_probe_holds() -> None:
    """`x (absent) (root !)` says nothing about others."""
    expected = "secret (absent) (root !)\n..."
    assert not matches(expected, "secret", probes={"root": True})
    assert matches(expected, "secret", probes={"root": False})


def test_any_lines_take_no_more_than_they_must_but_go_on_where_they_have_to() -> None:
    """`...` is tried short first; the lines after it decide."""
    assert matches("...\nend\nlast", "end\nx\nend\nlast")


def test_many_gaps_over_many_lines_end_soon() -> None:
    """The search remembers what led nowhere: this would take 2^40 tries."""
    expected = "\n".join(["...", "a"] * 20) + "\nz"
    assert not matches(expected, "\n".join(["a"] * 60))


def test_the_rows_show_what_differs_in_the_order_of_the_page() -> None:
    """Right lines stand beside their like; the others are marked."""
    found = verdict("a\nb\nc", "a\nX\nc\nd")
    assert wrong_lines(found) == ["- b", "+ X", "+ d"]


def test_a_missing_line_is_shown_alone() -> None:
    """And nothing else."""
    assert wrong_lines(verdict("a\nb\nc", "a\nc")) == ["- b"]


def test_lines_that_a_gap_took_in_are_not_wrong() -> None:
    """Only the line that `...` does not excuse is shown."""
    assert wrong_lines(verdict("a\n...\nz", "a\nb\nc")) == ["- z"]


def test_a_line_that_must_be_absent_says_so() -> None:
    """The page line is what is wrong, and why."""
    found = verdict("secret (absent)\n...", "a\nsecret")
    assert [(row.expected.line.text, row.reason) for row in found.rows if row.is_wrong and row.expected] == [
        ("secret", "must not be there")
    ]


def test_a_repeated_line_that_never_came_is_missing_once() -> None:
    """` (+)` asks for one."""
    assert wrong_lines(verdict("x (+)\nb", "b")) == ["- x (+)"]


@settings(database=None)
@given(st.text(alphabet="ab.*()[]!?%{}:0123456789 ~", max_size=20))
def test_any_line_can_be_written_so_that_it_reads_back(text: str) -> None:
    """`as_source` gives a page line that matches exactly the line it was made from."""
    line = text.rstrip()
    source = as_source(line)
    assert matches(source, line) or (not source.strip() and not line)
    assert read_line(0, source).text == line or source == line
