# SPDX-License-Identifier: MIT
"""`nsh play` from the shell's side: the look round before the talk, and a sane terminal after every end of it."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.program import NSH, Program
from tests.stage.booth import INIT, SHOW, Booth, last_of, named

THREE = """\
---
nsh: 1
title: Three words
---

# Three words

## First

```nsh
nsh> echo one
one
```

## Second

```nsh
nsh> echo two
two
nsh> echo three
three
```
"""

MakeBooth = Callable[..., Booth]


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """A page of three steps."""
    path = tmp_path / "page.md"
    path.write_text(THREE)
    return path


@pytest.fixture
def make_booth(environment: dict[str, str], tmp_path: Path) -> Iterator[MakeBooth]:
    """Shells on terminals of the test's size."""
    booths: list[Booth] = []

    def make(rows: int = 32, columns: int = 120) -> Booth:
        booths.append(Booth(environment, tmp_path, (rows, columns)))
        return booths[-1]

    yield make
    for booth in booths:
        booth.child.close(force=True)


@pytest.fixture
def booth(make_booth: MakeBooth, page: Path) -> Booth:
    """A shell beside the page."""
    return make_booth()


def begun(booth: Booth, words: str = "") -> Booth:
    """A show at its first step."""
    booth.begin(f"play -y --typing instant {words} page.md")
    booth.begun()
    return booth


@pytest.mark.terminal
def test_the_speaker_looks_round_and_begins_with_enter(booth: Booth) -> None:
    """What will be missed is said before, with what to type."""
    booth.begin("play --typing instant page.md")
    booth.see("Enter begins")
    assert "✓ the page: 3 steps" in booth.text
    assert "✓ a sandbox" in booth.text
    assert "✓ the terminal: 120 columns, 32 rows" in booth.text
    assert "! no rehearsal: f will have nothing to show\n      nsh play page.md --rehearse" in booth.text
    assert "✓ the notes: nsh notes, in a second terminal" in booth.text
    booth.press("\r")
    booth.see("Space begins")
    booth.press("q")
    assert booth.end() == 0


@pytest.mark.terminal
@pytest.mark.usefixtures("page")
def test_the_look_round_breaks_no_word_in_a_narrow_window(make_booth: MakeBooth) -> None:
    """Its lines are wrapped between words, below where they begin."""
    booth = make_booth(24, 40)
    booth.begin("play page.md")
    booth.see("Enter begins")
    assert "  ✓ the notes: nsh notes, in a second\n    terminal\n" in booth.text
    booth.press("q\r")
    assert booth.end() == 0


@pytest.mark.terminal
@pytest.mark.parametrize("answer", ["q\r", "\x04"])
def test_the_speaker_may_leave_before_it_begins(booth: Booth, answer: str) -> None:
    """Nothing has been shown."""
    booth.begin("play page.md")
    booth.see("Enter begins")
    booth.press(answer)
    booth.see("ready:")
    booth.see(lambda: "Space begins" not in booth.text and booth.rows[booth.screen.cursor.y].startswith("ready:"))


@pytest.mark.terminal
def test_what_is_missing_is_said_before_it_fails(make_booth: MakeBooth, page: Path) -> None:
    """Programs, and room."""
    page.write_text(THREE.replace("echo three", "no-such-program three"))
    booth = make_booth(20, 80)
    booth.begin("play page.md")
    booth.see("Enter begins")
    assert "! no-such-program is not on PATH" in booth.text
    assert "! the terminal: 80 columns, 20 rows" in booth.text
    booth.press("q\r")
    assert booth.end() == 0


@pytest.mark.terminal
def test_a_page_that_cannot_be_played_here_is_not_begun(booth: Booth, page: Path) -> None:
    """It requires what is not there, and no rehearsal can stand in."""
    page.write_text(THREE.replace("nsh: 1\n", "nsh: 1\nrequires: [kernel>=99]\n"))
    booth.begin("play page.md")
    assert booth.end() == 4
    assert "✗ requires kernel>=99: kernel is " in booth.text
    assert "It cannot be played here." in booth.text


@pytest.mark.terminal
def test_a_rehearsal_stands_in_for_what_the_machine_lacks(booth: Booth, page: Path, nsh: Program) -> None:
    """Said before, and on stage."""
    assert nsh("play", "--rehearse", "page.md").status == 0
    page.write_text(THREE.replace("nsh: 1\n", "nsh: 1\nrequires: [kernel>=99]\n"))
    booth.begin("play --typing instant page.md")
    booth.see("Enter begins")
    assert "was of another version of the page: 3 of 3 steps" in booth.text
    assert "Everything will be shown as it was recorded." in booth.text
    booth.press("\r")
    booth.see("Space begins")
    booth.press(" ")
    booth.see_step(1)
    booth.press(" ")
    booth.see_step(2)
    assert "\none" in booth.text
    booth.leave()
    assert "from the rehearsal: step 1" in booth.text


@pytest.mark.terminal
def test_going_back_makes_a_new_sandbox_behind_the_curtain(booth: Booth) -> None:
    """The shell's screen is never seen in between; the steps before are run again."""
    begun(booth)
    booth.press(" ")
    booth.see_step(2, "✓")
    booth.press(" ")
    booth.see_step(3, "✓")
    before = named(booth.supervisor(), SHOW)
    since = len(booth.raw)
    booth.press("u")
    booth.see_step(2)
    booth.see("\none")
    assert named(booth.supervisor(), SHOW) != before
    assert "1049l" not in booth.raw[since:]
    booth.leave()


