# SPDX-License-Identifier: MIT
"""tour: eight steps, each done by what has changed."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from nsh.session.tour import STEPS
from tests.program import Program, Shell

pytestmark = pytest.mark.real


def walk(nsh: Program, *lines: str) -> list[str]:
    """What the tour says to these lines, at a plain prompt in a sandbox."""
    done = nsh("--sandbox", "-i", "--norc", stdin="\n".join(("tour", *lines)))
    assert done.status == 0
    return [line for line in done.err.splitlines() if line.startswith("✓") or line[1:3] == f"/{len(STEPS)}"]


def titles(*numbers: int) -> list[str]:
    """The headings of these steps."""
    return [f"{number}/{len(STEPS)}  {STEPS[number - 1].title}" for number in numbers]


def test_the_tour_is_walked_by_typing_what_it_says(nsh: Program) -> None:
    """Eight steps, eight marks, and nothing is left."""
    said = walk(nsh, *(line for step in STEPS for line in step.lines))
    assert len(STEPS) == 8
    assert [line for line in said if not line.startswith("✓")] == titles(2, 3, 4, 5, 6, 7, 8)
    assert sum(line.startswith("✓") for line in said) == 8


def test_other_words_that_do_the_same_count(nsh: Program) -> None:
    """Other names, other commands: the state is looked at, not the line; the names are taken over."""
    lines = ("new user,uts,ipc", "on box1 uts hostname zzz", "enter uts box1", "exit", "unshare uts,ipc", "exit")
    said = walk(nsh, *lines, "new all lab2", "lab2 mount -t tmpfs none /tmp", "rm box1 lab2")
    assert sum(line.startswith("✓") for line in said) == 8
    assert "✓ `box1 hostname` and `hostname` tell two names now" in said[2]


@pytest.mark.parametrize(
    "lines",
    [
        ("echo new uts demo", "new net demo", "hostname demo"),
        ("new uts demo", "demo hostname", "demo echo hostname bizarro", "new uts bizarro -q"),
    ],
)
def test_words_that_do_not_do_it_do_not_count(nsh: Program, lines: tuple[str, ...]) -> None:
    """Whatever they look like."""
    assert sum(line.startswith("✓") for line in walk(nsh, *lines)) == (lines[0] == "new uts demo")


def test_who_removes_what_is_needed_goes_back(nsh: Program) -> None:
    """To the step that makes it."""
    said = walk(nsh, "new uts demo", "rm demo", "new uts other")
    assert [line for line in said if not line.startswith("✓")] == titles(2, 1, 2)


def test_a_pasted_block_is_looked_at_line_by_line(make_shell: Callable[..., Shell]) -> None:
    """As if each had been typed."""
    shell = make_shell("--sandbox")
    shell.do("tour")
    shell.child.waitnoecho(20)
    shell.child.send("\x1b[200~new uts demo\rdemo hostname bizarro\renter demo\x1b[201~\r")
    shell.child.expect("4/8")


def test_a_step_can_be_shown_again_and_skipped_and_the_tour_stopped(nsh: Program) -> None:
    """Then `tour` begins anew."""
    lines = ["tour --json", "tour skip --json", "tour again --json", "tour stop --json", "tour --json"]
    done = nsh("--sandbox", "--norc", "-i", stdin="\n".join(lines))
    steps = [json.loads(line.removeprefix("nsh> "))["step"] for line in done.out.splitlines() if "{" in line]
    assert steps == [1, 5, 5, None, 1]


def test_the_tour_is_for_a_sandbox(nsh: Program) -> None:
    """Elsewhere it says how to get into one."""
    done = nsh("-c", "tour")
    assert done.status == 1
    assert "!nsh tour" in done.err


@pytest.mark.terminal
def test_nsh_tour_is_a_prompt_in_a_sandbox(make_shell: Callable[..., Shell]) -> None:
    """It begins with the first step."""
    shell = make_shell("tour")
    shell.child.expect("1/8")
    shell.child.expect("nsh>")
    shell.do("new uts demo")
    shell.child.expect("2/8")
