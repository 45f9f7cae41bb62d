# SPDX-License-Identifier: MIT
"""Playing a document: the order of things, tries, teardown, what is never sent."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nsh.transcript.alive import Living
from nsh.transcript.document import Document
from nsh.transcript.judge import Ending
from nsh.transcript.play import Played, Player
from nsh.transcript.probes import ProbeBroke
from nsh.transcript.report import failure_text
from nsh.transcript.terminal import Answer
from tests.transcript.page import page

Reply = str | tuple[str, int] | Ending


class Fake:
    """A prompt that answers from a table; it notes what was typed where."""

    def __init__(self, session: str, typed: list[str], replies: Callable[[str], Reply]) -> None:
        self.prompt = "nsh>"
        self.alive = True
        self.ends_well = True
        self._session = session
        self._typed = typed
        self._replies = replies

    def run(self, command: str, timeout: float) -> Answer:
        self._typed.append(f"{self._session}: {command}")
        prompt = self.prompt
        if command.startswith("enter "):
            self.prompt = f"nsh[{command.split()[1]}]>"
        reply = self._replies(command)
        if isinstance(reply, Ending):
            self.alive = reply is Ending.DONE
            return Answer(prompt, (), 0, reply, timeout)
        text, status = reply if isinstance(reply, tuple) else (reply, 0)
        return Answer(prompt, tuple(text.split("\n")) if text else (), status, Ending.DONE, 0.0)

    def close(self) -> bool:
        self._typed.append(f"{self._session}: closed")
        return self.ends_well

    def hand_over(self) -> None:
        self._typed.append(f"{self._session}: handed over")


class Stage:
    """Plays documents on fakes; `typed` is what all of them were told, in order."""

    def __init__(self, replies: Callable[[str], Reply] = lambda command: "") -> None:
        self.typed: list[str] = []
        self.opened: list[Fake] = []
        self._replies = replies

    def play(self, document: Document, mode: str = "root", *, update: bool = False) -> Played:
        return self.player(document, mode, update=update).play()

    def player(self, document: Document, mode: str = "root", *, update: bool = False, to_end: bool = False) -> Player:
        return Player(document, mode, self._open, Living(), update=update, to_end=to_end)

    def _open(self, session: str) -> Fake:
        self.opened.append(Fake(session, self.typed, self._replies))
        return self.opened[-1]


def test_sessions_are_played_in_the_order_of_the_page() -> None:
    """Each has its own terminal, started when it is first wanted, and closed at the end."""
    stage = Stage()
    played = stage.play(page("nsh> a", "session=b|nsh> b", "nsh> c"))
    assert stage.typed == ["host: a", "b: b", "host: c", "host: closed", "b: closed"]
    assert (played.steps, played.failures) == (3, [])


def test_the_first_wrong_step_ends_the_play() -> None:
    """What follows would only be a consequence."""
    stage = Stage(lambda command: "x")
    played = stage.play(page("nsh> a\ny\nnsh> b\nx", "nsh> c\nx"))
    assert stage.typed == ["host: a", "host: closed"]
    assert len(played.failures) == 1


def test_teardown_is_played_whatever_happened() -> None:
    """After a mismatch, after a timeout, after a success; each of its steps is tried."""
    document = page("teardown|nsh> t1\nnsh> t2", "nsh> a")
    for reply in ("", "wrong", ("", 1), Ending.TIMEOUT):

        def replies(command: str, answer: Reply = reply) -> Reply:
            return answer if command == "a" else ("", 1)

        stage = Stage(replies)
        stage.play(document)
        assert stage.typed[1:3] == ["host: t1", "host: t2"]


def test_teardown_gets_a_new_terminal_for_one_that_died() -> None:
    """The old one cannot tidy up any more."""
    stage = Stage(lambda command: Ending.TIMEOUT if command == "a" else "")
    stage.play(page("nsh> a", "teardown|nsh> t"))
    assert stage.typed == ["host: a", "host: t", "host: closed"]
    assert len(stage.opened) == 2


def test_a_failed_teardown_is_a_failure() -> None:
    """Also where everything else went well."""
    stage = Stage(lambda command: ("", 1) if command == "t" else "")
    assert len(stage.play(page("nsh> a", "teardown|nsh> t")).failures) == 1


def test_a_failed_setup_is_told_apart() -> None:
    """It says nothing about the page's subject."""
    stage = Stage(lambda command: ("", 1))
    assert stage.play(page("setup|nsh> s", "nsh> a")).setup_failed
    assert not stage.play(page("nsh> a")).setup_failed


