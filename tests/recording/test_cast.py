# SPDX-License-Identifier: MIT
"""Recordings as files: asciicast v3 by its rules, v2 by the real asciinema, and what is no recording."""

from __future__ import annotations

import json
import shutil
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pexpect
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nsh.errors import UsageError
from nsh.recording.cast import LARGEST, parse_cast, read_cast, written
from nsh.recording.events import Event, Reel
from nsh.recording.reel import reel_of
from tests.program import TIMEOUT
from tests.recording.asciicast import problems
from tests.recording.runs import block, take

pytestmark = pytest.mark.once

HEAD = '{"version": 3, "term": {"cols": 80, "rows": 24}}\n'
HEAD_2 = '{"version": 2, "width": 80, "height": 24}\n'
SECONDS = st.integers(0, 10**7).map(lambda milliseconds: milliseconds / 1000)
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
EVENT = st.one_of(
    st.builds(Event, SECONDS, st.sampled_from(["o", "m"]), TEXT),
    st.builds(Event, SECONDS, st.just("r"), st.sampled_from(["80x24", "1x1", "200x50"])),
)
PALETTE = ":".join(["#00aaff"] * 8)
REEL = st.builds(
    Reel,
    st.integers(1, 1000),
    st.integers(1, 1000),
    st.lists(EVENT, max_size=8).map(tuple),
    TEXT,
    TEXT,
    st.one_of(st.none(), st.integers(0, 2**33)),
    term=st.sampled_from(["", "xterm-256color"]),
    theme=st.sampled_from([{}, {"fg": "#ffffff", "bg": "#000000", "palette": PALETTE}]),
    idle_time_limit=st.one_of(st.none(), st.floats(0, 100)),
)


def read(text: str) -> Reel:
    """The recording that a text is."""
    return parse_cast(text.encode(), "x.cast")


def demo() -> Reel:
    """What an export makes of a small page."""
    steps = "nsh> echo äöü 漢字\näöü 漢字\nnsh> false\n[1]\nnsh> true"
    return reel_of(take(block(steps), "\x1b[31mäöü\x1b[0m 漢字\r\n", ("", 1), ""))


@given(REEL)
@example(Reel(80, 24, (Event(0.0, "o", "\u2028\x7f\x9b\U0001f600\x1b[0m"),)))
def test_v3_keeps_the_published_rules(reel: Reel) -> None:
    """Required attributes, types, milliseconds, and all that cannot be printed as an escape."""
    assert problems(written(reel)) == []


def test_an_export_keeps_the_published_rules() -> None:
    """With its comments, markers and its exit, which is the last event."""
    text = written(demo())
    assert problems(text) == []
    assert json.loads(text.split("\n")[0]) == {
        "version": 3,
        "term": {"cols": 80, "rows": 24, "type": "xterm-256color"},
        "title": "A talk",
        "command": "nsh play talk.md",
        "idle_time_limit": 2.0,
        "env": {"TERM": "xterm-256color"},
    }
    assert "\n# step 2 talk.md:8 ok\n[" in text
    assert text.endswith('[2.000, "x", "0"]\n')


def close(one: Reel, other: Reel) -> bool:
    """Do both say the same, to the millisecond?"""
    return written(one) == written(other) and [event[1:] for event in one.events] == [e[1:] for e in other.events]


@given(REEL)
def test_what_is_written_reads_back(reel: Reel) -> None:
    """In v3 and in v2; an environment with nothing but TERM is all there is of one."""
    assert close(read(written(reel)), reel)
    assert close(read(written(reel, 2)), reel)


def test_v3_to_v2_to_v3_loses_the_exit_and_the_comments_only() -> None:
    """v2 has neither."""
    reel = demo()
    again = read(written(read(written(read(written(reel)), 2))))
    assert written(again) == written(replace(reel, events=reel.events[:-1], comments={}))


@given(st.lists(st.floats(0, 0.01), min_size=1, max_size=200))
def test_rounding_does_not_add_up(intervals: list[float]) -> None:
    """The sum of what is written is the time that passed, to a millisecond."""
    reel = Reel(80, 24, tuple(Event(interval, "o", "x") for interval in intervals))
    said = sum(event.interval for event in read(written(reel)).events)
    assert abs(said - sum(intervals)) <= 0.0006


def test_what_is_left_out_leaves_its_time() -> None:
    """What was typed, and codes of a later version, are not kept; the next event comes when it came."""
    text = HEAD + '[1.0, "i", "secret"]\n[0.5, "z", "later"]\n[0.25, "o", "x"]\n'
    assert read(text).events == (Event(1.75, "o", "x"),)
    text = HEAD_2 + '[1.0, "i", "secret"]\n[1.75, "o", "x"]\n[1.5, "o", "late"]\n[2.0, "o", "y"]\n'
    assert read(text).events == (Event(1.75, "o", "x"), Event(0.0, "o", "late"), Event(0.25, "o", "y"))


def test_comments_stay_with_their_events() -> None:
    """Those behind the last event are dropped, as are empty lines."""
    text = HEAD + '# one\n[1.0, "o", "x"]\n\n#two\n[1.0, "m", ""]\r\n# end\n'
    assert read(text).comments == {0: "one", 1: "two"}


def test_an_environment_is_not_taken_over() -> None:
    """Names of machines and users stand in it."""
    text = HEAD_2.replace("}", ', "env": {"TERM": "dumb", "USER": "eve", "SHELL": "/home/eve/sh"}}') + '[0, "o", "x"]\n'
    assert "eve" not in written(read(text))
    assert read(text).term == "dumb"


