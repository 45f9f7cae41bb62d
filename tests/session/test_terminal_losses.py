# SPDX-License-Identifier: MIT
"""The terminal when things go wrong around a program: its place dies, an init ignores keys, nsh itself is stopped."""

from __future__ import annotations

import os
import random
import signal
from pathlib import Path

import pytest

from nsh.kernel import proc
from tests.program import MARK_D
from tests.session.console import BASH, INTERRUPT, SUSPEND, UNTIL_KILLED, Console, Start, modes, wait_until

pytestmark = pytest.mark.terminal

BOX = "new -q user,pid,mnt,uts box"


def descendants(pid: int) -> list[int]:
    """All processes below one, as the kernel lists children."""
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            children = [int(word) for word in file.read().split()]
    except OSError:
        return []
    return [other for child in children for other in (child, *descendants(child))]


def named(console: Console, title: str) -> int:
    """The process of nsh that ps(1) shows by that name."""
    for pid in descendants(int(console.child.pid or 0)):
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            if file.read().rstrip(b"\0").decode() == title:
                return pid
    raise AssertionError(f"no process is called {title}")


@pytest.mark.parametrize("line", ["on box {}", "box {}", "new -q user,pid,mnt,uts -- {}"])
def test_after_a_visit_too(line: str, consoles: Start) -> None:
    """`on REF LINE`, `NAME LINE` and `new … -- CMD` lend the terminal and take it back in the same way."""
    console = consoles()
    assert console.do("new -q user,pid,mnt box").status == 0
    before = modes(console)
    assert console.do(line.format("sh -c 'exit 3'")).status == 3
    console.start(line.format(BASH), until="B:")
    console.send("kill -9 $$\r" if "--" not in line else "exit 137\r")
    assert console.finish().status == 137
    assert modes(console) == before
    console.start(line.format('bash -c \'trap "exit 5" INT; echo u""p; while read x; do :; done\''))
    console.send(INTERRUPT)
    assert console.finish().status == 5
    assert modes(console) == before
    if "--" not in line:
        assert console.end_by(line.format(UNTIL_KILLED), INTERRUPT).status == 130
        assert console.end_by(line.format(UNTIL_KILLED), SUSPEND).status == 148
        console.type("fg")
        console.wait_front(console.group)
        console.send(INTERRUPT)
        assert console.finish().status == 130
        assert modes(console) == before


@pytest.mark.parametrize("outer", [False, True], ids=["session leader", "under bash"])
@pytest.mark.parametrize("victim", ["nsh: box", "nsh: box (holder)"])
def test_when_its_place_dies_under_a_shell_the_prompt_is_back(victim: str, outer: bool, consoles: Start) -> None:
    """The helper or the init is killed from outside while bash is in front: said, and the terminal is as before."""
    console = consoles(outer=outer)
    assert console.do(BOX).status == 0
    before = modes(console)
    assert console.do("enter box").status == 0
    console.start(BASH, until="B:")
    os.kill(named(console, victim), signal.SIGKILL)
    assert console.finish().status == 128 + signal.SIGKILL
    console.see("\x1b]133;B;")
    assert "host" in console.do("ls ns --type uts").out  # beside which the news is told
    assert modes(console) == before
    said = console.log.getvalue()
    assert "the process you sat in has ended (enter box)" in said
    if victim.endswith("(holder)"):
        assert "box is gone: its init (pid 1) was killed (SIGKILL)" in said
        assert console.do("enter box").status == 1


def test_an_init_that_ignores_ctrl_c_is_explained_and_then_killed(consoles: Start) -> None:
    """The kernel drops signals that pid 1 has no handler for: the second ^C says so, the third kills from outside."""
    console = consoles()
    before = modes(console)
    for line in ("new -q user,pid -- sleep 1000", "unshare user,pid --map root; sleep 1000"):
        console.type(line)
        console.wait_front(console.group)
        sleeper = console.front()
        wait_until(lambda comm=Path(f"/proc/{sleeper}/comm"): comm.read_text() == "sleep\n")  # type: ignore[misc]
        console.press_until(INTERRUPT, "sleep is pid 1 of its pid namespace")
        console.press_until(INTERRUPT, MARK_D)
        assert console.ended_with() == 128 + signal.SIGKILL
        console.do("leave")
        assert modes(console) == before


def test_who_watches_the_keys_for_an_init_is_replaced_when_killed(consoles: Start) -> None:
    """nsh waits as before, and ^C is heard; where each is killed, the program runs on, and nsh still sleeps."""
    console = consoles()
    console.type("new -q user,pid -- sleep 1000")
    console.wait_front(console.group)
    console.press_until(INTERRUPT, "sleep is pid 1 of its pid namespace")
    kill_a_watcher(console)
    console.press_until(INTERRUPT, "sleep is pid 1 of its pid namespace")
    kill_a_watcher(console)
    kill_a_watcher(console)
    wait_until(lambda: not watchers(console))
    wait_until(lambda: Path(f"/proc/{console.group}/wchan").read_text() not in ("", "0"))
    os.kill(console.front(), signal.SIGKILL)
    assert console.finish().status == 137


def kill_a_watcher(console: Console) -> None:
    """Wait until there is one, and kill it."""
    wait_until(lambda: watchers(console))
    (pid,) = watchers(console)
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: pid not in watchers(console))