def test_nothing_is_typed_at_another_prompt() -> None:
    """A command means something else in another place."""
    stage = Stage()
    played = stage.play(page("nsh> enter box\nnsh> rm everything"))
    assert stage.typed == ["host: enter box", "host: closed"]
    assert "the prompt is nsh[box]>, not nsh>" in failure_text(played.failures[0])


def test_a_bare_prompt_is_compared_and_not_typed() -> None:
    """It only says where we are."""
    stage = Stage()
    assert not stage.play(page("nsh> enter box\nnsh[box]>")).failures
    assert stage.typed == ["host: enter box", "host: closed"]
    assert stage.play(page("nsh> enter box\nnsh>")).failures


def test_norun_blocks_are_never_played() -> None:
    """They are for readers."""
    stage = Stage()
    stage.play(page("norun|nsh> n", "nsh> a"))
    assert stage.typed == ["host: a", "host: closed"]


def test_conditions_decide_about_blocks_and_steps() -> None:
    """`if=` on a fence and behind a command."""
    document = page("if=root|nsh> r", "if=rootless|nsh> l", "nsh> a #: if=no-root\nnsh> b #: if=root")
    stage = Stage()
    stage.play(document, "root")
    assert stage.typed == ["host: r", "host: b", "host: closed"]
    stage = Stage()
    stage.play(document, "rootless")
    assert stage.typed == ["host: l", "host: a", "host: closed"]


def test_a_page_whose_requirements_do_not_hold_is_skipped_with_the_reason() -> None:
    """Nothing is started."""
    stage = Stage()
    played = stage.play(page("nsh> a", head="requires: [no-root, kernel>=99]\n"))
    assert played.skipped.startswith("requires no-root: root holds; requires kernel>=99: kernel is ")
    assert stage.typed == []


