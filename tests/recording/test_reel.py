# SPDX-License-Identifier: MIT
"""A take as events: what is typed, when, and what stands around it."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from nsh.recording.events import Reel
from nsh.recording.reel import reel_of
from nsh.recording.rhythm import LONGEST_LINE, LONGEST_PAUSE, Rhythm, reading
from nsh.transcript.normal import without_escapes
from tests.recording.runs import block, take

MARK = re.compile(r"\x1b\]133;([A-D])(?:;(\d+))?;aid=[0-9a-f]{16}\x07")


def stream(reel: Reel) -> str:
    """All output."""
    return "".join(event.data for event in reel.events if event.code == "o")


def text(reel: Reel) -> str:
    """All that is read."""
    return without_escapes(stream(reel)).replace("\r\n", "\n")


def test_a_reel_shows_prompts_what_is_typed_and_what_comes() -> None:
    """In the order of the page, the next prompt at once behind an output."""
    reel = reel_of(take(block("nsh> uname\nLinux\nnsh> hostname\nhost"), "Linux\r\n", "host\r\n"))
    assert text(reel) == "nsh> uname\nLinux\nnsh> hostname\nhost\n"
    assert [event.data for event in reel.events if event.code == "m"] == ["host: uname", "host: hostname"]
    assert reel.events[-1][1:] == ("x", "0")
    at = [number for number, event in enumerate(reel.events) if event.code == "m"]
    assert reel.comments == {at[0]: "step 1 talk.md:6 ok", at[1]: "step 2 talk.md:8 ok"}


def test_marks_stand_around_prompt_input_and_output() -> None:
    """OSC 133, as the prompt itself writes them: a terminal can jump from prompt to prompt in a recording, too."""
    reel = reel_of(take(block("nsh> false\n[1]\nnsh> true"), ("", 1), ""))
    assert "".join(f"{kind}{status}" for kind, status in MARK.findall(stream(reel))) == "ABCD1ABCD0"


def test_the_prompt_after_a_failure_is_red() -> None:
    """As at the real prompt; after setup that is not shown, too."""
    reel = reel_of(take(block("nsh> false\n[1]", "setup") + block("nsh> true\nnsh> true"), ("", 1), "", ""))
    assert stream(reel).count("\x1b[1;31m>") == 1


def test_every_key_is_an_event_and_all_keys_are_the_command() -> None:
    """Colours begin with the first letter of a word and end with its last."""
    reel = reel_of(take(block("nsh> new uts demo"), ""))
    keys = [event.data for event in reel.events if event.code == "o"][1:-2]
    assert [without_escapes(key) for key in keys] == list("new uts demo")
    assert "".join(keys) == "\x1b[32mnew\x1b[0m \x1b[35muts\x1b[0m \x1b[1mdemo\x1b[0m"


def test_a_place_that_the_page_makes_is_coloured_as_one() -> None:
    """No session is asked: what the page says is enough."""
    reel = reel_of(take(block("nsh> new uts demo\nnsh> demo hostname"), "", ""))
    assert "\x1b[1mdemo\x1b[0m \x1b[94mhostname\x1b[0m" in stream(reel)


def test_two_sessions_are_told_apart() -> None:
    """By a line where the terminal changes, and in the markers; a page of one session has no such line."""
    body = block("nsh> uname\nLinux") + block("nsh> hostname\nhost", "session=second")
    reel = reel_of(take(body, "Linux\r\n", "host\r\n"))
    assert text(reel) == "── terminal: host ──\nnsh> uname\nLinux\n── terminal: second ──\nnsh> hostname\nhost\n"
    assert [event.data for event in reel.events if event.code == "m"] == ["host: uname", "second: hostname"]


def test_setup_and_teardown_are_not_shown_and_norun_is() -> None:
    """What is never run stands as the page has it, and the comment says so."""
    body = block("nsh> true", "setup") + block("nsh> reboot\nbye", "norun") + block("nsh> true", "teardown")
    reel = reel_of(take(body, "", ""))
    assert text(reel) == "nsh> reboot\nbye\n"
    assert list(reel.comments.values()) == ["step 1 talk.md:9 not run"]


def test_several_lines_are_typed_behind_their_prompts() -> None:
    """The marker is the first of them."""
    reel = reel_of(take(block("nsh> bash -c 'echo a\n...> echo b'\na\nb"), "a\r\nb\r\n"))
    assert text(reel) == "nsh> bash -c 'echo a\n...> echo b'\na\nb\n"
    assert [event.data for event in reel.events if event.code == "m"] == ["host: bash -c 'echo a …"]


def test_a_bare_prompt_is_shown_once() -> None:
    """It says where we are; nothing is typed at it."""
    reel = reel_of(take(block("nsh> true\nnsh>"), "", ""))
    assert text(reel) == "nsh> true\nnsh> "
    assert [event.data for event in reel.events if event.code == "m"] == ["host: true"]


def test_the_terminal_is_as_wide_as_its_longest_line_needs() -> None:
    """At least 80 columns, at most 200; wide characters take two (UAX #11)."""
    assert reel_of(take(block("nsh> true"), "")).columns == 80
    assert reel_of(take(block("nsh> cat\n..."), "x" * 99 + "\r\n")).columns == 99
    assert reel_of(take(block("nsh> cat\n..."), "漢" * 60 + "\r\n")).columns == 120
    assert reel_of(take(block("nsh> cat\n..."), "x" * 500 + "\r\n")).columns == 200
    assert reel_of(take(block("nsh> true"), ""), columns=60, rows=10).columns == 60


def test_the_machine_s_own_times_and_pieces_are_not_in_it() -> None:
    """The same page and the same output give the same reel."""
    body = block("nsh> uname\nLinux")
    assert reel_of(take(body, "Linux\r\n")) == reel_of(take(body, "Linux\r\n" + " " * 200 + "\r"))


@given(st.text(min_size=1, max_size=300), st.integers(1, 50))
def test_typing_is_human_and_never_slow(typed: str, number: int) -> None:
    """A time for each character, each of a person, and none of a long line's."""
    times = list(Rhythm("seed", number).typing(typed))
    assert len(times) == len(typed)
    assert all(0 <= time <= 0.2 for time in times)
    assert sum(times) <= LONGEST_LINE + 0.001 * len(times)
    assert times == list(Rhythm("seed", number).typing(typed))


def test_the_rhythm_is_the_page_s() -> None:
    """Another page, or another step, is typed in another rhythm."""
    times = {tuple(Rhythm(seed, number).typing("hostname")) for seed in ("a", "b") for number in (1, 2)}
    assert len(times) == 4


def test_a_longer_output_is_read_longer_up_to_a_limit() -> None:
    """Players cut what is longer."""
    assert reading(0) < reading(3) < reading(100) == LONGEST_PAUSE