def test_half_a_character_is_not_written() -> None:
    """A lone surrogate cannot be UTF-8."""
    assert read(written(Reel(80, 24, (Event(0.0, "o", "a\udc80b"),)))).events == (Event(0.0, "o", "a\ufffdb"),)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "1: not JSON"),
        ("hello\n", "1: not JSON"),
        ("[]\n", "1: no recording"),
        ('{"version": 1, "width": 80, "height": 24, "stdout": []}\n', "1: asciicast version 1 is not known"),
        ('{"version": true}\n', "1: asciicast version true is not known"),
        ('{"version": 3}\n', "1: cols in the header is no number from 1 to 1000"),
        ('{"version": 3, "term": []}\n', "1: term in the header is no object"),
        ('{"version": 3, "term": {"cols": 80, "rows": 0}}\n', "1: rows in the header"),
        ('{"version": 2, "width": 1e9, "height": 24}\n', "1: width in the header"),
        ('{"version": 2, "width": 100000, "height": 24}\n', "1: width in the header"),
        ('{"version": 2, "width": 80, "height": 24, "title": 1}\n', "1: title is no string"),
        ('{"version": 2, "width": 80, "height": 24, "timestamp": 1e400}\n', "1: timestamp is no number"),
        (f'{{"version": 2, "width": 80, "height": 24, "timestamp": {"9" * 400}}}\n', "1: timestamp is no number"),
        ("[" * 100_000, "1: not JSON"),
        (HEAD + "nonsense\n", "2: not JSON"),
        (HEAD + "{}\n", "2: an event is"),
        (HEAD + '[1.0, "o"]\n', "2: an event is"),
        (HEAD + '# fine\n[1.0, "o", "x"]\n[1.0, "o", 1]\n', "4: code and data of an event are strings"),
        (HEAD + '[-1, "o", "x"]\n', "2: the time of an event is no number"),
        (HEAD + '["1", "o", "x"]\n', "2: the time of an event is no number"),
        (HEAD + '[true, "o", "x"]\n', "2: the time of an event is no number"),
        (HEAD + '[NaN, "o", "x"]\n', "2: not JSON"),
        (HEAD + '[Infinity, "o", "x"]\n', "2: not JSON"),
        (HEAD + '[1e308, "o", "x"]\n', "2: the time of an event is no number"),
        (HEAD + f'[{"9" * 5000}, "o", "x"]\n', "2: not JSON"),
        (HEAD + '[1, "o", "\\ud800"]\n', "2: not JSON"),
        (HEAD + '[1, "r", "80"]\n', "2: a new size is COLUMNSxROWS"),
        (HEAD + '[1, "r", "99999x1"]\n', "2: a new size is COLUMNSxROWS"),
        (HEAD + '[1, "x", "ok"]\n', "2: an exit status is a number"),
    ],
    ids=range(29),
)
def test_what_is_no_recording_is_refused_with_its_line(text: str, why: str) -> None:
    """In one line that says what is wrong; never a traceback."""
    with pytest.raises(UsageError) as refused:
        read(text)
    assert refused.value.message.startswith(f"x.cast:{why}")
    assert "\n" not in refused.value.message


def test_bytes_that_are_no_text_are_refused() -> None:
    """With the line."""
    with pytest.raises(UsageError, match=r"^x\.cast:2: not UTF-8$"):
        parse_cast(HEAD.encode() + b'[1, "o", "\xff"]\n', "x.cast")


@given(st.binary(max_size=60))
def test_no_bytes_are_a_traceback(data: bytes) -> None:
    """Each file is a recording or is refused."""
    for head in ("", HEAD, HEAD_2):
        with suppress(UsageError):
            parse_cast(head.encode() + data, "x.cast")


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    """None there, a folder, one without an end."""
    for path, why in (
        (tmp_path / "no.cast", "No such file"),
        (tmp_path, "Is a directory"),
        (Path("/dev/zero"), "64 MiB"),
    ):
        with pytest.raises(UsageError, match=why):
            read_cast(path)
    assert LARGEST == 64 << 20


needs_asciinema = pytest.mark.skipif(shutil.which("asciinema") is None, reason="asciinema is not installed")


def watched(tmp_path: Path, *argv: str) -> str:
    """What the real asciinema writes to a terminal. Its own Python is the system's: nothing of ours reaches it."""
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "LANG": "C.UTF-8", "TERM": "xterm-256color"}
    child = pexpect.spawn(
        "asciinema", list(argv), env=environment, timeout=TIMEOUT, dimensions=(24, 200), encoding="utf-8"
    )
    shown: str = child.read()
    child.close()
    assert child.exitstatus == 0, shown
    return shown


@needs_asciinema
@pytest.mark.terminal
@pytest.mark.parametrize("argv", [["cat"], ["play", "--speed", "500"]], ids=["cat", "play"])
def test_the_real_asciinema_plays_v2(argv: list[str], tmp_path: Path) -> None:
    """What it writes to the terminal is what the events say, byte for byte."""
    path = tmp_path / "demo.cast"
    path.write_text(written(demo(), 2))
    stream = "".join(event.data for event in demo().events if event.code == "o")
    shown = watched(tmp_path, *argv, str(path))
    assert shown.replace("\r\r\n", "\r\n") == stream  # the terminal's own line discipline writes \\r\\n for \\n
