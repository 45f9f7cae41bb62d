# SPDX-License-Identifier: MIT
"""Killed at any moment: nsh, its zygote, a helper, a holder. Nothing is left but what was asked to stay.

The moments and the scripts are random and seeded, so that a failure can be
run again: its message names the seed.
"""

from __future__ import annotations

import os
import random
import select
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.program import NSH, TIMEOUT, Program, Shell
from tests.safety.machine import Machine, children, helpers, is_alive, kill, rows, running, until
from tests.safety.talk import Talk

pytestmark = pytest.mark.real

NAMES = "abcdef"
TYPES = ("uts", "net", "ipc", "uts,net", "pid,mnt", "user,uts", "user,mnt,pid,net,uts,ipc", "time", "cgroup")
DAEMON = "sh -c 'setsid sleep 1000 >/dev/null 2>&1 &'"
STUBBORN = "sh -c 'trap \"\" TERM HUP INT QUIT; sleep 1000' &"
LINES = (
    *["new -q {types} {name}"] * 4,
    *["new -q uts,net {name} --pin", "pin {name}", "unpin {name}", "rm {name}", "rm --kill {name}"],
    *["enter {name}", "leave", "leave", "unshare uts", "unshare --fork pid,mnt", "unshare user,net", "unshare pid"],
    *[
        "on {name} true",
        "on {name} " + DAEMON,
        "true",
        "sh -c 'sleep 1000 & true'",
        "new -q pid,mnt -- sh -c 'sleep 9 & true'",
    ],
    *["sleep 1000 &", STUBBORN, DAEMON, "new -q uts h[1..5]", "true | true | cat", "jobs", "ls ns", "clean"],
)


def script(seed: int, lines: int = 300) -> str:
    """A busy session: each line may fail, none waits for long."""
    dice = random.Random(seed)
    return "".join(
        dice.choice(LINES).format(types=dice.choice(TYPES), name=dice.choice(NAMES)) + "\n" for _ in range(lines)
    )


def moment(dice: random.Random) -> float:
    """Seconds from the start to the end: half of them while nsh is starting."""
    return dice.choice((dice.uniform(0, 0.15), dice.uniform(0.1, 0.6)))


class Wreck:
    """A busy nsh that is killed at a random moment, and what is left of it."""

    def __init__(self, nsh: Program, machine: Machine, seed: int, lines: int = 300) -> None:
        self.machine = machine
        self.nsh = nsh
        self.seed = seed
        self.dice = random.Random(seed)
        self.before = running()
        self._stderr = nsh.cwd / "stderr"
        file = nsh.cwd / "script"
        file.write_text(script(seed, lines))
        with file.open() as stdin, self._stderr.open("w") as stderr:
            self.process = subprocess.Popen(
                [*machine.entrance, NSH, "-k"],
                stdin=stdin,
                stdout=subprocess.DEVNULL,
                stderr=stderr,
                env=nsh.environment,
                start_new_session=True,
            )
        select.select([], [], [], moment(self.dice))
        self.had = len(running() - self.before)

    def said(self) -> str:
        """What it has said on standard error."""
        return self._stderr.read_text(errors="replace")

    def helpers(self) -> list[int]:
        """Its helpers and holders at this moment."""
        try:
            return helpers(self.process.pid)
        except (FileNotFoundError, ProcessLookupError):
            return []  # one ended meanwhile

    def lose_a_helper(self) -> bool:
        """Kill one of them, when there is one."""
        victims = self.helpers()
        try:
            if victims:
                os.kill(self.dice.choice(victims), signal.SIGKILL)
        except ProcessLookupError:
            return False  # it was quicker
        return bool(victims)

    def zygote(self) -> int | None:
        """Its zygote, when there is one yet."""
        return next(iter(children(self.process.pid)), None)

    def is_gone(self) -> bool:
        """Are all processes gone that it brought?"""
        return running() <= self.before

    def was_killed(self) -> bool:
        """Did it end by that, and not before by itself?"""
        return self.process.returncode in (-signal.SIGKILL, 128 + signal.SIGKILL)

    def end(self) -> float:
        """Kill nsh itself; how long it took until all its processes were gone."""
        self.process.kill()
        started = time.monotonic()
        self.process.wait()
        until(self.is_gone, f"the end of its processes (seed {self.seed})")
        return time.monotonic() - started

    def end_with_zygote(self) -> None:
        """Kill nsh and its zygote, so that nobody sweeps; then have the next nsh clean up."""
        zygote = self.zygote()
        if zygote is not None:
            os.kill(zygote, signal.SIGSTOP)
        self.process.kill()
        self.process.wait()
        if zygote is not None and is_alive(zygote):
            kill(zygote)
        assert self.nsh("clean").status == 0
        until(self.is_gone, f"the end of its processes (seed {self.seed})")

    def check(self) -> int:
        """Nothing is left but pins, and those are whole; returns how many there were."""
        if self.machine.left() or any(self.machine.path("/run/nsh").glob("ledger/*")):
            assert self.nsh("clean").status == 0
        pins = rows(self.nsh("ls", "pins", "--json").out) if self.machine.left() else []
        assert [row for row in pins if row["state"] != "pinned"] == [], f"seed {self.seed}"
        if pins:
            assert self.nsh("clean", "--pins", "--yes").status == 0
        assert self.machine.left() == [], f"seed {self.seed}"
        return len(pins)


