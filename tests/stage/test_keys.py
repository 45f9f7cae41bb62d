# SPDX-License-Identifier: MIT
"""What each key does between two steps, on a real terminal with real sessions."""

from __future__ import annotations

import re
from dataclasses import asdict

import pytest

from nsh.stage.orders import AMBER, AUTO, GOOD, INSTANT, MANUAL, QUIT, REBUILD, RECORDED, SKIPPED, Recording
from nsh.transcript.judge import Piece
from tests.stage.conftest import Start
from tests.stage.theatre import Theatre

pytestmark = [pytest.mark.terminal, pytest.mark.once]

FOUR = """\
# A page

Words above.

## First

One and two. <!-- note: slowly -->

```nsh
nsh> echo one
one
nsh> echo two
two
```

## Second

```nsh
nsh> echo three
tree
nsh> echo four
four
```
"""


@pytest.fixture
def show(start: Start) -> Theatre:
    """The page above, at its first step."""
    return start(FOUR).begun()


def test_each_step_is_judged_by_a_tick_or_an_amber_mark_and_no_diff_is_shown(show: Theatre) -> None:
    """The caption changes with the heading; the end is said, and q leaves at once there."""
    assert show.rows[0] == " First"
    show.press(" ")
    show.see_step(2, "✓")
    show.press(" ")
    show.see_step(3, "✓")
    assert show.rows[0] == " Second"
    show.press(" ")
    show.see_step(4, "!")
    assert "tree" not in show.text.replace("three", "")
    show.press(" ")
    show.see("the end")
    show.press("q")
    assert show.end() == 0
    assert show.result().ending == QUIT
    assert show.result().carried.marks == {1: GOOD, 2: GOOD, 3: "amber", 4: GOOD}


def test_manual_typing_is_by_any_key_and_enter_runs(start: Start) -> None:
    """Three characters a key; Backspace takes one back, PageUp, Esc or ^C all; Enter types the rest and runs."""
    show = start(FOUR, typing=MANUAL).begun()
    for back in ("\x1b[5~", "\x1b", "\x03"):
        show.press("x")
        show.see(r"nsh> ech\n.*(.*\n)*.*Esc takes it back")
        show.press(back)
        show.see(r"nsh>\n(.*\n)*.*Space next")
        show.see_step(1)
    show.press("x")
    show.see(r"nsh> ech$|nsh> ech\n")
    show.press("y")
    show.see(r"nsh> echo o\n")
    show.press("\x7f")
    show.see(r"nsh> echo\n")
    assert "one\n" not in show.text
    show.press("\r")
    show.see_step(2, "✓")
    show.press("+", " ")
    show.see(r"nsh> echo\n")
    show.press("z", "z", "z")
    show.see("Enter runs it")
    show.press("\r")
    show.see_step(3, "✓")
    show.leave()


def test_a_step_is_run_again_edited_or_left_out(show: Theatre) -> None:
    """Again: the step at hand stays at hand. Edited: keys go to the real line, ^C drops it, what was run is judged."""
    show.press(" ")
    show.see_step(2, "✓")
    show.press("r")
    show.see(lambda: show.text.count("echo one") == 2 and show.text.count("\none\n") == 2)
    show.see_step(2, "✓")
    show.press("e")
    show.see(lambda: show.text.count("echo two") == 1)
    show.press("\x03")
    show.see_step(2)
    show.press("e")
    show.see(lambda: show.text.count("echo two") == 2)
    show.press("s", "\r")
    show.see(r"\ntwos\n")
    show.see_step(3, "!")
    show.press("s")
    show.see_step(4, "–")
    assert "echo three" not in show.text
    show.leave()
    assert show.result().carried.marks == {1: GOOD, 2: AMBER, 3: SKIPPED}


def test_back_wants_a_fresh_sandbox(show: Theatre) -> None:
    """Who made this one is told where to go on, and what is known so far."""
    show.press(" ")
    show.see_step(2, "✓")
    show.press(" ")
    show.see_step(3, "✓")
    show.press("u")
    assert show.end() == 0
    result = show.result()
    assert (result.ending, result.step) == (REBUILD, 2)
    assert result.carried.marks == {1: GOOD}
    assert result.carried.began is not None


def test_a_rebuilt_show_goes_on_where_it_is_told_to(start: Start) -> None:
    """What comes before has been run, and stands on the screen."""
    show = start(FOUR, start_at=3)
    show.see_step(3, "✓")
    assert re.search(r"nsh> echo one\none\nnsh> echo two\ntwo\nnsh>\n", show.text)
    show.leave()


