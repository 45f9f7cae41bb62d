# SPDX-License-Identifier: MIT
"""A run told in the page's own values."""

from __future__ import annotations

from nsh.recording.painted import plain
from nsh.recording.samples import stand_in
from tests.recording.runs import Shown, block, take


def told(steps: str, *shown: Shown, attributes: str = "") -> list[str]:
    """The lines of all steps, with `--samples`."""
    found = take(block(steps, attributes), *shown, samples=True)
    return [plain(line) for shot in found.shots() for line in shot.output]


def test_values_are_the_page_s() -> None:
    """Inodes, pids, times and the like; what is literal was equal anyway."""
    assert told("nsh> new uts demo\ndemo  pid 8187  uts:[4026532386]", "demo  pid 41  uts:[4026532999]\r\n") == [
        "demo  pid 8187  uts:[4026532386]"
    ]
    assert told("nsh> date\n13:13:01", "23:59:59\r\n") == ["13:13:01"]


def test_commands_have_the_page_s_values_too() -> None:
    """What was typed had the run's."""
    steps = "nsh> new uts demo\ndemo  pid 8187  uts:[4026532386]\nnsh> readlink /proc/8187/ns/uts\nuts:[4026532386]"
    shown = ("demo  pid 41  uts:[4026532999]\r\n", "uts:[4026532999]\r\n")
    assert [shot.command for shot in take(block(steps), *shown).shots()][1] == "readlink /proc/41/ns/uts"
    assert [shot.command for shot in take(block(steps), *shown, samples=True).shots()][
        1
    ] == "readlink /proc/8187/ns/uts"


def test_what_was_left_out_of_the_page_is_left_out() -> None:
    """However many lines there were, also none; several such lines in a row are one."""
    assert told("nsh> cat\na\n...\nd", "a\r\nb\r\nc\r\nd\r\n") == ["a", "...", "d"]
    assert told("nsh> cat\na\n...\nd", "a\r\nd\r\n") == ["a", "...", "d"]
    assert told("nsh> cat\n\\d+ (re)\n...\n", "12\r\n13\r\n") == ["..."]


def test_patterns_are_not_shown() -> None:
    """They are for the test; a reader sees that something stood there."""
    assert told("nsh> cat\n\\d+ of .* (re)\na*b (glob)\nx ... y", "7 of z\r\naxxb\r\nx 1 2 y\r\n") == [
        "...",
        "a...b",
        "x ... y",
    ]
    assert told("nsh> cat\n(eq) ... (eq)", "(eq) ...\r\n") == ["(eq) ..."]


def test_captures_are_shown_by_their_names() -> None:
    """No sample of them stands in the page; `%%{` is a literal."""
    assert told("nsh> cat\nid %{q:int} %%{x}\nnsh> echo %{q}\n%{q}", "id 5 %{x}\r\n", "5\r\n") == ["id {q} %{x}", "{q}"]
    assert stand_in("kill %{pid}") == "kill {pid}"
    assert stand_in("date +%{x}", verbatim=True) == "date +%{x}"


def test_lines_that_may_come_stand_there_if_they_came() -> None:
    """Those that may come often stand once, and what must be absent is not shown."""
    assert told("nsh> cat\na\nb (?)\nc (*)\nd (absent)", "a\r\nc\r\nc\r\nc\r\n") == ["a", "c"]
    assert told("nsh> cat\na\nb (?)", "a\r\nb\r\n") == ["a", "b"]


def test_two_runs_tell_the_same() -> None:
    """Other values, other widths, other hidden lines, another number of repeated ones."""
    steps = "nsh> ps\n  PID  CMD\n    1  init\n 8187  sh\n...\nx (+)"
    one = told(steps, "  PID  CMD\r\n    1  init\r\n   42  sh\r\nx\r\n")
    other = told(steps, "    PID  CMD\r\n      1  init\r\n4194303  sh\r\nmore\r\nx\r\nx\r\n")
    assert one == other == ["  PID  CMD", "    1  init", " 8187  sh", "...", "x"]


def test_colours_are_the_run_s() -> None:
    """Each word in the colour of the word that stood there."""
    found = take(block("nsh> new uts demo\nuts:[4026532386] x"), "\x1b[35muts:[4026532999]\x1b[0m x\r\n", samples=True)
    assert [tuple(run) for shot in found.shots() for line in shot.output for run in line] == [
        ("uts:[4026532386]", "35"),
        (" x", ""),
    ]


def test_a_block_that_is_never_run_stands_as_the_page_has_it() -> None:
    """Without suffixes, with or without samples."""
    body = block("nsh> reboot\nbye (?)\nno (absent)\n%{q:int}\n...", "norun")
    for samples in (False, True):
        (shot,) = take(body, samples=samples).shots()
        assert [plain(line) for line in shot.output] == ["bye", "{q}", "..."]
        assert not shot.is_played
