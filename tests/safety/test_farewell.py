# SPDX-License-Identifier: MIT
"""The last words of nsh: what it took with it, what stays and why."""

from __future__ import annotations

import signal

import pytest

from tests.program import Program, Shell, plain
from tests.safety.machine import Machine

pytestmark = [pytest.mark.real, pytest.mark.terminal]


def last_words(shell: Shell, line: str = "quit") -> list[str]:
    """Type the last line; what was said after it."""
    shell.type(line)
    assert shell.wait_end() == 0
    return [text for text in plain(shell.child.before or "").splitlines() if text]


def test_quit_says_what_went_and_what_stays_and_how_to_end_that(machine: Machine, shell: Shell, nsh: Program) -> None:
    """Places by name, programs by their line, pins by their path; and it is true."""
    assert shell.do("new -q uts a; new -q net b --pin; new -q uts,mnt c --pin; new -q ipc d").status == 0
    assert shell.do("sleep 1000 &").status == 0
    assert last_words(shell) == [
        "gone: a, d",
        "ended: sleep 1000",
        "pinned, so they stay: /run/netns/b, /run/nsh/mnt/c, /run/nsh/uts/c (`unpin b c`)",
    ]
    assert set(machine.pins()) == {"/run/netns/b", "/run/nsh/mnt/c", "/run/nsh/uts/c"}
    assert nsh("unpin", "b", "c").status == 0


def test_a_session_that_made_nothing_says_nothing(machine: Machine, shell: Shell) -> None:
    """Silence is part of an answer."""
    assert shell.do("ls types").status == 0
    assert last_words(shell) == []


def test_what_was_removed_or_unpinned_before_is_not_mentioned(machine: Machine, shell: Shell) -> None:
    """The report is of what there is at the end."""
    assert shell.do("new -q uts a; new -q uts b --pin; rm a; unpin b").status == 0
    assert last_words(shell) == ["gone: b"]


def test_a_long_list_is_cut_and_counted(machine: Machine, shell: Shell) -> None:
    """Eight names, and how many more."""
    assert shell.do("new -q uts h[1..11]").status == 0
    assert last_words(shell) == ["gone: h1, h2, h3, h4, h5, h6, h7, h8 and 3 more"]


def test_the_end_of_input_is_a_farewell_too(machine: Machine, shell: Shell) -> None:
    """Ctrl-D at host says the same as `quit`."""
    assert shell.do("new -q uts a").status == 0
    shell.child.waitnoecho(20)
    shell.child.sendeof()
    assert shell.wait_end() == 0
    assert "gone: a" in plain(shell.child.before or "")


def test_a_terminated_prompt_says_it_too(machine: Machine, shell: Shell) -> None:
    """SIGTERM unwinds, with what there is to say of pins."""
    assert shell.do("new -q uts a; new -q uts b --pin").status == 0
    shell.child.kill(signal.SIGTERM)
    assert shell.wait_end() == 128 + signal.SIGTERM
    said = plain(shell.child.before or "")
    assert "gone: a" in said
    assert "pinned, so they stay: /run/nsh/uts/b" in said
    machine.run("umount", "-n", "/run/nsh/uts/b")
    machine.run("rm", "-r", "/run/nsh/uts")
    machine.run("umount", "-n", "/run/nsh")


def test_a_one_shot_says_that_what_it_made_is_gone_again(nsh: Program, machine: Machine) -> None:
    """Whoever types `nsh new uts a` at a shell would else look for it in vain."""
    done = nsh("new", "uts", "a")
    assert done.status == 0
    assert done.out.startswith("a  pid ")
    assert done.err.startswith("a: gone again with nsh")
    assert "--pin" in done.err


def test_a_one_shot_that_pins_says_nothing(nsh: Program, machine: Machine) -> None:
    """What it made is still there."""
    done = nsh("new", "uts", "a", "--pin")
    assert (done.status, done.err) == (0, "")
    assert nsh("unpin", "a").err == ""


def test_a_script_says_nothing(nsh: Program, machine: Machine) -> None:
    """Its lines have used what they made."""
    done = nsh(stdin="new -q uts a\non a true\n")
    assert (done.status, done.out, done.err) == (0, "", "")