def test_the_clock_begins_behind_what_is_run_unseen(start: Start) -> None:
    """What `--start` and `g` run before the first step that is shown takes none of the time of the talk."""
    clock = "python3 -c 'import time; print(time.monotonic())'"
    page = f"```nsh\nnsh> {clock}\n...\nnsh> true\nnsh> true\n```\n"
    for show in (start(page, start_at=2), start(page)):
        show.see("Space (begins|next)")
        if show.text.count("Space begins"):
            show.press("g", "2", "\r")
        show.see_step(2, "✓")
        at = re.search(r"\n(\d+\.\d+)\n", show.text)
        show.leave()
        assert at
        assert (show.result().carried.began or 0.0) > float(at[1])


def test_jump_goes_forward_here_and_back_elsewhere(show: Theatre) -> None:
    """The list is filtered by typing, and says where nothing is left; Escape closes it."""
    show.press("g", "z", "z", "z", "\r")
    show.see("go to: zzz .*Esc")
    show.see("no heading and no step has that in it")
    show.press("\x1b")
    show.see(lambda: "go to:" not in show.text)
    show.press("g", "S", "e", "c")
    show.see("go to: Sec")
    show.press("\r")
    show.see_step(3, "✓")
    assert "\ntwo\n" in show.text
    show.press("g", "o", "n", "e", "\r")
    assert show.end() == 0
    assert (show.result().ending, show.result().step) == (REBUILD, 1)


def test_the_list_counts_the_cells_of_wide_letters(start: Start) -> None:
    """A Chinese heading that is too long ends within the list, in dots."""
    show = start(f"# {'主' * 60}\n\n```nsh\nnsh> true\n```\n", size=(24, 80))
    show.see("Space begins")
    show.press("g")
    show.see("go to:")
    show.see(lambda: any(re.search("主 ?…", row) for row in show.rows[3:]))


def test_the_list_of_keys_fits_a_small_window(start: Start) -> None:
    """Each line is whole at 60 by 20, to the last key."""
    show = start("```nsh\nnsh> true\n```\n", size=(20, 60))
    show.see("Space begins")
    show.press("?")
    show.see("q  quit, through the page's teardown")
    assert not [row for row in show.rows[1:-1] if "…" in row]


def test_half_a_line_says_how_it_is_completed(start: Start) -> None:
    """And a line that is typed to its end, that Enter runs it; what runs, that it has the keys."""
    show = start("```nsh\nnsh> sh -c 'echo up; sleep 1000'\n```\n", typing=MANUAL)
    show.see("Space begins")
    show.press(" ")
    show.see("Space next")
    show.press(" ")
    show.see("Enter types the rest")
    show.press(*" " * 10)
    show.see("Enter runs it")
    show.press("\r")
    show.see(r"keys go to it  \^C ends it")
    show.see(r"\nup\n")
    show.press("\x03")
    show.see("r again  Space goes on")


def test_tab_is_a_prompt_of_ones_own(show: Theatre) -> None:
    """Real keys, completion too; Tab on an empty line leads back, and where one came back to is said."""
    show.press("\t")
    show.see("your prompt")
    show.press("echo qu", "it", "\r")
    show.see(r"\nquit\nnsh>\n")
    show.press("new uts bo", "x; enter box\r")
    show.see(r"nsh\[box\]>\n")
    show.press("ls typ", "\t")
    show.see(r"nsh\[box\]> ls types")
    show.press("\x1b[Z")
    show.see(r"this is nsh\[box\]>, the page goes on at nsh>")
    show.press(" ")
    show.see_step(1, "!")
    show.press("\t")
    show.see("your prompt")
    show.press("leave\r")
    show.see(r"\nnsh>\n")
    show.press("\t")
    show.see(lambda: "your prompt" not in show.text)
    show.press("r")
    show.see_step(2, "✓")
    show.leave()


def test_the_recording_of_a_step_is_played_and_says_so(start: Start) -> None:
    """In the pane and in the status line; the real prompt is there again, and goes on."""
    taken = Recording(1, 0, "2026-11-20", (Piece(0.0, "th"), Piece(0.1, "ree\r\n")), "nsh>", 0)
    show = start(FOUR, recordings=[asdict(taken)]).begun()
    show.press("f")
    show.see("no recording of this step")
    show.press("g", "S", "e", "c", "\r")
    show.see_step(3)
    show.press("f")
    show.see(r"nsh> echo three   recorded 2026-11-20\nthree\nnsh>\n")
    show.see_step(4, "▶")
    show.press(" ")
    show.see(r"nsh> echo four\nfour\nnsh>\n")
    show.see_step(4, "✓")
    show.press("q")
    assert show.end() == 0
    assert show.result().carried.marks[3] == RECORDED


