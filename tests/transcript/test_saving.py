# SPDX-License-Identifier: MIT
"""What `save` writes: lines of a session as a page that passes, or that says why a part of it is not played."""

from __future__ import annotations

import pytest

from nsh.errors import NshError
from nsh.transcript import saving
from nsh.transcript.document import Document, Role
from nsh.transcript.judge import Ending, Judge, Observation
from nsh.transcript.outcome import Kind, Outcome, Seen
from nsh.transcript.outside import Options
from nsh.transcript.report import Failure, failure_text
from nsh.transcript.saving import Entry, Page, entry_of, page_of
from nsh.transcript.update import Updater

HEAD = "---\nnsh: 1\ntitle: "


def entry(command: str, *shown: str | None, prompt: str = "nsh>", status: int = 0, seconds: float = 0.0) -> Entry:
    """A line of a sandbox; None is a program's output."""
    return entry_of(prompt, command, list(shown), status, seconds, real=False)


def real(*lines: tuple[str, ...]) -> Page:
    """The page of lines at a real host: command and what nsh showed."""
    return page_of([entry_of("nsh>", line, list(shown), 0, 0.0, real=True) for line, *shown in lines], real=True)


def blocks(page: Page) -> str:
    """The page from its first block on."""
    return page.text().partition(".\n\n")[2]


class Runs:
    """Stands in for the sandbox: a command's answers, one for each time that the page is played."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **answers: list[str | int | Ending | tuple[str, str]]) -> None:
        self.answers = answers
        self.times = 0
        self.kind = Kind.PASSED
        monkeypatch.setattr(saving, "play_document", self.play)

    def play(self, document: Document, mode: str, options: Options) -> Outcome:
        """As the real one: step by step, every wrong line an edit, up to what cannot be one."""
        outcome = Outcome(document.path, mode, self.kind)
        judge = Judge(document, {})
        updater = Updater(document, judge)
        for at, block in enumerate(document.blocks):
            for step_at, step in enumerate(block.steps if block.role is Role.PLAY else ()):
                seen = self._seen(step.command, step.prompt)
                outcome.seen.append(Seen(at, step_at, seen))
                verdict = judge.verdict(block, step, seen)
                failure = Failure(document, block, verdict, judge.bindings)
                if verdict.passed:
                    continue
                if not (edit := updater.edit(block, verdict, failure)):
                    outcome.kind, outcome.text = Kind.FAILED, failure_text(failure)
                    return outcome
                outcome.edits.append(edit)
        self.times += 1
        return outcome

    def _seen(self, command: str, prompt: str) -> Observation:
        answers = self.answers.get(command, [""])
        answer = answers[min(self.times, len(answers) - 1)]
        if isinstance(answer, Ending):
            self.times += 1
            return Observation(prompt, ending=answer, seconds=5.0)
        if isinstance(answer, int):
            return Observation(prompt, status=answer)
        if isinstance(answer, tuple):
            self.times += 1
            return Observation(answer[0], tuple(answer[1].split()))
        return Observation(prompt, tuple(answer.split("\n")) if answer else ())


def test_a_page_of_the_real_host_says_so_and_plays_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """What nsh showed stands there as it was; dots stand for what programs wrote, and that is said."""
    monkeypatch.setattr(saving, "play_document", None)
    page = page_of(
        [
            entry_of("nsh>", "new uts demo", ["demo  pid 12  uts:[4026532386]"], 0, 0.0, real=True),
            entry_of("nsh[demo]>", "ps", [None], 3, 0.0, real=True),
        ],
        real=True,
    )
    text = page.text()
    assert text.startswith(HEAD)
    assert "\nhost: real\n" in text
    assert blocks(page) == ("```nsh\nnsh> new uts demo\ndemo  pid 12  uts:[4026532386]\nnsh[demo]> ps\n...\n[3]\n```\n")
    assert page.notes == ["`...` stands for what programs wrote; `set record on` keeps it from then on"]


def test_what_programs_wrote_comes_from_the_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is played until nothing changes any more; nothing is said where all went as before."""
    runs = Runs(monkeypatch, ps=["a\nb"])
    page = page_of([entry("ps", None), entry("true", None)], real=False)
    assert blocks(page) == "```nsh\nnsh> ps\na\nb\nnsh> true\n```\n"
    assert "\nhost: sandbox\n" in page.text()
    assert (page.notes, runs.times) == ([], 2)