@pytest.mark.terminal
@pytest.mark.parametrize("start", [pytest.param("2", marks=pytest.mark.slow), "second"])
def test_a_talk_can_begin_in_the_middle(booth: Booth, start: str) -> None:
    """By the number of a step, or by a heading."""
    booth.begin(f"play -y --typing instant --start {start} page.md")
    booth.see(lambda: "\none" in booth.text and "setting the stage" not in booth.text and "Space next" in booth.status)
    booth.press(" ")
    booth.see_step(3, "✓")
    assert "\none" in booth.text
    booth.leave()


@pytest.mark.terminal
@pytest.mark.parametrize(
    ("name", "number", "status"),
    [
        (SHOW, signal.SIGKILL, 3),
        pytest.param(SHOW, signal.SIGTERM, 3, marks=pytest.mark.slow),
        (INIT, signal.SIGKILL, 3),
        ("", signal.SIGTERM, 143),
        pytest.param("", signal.SIGHUP, 129, marks=pytest.mark.slow),
    ],
)
def test_whoever_is_killed_the_terminal_is_the_shells_again(
    booth: Booth, name: str, number: signal.Signals, status: int
) -> None:
    """And nothing of the show is left."""
    begun(booth)
    booth.press(" ")
    booth.see_step(2, "✓")
    supervisor = booth.supervisor()
    os.kill(named(supervisor, name) if name else supervisor, number)
    assert booth.end() == status
    if name:
        assert "to go on from there: nsh play page.md --start 2" in booth.text


@pytest.mark.terminal
def test_an_interrupt_that_is_no_key_leaves(booth: Booth) -> None:
    """^C is a signal until there is a picture: no mistake of ours, and nothing broke off."""
    begun(booth)
    os.kill(named(booth.supervisor(), SHOW), signal.SIGINT)
    assert booth.end() == 128 + signal.SIGINT
    assert "broke off" not in booth.text


@pytest.mark.terminal
def test_the_screen_is_left_also_when_the_supervisor_is_killed(booth: Booth, tmp_path: Path) -> None:
    """By the process that tells the notes; it ends last."""
    begun(booth)
    os.kill(booth.supervisor(), signal.SIGKILL)
    booth.see("ended with 137")
    booth.see(lambda: last_of(booth.raw, "1049") == "l" and last_of(booth.raw, "25") == "h")
    booth.see(lambda: (tmp_path / "after").exists() and (tmp_path / "after").read_text().endswith("\n"))
    assert (tmp_path / "before").read_text() == (tmp_path / "after").read_text()


@pytest.mark.terminal
def test_the_show_can_be_stopped_and_goes_on(booth: Booth, tmp_path: Path) -> None:
    """The shell has a terminal as ever meanwhile."""
    begun(booth)
    booth.press("\x1a")
    booth.see("Stopped")
    assert last_of(booth.raw, "1049") == "l"
    for moment in ("stopped", "ended"):
        booth.press(f"stty -a > {moment}; echo look''ed\r")
        booth.see("looked\n")
        assert (tmp_path / "before").read_text() == (tmp_path / moment).read_text()
        if moment == "stopped":
            booth.press("clear; fg\r")
            booth.see("1/3 .*First.*Space next")
            booth.press(" ")
            booth.see_step(2, "✓")
            booth.press("q")
            booth.see("q again to quit")
            booth.press("q")
            booth.see(lambda: booth.rows[booth.screen.cursor.y].startswith("ready:"))


@pytest.mark.terminal
@pytest.mark.parametrize("number", [None, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)])
def test_a_page_of_the_real_host_is_played_there_when_that_is_said(
    booth: Booth, page: Path, tmp_path: Path, number: signal.Signals | None
) -> None:
    """Without a sandbox, and all else is the same."""
    page.write_text(
        THREE.replace("nsh: 1", "nsh: 1\nhost: real").replace("echo one\none", f"ls {tmp_path}/page.md\n...")
    )
    begun(booth, "--host")
    booth.press(" ")
    booth.see_step(2, "✓")
    if number:
        os.kill(booth.supervisor(), number)
        assert booth.end() == 128 + number
    else:
        booth.leave()


@pytest.mark.terminal
def test_no_page_is_played_in_a_page(booth: Booth, page: Path) -> None:
    """The sessions of a show say that they are one."""
    page.write_text(THREE.replace("echo one\none", f"{NSH} play /etc/hostname\n...\n[!0]"))
    begun(booth)
    booth.press(" ")
    booth.see("a page is being played here already")
    booth.see_step(2)
    booth.leave()


@pytest.mark.real
@pytest.mark.parametrize(
    ("name", "text", "status", "said"),
    [
        ("none.md", None, 2, "none.md: No such file or directory"),
        ("page.md", THREE, 2, "play wants a terminal, for keys and picture\nhint: without one: nsh test page.md"),
        ("page.md", "# words\n", 2, "page.md:1: a transcript begins with front matter"),
        ("page.md", THREE.replace("nsh: 1", "nsh: 1\nhost: real"), 2, "page.md: changes the real host"),
        (".", None, 2, ".: is a folder"),
    ],
)
def test_what_cannot_be_played_is_refused_in_a_line(
    nsh: Program, name: str, text: str | None, status: int, said: str
) -> None:
    """And what to type instead."""
    if text is not None:
        (nsh.cwd / name).write_text(text)
    done = nsh("play", name)
    assert (done.status, done.out) == (status, "")
    assert done.err.startswith(f"nsh: {said}")
    assert "Traceback" not in done.err


@pytest.mark.real
def test_of_a_folder_only_pages_are_looked_at(nsh: Program) -> None:
    """Whatever else ends in .md there."""
    (nsh.cwd / "a.md").mkdir()
    (nsh.cwd / "b.md").symlink_to("nowhere")
    (nsh.cwd / "c.md").write_text(THREE)
    done = nsh("play", ".")
    assert (done.status, done.err) == (2, "nsh: .: is a folder\nhint: one page of it: nsh play c.md\n")