def test_help_blank_typing_and_speed(show: Theatre) -> None:
    """Any key closes help, and lights the screen again; in auto one key types and runs. Nothing but q quits: not ^C."""
    show.press("\x03")
    show.see("q quits")
    show.press("\x1b")
    show.press("q")
    show.see("q again to quit")
    show.press("x")
    show.see(lambda: "q again" not in show.text)
    show.press("?")
    show.see("any key")
    show.press(" ")
    show.see(lambda: "any key" not in show.text)
    show.press("b")
    show.see(lambda: not show.text.strip())
    show.press("b")
    show.see_step(1)
    show.press("t")
    show.see("manual")
    show.press("+")
    show.see("4 characters a key")
    show.press("-", "-")
    show.see("2 characters a key")
    show.press("t", " ")
    show.see_step(2, "✓")
    show.leave()


def test_a_command_that_types_itself_can_be_taken_back(start: Start) -> None:
    """By ^C, for one, which is meant for what is typed when nothing runs."""
    show = start(f"```nsh\nnsh> true {'x' * 400}\n```\n", typing=AUTO).begun()
    show.press(" ")
    show.see("nsh> true xx")
    show.press("\x03")
    show.see(r"nsh>\n(.*\n)*.*Space next")
    show.see_step(1)
    show.leave()


def test_keys_go_to_a_command_while_it_runs(start: Start) -> None:
    """Also ^C."""
    show = start(
        "```nsh\nnsh> bash -c 'read -p name: x; echo got $x; exec sleep 1000'\n...\n[!0]\nnsh> true\n```\n"
    ).begun()
    show.press(" ")
    show.see(r"\nname:")
    show.press("q", " ", "me", "\r")
    show.see("got q me")
    show.press("\x03")
    show.see_step(2, "✓")
    show.leave()


def test_a_step_without_answer_offers_a_way_on(start: Start) -> None:
    """Once its time is up: again, the recording, or leave it."""
    show = start("```nsh timeout=500ms\nnsh> sleep 1000\nnsh> true\n```\n").begun()
    show.press(" ")
    show.see("no answer for 0.5 s")
    show.press("s")
    show.see_step(2)
    show.see(lambda: "2/2" in show.status)
    show.leave()


def test_what_is_not_shown_is_no_step_that_went_wrong(start: Start) -> None:
    """A teardown that wants a value of a step which was left out is passed over, and marks no step."""
    page = "```nsh\nnsh> echo 7\n%{n:int}\nnsh> true\n```\n```nsh teardown\nnsh> echo %{n}\n...\n```\n"
    show = start(page).begun()
    show.press("s")
    show.see_step(2, "–")
    show.leave()
    assert show.result().carried.marks == {1: SKIPPED}


def test_no_sequence_of_a_program_breaks_the_show(start: Start) -> None:
    """Those that no terminal knows draw nothing, and what stands behind an invisible character is shown."""
    line = r"printf '\033[1;2D\033[?5K\033[9Jo\342\200\215k\n'"
    show = start(f"```nsh\nnsh> {line}\n...\nnsh> true\n```\n").begun()
    show.press(" ")
    show.see(r"\nok\n")
    show.see_step(2, "✓")
    show.leave()


def test_two_sessions_are_two_labelled_panes(start: Start) -> None:
    """Side by side first; p changes that."""
    page = "```nsh\nnsh> echo here\nhere\n```\n```nsh session=second\nnsh> echo there\nthere\n```\n"
    show = start(page, typing=INSTANT).begun()
    show.see("─ host ─.*│─ second ─")
    assert {row.index("│") for row in show.rows if "│" in row} == {60}
    show.press(" ")
    show.see_step(2, "✓")
    show.press(" ")
    show.see("the end")
    row = next(row for row in show.rows if "here" in row and "echo" not in row)
    assert re.match(r"here +│there", row)
    show.press("p")
    show.see(lambda: "─ host" not in show.text and "there" in show.text)
    show.press("p", "p")
    show.see(lambda: "│" not in show.text and "─ host" in show.text and "─ second" in show.text)
    show.press("q")
    assert show.end() == 0


@pytest.mark.parametrize(("typing", "keys"), [(INSTANT, " \x03"), (MANUAL, "x\r\x03")])
def test_an_interrupt_in_the_same_breath_as_the_key_that_runs_is_not_lost(start: Start, typing: str, keys: str) -> None:
    """^C that comes before the prompt has taken the line is kept until the command runs, and ends it."""
    show = start("```nsh\nnsh> sleep 1000\nnsh> true\n```\n", typing=typing).begun()
    show.press(keys)
    show.see("r again  Space goes on")
    show.leave()