def watchers(console: Console) -> list[int]:
    """The process that stands in the group of an init for its keys."""
    pids = descendants(int(console.child.pid or 0))
    return [pid for pid in pids if proc.command_of(pid) == "nsh: keyboard"]


def test_an_init_with_a_handler_keeps_its_ctrl_c(consoles: Start) -> None:
    """bash as pid 1 is a shell as any other: its own ^C, jobs and exit, however often the key is pressed."""
    console = consoles()
    before = modes(console)
    console.start(f"new -q user,pid,mnt -- {BASH}", until="B:")
    console.send("echo I am $$\r")
    console.see("I am 1")
    console.see("B:")  # each key is answered by one prompt, and what is typed before that is thrown away with the line
    for _ in range(5):
        console.send(INTERRUPT)
        console.see("B:")
    console.send(UNTIL_KILLED, "\r")
    console.see("up")
    console.send(SUSPEND)
    console.see("Stopped")
    console.send("exit 6\r", "exit 6\r")
    assert console.finish().status == 6
    assert "is pid 1 of its pid namespace" not in console.log.getvalue()
    assert modes(console) == before


@pytest.mark.parametrize("times", [3, pytest.param(30, marks=pytest.mark.slow)])
@pytest.mark.parametrize("line", ["sleep 1000", "on box sleep 1000", "new -q user,uts -- sleep 1000", "fg"])
def test_ctrl_c_may_come_at_any_moment(line: str, times: int, consoles: Start) -> None:
    """From the moment the line is accepted to the running program: the line ends with 130, and nsh lives."""
    console = consoles()
    assert console.do(BOX).status == 0
    before = modes(console)
    moments = random.Random(f"{line} {times}")
    for _ in range(times):
        if line == "fg":
            console.type("sleep 1000")
            console.wait_front(console.group)
            console.send(SUSPEND)
            console.finish()
        console.type(line)
        console.wait_up_to(moments.random() * 0.02)
        console.press_until(INTERRUPT, MARK_D)
        assert console.ended_with() == 130
        assert console.do("echo alive").out == "alive\n"
        if "running" in console.do("jobs").out or "stopped" in console.do("jobs").out:
            assert line == "fg"
            console.type("fg")
            console.wait_front(console.group)
            console.send(INTERRUPT)
            console.finish()
    assert modes(console) == before


def test_ctrl_z_does_not_stop_a_command_of_nsh_itself(consoles: Start) -> None:
    """It is no job, and would take the prompt with it; ^C ends it as ever."""
    console = consoles()
    assert console.do("new -q user,net n; link up n:lo").status == 0
    before = modes(console)
    console.type("n ping -i 0.1 127.0.0.1")
    console.see("icmp_seq=1 ")
    console.send(SUSPEND)
    console.see("icmp_seq=4 ")
    console.send(INTERRUPT)
    assert console.finish().status == 0
    assert modes(console) == before


def test_ctrl_z_at_the_prompt_stops_nsh_and_fg_of_the_outer_shell_brings_it_back(consoles: Start) -> None:
    """Only nsh's own group stops; places live on."""
    console = consoles(outer=True)
    assert console.do(BOX).status == 0
    console.child.waitnoecho()
    console.send(SUSPEND)
    console.see("OUTER:")
    console.send("fg\r")
    console.wait_front(int(console.child.pid or 0))
    assert console.do("on box echo alive").out == "alive\n"


def test_nsh_stopped_from_outside_hands_the_terminal_on_when_continued(consoles: Start) -> None:
    """The outer shell gives the terminal to nsh's group; the program in front gets it from there."""
    console = consoles(outer=True)
    assert console.do(BOX).status == 0
    console.start(f"on box {UNTIL_KILLED}")
    os.kill(console.group, signal.SIGSTOP)
    console.see("OUTER:")
    console.send("fg\r")
    wait_until(lambda: console.front() not in (console.group, console.child.pid))
    console.send(INTERRUPT)
    assert console.finish().status == 130
    assert modes(console)


def test_programs_of_the_whole_screen_see_the_size_and_leave_it_in_order(consoles: Start, tmp_path: Path) -> None:
    """vim, less and top: a window resized meanwhile, and the terminal afterwards as before."""
    console = consoles()
    for line in (BOX, "enter box"):
        assert console.do(line).status == 0
    before = modes(console)
    console.start("vim -u NONE -N -c 'set nomore'", until="~")
    size = tmp_path / "size"
    console.send(f":autocmd VimResized * call writefile([&lines, &columns], '{size}')\r")
    console.send(f":call writefile([], '{size}')\r")
    wait_until(size.exists)
    console.child.setwinsize(31, 101)
    wait_until(lambda: size.read_text() == "31\n101\n")
    console.send(":q!\r")
    assert console.finish().status == 0
    assert modes(console) == before
    assert console.do("stty size").out == "31 101\n"
    console.start("less /etc/services", until=":")
    console.child.setwinsize(40, 120)
    console.press_until("q", MARK_D)  # less throws away what was typed while it draws anew
    console.start("top -d 100", until="PID")
    console.send("q")
    assert console.finish().status == 0
    console.start("less /etc/services", until=":")
    os.killpg(console.front(), signal.SIGKILL)
    assert console.finish().status == 137
    assert modes(console) == before
    assert console.do("stty size").out == "40 120\n"
