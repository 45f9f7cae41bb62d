# SPDX-License-Identifier: MIT
"""Jobs on a terminal: beside the prompt, stopped and continued, told of before the next prompt, and never torn."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pexpect
import pyte
import pytest

from tests.program import MARK_C, SIZE, TIMEOUT, Done, Program, Shell
from tests.safety.machine import is_alive, kill, rows, until

pytestmark = [pytest.mark.real, pytest.mark.terminal]

STOPPED = 128 + signal.SIGTSTP


def screen(shell: Shell) -> list[str]:
    """What a person sees now: the lines of the terminal's screen, without the empty ones."""
    shown = pyte.Screen(SIZE[1], SIZE[0])
    pyte.Stream(shown).feed(shell.log.getvalue())
    return [line.rstrip() for line in shown.display if line.strip()]


def wait_for_screen(shell: Shell, condition: Callable[[list[str]], bool], what: str) -> list[str]:
    """Read from the terminal until the screen is as wanted; nothing that a later expect needs is lost."""
    deadline = time.monotonic() + TIMEOUT
    while not condition(lines := screen(shell)):
        assert time.monotonic() < deadline, f"never seen: {what}\n" + "\n".join(lines)
        shell.child.expect(pexpect.TIMEOUT, timeout=0.02)
    return lines


def start_aside(shell: Shell, line: str) -> int:
    """Start a job with `&`; its pid."""
    done = shell.do(line)
    assert done.status == 0
    return int(done.out.rsplit("pid ", 1)[1].split()[0])


def stop(shell: Shell, line: str, ready: str) -> Done:
    """Start a program in the foreground, and stop it with Ctrl-Z once it has said that it is there."""
    shell.type(line)
    shell.child.expect_exact(ready)
    shell.child.send("\x1a")
    return shell.finish()


def jobs(shell: Shell) -> list[tuple[object, object]]:
    """Number and state of each job."""
    return [(row["job"], row["state"]) for row in rows(shell.do("jobs --json").out)]


# Beside the prompt.


def test_a_job_is_announced_listed_and_its_end_told_before_the_next_prompt(shell: Shell) -> None:
    """`[1] pid N` at its start; the line about its end stands between the next line's output and the prompt."""
    pid = start_aside(shell, "sleep 1000 &")
    assert rows(shell.do("jobs --json").out) == [{"job": 1, "state": "running", "pid": pid, "command": "sleep 1000"}]
    kill(pid)
    until(lambda: not is_alive(pid), "it is dead")
    assert shell.do("echo output").out == "output\n"
    lines = wait_for_screen(shell, lambda lines: lines[-1].strip() == "nsh>", "the next prompt")
    assert lines[-3:-1] == ["output", "[1] killed by SIGKILL  sleep 1000"]
    assert jobs(shell) == []


@pytest.mark.parametrize(("line", "end"), [("true &", "[1] done  true"), ("sh -c 'exit 7' &", "[1] exit status 7  sh")])
def test_how_a_job_ended_is_said(line: str, end: str, shell: Shell) -> None:
    """Done, or its exit status."""
    pid = start_aside(shell, line)
    until(lambda: not os.path.exists(f"/proc/{pid}"), "it has ended and been waited for")
    shell.do("true")
    wait_for_screen(shell, lambda lines: any(text.startswith(end) for text in lines), end)


def test_jobs_are_numbered_and_found_by_number(shell: Shell) -> None:
    """`fg 1`, `fg %2` and `fg` alone, which takes the newest; a number that is none is named."""
    for number in (1, 2, 3):
        start_aside(shell, f"sh -c 'read line; exit {number}' &")
    for word, status in (("1", 1), ("%2", 2), ("", 3)):
        shell.type(f"fg {word}".strip())
        shell.child.send("\r")
        assert shell.finish().status == status
    done = shell.do("fg 9")
    assert (done.status, done.out.splitlines()[0]) == (1, "no jobs")
    start_aside(shell, "sleep 1000 &")
    assert shell.do("bg 9").out.splitlines()[0] == "9: no such job"


def test_wait_takes_the_status_of_the_job(shell: Shell, nsh: Program) -> None:
    """Of the one that is named, or of the last of all."""
    fifo = nsh.cwd / "fifo"
    os.mkfifo(fifo)
    for number, line in ((5, "wait 1"), (6, "wait")):
        start_aside(shell, f"sh -c 'cat {fifo}; exit {number}' &")
        shell.type(line)
        fifo.write_text("")
        assert shell.finish().status == number
    assert jobs(shell) == []