def many(few: int, all_of_them: int) -> pytest.MarkDecorator:
    """So many in the everyday run, and so many more in the slow one."""
    return pytest.mark.parametrize("seeds", [range(few), pytest.param(range(few, all_of_them), marks=pytest.mark.slow)])


@many(12, 362)
def test_nsh_killed_at_random_moments_leaves_nothing(seeds: range, nsh: Program, machine: Machine) -> None:
    """The zygote sweeps: programs, daemons, those that ignore signals, holders; half pins go with the next `clean`."""
    times, pins, had = [], 0, []
    for seed in seeds:
        wreck = Wreck(nsh, machine, seed)
        took = wreck.end()
        if wreck.was_killed():
            had.append(wreck.had)
            times.append(took)
        pins += wreck.check()
    print(
        f"{len(had)} kills with {min(had)} to {max(had)} processes, {sum(had)} in all: 0 leaks; "
        f"{pins} pins that were asked for; all gone within {max(times):.3f} s"
    )


@many(5, 155)
def test_nsh_and_zygote_killed_at_random_moments_are_cleaned_up_after(
    seeds: range, nsh: Program, machine: Machine
) -> None:
    """Nobody is left to sweep: the next `clean` ends what lives on and finishes what was begun."""
    killed, pins = 0, 0
    for seed in seeds:
        wreck = Wreck(nsh, machine, 1000 + seed)
        wreck.end_with_zygote()
        killed += wreck.was_killed()
        pins += wreck.check()
    print(f"{killed} kills of both, 0 leaks; {pins} pins that were asked for")


@many(8, 158)
def test_any_helper_killed_at_a_random_moment_ends_no_session_badly(
    seeds: range, nsh: Program, machine: Machine
) -> None:
    """The zygote, the helper of host, another, a holder: nsh goes on or ends with a word, and leaves nothing."""
    killed, unknown = 0, 0
    for seed in seeds:
        wreck = Wreck(nsh, machine, 2000 + seed, lines=25)
        until(lambda wreck=wreck: wreck.process.poll() is not None or wreck.helpers(), "it has helpers")  # type: ignore[misc]
        killed += wreck.lose_a_helper()
        assert wreck.process.wait(TIMEOUT) in (*range(3), 126, 127, 137), f"seed {wreck.seed}\n{wreck.said()}"
        assert "Traceback" not in wreck.said(), f"seed {wreck.seed}\n{wreck.said()}"
        unknown += "unknown" in wreck.said()
        assert nsh("clean").status == 0
        until(wreck.is_gone, f"the end of its processes (seed {wreck.seed})")
        wreck.check()
    print(f"{killed} helpers killed, 0 leaks, 0 tracebacks; {unknown} sessions were told that a state is unknown")


# The same, one at a time, to see what is said.


def helper_titled(pid: int, title: str) -> int:
    """The child of the zygote that shows as `nsh: TITLE` in ps."""
    (found,) = (
        helper
        for helper in helpers(pid)
        if Path(f"/proc/{helper}/cmdline").read_bytes().rstrip(b"\0 ") == title.encode()
    )
    return found


@pytest.fixture
def talk(nsh: Program, machine: Machine) -> Iterator[Talk]:
    """A session with a place `a`."""
    with Talk(nsh) as opened:
        assert opened.say("new -q uts,net a --hostname inside").status == 0
        yield opened


