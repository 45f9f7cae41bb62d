# SPDX-License-Identifier: MIT
"""A script on a terminal is one process group: keys reach the program, and nsh ends as a script does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pexpect
import pytest

from tests.program import NSH, SIZE, TIMEOUT
from tests.session.console import END, INTERRUPT, SUSPEND, wait_until

pytestmark = pytest.mark.terminal

Run = Callable[..., "pexpect.spawn[str]"]
BOX = "new -q user,pid,mnt,uts box"


@pytest.fixture
def on_tty(environment: dict[str, str], tmp_path: Path) -> Iterator[Run]:
    """`on_tty("on box cat")` is `nsh -c` on a terminal, or any other command line."""
    started = []

    def run(lines: str, *argv: str) -> pexpect.spawn[str]:
        program, *words = argv or (NSH, "-c", lines)
        child = pexpect.spawn(
            program,
            words,
            env={**environment, "PS1": "OUTER:"},
            cwd=str(tmp_path),
            dimensions=SIZE,
            encoding="utf-8",
            timeout=TIMEOUT,
        )
        child.delaybeforesend = None
        started.append(child)
        return child

    yield run
    for child in started:
        child.close(force=True)


def status(child: pexpect.spawn[str]) -> int:
    """Wait for its end: the exit status as a shell says it."""
    child.expect(pexpect.EOF)
    child.wait()
    return 128 + child.signalstatus if child.signalstatus else int(child.exitstatus or 0)


@pytest.mark.parametrize(
    ("line", "answer"),
    [("cat", "hello\r\nhello"), ("cat | tr a-z A-Z", "HELLO"), ("sh -c 'read x; echo got $x'", "got")],
)
@pytest.mark.parametrize("where", ["", "on box ", "new -q user,pid,mnt -- "])
def test_a_program_reads_the_terminal(where: str, line: str, answer: str, on_tty: Run) -> None:
    """Also behind `on`, in a pid namespace, and at the head of a pipeline: nobody is stopped for reading."""
    if "--" in where and "|" in line:
        line = f"sh -c '{line}'"
    child = on_tty(f"{BOX}; echo re''ady; {where}{line}")
    child.expect_exact("ready")
    child.send("hello\r")
    child.expect_exact(answer)
    child.send(END)
    assert status(child) == 0


@pytest.mark.parametrize("where", ["", "on box ", "enter box; "])
def test_ctrl_c_ends_program_and_script(where: str, on_tty: Run) -> None:
    """The status is 130, and the rest of the script is not run."""
    child = on_tty(f"{BOX}; {where}sh -c 'echo up; exec sleep 1000'; echo unreached")
    child.expect_exact("up")
    child.send(INTERRUPT)
    assert status(child) == 130
    assert "unreached" not in str(child.before)


def test_a_program_with_a_handler_lets_the_script_go_on(on_tty: Run) -> None:
    """^C was the program's: it ended with 0, so the next line runs."""
    child = on_tty("bash -c 'trap \"exit 0\" INT; echo up; while read x; do :; done'; echo reached")
    child.expect_exact("up")
    child.send(INTERRUPT)
    assert status(child) == 0
    assert "reached" in str(child.before)


def test_ctrl_c_in_a_pipeline_ends_all_of_it(on_tty: Run) -> None:
    """Each program is in the group that the key goes to."""
    child = on_tty("sh -c 'echo up >&2; exec sleep 1000' | cat | cat")
    child.expect_exact("up")
    child.send(INTERRUPT)
    assert status(child) == 130


def test_an_init_that_ignores_ctrl_c_dies_at_the_third(on_tty: Run) -> None:
    """Explained at the second, as at the prompt."""
    child = on_tty("new -q user,pid -- sh -c 'echo up; exec sleep 1000'")
    child.expect_exact("up")
    while child.expect(["is pid 1 of its pid namespace", pexpect.TIMEOUT], timeout=0.3):
        child.send(INTERRUPT)
    while child.expect([pexpect.EOF, pexpect.TIMEOUT], timeout=0.3):
        child.send(INTERRUPT)
    assert status(child) == 137


def test_an_interactive_shell_in_a_new_pid_namespace_works_from_a_script(on_tty: Run) -> None:
    """bash gets a terminal it can use, and its exit is the line's."""
    child = on_tty("new -q user,pid,mnt -- env PS1=B: HISTFILE= bash --norc --noprofile; echo unreached")
    child.expect_exact("B:")
    child.send("echo I am $$\r")
    child.expect_exact("I am 1")
    child.send("exit 3\r")
    assert status(child) == 3


def test_ctrl_z_stops_the_script_as_a_whole_and_fg_continues_it(on_tty: Run) -> None:
    """Under a shell with job control: nsh and its program stop together, and go on together."""
    child = on_tty("", "bash", "--norc", "--noprofile", "-i")
    child.expect_exact("OUTER:")
    child.send(f"{NSH} -c '{BOX}; on box sh -c \"echo u\\\"\\\"p; cat; echo go''ne on\"'\r")
    child.expect_exact("up")
    child.send(SUSPEND)
    child.expect_exact("Stopped")
    child.expect_exact("OUTER:")
    child.send("fg\r")
    child.expect_exact("-c")
    child.send("hello\r")
    child.expect_exact("hello\r\nhello")
    child.send(END)
    child.expect_exact("gone on")
    child.expect_exact("OUTER:")
    child.send("exit 5\r")
    assert status(child) == 5


def test_the_modes_of_a_killed_raw_program_are_put_right_at_the_end(on_tty: Run) -> None:
    """A script that ran vim, killed outright, leaves a terminal that echoes."""
    child = on_tty("", "bash", "--norc", "--noprofile", "-i")
    child.expect_exact("OUTER:")
    child.send("stty -g > before\r")
    child.send(f"{NSH} -c \"sh -c 'stty raw -echo; kill -9 \\$\\$'\"; stty -g > after; exit\r")
    wait_until(lambda: not child.isalive() or child.expect([pexpect.EOF, pexpect.TIMEOUT], timeout=0.1) == 0)
    folder = Path(str(child.cwd))
    assert (folder / "before").read_text() == (folder / "after").read_text()
