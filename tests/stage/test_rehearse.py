# SPDX-License-Identifier: MIT
"""The rehearsal: what each step showed is kept, and found again for the steps that are still the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from nsh.recording.cast import read_cast
from nsh.stage.rehearsal import read_tape
from nsh.transcript.parse import read_document
from tests.program import Done, Program

pytestmark = [pytest.mark.real, pytest.mark.once]

PAGE = """\
---
nsh: 1
title: Words
---

```nsh
nsh> echo one
one
nsh> bash -c 'printf two; exit 2'
two
[2]
```

```nsh session=other
nsh> echo one
one
```
"""


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """The page above."""
    path = tmp_path / "words.md"
    path.write_text(PAGE)
    return path


def shown(page: Path) -> dict[tuple[int, int], str]:
    """What the tape has for each step of the page as it is now."""
    tape = read_tape(page.with_suffix(".cast"), read_document(page))
    assert tape is not None
    return {(each.block, each.step): "".join(piece.text for piece in each.pieces) for each in tape.recordings}


REHEARSED: dict[str, Done] = {}
"""The tape of the page above → what was said when it was made: one rehearsal is enough for who only reads."""


@pytest.fixture
def rehearsal(nsh: Program, page: Path) -> Done:
    """The page above has its tape beside it."""
    tape = page.with_suffix(".cast")
    if not REHEARSED:
        done = nsh("play", "--rehearse", page.name)
        REHEARSED[tape.read_text()] = done
    ((text, done),) = REHEARSED.items()
    tape.write_text(text)
    return done


def test_a_rehearsal_keeps_what_each_step_showed(rehearsal: Done, page: Path) -> None:
    """With status and date, beside the page."""
    assert (rehearsal.status, rehearsal.out) == (0, "")
    assert rehearsal.err.startswith("nsh: words.cast: 3 steps, ")
    assert {place: text.strip() for place, text in shown(page).items()} == {(0, 0): "one", (0, 1): "two", (1, 0): "one"}
    tape = read_tape(page.with_suffix(".cast"), read_document(page))
    assert tape is not None
    assert [each.status for each in tape.recordings] == [0, 2, 0]
    assert (tape.is_current, tape.steps) == (True, 3)


@pytest.mark.usefixtures("rehearsal")
def test_the_tape_is_a_recording_for_every_player(page: Path) -> None:
    """A marker for each step, its prompt and command, then what it showed."""
    reel = read_cast(page.with_suffix(".cast"))
    assert [event.data for event in reel.events if event.code == "m"] == [
        "host: echo one",
        "host: bash -c 'printf two; exit 2'",
        "other: echo one",
    ]
    assert "".join(event.data for event in reel.events if event.code == "o").startswith("nsh> echo one\r\none\r\n")
    assert (reel.title, reel.command) == ("Words", "nsh play words.md --rehearse")


@pytest.mark.usefixtures("rehearsal")
def test_steps_that_are_the_same_are_found_after_a_change_of_the_page(page: Path) -> None:
    """By session, prompt and command, wherever they stand now."""
    page.write_text(
        PAGE.replace("nsh> bash -c 'printf two; exit 2'\ntwo\n[2]\n", "nsh> echo new\nnew\nnsh> echo one\none\n")
    )
    assert set(shown(page)) == {(0, 0), (1, 0)}
    tape = read_tape(page.with_suffix(".cast"), read_document(page))
    assert tape is not None
    assert (tape.is_current, tape.steps) == (False, 4)


def test_all_steps_that_fail_are_named_and_the_others_are_kept(nsh: Program, page: Path) -> None:
    """Until there is a better tape, which a worse one does not replace."""
    worse = PAGE.replace("\ntwo\n", "\nthree\n")
    page.write_text(worse.replace("one\n```\n", "four\n```\n"))
    done = nsh("play", "--rehearse", "words.md")
    assert done.status == 1
    assert "words.md:10" in done.err
    assert "words.md:16" in done.err
    assert "nsh: words.cast: the 1 step that went well; not as the page says: lines 9, 15; mend the page" in done.err
    assert set(shown(page)) == {(0, 0)}
    page.write_text(PAGE)
    assert nsh("play", "--rehearse", "words.md").status == 0
    assert len(shown(page)) == 3
    page.write_text(worse)
    assert "left as it was" in nsh("play", "--rehearse", "words.md").err
    assert len(shown(page)) == 3


def test_on_the_real_host_nothing_is_run_behind_a_step_that_fails(nsh: Program, page: Path) -> None:
    """The steps were written for a machine on which that one went well; in a sandbox that does no harm."""
    made = page.parent / "made"
    real = PAGE.replace("nsh: 1", "nsh: 1\nhost: real").replace("\none\n", "\nfour\n", 1)
    page.write_text(real.replace("bash -c 'printf two; exit 2'", f"touch {made}"))
    done = nsh("play", "--rehearse", "--host", "words.md")
    assert done.status == 1
    assert "words.md:9" in done.err
    assert not made.exists()


def test_what_must_not_be_seen_is_not_on_the_tape(nsh: Program, page: Path) -> None:
    """The front matter says what."""
    page.write_text(PAGE.replace("title: Words\n", "title: Words\nredact: ['re:tw.', one]\n"))
    assert nsh("play", "--rehearse", "--tape", "other.cast", "words.md").status == 0
    text = (page.parent / "other.cast").read_text()
    assert "two" not in text
    assert "one" not in text
    assert not page.with_suffix(".cast").exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("precious", "nsh: words.cast:1: not JSON"),
        ('{"version": 3, "term": {"cols": 80, "rows": 24}}\n', "is a recording, but of no rehearsal"),
    ],
)
def test_another_file_is_not_replaced_by_a_tape(nsh: Program, page: Path, text: str, said: str) -> None:
    """It may be a recording that somebody made."""
    page.with_suffix(".cast").write_text(text)
    done = nsh("play", "--rehearse", "words.md")
    assert done.status == 2
    assert said in done.err
    assert page.with_suffix(".cast").read_text() == text


def test_a_tape_that_cannot_be_written_is_known_before_the_rehearsal(nsh: Program, page: Path) -> None:
    """Nothing is played for nothing."""
    done = nsh("play", "--rehearse", "--tape", "no/such/place.cast", "words.md")
    assert (done.status, done.err) == (1, "nsh: no/such/place.cast: No such file or directory\n")
    assert nsh("play", "--rehearse", "--tape", "words.md", "words.md").status == 2
    assert page.read_text() == PAGE


@pytest.mark.parametrize(
    "change",
    [
        ("{", "}"),
        ("{", '{"deep": ' + "[" * 100_000),
        ('"block": ', '"block": "x", "b": '),
        ('"command": "', '"command": "0'),
    ],
)
@pytest.mark.usefixtures("rehearsal")
def test_a_tape_that_somebody_changed_gives_what_it_can(page: Path, change: tuple[str, str]) -> None:
    """Comments that are none of ours are passed over."""
    tape = page.with_suffix(".cast")
    head, comment, rest = tape.read_text().split("\n", 2)
    tape.write_text("\n".join([head, comment.replace(*change), rest]))
    assert set(shown(page)) == {(0, 1), (1, 0)}
