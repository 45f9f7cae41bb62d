# SPDX-License-Identifier: MIT
"""Load: what is done ten thousand times costs the last time what it cost the first, in memory, files and time.

The figures are printed. Time is that of the processors, of nsh and of all that
hangs off it: a machine that is busy with something else changes nothing.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from nsh.kernel import proc
from tests.program import Program, Shell
from tests.safety.machine import Machine, children, helpers, rows, until
from tests.safety.talk import Talk

pytestmark = pytest.mark.real

LINES = """
new -q uts,net a
on a uts hostname inside
enter a
uts hostname
unshare ipc
leave
leave
ls places
on a true
no-such-program
new uts uts
rm nothing
same uts a host
let x 1
rm a
"""
TYPED = ("uts hostname", "true", "ls places", "no-such-program", "on host uts hostname")
KIB_PER_LINE = 4
"""What history and story may keep of a line; both forget the oldest."""
FILES = 4096
"""A hard limit that any machine has, and a thousand places fit in."""


class Load:
    """How much an nsh takes: `files` and `kib` of all its processes, `seconds` of processor time until now."""

    def __init__(self, pid: int) -> None:
        until(lambda: len(processes_of(pid)) == len(family(pid)), "the end of the last program")
        processes = processes_of(pid)
        self.files = sum(len(os.listdir(f"/proc/{each}/fd")) for each in processes)
        self.kib = sum(int(proc.status(each)["VmRSS"].split()[0]) for each in processes)
        self.seconds = sum(seconds(each) for each in processes)


def family(pid: int) -> list[int]:
    """A process and every descendant; those that have ended meanwhile are not there."""
    try:
        return [pid, *(each for child in children(pid) for each in family(child))]
    except FileNotFoundError:
        return []


def processes_of(pid: int) -> list[int]:
    """An nsh, its zygote, its helpers and holders; no program."""
    return [pid, *helpers(pid)]


def seconds(pid: int) -> float:
    """What a process and those of its children that it has reaped have had of the processors (proc_pid_stat(5))."""
    times = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[11:15]
    return sum(map(int, times)) / os.sysconf("SC_CLK_TCK")


def assert_no_growth(run: Callable[[], None], pid: int, count: int, lines: int) -> None:
    """Run something that is `lines` lines `count` times in five parts, of which the first is not measured."""
    loads = []
    for _ in range(5):
        for _ in range(count // 5):
            run()
        loads.append(Load(pid))
    first, second, last = loads[0], loads[1], loads[-1]
    spent = [after.seconds - before.seconds for before, after in pairwise(loads)]
    per_line = [round(1000 * each / (count // 5 * lines), 2) for each in spent]
    print(
        f"{count * lines} lines: files {first.files}..{last.files}, KiB {first.kib}..{last.kib}, ms a line {per_line}"
    )
    # The first look may come while a file is not open that is so for most of the time.
    until(lambda: Load(pid).files <= max(first.files, second.files), "the end of what the last line opened")
    assert last.kib - second.kib < KIB_PER_LINE * count * lines * 3 // 5 + 1024
    assert spent[-1] < 1.6 * spent[0] + 0.3


@pytest.mark.parametrize("count", [25, pytest.param(1000, marks=pytest.mark.slow)])
def test_ten_thousand_lines_of_a_script_cost_the_same_at_the_end(count: int, nsh: Program, machine: Machine) -> None:
    """Made, entered, left, listed, refused and removed, in one session: no file, and neither memory nor time."""
    text = LINES.strip()
    with Talk(nsh) as talk:
        assert_no_growth(lambda: is_zero(talk, text), talk.pid, count, len(text.splitlines()))


def is_zero(talk: Talk, text: str) -> None:
    """Have lines run, the last of which succeeds."""
    assert talk.say(text).status == 0


@pytest.mark.terminal
@pytest.mark.once
@pytest.mark.parametrize("count", [10, pytest.param(2000, marks=pytest.mark.slow)])
def test_ten_thousand_lines_at_the_prompt_cost_the_same_at_the_end(count: int, shell: Shell) -> None:
    """Typed one by one, with colours, history and suggestions."""

    def type_all() -> None:
        for line in TYPED:
            shell.do(line)
        shell.log.seek(0)
        shell.log.truncate()

    shell.do("true")
    assert shell.child.pid is not None
    assert_no_growth(type_all, shell.child.pid, count, len(TYPED))


@pytest.mark.root
@pytest.mark.parametrize("count", [100, pytest.param(1000, marks=pytest.mark.slow)])
def test_a_thousand_places_are_made_listed_and_removed_one_by_one(count: int, nsh: Program, machine: Machine) -> None:
    """The last tenth takes at most thrice the time of the first: what grows with all of them is a look at each."""
    names = [f"p{number}" for number in range(count)]
    tenth = count // 10
    with Talk(nsh, before=[*machine.entrance, "prlimit", f"--nofile={FILES}:{FILES}"]) as talk:
        is_zero(talk, "new -q uts once\nrm once")
        before = Load(talk.pid)
        made = times(talk, "new -q uts", names, tenth)
        assert [row["name"] for row in rows(talk.say("ls places --json").out)] == names
        assert talk.say(f"on {names[-1]} true").status == 0
        removed = times(talk, "rm", names, tenth)
        print(f"{count} places: ms to make one, first and last {made}, to remove one {removed}")
        assert rows(talk.say("ls places --json").out) == []
        until(lambda: Load(talk.pid).files <= before.files, "the files of the places are closed")
    for first, last in (made, removed):
        assert last < 3 * first + 10 / tenth


def times(talk: Talk, line: str, names: list[str], tenth: int) -> tuple[float, float]:
    """Milliseconds of processor time for one, in the first tenth and in the last."""
    marks = []
    for part in (names[:tenth], names[tenth:-tenth], names[-tenth:]):
        marks.append(Load(talk.pid).seconds)
        for name in part:
            is_zero(talk, f"{line} {name}")
    marks.append(Load(talk.pid).seconds)
    first, last = marks[1] - marks[0], marks[3] - marks[2]
    return round(1000 * first / tenth, 2), round(1000 * last / tenth, 2)


@pytest.mark.slow
@pytest.mark.root
def test_a_lab_of_a_thousand_hosts_comes_answers_and_goes(nsh: Program, machine: Machine) -> None:
    """The first and the last hear each other, and afterwards no file is open and no process is there."""
    with Talk(nsh, before=[*machine.entrance, "prlimit", f"--nofile={FILES * 4}:{FILES * 4}"]) as talk:
        is_zero(talk, "lab star 2\nlab rm")
        before, processes = Load(talk.pid), len(processes_of(talk.pid))
        is_zero(talk, "lab star 1000")
        assert len(rows(talk.say("ls places --json").out)) >= 1000
        is_zero(talk, "pingpair h1 h1000")
        is_zero(talk, "lab rm star1")
        assert rows(talk.say("ls places --json").out) == []
        after = Load(talk.pid)
        print(f"a lab of 1000 hosts: {after.seconds - before.seconds:.1f} s; KiB {before.kib}..{after.kib}")
        until(lambda: Load(talk.pid).files <= before.files, "the files of the lab are closed")
        assert len(processes_of(talk.pid)) == processes
