# SPDX-License-Identifier: MIT
"""Two sessions at once: they see each other's pins, and otherwise do not know of each other."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.program import NSH, TIMEOUT, Program, Shell
from tests.safety.machine import Machine, children, is_alive, until
from tests.safety.talk import Talk

pytestmark = pytest.mark.real


@pytest.fixture
def two(nsh: Program, machine: Machine) -> Iterator[tuple[Talk, Talk]]:
    """Two sessions on one machine."""
    with Talk(nsh) as one, Talk(nsh) as other:
        yield one, other


def test_the_same_names_mean_different_places(two: tuple[Talk, Talk]) -> None:
    """Each has its own `a`; neither sees nor removes the other's."""
    for number, talk in enumerate(two):
        assert talk.say(f"new -q uts,net,mnt,pid a --hostname host{number}").status == 0
    assert [talk.say("on a hostname").out for talk in two] == ["host0\n", "host1\n"]
    assert [talk.say("ls places --json").out.count('"name"') for talk in two] == [1, 1]
    assert two[0].say("rm a").status == 0
    assert two[1].say("on a hostname").out == "host1\n"
    assert two[0].say("on a hostname").status == 1


def test_a_pin_of_one_is_seen_and_entered_by_the_other_at_once(two: tuple[Talk, Talk], machine: Machine) -> None:
    """Also while the one that made it lives; changes made there are seen by both."""
    one, other = two
    assert one.say("new -q uts a --hostname first --pin").status == 0
    assert other.say("ls pins --json").out.count('"a"') == 1
    assert other.say("on a uts hostname second").status == 0
    assert one.say("on a hostname").out == "second\n"
    assert other.say("new -q uts a").status == 1
    assert other.say("unpin a").err.startswith("uts:[")  # lives on, as the first has its holder
    assert one.say("on a hostname").out == "second\n"
    assert machine.pins() == {}


def test_each_has_a_ledger_of_its_own(two: tuple[Talk, Talk], machine: Machine) -> None:
    """Two files; each goes with its session."""
    for number, talk in enumerate(two):
        assert talk.say(f"new -q uts a{number} --pin").status == 0
    files = sorted(machine.path("/run/nsh/ledger").iterdir())
    assert {int(file.name.partition("-")[0]) for file in files} == {talk.pid for talk in two}
    two[0].say("unpin a0; unpin a1")


def test_the_death_of_one_does_not_touch_the_other(nsh: Program, machine: Machine) -> None:
    """Killed outright, with places, programs and daemons: the other's all live on; and so it is after `clean`."""
    with Talk(nsh) as other:
        assert other.say("new -q uts,net,pid,mnt a --hostname mine; sleep 1000 &").status == 0
        daemon = int(other.say("sh -c 'setsid sleep 1000 >/dev/null 2>&1 & echo $!'").out)
        with Talk(nsh) as one:
            assert one.say("new -q uts,net,pid,mnt a --hostname yours; sleep 1000 &").status == 0
            gone = int(one.say("sh -c 'setsid sleep 1000 >/dev/null 2>&1 & echo $!'").out)
            (zygote,) = children(one.pid)
            one.die()
        until(lambda: not is_alive(gone) and not is_alive(zygote), "the zygote has swept")
        for _ in range(2):
            assert other.say("on a hostname").out == "mine\n"
            assert is_alive(daemon)
            assert other.say("jobs --json").out.count('"running"') == 1
            assert nsh("clean").out == "nothing to clean\n"


def test_of_two_that_pin_the_same_name_at_once_one_wins(nsh: Program, machine: Machine) -> None:
    """The other is told that the name is taken, leaves nothing, and takes nothing of the winner's away."""
    for number in range(6):
        name = f"n{number}"
        racers = [nsh.popen("-c", f"new uts,net {name} --hostname racer{racer} --pin --json") for racer in range(2)]
        said = [racer.communicate(timeout=TIMEOUT) for racer in racers]
        assert sorted(racer.returncode for racer in racers) == [0, 1], said
        (winner,) = (index for index, racer in enumerate(racers) if racer.returncode == 0)
        assert name.encode() in said[1 - winner][1]
        assert set(machine.pins()) == {f"/run/nsh/uts/{name}", f"/run/netns/{name}"}
        assert nsh("-c", f"on {name} hostname").out == f"racer{winner}\n"
        assert nsh("unpin", name).status == 0
    assert machine.left() == []


