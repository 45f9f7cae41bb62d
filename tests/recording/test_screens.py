# SPDX-License-Identifier: MIT
"""A recording on its tape: what a terminal shows of any stream, and when."""

from __future__ import annotations

from itertools import groupby

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nsh.recording.events import Event
from nsh.recording.inks import Style
from nsh.recording.screens import Film, Place, Row, Tape, developed
from tests.recording.reels import pause, reel, session, step

ESC = "\x1b"


def rows_of(film: Film, tape: int = 0) -> list[str]:
    """The text of a tape's lines as they are in the end."""
    last: dict[Place, Row] = {}
    for frame in film.frames:
        last |= frame.rows
    lines = {place.line: text(row) for place, row in last.items() if place.tape == tape}
    return [lines.get(line, "") for line in range(max(lines, default=-1) + 1)]


def text(row: Row) -> str:
    """A line without its styles."""
    return "".join(run.text for run in row).rstrip()


def shown(stream: str, columns: int = 40, rows: int = 6) -> list[str]:
    """The lines that a stream leaves on the first tape, without the empty ones at the end."""
    lines = rows_of(developed(reel(stream, columns=columns, rows=rows)))
    while lines and not lines[-1]:
        lines.pop()
    return lines


def styles(stream: str) -> dict[str, Style]:
    """The style of each run of the first line."""
    film = developed(reel(stream))
    return {run.text: run.style for run in film.frames[-1].rows[Place(0, 0)]}


def test_what_scrolls_off_keeps_its_place_on_the_tape() -> None:
    """Ten lines in a window of four: all are there, and the window is at the last four."""
    film = developed(reel("".join(f"line {number}\r\n" for number in range(10)), rows=4))
    assert rows_of(film) == [*(f"line {number}" for number in range(10)), ""]
    assert film.frames[-1].view == Place(0, 7)


def test_a_program_with_its_own_screen_has_its_own_tape() -> None:
    """Before and after stand together; what vim showed is elsewhere, and the window goes there and back."""
    film = developed(
        reel("before\r\n", f"{ESC}[?1049h{ESC}[2;1Hvim", pause(1), f"{ESC}[?1049l", "after", pause(1), rows=5)
    )
    assert rows_of(film) == ["before", "after"]
    assert rows_of(film, tape=1)[:2] == ["", "vim"]
    assert [tape for tape, _ in groupby(frame.view.tape for frame in film.frames)] == [0, 1, 0]


def test_each_visit_to_the_other_screen_begins_empty() -> None:
    """A second program does not find the first one's text."""
    film = developed(reel(f"{ESC}[?1049hone{ESC}[?1049l{ESC}[?1049h"))
    assert rows_of(film, tape=1)[0] == "one"
    assert "one" not in rows_of(film, tape=2)


@pytest.mark.parametrize(
    ("stream", "lines"),
    [
        pytest.param("a\rb", ["b"], id="carriage return"),
        pytest.param("ab\bc", ["ac"], id="backspace"),
        pytest.param("a\tb", ["a       b"], id="tab"),
        pytest.param(f"one{ESC}[2Jtwo", ["   two"], id="erase the screen"),
        pytest.param(f"{ESC}[3;3Hx{ESC}[Hy", ["y", "", "  x"], id="go anywhere"),
        pytest.param(f"a{ESC}[3b", ["aaaa"], id="repeat"),
        pytest.param(f"{ESC}[2;3r{ESC}[3;1Hone\r\ntwo", ["", "one", "two"], id="scroll a part"),
        pytest.param(f"1\r\n2\r\n3{ESC}[S", ["1", "2", "3"], id="scroll up: the tape keeps it"),
        pytest.param(f"1\r\n2{ESC}[T", ["", "1", "2"], id="scroll down"),
        pytest.param(f"{ESC}(0lqk{ESC}(B", ["┌─┐"], id="line drawing"),
        pytest.param(f"{ESC}7ab{ESC}8c", ["cb"], id="save and restore"),
        pytest.param(f"{ESC}[sab{ESC}[uc", ["cb"], id="the same in ANSI.SYS's way"),
        pytest.param("你好!", ["你好!"], id="wide"),
        pytest.param("e\u0301x", ["e\u0301x"], id="combining"),
        pytest.param("กิ\u0e31x", ["กิ\u0e31x"], id="vowels drawn above"),
        pytest.param("👩\u200d💻x", ["👩💻x"], id="joined emoji"),
        pytest.param("x" * 45, ["x" * 40, "x" * 5], id="longer than the window is wide"),
    ],
)
def test_a_stream_leaves_what_a_terminal_would_show(stream: str, lines: list[str]) -> None:
    """The sequences that programs really use."""
    assert shown(stream) == lines


@pytest.mark.parametrize(
    "sequence",
    [
        f"{ESC}[>4;1m",
        f"{ESC}[?2004h",
        f"{ESC}[?6n",
        f"{ESC}[?5m",
        f"{ESC}[<u",
        f"{ESC}[=1u",
        f"{ESC}[2 q",
        f"{ESC}[!p",
        f"{ESC}[1;2;3;4A",
        f"{ESC}[9J",
        f"{ESC}[9K",
        f"{ESC}[{'9' * 5000}m",
        f"{ESC}[1$r",
        f"{ESC}[?3h",
        f"{ESC}]0;title\x07",
        f"{ESC}]8;;http://x.test/{ESC}\\",
        f"{ESC}]0;never ended{ESC}[0m",
        f"{ESC}P1$r0m{ESC}\\",
        f"{ESC}_apc{ESC}\\",
        f"{ESC}=",
        f"{ESC} F",
        f"{ESC}*B",
        "\x9b31m"[:1],
        "\x00\x01\x7f",
        "\u202e\u200b\u2066",
    ],
)
def test_a_sequence_that_draws_nothing_leaves_nothing(sequence: str) -> None:
    """Neither text nor colour, and what follows is as if it had not been there."""
    assert shown(f"a{sequence}b") in (["ab"], [" b"], ["a", "b"])
    assert set(styles(f"a{sequence}b").values()) == {Style()}