def test_ctrl_c_ends_a_wait_and_not_the_job(shell: Shell) -> None:
    """Status 130; the job goes on."""
    pid = start_aside(shell, "sleep 1000 &")
    shell.type("wait")
    shell.child.send("\x03")
    assert shell.finish().status == 130
    assert is_alive(pid)
    assert jobs(shell) == [(1, "running")]


def test_ctrl_c_in_the_foreground_leaves_the_jobs_beside_it_alone(shell: Shell) -> None:
    """Each job is a process group of its own."""
    pid = start_aside(shell, "sleep 1000 &")
    shell.type("sh -c 'echo up; exec sleep 1000'")
    shell.child.expect_exact("up")
    shell.child.send("\x03")
    assert shell.finish().status == 130
    assert is_alive(pid)
    assert jobs(shell) == [(1, "running")]


# Stopped and continued.


def test_ctrl_z_stops_and_fg_goes_on_where_it_was(shell: Shell) -> None:
    """cat(1): stopped, continued, fed, ended with Ctrl-D."""
    done = stop(shell, "sh -c 'echo up; exec cat'", "up\r\n")
    assert done.status == STOPPED
    assert "[1] stopped  sh -c echo up; exec cat" in done.out
    assert jobs(shell) == [(1, "stopped")]
    assert shell.do("echo in between").out == "in between\n"
    shell.type("fg")
    shell.child.expect_exact("sh -c echo up; exec cat\r\n")  # what it continues
    shell.child.send("fed\r")
    shell.child.expect_exact("fed\r\nfed\r\n")
    shell.child.send("\x04")
    assert shell.finish().status == 0
    assert jobs(shell) == []


def test_bg_lets_a_stopped_job_go_on_beside_the_prompt(shell: Shell) -> None:
    """It runs, the prompt is free, and its end is told."""
    stop(shell, "sh -c 'echo up; exec sleep 1000'", "up\r\n")
    done = shell.do("bg")
    assert (done.status, done.out) == (0, "[1] running  sh -c echo up; exec sleep 1000\n")
    assert jobs(shell) == [(1, "running")]
    (pid,) = [int(str(row["pid"])) for row in rows(shell.do("jobs --json").out)]
    kill(pid)
    until(lambda: jobs(shell) == [], "its end is told")


def test_a_pipeline_is_stopped_and_continued_as_one(shell: Shell) -> None:
    """All of its programs are one job."""
    shell.type("cat | cat | cat")
    shell.child.send("first\r")  # through all three: each has got to its exec
    shell.child.expect_exact("first\r\nfirst\r\n")
    shell.child.send("\x1a")
    assert shell.finish().status == STOPPED
    shell.type("fg")
    shell.child.expect_exact("cat | cat | cat\r\n")  # what it continues
    shell.child.send("through\r")
    shell.child.expect_exact("through\r\nthrough\r\n")
    shell.child.send("\x04")
    assert shell.finish().status == 0


@pytest.mark.parametrize(("key", "status"), [("\x03", 128 + signal.SIGINT), ("\x1a", STOPPED)], ids=["^C", "^Z"])
def test_a_key_that_is_pressed_while_programs_are_being_started_is_not_lost(
    key: str, status: int, shell: Shell
) -> None:
    """Right after Enter, wherever the programs of the line are on their way to their exec."""
    for _ in range(10):
        shell.type("sleep 1000 | sleep 1000 | sleep 1000")
        until(lambda: has_the_terminal(shell) is False, "the programs have the terminal")
        shell.child.send(key)
        assert shell.finish().status == status
    shell.do("true")


def has_the_terminal(shell: Shell) -> bool:
    """Is nsh itself the foreground process group?"""
    assert shell.child.pid is not None
    return os.tcgetpgrp(shell.child.fileno()) == os.getpgid(shell.child.pid)


def test_stopped_twice_and_continued_twice(shell: Shell) -> None:
    """fg, Ctrl-Z, bg, fg: the same job all the time."""
    stop(shell, "sh -c 'echo up; exec cat'", "up\r\n")
    shell.type("fg")
    shell.child.expect_exact("sh -c echo up; exec cat\r\n")  # what it continues
    shell.child.send("a\r")
    shell.child.expect_exact("a\r\na\r\n")
    shell.child.send("\x1a")
    assert shell.finish().status == STOPPED
    assert jobs(shell) == [(1, "stopped")]
    shell.type("fg 1")
    shell.child.send("\x04")
    assert shell.finish().status == 0


