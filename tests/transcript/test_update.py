# SPDX-License-Identifier: MIT
"""Writing real output into a page: wrong lines only, patterns kept, values turned back into samples."""

from __future__ import annotations

from collections.abc import Mapping

from nsh.transcript.document import Document
from nsh.transcript.judge import Ending, Judge, Observation
from nsh.transcript.report import Failure
from nsh.transcript.update import Edit, Updater, updated
from tests.transcript.page import page, steps


def rewritten(
    document: Document,
    *outputs: str,
    statuses: Mapping[int, int] | None = None,
    alive: Mapping[str, str] | None = None,
    ending: Ending = Ending.DONE,
) -> str:
    """The blocks' text after a run that showed these outputs."""
    judge = Judge(document, {"root": True, "rootless": False})
    updater = Updater(document, judge)
    edits: list[Edit] = []
    for at, ((block, step), output) in enumerate(zip(steps(document), outputs, strict=True)):
        identities: dict[tuple[str, str], str | None] = {("ns", key): name for key, name in (alive or {}).items()}
        lines = tuple(output.split("\n")) if output else ()
        seen = Observation(step.prompt, lines, (statuses or {}).get(at, 0), ending, identities=identities)
        verdict = judge.verdict(block, step, seen)
        if not verdict.passed and (edit := updater.edit(block, verdict, Failure(document, block, verdict))):
            edits.append(edit)
    text = updated(document.text, edits)
    return text.split("```nsh \n", 1)[1].split("\n```")[0]


def test_a_right_page_is_left_alone() -> None:
    """Byte by byte."""
    document = page("nsh> a\nuts:[5000]\n...\nx (?)")
    assert rewritten(document, "uts:[7]\nmore") == "nsh> a\nuts:[5000]\n...\nx (?)"


def test_only_wrong_lines_change() -> None:
    """Patterns that still match are kept."""
    document = page("nsh> a\n\\d+ apples (re)\nold\nb* (glob)\n...")
    assert rewritten(document, "5 apples\nnew\nbbb\ntail") == "nsh> a\n\\d+ apples (re)\nnew\nb* (glob)\n..."


def test_a_missing_line_goes_and_a_new_one_comes() -> None:
    """In its place."""
    assert rewritten(page("nsh> a\none\ntwo\nthree"), "one\nthree\nfour") == "nsh> a\none\nthree\nfour"


def test_values_become_the_samples_that_stand_for_them() -> None:
    """A new line about a known thing says the sample, not the value."""
    document = page("nsh> new uts demo\ndemo  pid 8187  uts:[4026532386]\nnsh> ls\nnothing")
    assert rewritten(document, "demo  pid 28  uts:[99]", "holder 28: pid 28 in uts:[99]").endswith(
        "nsh> ls\nholder 28: pid 8187 in uts:[4026532386]"
    )


def test_new_things_get_samples_of_their_own() -> None:
    """The value itself, or the next free number where the page uses that one for something else."""
    document = page("nsh> a\nuts:[5000]\nnsh> b\nold")
    assert rewritten(document, "uts:[7]", "uts:[8]", alive={"7": "id 1", "8": "id 2"}).endswith("uts:[8]")
    assert rewritten(document, "uts:[7]", "uts:[5000]", alive={"7": "id 1"}).endswith("uts:[5001]")


def test_samples_of_the_lines_that_were_right_are_used_in_the_others() -> None:
    """Also where the same step shows them for the first time."""
    old = "PID PPID CMD\n41 40 bash\n42 40 ps"
    assert rewritten(page(f"nsh> ps\n{old}"), "PID PPID CMD\n71 70 bash\n72 70 less") == (
        "nsh> ps\nPID PPID CMD\n41 40 bash\n72 40 less"
    )


def test_a_new_thing_that_is_shown_twice_has_one_sample() -> None:
    """Within the lines of one step too."""
    assert rewritten(page("nsh> a\nold"), "uts:[7]\nuts:[8] uts:[7]").endswith("uts:[7]\nuts:[8] uts:[7]")


def test_a_number_that_came_back_for_another_thing_is_a_new_sample() -> None:
    """The old sample stands for what is gone."""
    document = page("nsh> a\nuts:[5000]\nnsh> b\nold\nnsh> c\nuts:[5000]")
    text = rewritten(document, "uts:[7]", "uts:[7]", "uts:[7]", alive={})
    assert text.split("nsh> b\n")[1].startswith("uts:[5000]"), "nobody can tell: the sample is kept"


def test_later_steps_are_read_with_the_new_samples() -> None:
    """An update teaches the judge what it wrote."""
    document = page("nsh> a\nold\nnsh> b\nuts:[6]")
    assert rewritten(document, "uts:[6]", "uts:[6]", alive={"6": "id 1"}) == "nsh> a\nuts:[7]\nnsh> b\nuts:[7]"


def test_the_status_is_put_right() -> None:
    """A status comes, changes or goes."""
    document = page("nsh> a\nnsh> b\n[1]\nnsh> c\n[2]\nnsh> d\n[1] (root !)")
    text = rewritten(document, "", "", "", "", statuses={0: 3, 1: 0, 2: 4, 3: 5})
    assert text == "nsh> a\n[3]\nnsh> b\nnsh> c\n[4]\nnsh> d\n[5] (root !)"


def test_lines_that_look_like_patterns_are_written_literally() -> None:
    """A new line must read back as itself."""
    text = rewritten(page("nsh> a\nold"), "wait...\nf (re)\n%{x}\n[1]")
    assert text == "nsh> a\nwait... (eq)\nf (re) (eq)\n%{x} (eq)\n[1] (eq)"


def test_conditional_lines_that_do_not_count_are_kept() -> None:
    """The run as root says nothing about what others see."""
    document = page("nsh> a\n0 (root !)\n1000 (rootless !)")
    assert rewritten(document, "5") == "nsh> a\n5\n1000 (rootless !)"


def test_an_absent_line_that_is_there_goes() -> None:
    """And the real one comes."""
    assert rewritten(page("nsh> a\nsecret (absent)\nb"), "b\nsecret") == "nsh> a\nb\nsecret"


def test_options_and_continuations_of_the_command_are_kept() -> None:
    """The typed lines are copied as they stand in the page."""
    document = page("nsh> bash -c 'echo\n...> b' #: timeout=3s\nold")
    assert rewritten(document, "new") == "nsh> bash -c 'echo\n...> b' #: timeout=3s\nnew"


def test_nothing_is_written_after_a_timeout() -> None:
    """Half an output is no truth."""
    assert rewritten(page("nsh> a\nold"), "ne", ending=Ending.TIMEOUT) == "nsh> a\nold"


def test_the_end_of_the_file_is_kept() -> None:
    """With or without a last newline."""
    assert updated("a\nb\n", [Edit(2, 2, ("c", "d"), "")]) == "a\nc\nd\n"
    assert updated("a\nb", [Edit(1, 1, ("c",), "")]) == "c\nb"