def test_first_and_last_pins_of_two_sessions_do_not_lose_each_other(nsh: Program, machine: Machine) -> None:
    """While one takes the last pin away, and the private mount with it, the other pins: no pin is lost."""
    loop = "new -q uts {0}\n" + "pin {0}\nunpin {0}\n" * 25 + "pin {0}"
    racers = [nsh.popen("-c", loop.format(name)) for name in ("a", "b")]
    said = [racer.communicate(timeout=TIMEOUT) for racer in racers]
    assert [racer.returncode for racer in racers] == [0, 0], said
    assert set(machine.pins()) == {"/run/nsh/uts/a", "/run/nsh/uts/b"}
    assert len(machine.mounts()) == 3  # the two, and /run/nsh itself, once
    assert nsh("unpin", "a", "b").status == 0


def test_the_private_mount_is_not_taken_away_from_under_a_pin(nsh: Program, machine: Machine, tmp_path: Path) -> None:
    """One is stopped between its look for pins and its umount of /run/nsh: the other's pin waits, or survives."""
    assert nsh("-c", "new -q uts a --pin").status == 0
    out = tmp_path / "stopped"
    # Of nsh itself rmdir(2) is the last call before it has its helper unmount /run/nsh.
    stop = ["strace", "-qq", "-o", str(out), "-e", "trace=rmdir", "-e", "inject=rmdir:signal=STOP:when=8"]
    with subprocess.Popen([*machine.entrance, *stop, NSH, "-c", "unpin a"], start_new_session=True) as one:
        until(lambda: out.exists() and "stopped by SIGSTOP" in out.read_text(), "it is stopped in front of its umount")
        with nsh.popen("-c", "new -q uts b --pin") as other:
            until(
                lambda: other.poll() is not None or is_waiting_for_a_lock(other.pid), "the other has pinned, or waits"
            )
            os.kill(children(one.pid)[0], signal.SIGCONT)
            assert one.wait(TIMEOUT) == 0
            assert other.communicate(timeout=TIMEOUT) == (b"", b"")
            assert other.returncode == 0
    assert set(machine.pins()) == {"/run/nsh/uts/b"}
    assert nsh("unpin", "b").status == 0


def test_what_a_living_session_has_begun_is_not_cleaned_away(nsh: Program, machine: Machine, tmp_path: Path) -> None:
    """Stopped between `begin` and the act; `clean` meanwhile, and until after its end: the pin is made, and stays."""
    out = tmp_path / "stopped"
    stop = ["strace", "-qq", "-o", str(out), "-e", "trace=fsync", "-e", "inject=fsync:signal=STOP:when=1"]
    with subprocess.Popen([*machine.entrance, *stop, NSH, "-c", "new -q uts a --pin"], start_new_session=True) as one:
        until(lambda: out.exists() and "stopped by SIGSTOP" in out.read_text(), "it is stopped behind its begin")
        (ledger,) = machine.path("/run/nsh/ledger").iterdir()
        assert ledger.read_text() == "begin\tpin\t/run/nsh/uts/a\n"
        with nsh.popen("clean") as clean:
            until(lambda: clean.poll() is not None or is_waiting_for_a_lock(clean.pid), "`clean` is done, or waits")
            os.kill(children(one.pid)[0], signal.SIGCONT)
            assert one.wait(TIMEOUT) == 0
            assert clean.communicate(timeout=TIMEOUT) == (b"nothing to clean\n", b"")
    assert set(machine.pins()) == {"/run/nsh/uts/a"}
    assert nsh("unpin", "a").status == 0


def is_waiting_for_a_lock(pid: int) -> bool:
    """Does /proc/locks list the process among those that wait?"""
    lines = (line.split() for line in Path("/proc/locks").read_text().splitlines())
    return any(words[1] == "->" and words[5] == str(pid) for words in lines)


@pytest.mark.terminal
def test_two_prompts_at_once(machine: Machine, shell: Shell, nsh: Program) -> None:
    """A prompt beside a script: its first line, which tidies up, leaves the script's things alone."""
    with Talk(nsh) as talk:
        daemon = int(talk.say("sh -c 'setsid sleep 1000 >/dev/null 2>&1 & echo $!'").out)
        assert talk.say("new -q uts a --hostname script").status == 0
        assert shell.do("new -q uts a --hostname prompt").status == 0
        assert shell.do("on a hostname").out == "prompt\n"
        assert talk.say("on a hostname").out == "script\n"
        assert is_alive(daemon)
