# SPDX-License-Identifier: MIT
"""On a terminal: no name of somebody else's is obeyed by it, wherever the prompt shows one while and after typing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.program import AID, MARK_D, Shell, scratch_environment
from tests.safety.machine import Machine

pytestmark = [pytest.mark.real, pytest.mark.terminal, pytest.mark.once]

EVIL = "\u202eW\x9bZ\u2066V\x1b[35;42mX\x1b]52;c;cm0=\x07"
OBEYED = ("\u202e", "\u2066", "\x9b", "\x1b[35;42m", "\x1b]52", "cm0=\x07")
"""What of it must not reach a terminal as it is."""
MARK_B = f"\x1b]133;B;aid={AID}\x07"
SPELLED = "\\u202e"
PIN = 'mkdir -p /run/netns; : > "/run/netns/$1"; unshare -n mount --bind /proc/self/ns/net "/run/netns/$1"'
UNPIN = 'umount "/run/netns/$1"; rm "/run/netns/$1"'


def assert_unobeyed(shell: Shell) -> None:
    """Nothing of all that came from the terminal so far can be obeyed."""
    assert [piece for piece in OBEYED if piece in shell.log.getvalue()] == []


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder with evil names: of a file, a folder, a program, and a line in the history."""
    (tmp_path / f"f{EVIL}").write_text("")
    (tmp_path / f"d{EVIL}").mkdir()
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / f"zz{EVIL}"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    (tmp_path / "history").write_text(f"\n+echo old {EVIL}\n")
    return tmp_path


TYPED = [
    "cat f\t",
    "cat \t",
    "cd d\t",
    "zz\t",
    "ls $EV\t",
    "echo o",
    "\x1b[A\x1b[A",
    "\x12old",
    "echo a\u202e",
    "enter n\t",
]


def test_what_is_offered_while_typing_is_spelled(
    home: Path, machine: Machine, make_shell: Callable[..., Shell]
) -> None:
    """Files, folders, programs, values of variables, old lines, pins: in the menu, the line, a suggestion, a search."""
    machine.run("sh", "-ec", PIN, "sh", f"n{EVIL}")
    path = scratch_environment(home)["PATH"]
    more = {"EVIL1": EVIL, "EVIL2": EVIL, "PATH": f"{path}:{home}/bin", "NSH_HISTFILE": f"{home}/history"}
    shell = make_shell(**more)
    shell.do("true")
    for keys in TYPED:
        shell.child.expect_exact(MARK_B)
        shell.child.send(keys)
        shell.child.expect_exact(SPELLED)
        shell.child.send("\x07\x03")
        shell.child.expect(MARK_D)
    pasted = "true '" + EVIL.replace("\x1b", "") + "'"
    shell.child.expect_exact(MARK_B)
    shell.child.send(f"\x1b[200~{pasted}\n{pasted}\x1b[201~\r")
    shell.child.expect(MARK_D)
    shell.child.expect(MARK_D)
    machine.run("sh", "-c", UNPIN, "sh", f"n{EVIL}")
    assert_unobeyed(shell)


def test_the_name_of_a_pin_is_spelled_in_prompt_and_toolbar(machine: Machine, make_shell: Callable[..., Shell]) -> None:
    """Whoever may pin a network namespace chooses its name, and the prompt of who enters it shows it."""
    machine.run("sh", "-ec", PIN, "sh", f"n{EVIL}")
    shell = make_shell(EVIL=EVIL)
    shell.do("set toolbar on")
    assert shell.do('enter "n$EVIL"').status == 0
    for _prompt_and_toolbar in range(2):
        shell.child.expect_exact(f"net:n{SPELLED}")
    for line in ("ls pins", "why .", "leave"):
        assert shell.do(line).status == 0
    machine.run("sh", "-c", UNPIN, "sh", f"n{EVIL}")
    assert_unobeyed(shell)


def test_what_is_said_of_jobs_spells_their_words(make_shell: Callable[..., Shell]) -> None:
    """A word of a program may be the name of a file: stopped, in front again, killed, behind, done."""
    shell = make_shell(EVIL=EVIL)
    said = [
        ("sh -c 'kill -STOP $$' \"$EVIL\"", "stopped  sh"),
        ("jobs", "stopped"),
        ("fg", "sh -c"),
        ("sh -c 'kill -9 $$' \"$EVIL\"", "killed by SIGKILL"),
        ("sh -c 'kill -STOP $$' \"$EVIL\"", "stopped  sh"),
        ("bg", "running  sh"),
    ]
    for line, words in said:
        out = shell.do(line).out
        assert words in out, line
        assert SPELLED in out, line
    assert_unobeyed(shell)