def test_a_job_that_reads_the_terminal_beside_the_prompt_is_stopped(shell: Shell) -> None:
    """As in any shell: it waits for `fg`, and the keys go to the prompt."""
    start_aside(shell, "cat &")
    until(lambda: jobs(shell) == [(1, "stopped")], "SIGTTIN has stopped it")
    shell.type("fg")
    shell.child.expect_exact("cat\r\n")  # what it continues
    shell.child.send("mine\r")
    shell.child.expect_exact("mine\r\nmine\r\n")
    shell.child.send("\x04")
    assert shell.finish().status == 0


# The terminal.


def test_output_beside_the_prompt_does_not_tear_the_line_being_typed(shell: Shell, nsh: Program) -> None:
    """It stands above the prompt, and what was typed so far is still there, and can be gone on with."""
    fifo = nsh.cwd / "fifo"
    os.mkfifo(fifo)
    start_aside(shell, f"sh -c 'cat {fifo}; echo to stderr >&2' &")
    shell.child.waitnoecho(TIMEOUT)
    shell.child.send("echo half a")
    wait_for_screen(shell, lambda lines: lines[-1] == "nsh> echo half a", "what was typed")
    with fifo.open("w") as file:
        file.write("one line\nanother\n")
        file.flush()
        wait_for_screen(shell, lambda lines: lines[-3:] == ["one line", "another", "nsh> echo half a"], "lines above")
        file.write("no newline")
    lines = ["no newlineto stderr", "nsh> echo half a"]
    wait_for_screen(shell, lambda seen: [line for line in seen if "newline" in line or "err" in line] != [], "the rest")
    wait_for_screen(shell, lambda seen: seen[-1] == lines[-1], "the prompt below it")
    shell.child.send(" line\r")
    shell.child.expect_exact(MARK_C)
    assert shell.finish().out == "half a line\n"


def test_output_beside_a_long_line_does_not_tear_it_either(shell: Shell, nsh: Program) -> None:
    """A line of three screen widths, with the cursor in its middle."""
    fifo = nsh.cwd / "fifo"
    os.mkfifo(fifo)
    start_aside(shell, f"cat {fifo} &")
    words = "echo " + " ".join(f"word{number}" for number in range(40))
    shell.child.waitnoecho(TIMEOUT)
    shell.child.send(words + "\x1b[D" * 100)
    wait_for_screen(shell, lambda lines: "".join(lines).endswith(words), "what was typed")
    with fifo.open("w") as file:
        file.write("".join(f"background {number}\n" for number in range(30)))
    wait_for_screen(
        shell,
        lambda lines: "".join(lines).endswith("background 29nsh> " + words),
        "all of it, and the line below",
    )
    shell.child.send("\r")
    shell.child.expect_exact(MARK_C)
    assert shell.finish().out == words.removeprefix("echo ") + "\n"


def test_output_while_a_program_is_in_front_appears_at_once(shell: Shell, nsh: Program) -> None:
    """Nobody has to come back to the prompt to see it."""
    fifo = nsh.cwd / "fifo"
    os.mkfifo(fifo)
    start_aside(shell, f"cat {fifo} &")
    shell.type("cat")
    with fifo.open("w") as file:
        file.write("from beside\n")
    shell.child.expect_exact("from beside\r\n")
    shell.child.send("\x04")
    assert shell.finish().status == 0


def test_less_beside_the_prompt_and_then_in_front(shell: Shell, long_text: Path) -> None:
    """`less FILE &` waits for the terminal; `fg` gives it a whole one, `q` gives it back as it was."""
    start_aside(shell, f"less {long_text} &")
    until(lambda: jobs(shell) == [(1, "stopped")], "it wants the terminal")
    shell.type("fg")
    wait_for_screen(shell, lambda lines: "line 0" in lines and "line 30" in lines, "the first page")
    shell.child.send("G")
    wait_for_screen(shell, lambda lines: "line 499" in lines, "the last page")
    shell.child.send("q")
    assert shell.finish().status == 0
    assert shell.do("stty -a").out.count(" icanon") == 1
    assert shell.do("echo still a prompt").out == "still a prompt\n"