def test_a_probe_that_breaks_is_no_skip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page must not vanish because a probe is wrong."""
    mute = tmp_path / "mute"
    mute.write_text("#!/bin/sh\n")
    mute.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(ProbeBroke, match="does not tell its version"):
        Stage().play(page("nsh> a", head="requires: ['tool:mute>=1']\n"))


def test_a_step_that_is_to_come_true_eventually_is_tried_again() -> None:
    """Until it does, or time is over."""
    answers: Iterator[Reply] = iter([("", 1), "no", "yes"])
    stage = Stage(lambda command: next(answers))
    assert not stage.play(page("nsh> a #: eventually=60s\nyes")).failures
    assert stage.typed.count("host: a") == 3
    stage = Stage(lambda command: "no")
    assert stage.play(page("nsh> a #: eventually=100ms\nyes")).failures
    assert stage.typed.count("host: a") > 1


def test_a_step_without_an_answer_is_not_tried_again() -> None:
    """It would take the whole time once more."""
    stage = Stage(lambda command: Ending.TIMEOUT)
    assert stage.play(page("nsh> a #: eventually=60s\nyes")).failures
    assert stage.typed.count("host: a") == 1


def test_a_dead_session_is_named() -> None:
    """The next step in it fails, and is not typed."""
    stage = Stage(lambda command: Ending.LEFT)
    played = stage.play(page("nsh> quit\nnsh> a"))
    assert "the session has ended" in failure_text(played.failures[0])
    assert stage.typed == ["host: quit", "host: closed"]


def test_a_session_that_does_not_end_is_left_behind() -> None:
    """`quit` must end it."""
    stage = Stage()
    document = page("nsh> a")

    def bad(session: str) -> Fake:
        fake = Fake(session, stage.typed, lambda command: "")
        fake.ends_well = False
        return fake

    played = Player(document, "root", bad, Living()).play()
    assert played.left_behind == ["session host did not end when told to quit"]


def test_the_terminal_of_a_failure_can_be_handed_over() -> None:
    """Before the teardown, so that the state is still there."""
    stage = Stage(lambda command: ("", 1) if command == "a" else "")
    player = stage.player(page("teardown|nsh> t", "nsh> a"))
    player.on_failure = lambda prompt, session: prompt.hand_over()
    player.play()
    assert stage.typed == ["host: a", "host: handed over", "host: t", "host: closed"]


def test_a_sample_that_is_not_known_is_a_bad_page_and_still_torn_down() -> None:
    """Its step was left out by a condition."""
    stage = Stage()
    played = stage.play(page("if=rootless|nsh> echo $$\n8187", "nsh> kill 8187", "teardown|nsh> t"))
    assert played.unbound == [(11, "8187 stands for nothing yet: the step that shows it was skipped")]
    assert stage.typed == ["host: t", "host: closed"]


def test_played_to_its_end_every_step_that_fails_is_told() -> None:
    """So a speaker rehearses: one that wants a value of a failed one too, and of a failed setup there is no end."""
    stage = Stage(lambda command: ("", 1) if command in ("a", "c") else "")
    document = page("nsh> a\nnsh> b", "nsh> c", "if=rootless|nsh> echo $$\n8187", "nsh> kill 8187\nnsh> d")
    played = stage.player(document, to_end=True).play()
    assert [failure.verdict.step.command for failure in played.failures] == ["a", "c"]
    assert [line for line, _ in played.unbound] == [20]
    assert stage.typed == ["host: a", "host: b", "host: c", "host: d", "host: closed"]
    assert "ok, folded" not in failure_text(played.failures[1])
    failed = Stage(lambda command: ("", 1)).player(page("setup|nsh> s", "nsh> a"), to_end=True).play()
    assert [failure.verdict.step.command for failure in failed.failures] == ["s"]


def test_what_was_seen_is_recorded() -> None:
    """For a comparison without another run."""
    stage = Stage(lambda command: ("out", 3))
    played = stage.play(page("nsh> a\nout\n[3]", "session=b|nsh> b\nout\n[3]"))
    seen = [(block, step, item.sent, item.lines, item.status) for block, step, item in played.observations]
    assert seen == [(0, 0, "a", ("out",), 3), (1, 0, "b", ("out",), 3)]


def test_an_update_goes_on_to_the_end() -> None:
    """Each wrong step becomes an edit instead of a failure."""
    stage = Stage(lambda command: f"said {command}")
    played = stage.play(page("nsh> a\nold\nnsh> b\nsaid b\nnsh> c"), update=True)
    assert [edit.lines for edit in played.edits] == [("nsh> a", "said a"), ("nsh> c", "said c")]
    assert played.failures == []


def test_the_time_of_the_whole_page_is_limited() -> None:
    """When it is over a command gets next to no time."""
    given: list[float] = []
    stage = Stage()
    fake = Fake("host", stage.typed, lambda command: "")
    usual = fake.run

    def run(command: str, timeout: float) -> Answer:
        given.append(timeout)
        return usual(command, timeout)

    fake.run = run  # type: ignore[method-assign]
    Player(
        page("nsh> a\nnsh> b #: timeout=3s", head="timeout: 8s\ntotal: 0s\n"), "root", lambda session: fake, Living()
    ).play()
    assert given == [0.1, 0.1]
    given.clear()
    Player(page("nsh> a\nnsh> b #: timeout=3s", head="timeout: 8s\n"), "root", lambda session: fake, Living()).play()
    assert given == [8.0, 3.0]