def test_a_helper_that_dies_before_its_answer_leaves_the_state_unknown(talk: Talk) -> None:
    """Asked and gone: perhaps done, perhaps not, and nsh says just that; the session goes on at host."""
    assert talk.say("enter a").status == 0
    helper = helper_titled(talk.pid, "nsh: a")
    until(lambda: waits_for_fd(talk.pid) == 0, "nsh waits for the next line")
    os.kill(helper, signal.SIGSTOP)
    talk.write("uts hostname other")
    until(lambda: waits_for_fd(talk.pid) not in (0, None), "nsh waits for the helper's answer")
    kill(helper)
    done = talk.say("hostname")
    assert "nsh: a: ended before it answered steps: state unknown" in done.err
    assert "you are back in nsh>" in done.err + talk.say("true").err
    assert done.out == "machine\n"
    assert talk.say("on a hostname").out == "inside\n"


def waits_for_fd(pid: int) -> int | None:
    """The fd that a sleeping process reads from, by the first argument of the system call it is in."""
    words = Path(f"/proc/{pid}/syscall").read_text().split()
    first = int(words[1], 16) if len(words) > 2 else -1
    return first if 0 <= first < 4096 else None


def test_a_helper_that_dies_between_lines_is_told_of(talk: Talk) -> None:
    """Nothing was asked of it: you are back where you came from."""
    assert talk.say("enter a").status == 0
    kill(helper_titled(talk.pid, "nsh: a"))
    done = talk.say("hostname")
    assert "the process you sat in has ended (enter a): you are back in nsh>" in done.err + talk.say("true").err
    assert talk.say("hostname").out == "machine\n"


def test_a_holder_that_was_killed_is_told_of_with_its_signal(talk: Talk) -> None:
    """The place is gone, and the next word about it says why."""
    kill(helper_titled(talk.pid, "nsh: a (holder)"))
    said = talk.say("true").err + talk.say("true").err
    assert "a is gone: its holder was killed (SIGKILL)" in said
    done = talk.say("on a true")
    assert done.status == 1
    assert "was killed (SIGKILL)" in done.err
    assert talk.say("new -q uts a; on a true").status == 0


def test_the_helper_of_host_is_replaced_and_what_it_did_is_unknown(talk: Talk) -> None:
    """Another stands in; places live on."""
    kill(helper_titled(talk.pid, "nsh: host"))
    said = "".join(talk.say("true").err for _ in range(3))
    assert "the helper of host was killed, and another stands in" in said
    assert "is unknown" in said
    assert talk.say("sh -c 'exit 7'").status == 7
    assert talk.say("on a hostname").out == "inside\n"


def test_without_its_zygote_nsh_ends_with_a_word(nsh: Program, machine: Machine) -> None:
    """Everything it had made died with it: state unknown, start again."""
    with Talk(nsh) as talk:
        assert talk.say("new -q uts a").status == 0
        (zygote,) = children(talk.pid)
        kill(zygote)
        assert talk.process.stdin is not None
        talk.process.stdin.write(b"true\nnew -q uts b\ntrue\n")
        talk.process.stdin.close()
        talk.process.stdin = None
        _, err = talk.process.communicate(timeout=TIMEOUT)
        assert "state unknown" in err.decode()
        assert "Traceback" not in err.decode()
        assert talk.process.returncode not in (0, 70)


@pytest.mark.terminal
@many(2, 42)
def test_a_prompt_killed_at_random_moments_leaves_nothing(
    seeds: range, machine: Machine, nsh: Program, environment: dict[str, str]
) -> None:
    """On a terminal, with a job in front, beside and stopped."""
    lines = ("new -q user,uts,pid,mnt {0}", "sleep 1000 &", "enter {0}", "unshare uts", DAEMON, "sh -c 'kill -STOP $$'")
    for seed in seeds:
        dice, before = random.Random(3000 + seed), running()
        shell = Shell(environment, nsh.cwd)
        for number in range(dice.randrange(len(lines))):
            shell.do(lines[number].format("abc"[number % 3]))
        shell.child.send(dice.choice(("", "half a line", "sleep 1000\r", "new uts x\r", DAEMON + "\r")))
        select.select([], [], [], dice.uniform(0, 0.05))
        shell.child.kill(signal.SIGKILL)
        shell.child.close()
        until(lambda before=before: running() <= before, f"the end of its processes (seed {seed})")  # type: ignore[misc]
        assert machine.left() == [], f"seed {seed}"
    print(f"{len(seeds)} kills of a prompt: 0 leaks")
