# SPDX-License-Identifier: MIT
"""Programs get the terminal and give it back, whatever ends them, wherever you sit."""

from __future__ import annotations

import signal

import pytest

from tests.program import MARK_D
from tests.session.console import BASH, END, INTERRUPT, QUIT, SUSPEND, UNTIL_KILLED, Console, Start, modes, wait_until

pytestmark = pytest.mark.terminal

PLACES = {
    "host": [],
    "uts": ["new -q user,uts box", "enter box"],
    "box": ["new -q user,pid,mnt,uts,net,ipc box", "enter box"],
    "nested": ["new -q user,pid,mnt a", "enter a", "new -q user,pid,mnt b", "enter b"],
    "init": ["unshare --fork user,pid,mnt --map root"],
}


# Each ending: what it does to the prompt's terminal, and the status and words it must leave.


def exits(console: Console) -> None:
    """A program that exits."""
    assert console.do("sh -c 'exit 3'").status == 3


def is_interrupted(console: Console) -> None:
    """^C ends the program and not nsh."""
    assert console.end_by(UNTIL_KILLED, INTERRUPT).status == 128 + signal.SIGINT


def handles_the_interrupt(console: Console) -> None:
    """A program with a handler goes on, and ends as it wants."""
    done = console.end_by('bash -c \'trap "echo caught; exit 5" INT; echo u""p; while read x; do :; done\'', INTERRUPT)
    assert (done.status, "caught" in done.out) == (5, True)


def quits(console: Console) -> None:
    """^\\ kills with SIGQUIT, and which signal it was is said."""
    done = console.end_by(f'bash -c \'ulimit -c 0; exec {UNTIL_KILLED[:2]} -c "echo u\\"\\"p; exec sleep 1000"\'', QUIT)
    assert done.status == 128 + signal.SIGQUIT
    assert "killed by SIGQUIT" in done.out


def dies_in_raw_mode(console: Console) -> None:
    """Killed outright with the terminal raw and silent."""
    assert console.do("sh -c 'stty raw -echo; kill -9 $$'").status == 128 + signal.SIGKILL


def is_a_shell(console: Console) -> None:
    """An interactive shell: job control inside, a shell in the shell, and its exit status."""
    console.start(BASH, until="B:")
    shell = console.front()
    console.send(UNTIL_KILLED, "\r")
    console.see("up")
    console.send(INTERRUPT)
    console.see("B:")
    console.send(UNTIL_KILLED, "\r")
    console.see("up")
    console.send(SUSPEND)
    console.see("Stopped")
    console.see("B:")
    console.send("fg\r")
    console.wait_front(shell)
    console.send(INTERRUPT)
    console.see("B:")
    console.send("bash --norc --noprofile\r")
    console.see("B:")
    console.send("exit 4\r")
    console.see("B:")
    console.send("exit 7\r")
    assert console.finish().status == 7


def is_a_shell_that_reads_the_end(console: Console) -> None:
    """^D ends the shell in front, and only that."""
    console.start(BASH, until="B:")
    console.send(END)
    assert console.finish().status == 0


def is_a_shell_that_is_killed(console: Console) -> None:
    """It leaves its modes behind: no echo, no line editing."""
    console.start(BASH, until="B:")
    console.send("kill -9 $$\r")
    assert console.finish().status == 128 + signal.SIGKILL


def is_stopped(console: Console) -> None:
    """^Z makes a job; bg and fg continue it; its end is that of any program."""
    assert console.end_by(UNTIL_KILLED, SUSPEND).status == 128 + signal.SIGTSTP
    assert console.is_ours()
    assert "stopped" in console.do("jobs").out
    assert "[1] running" in console.do("bg").out
    assert "running" in console.do("jobs").out
    console.type("fg")
    console.wait_front(console.group)
    console.press_until(SUSPEND, MARK_D)  # the continuing signal takes a stop with it that came before
    assert console.ended_with() == 128 + signal.SIGTSTP
    console.type("fg 1")
    console.wait_front(console.group)
    console.send(INTERRUPT)
    assert console.finish().status == 128 + signal.SIGINT
    assert console.do("jobs").out == ""


def keeps_its_modes(console: Console) -> None:
    """A stopped program gets back the terminal as it had it, and the prompt is none the wiser."""
    assert console.do("sh -c 'stty -echo; kill -STOP $$; stty -a | grep -o -- -echo; stty echo'").status != 0
    before = modes(console)
    console.type("fg")
    assert "-echo" in console.finish().out.splitlines()
    assert modes(console) == before


def reads_in_the_background(console: Console) -> None:
    """A job that reads the terminal stops; in front it is read to its end."""
    assert console.do("cat &").status == 0
    wait_until(lambda: "stopped" in console.do("jobs").out)
    console.type("fg")
    console.wait_front(console.group)
    console.send("hello\r", END)
    assert console.finish().status == 0


def is_a_pipeline(console: Console) -> None:
    """All of it is one job: ^C ends each program."""
    console.start("sh -c 'echo u\"\"p >&2; exec sleep 1000' | cat | cat")
    console.send(INTERRUPT)
    assert console.finish().status == 128 + signal.SIGINT
    assert console.do("echo a | tr a b | cat").out == "b\n"


ENDINGS = [
    exits,
    is_interrupted,
    handles_the_interrupt,
    quits,
    dies_in_raw_mode,
    is_a_shell,
    is_a_shell_that_reads_the_end,
    is_a_shell_that_is_killed,
    is_stopped,
    keeps_its_modes,
    reads_in_the_background,
    is_a_pipeline,
]


@pytest.mark.parametrize("outer", [False, True], ids=["session leader", "under bash"])
@pytest.mark.parametrize("place", PLACES)
def test_after_every_ending_the_prompt_has_its_terminal(place: str, outer: bool, consoles: Start) -> None:
    """Twelve endings one after the other: nsh is in front again, the modes are those of before, the next line works."""
    console = consoles(outer=outer)
    for line in PLACES[place]:
        assert console.do(line).status == 0, line
    before = modes(console)
    for ending in ENDINGS:
        ending(console)
        assert modes(console) == before, ending.__doc__