@pytest.mark.parametrize(
    ("numbers", "style"),
    [
        ("1", Style(bold=True)),
        ("2", Style(dim=True)),
        ("3", Style(italic=True)),
        ("4", Style(underline=True)),
        ("4:3", Style(underline=True)),
        ("7", Style(reverse=True)),
        ("9", Style(strike=True)),
        ("1;22", Style()),
        ("31", Style(ink="1")),
        ("97", Style(ink="15")),
        ("44", Style(paper="4")),
        ("103", Style(paper="11")),
        ("31;39", Style()),
        ("38;5;9", Style(ink="9")),
        ("38;5;196", Style(ink="#ff0000")),
        ("48;5;244", Style(paper="#808080")),
        ("38;2;1;2;3", Style(ink="#010203")),
        ("38:2::1:2:3", Style(ink="#010203")),
        ("38:5:196", Style(ink="#ff0000")),
        ("38;2;1;2;3;4", Style(ink="#010203", underline=True)),
        ("38;5;999", Style()),
        ("38;2;1", Style()),
        ("38;9;1", Style()),
        ("5", Style()),
        ("", Style()),
    ],
)
def test_colours_are_read_as_terminals_read_them(numbers: str, style: Style) -> None:
    """SGR in 16, 256 and all colours, with semicolons and with colons."""
    assert styles(f"{ESC}[{numbers}mx") == {"x": style}


def test_a_sequence_that_comes_in_pieces_is_one() -> None:
    """A recording may cut it anywhere."""
    stream = f"{ESC}[1;31mred{ESC}]0;t\x07{ESC}[0m.{ESC}(0q{ESC}(B"
    whole = developed(reel(stream)).frames[-1].rows
    assert developed(reel(*(Event(0.0, "o", character) for character in stream))).frames[-1].rows == whole


def test_what_follows_quickly_is_one_frame_and_a_long_wait_is_cut() -> None:
    """A frame is at least a twentieth of a second, a pause two seconds at most."""
    film = developed(reel("a", Event(0.01, "o", "b"), Event(0.01, "o", "c"), Event(60.0, "o", "d")))
    assert [text(frame.rows[Place(0, 0)]) for frame in film.frames if frame.rows] == ["abc", "abcd"]
    assert film.seconds == pytest.approx(2.12)


def test_steps_begin_at_their_prompt_and_end_with_their_output() -> None:
    """The markers say where, the marks around outputs say until where."""
    film = developed(session(("one", "1\r\n2\r\n"), ("two", "3\r\n"), rows=4))
    assert [(part.label, part.first, part.end) for part in film.parts] == [("host: one", 0, 3), ("host: two", 3, 5)]


def test_a_step_whose_marker_comes_late_begins_with_its_prompt_all_the_same() -> None:
    """`nsh record` knows a command only when it has been typed."""
    film = developed(
        reel(f"news\r\n{ESC}]133;A\x07nsh> ls\r\n", step("ls"), f"a\r\n{ESC}]133;D;0\x07{ESC}]133;A\x07nsh>")
    )
    assert [(part.first, part.end) for part in film.parts] == [(1, 3)]


def test_a_recording_may_change_its_size() -> None:
    """What was there keeps its place; nonsense is passed over."""
    film = developed(reel("one\r\ntwo", Event(0.1, "r", "30x2"), "!", Event(0.1, "r", "0xq"), columns=20, rows=5))
    assert (film.columns, film.rows) == (30, 5)
    assert rows_of(film)[:2] == ["one", "two!"]


def test_a_smaller_window_keeps_the_line_that_is_written_on() -> None:
    """What does not fit any more is above it on the tape."""
    film = developed(reel("1\r\n2\r\n3", Event(0.1, "r", "20x2"), "!", rows=5))
    assert rows_of(film) == ["1", "2", "3!"]
    assert film.frames[-1].view == Place(0, 1)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from([ESC, "[", "]", "?", ";", ":", "1", "38", "2", "m", "h", "H", "r", "J", "L", "S", "P", "\r\n"])
        | st.characters()
        | st.sampled_from(
            [f"{ESC}[?1049h", f"{ESC}[?1049l", "你", "\u0301", f"{ESC}[2;3r", f"{ESC}c", f"{ESC}M", "\x07"]
        ),
        max_size=60,
    )
)
def test_no_stream_breaks_a_tape(pieces: list[str]) -> None:
    """Whatever a program writes: no exception, and each run is as wide as it says."""
    tape = Tape(12, 4)
    for piece in pieces:
        list(tape.feed(piece))
        for row in tape.screen.changed().values():
            ends = [run.column + run.width for run in row]
            assert [run.column for run in row] == [0, *ends][: len(row)]
            assert not ends or ends[-1] <= 12


def test_a_step_that_is_not_there_has_no_marker() -> None:
    """A recording of something else has no steps."""
    assert developed(reel("x")).parts == ()
    assert len(developed(reel("x", step("host: y"))).parts) == 1