def test_what_changes_each_time_becomes_dots(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the lines that do."""
    Runs(monkeypatch, x=["a\n1\nz", "a\n2\nz", "a\n3\nz"])
    page = page_of([entry("x", None)], real=False)
    assert blocks(page) == "```nsh\nnsh> x\na\n...\nz\n```\n"
    assert page.notes == ["`x` shows something else each time: `...` stands for that"]


def test_more_lines_or_less_each_time_are_all_dots(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no telling which are the same; the status stays."""
    Runs(monkeypatch, x=["a", "a\nb", "c"])
    assert blocks(page_of([entry("x", None)], real=False)) == "```nsh\nnsh> x\n...\n```\n"


def test_another_status_than_in_the_session_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page has the one of the sandbox, as it must pass."""
    Runs(monkeypatch, x=[1])
    page = page_of([entry("x", None)], real=False)
    assert blocks(page) == "```nsh\nnsh> x\n[1]\n```\n"
    assert page.notes == ["`x` ended with 1 when it was played again, here with 0"]


def test_another_answer_of_nsh_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """It was known, and is different now."""
    Runs(monkeypatch, x=["two"])
    page = page_of([entry("x", "one")], real=False)
    assert page.notes == ["`x` showed something else when it was played again"]


def test_what_leads_elsewhere_ends_what_is_played(monkeypatch: pytest.MonkeyPatch) -> None:
    """It and all that follows stand in a block that is not run, and the page says why; what was before is played."""
    Runs(monkeypatch, a=["x"], enter=[("nsh[box]>", "")])
    page = page_of([entry("a", None), entry("enter", None), entry("b", "y")], real=False)
    assert blocks(page) == (
        "```nsh\nnsh> a\nx\n```\n\n"
        "From here on nothing is played: the prompt was nsh[box]> then.\n\n"
        "```nsh norun\nnsh> enter\n...\nnsh> b\ny\n```\n"
    )
    assert page.notes == ["from `enter` on nothing is played: the prompt was nsh[box]> then"]


def test_what_waits_for_keys_is_left_out_and_the_rest_is_played(monkeypatch: pytest.MonkeyPatch) -> None:
    """An editor or a shell: its line stands in the page, by itself."""
    Runs(monkeypatch, a=["x"], vim=[Ending.TIMEOUT], b=["y"])
    page = page_of([entry("a", None), entry("vim", None), entry("b", None)], real=False)
    assert blocks(page) == (
        "```nsh\nnsh> a\nx\n```\n\n"
        "The next line is not played: it does not end by itself.\n\n"
        "```nsh norun\nnsh> vim\n...\n```\n\n"
        "```nsh\nnsh> b\ny\n```\n"
    )
    assert page.notes == ["`vim` is not played: it does not end by itself"]


def test_a_number_that_only_a_program_showed_cannot_be_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody knows what it would be the next time."""
    Runs(monkeypatch)
    page = page_of([entry("ps", None), entry("kill 4711", None)], real=False)
    assert "From here on nothing is played: 4711 is not shown by an earlier output" in page.text()
    assert "```nsh norun\nnsh> kill 4711\n" in page.text()


def test_a_number_that_nsh_showed_can_be_typed() -> None:
    """It stands for what it stood for."""
    page = real(("sleep 9 &", "[1] pid 4711"), ("kill 4711",))
    assert "norun" not in page.text()


def test_a_sandbox_that_breaks_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing can be said of the page then."""
    Runs(monkeypatch).kind = Kind.BROKEN
    with pytest.raises(NshError):
        page_of([entry("a")], real=False)


def test_what_stays_behind_is_not_played(monkeypatch: pytest.MonkeyPatch) -> None:
    """All steps went well, and yet the page would not pass."""
    runs = Runs(monkeypatch)
    played = runs.play

    def leaving(document: Document, mode: str, options: Options) -> Outcome:
        outcome = played(document, mode, options)
        if outcome.seen:
            outcome.kind, outcome.text = Kind.FAILED, "page.md: left behind: x (pid 4012)"
        return outcome

    monkeypatch.setattr(saving, "play_document", leaving)
    page = page_of([entry("a"), entry("b")], real=False)
    assert "From here on nothing is played: page.md: left behind: x (pid 4012)." in page.text()
    assert "```nsh norun\nnsh> a\nnsh> b\n```" in page.text()


def test_what_cannot_be_written_down_is_dots(monkeypatch: pytest.MonkeyPatch) -> None:
    """The lines were wrong, and no edit came of it; where dots do not help either, it is not played."""
    runs = Runs(monkeypatch, a=["x"])
    played = runs.play

    def unwritten(document: Document, mode: str, options: Options) -> Outcome:
        outcome = played(document, mode, options)
        if outcome.seen and (stubborn or "nsh> a\nx\n" in document.text):
            outcome.kind, outcome.text = Kind.FAILED, "page.md:12: session host, step 1/1\n- x\n+ y"
        return outcome

    monkeypatch.setattr(saving, "play_document", unwritten)
    stubborn = False
    page = page_of([entry("a", None)], real=False)
    assert blocks(page) == "```nsh\nnsh> a\n...\n```\n"
    assert page.notes == ["what `a` shows cannot be written down: `...` stands for it"]
    stubborn = True
    assert "```nsh norun\nnsh> a\n...\n```" in page_of([entry("a", None)], real=False).text()


def test_comments_are_the_text_of_the_page() -> None:
    """A line that is only a comment stands between blocks; it begins no block itself."""
    page = real(("# First",), ("a", "x"), ("#then ```nsh <!-- b",), ("b",))
    assert blocks(page) == "First\n\n```nsh\nnsh> a\nx\n```\n\nthen '''nsh <! -- b\n\n```nsh\nnsh> b\n```\n"


@pytest.mark.parametrize(
    ("command", "shown"),
    [
        ("a #: if=root", "x"),
        ("echo '%{x:int}'", "%{x:int}"),
        ("cat page", "```nsh\nnsh> a\n...> b\n[3]\n..."),
        ("echo 'a\nb'", "a\nb"),
        ("echo '#: x'", "#: x (re)"),
    ],
)
def test_whatever_was_typed_and_shown_reads_back_as_itself(command: str, shown: str) -> None:
    """What has a meaning in a page has none when it comes from a session."""
    page = real((command, shown))
    document = page.document()
    ((block,), (step,)) = document.blocks, document.blocks[0].steps
    judge = Judge(document, {})
    assert not page.entries[0].why
    assert judge.command(step).replace("# :", "#:") == command
    assert judge.verdict(block, step, Observation("nsh>", tuple(shown.split("\n")))).passed
    if step.lines:
        assert not judge.verdict(block, step, Observation("nsh>", ("something else",))).passed


def test_a_slow_line_gets_the_time_that_it_needs() -> None:
    """Three times what it took; so does the page as a whole."""
    text = page_of([entry_of("nsh>", "sleep 60", [], 0, 60.0, real=True)], real=True).text()
    assert "nsh> sleep 60  #: timeout=180s\n" in text
    assert "\ntotal: 300s\n" in text
