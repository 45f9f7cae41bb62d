# SPDX-License-Identifier: MIT
"""Front matter: what is read, and what is refused with its line."""

from __future__ import annotations

import pytest

from nsh.transcript.document import Head
from nsh.transcript.frontmatter import BadHead, duration, is_transcript, read_head


def head_of(*lines: str) -> Head:
    return read_head(["---", "nsh: 1", *lines, "---", "prose"])[0]


def why_not(*lines: str) -> tuple[int, str]:
    with pytest.raises(BadHead) as caught:
        read_head(list(lines))
    return caught.value.line, caught.value.why


def test_every_key_is_read() -> None:
    """A full head comes out as values of the right types."""
    head = head_of(
        "title: UTS namespaces  # a comment",
        "seeds: [U1, U2]",
        "requires: [ns:uts, 'tool:procps>=4']",
        "matrix: [root, rootless]",
        "timeout: 5s",
        "total: 1m",
        "host: sandbox",
        "time: 12m",
        "redact: [hostname, 're:[0-9]+ apples']",
    )
    assert head.title == "UTS namespaces"
    assert head.seeds == ("U1", "U2")
    assert head.requires == ("ns:uts", "tool:procps>=4")
    assert head.requires_line == 5
    assert head.matrix == ("root", "rootless")
    assert (head.timeout, head.total, head.host) == (5.0, 60.0, "sandbox")
    assert (head.time, head.redact) == (720.0, ("hostname", "re:[0-9]+ apples"))


def test_the_defaults_are_ten_seconds_and_two_minutes() -> None:
    """A page that says nothing has 10 s for a command, 2 min in all, and no list."""
    head = head_of()
    assert (head.timeout, head.total, head.seeds, head.requires, head.matrix) == (10.0, 120.0, (), (), ())


def test_comments_and_empty_lines_are_passed_over() -> None:
    """YAML's comments and blank lines may stand anywhere in the head."""
    assert head_of("", "# seeds: [X1]", "title: 'a # b'").title == "a # b"


def test_the_page_goes_on_behind_the_second_rule() -> None:
    """The index returned is that of the first line of the page."""
    lines = ["---", "nsh: 1", "---", "prose"]
    assert lines[read_head(lines)[1]] == "prose"


@pytest.mark.parametrize(
    ("lines", "line", "why"),
    [
        (("prose",), 1, "begins with front matter"),
        (("---", "nsh: 1"), 1, "no end"),
        (("---", "title: x", "---"), 1, "version of the format is missing"),
        (("---", "nsh: 2", "---"), 2, "version 2"),
        (("---", "nsh: 1", "requirs: [root]", "---"), 3, "unknown key 'requirs'"),
        (("---", "nsh: 1", "title: a", "title: b", "---"), 4, "given twice"),
        (("---", "nsh: 1", "what is this", "---"), 3, "not a `key: value` line"),
        (("---", "nsh: 1", "title:", "---"), 3, "a value is missing"),
        (("---", "nsh: 1", "seeds: [U1, u2]", "---"), 3, "'u2' is not an id"),
        (("---", "nsh: 1", "seeds: [U1", "---"), 3, "a list is written"),
        (("---", "nsh: 1", "seeds: [U1] U2", "---"), 3, "behind the list"),
        (("---", "nsh: 1", "matrix: [roto]", "---"), 3, "'roto' is not one of"),
        (("---", "nsh: 1", "host: both", "---"), 3, "'both' is not one of"),
        (("---", "nsh: 1", "timeout: soon", "---"), 3, "not a duration"),
        (("---", "nsh: 1", "title: [a, b]", "---"), 3, "not a list"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_line(lines: tuple[str, ...], line: int, why: str) -> None:
    """Each mistake says where it is and what is wrong."""
    where, said = why_not(*lines)
    assert where == line
    assert why in said


@pytest.mark.parametrize(("text", "seconds"), [("500ms", 0.5), ("10s", 10.0), ("2m", 120.0), ("3", 3.0), ("1.5s", 1.5)])
def test_durations_have_units(text: str, seconds: float) -> None:
    """Milliseconds, seconds, minutes; a bare number is seconds."""
    assert duration(text) == seconds


@pytest.mark.parametrize("text", ["", "s", "-1s", "1h", "10 s"])
def test_other_durations_are_refused(text: str) -> None:
    """What is no duration raises ValueError."""
    with pytest.raises(ValueError, match="not a duration"):
        duration(text)


def test_a_page_is_a_transcript_when_its_head_says_nsh() -> None:
    """Other Markdown, such as a README, is told apart by its head alone."""
    assert is_transcript("---\nnsh: 1\n---\n")
    assert is_transcript("---\nnsh: 99\n---\n"), "a version that is not known is an error, not another kind of page"
    assert not is_transcript("# A page\n")
    assert not is_transcript("---\ntitle: a page\n---\nnsh: 1\n")
    assert not is_transcript("")