def test_less_in_front_stopped_and_brought_back(shell: Shell, long_text: Path) -> None:
    """The prompt between is as ever, and less draws its page anew."""
    shell.type(f"less {long_text}")
    wait_for_screen(shell, lambda lines: "line 0" in lines and "line 30" in lines, "the first page")
    shell.child.send("\x1a")
    assert shell.finish().status == STOPPED
    assert shell.do("stty -a").out.count(" icanon") == 1
    shell.type("fg")
    wait_for_screen(shell, lambda lines: "line 0" in lines and "line 30" in lines, "the first page again")
    shell.child.send("G")
    wait_for_screen(shell, lambda lines: "line 499" in lines, "the last page")
    shell.child.send("q")
    assert shell.finish().status == 0


@pytest.fixture
def long_text(tmp_path: Path) -> Path:
    """A file of 500 lines."""
    text = tmp_path / "text"
    text.write_text("".join(f"line {number}\n" for number in range(500)))
    return text


def test_fg_gives_a_job_its_own_terminal_modes_and_takes_them_back(shell: Shell) -> None:
    """A program that had switched echo and lines off finds them off again; the prompt's lines have them on."""
    script = "stty -echo -icanon; kill -STOP $$; stty -a; stty sane"
    shell.type(f"sh -c '{script}'")
    assert shell.finish().status == 128 + signal.SIGTSTP
    modes = shell.do("stty -a").out.split()
    assert "echo" in modes
    assert "icanon" in modes
    done = shell.do("fg")
    assert done.status == 0
    assert "-echo" in done.out.split()
    assert "-icanon" in done.out.split()
    assert "echo" in shell.do("stty -a").out.split()


# Places.


def test_a_job_of_a_place_that_was_left_can_be_brought_back(shell: Shell) -> None:
    """It is where it was started, not where the prompt is now."""
    assert shell.do("new -q user,uts a --hostname inside; enter a").status == 0
    shell.type("sh -c 'kill -STOP $$; hostname'")
    assert shell.finish().status == STOPPED
    assert shell.do("leave").status == 0
    assert jobs(shell) == [(1, "stopped")]
    done = shell.do("fg")
    assert (done.status, done.out) == (0, "sh -c kill -STOP $$; hostname\ninside\n")


def test_a_job_of_a_place_that_was_left_tells_of_its_end(shell: Shell) -> None:
    """Its helper stays for that, and goes with it."""
    assert shell.do("new -q user,uts a").status == 0
    pid = start_aside(shell, "on a sleep 1000 &")
    assert shell.do("rm a").status == 1
    kill(pid)
    until(lambda: not os.path.exists(f"/proc/{pid}"), "it has ended and been waited for")
    shell.do("true")
    wait_for_screen(shell, lambda lines: "[1] killed by SIGKILL  sleep 1000" in lines, "its end")
    assert shell.do("rm a").status == 0
    assert shell.do("ls ns --json").out.count("nsh: a") == 0


def test_rm_kill_ends_the_jobs_of_a_place(shell: Shell) -> None:
    """Also a stopped one."""
    assert shell.do("new -q user,uts a; enter a").status == 0
    shell.type("sh -c 'kill -STOP $$'")
    assert shell.finish().status == STOPPED
    assert shell.do("leave").status == 0
    assert "sh" in shell.do("rm a").out
    assert shell.do("rm --kill a").status == 0
    assert jobs(shell) == []


def test_quit_ends_running_and_stopped_jobs(shell: Shell) -> None:
    """Without asking twice; what is left is looked for after every test."""
    start_aside(shell, "sleep 1000 &")
    stop(shell, "sh -c 'echo up; exec cat'", "up\r\n")
    shell.type("quit")
    assert shell.wait_end() == 0


# Off a terminal.


def test_in_a_script_jobs_run_and_are_waited_for(nsh: Program) -> None:
    """No announcements; `wait` gives the status."""
    done = nsh(stdin="sh -c 'exit 4' &\nwait 1\n")
    assert (done.status, done.out) == (4, "")
    assert "[1]" not in done.err
    done = nsh(stdin="sh -c 'echo beside' &\nwait\necho after\n")
    assert (done.status, done.out, done.err) == (0, "beside\nafter\n", "")
