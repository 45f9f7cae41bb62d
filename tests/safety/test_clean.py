# SPDX-License-Identifier: MIT
"""`clean`: away with what dead sessions left, and with nothing else."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.program import NSH, TIMEOUT, Program, Shell, plain
from tests.safety.machine import Machine, children, is_alive, kill, rows, until
from tests.safety.talk import Talk

pytestmark = pytest.mark.real

MARK = "NSH_SESSION"
DAEMON = "sh -c 'setsid sleep 1000 >/dev/null 2>&1 </dev/null & echo $!'"


def die_with_zygote(pid: int) -> None:
    """Kill nsh and its zygote so that neither can tidy up: the zygote is stopped first."""
    (zygote,) = (child for child in children(pid) if "zygote" in Path(f"/proc/{child}/cmdline").read_text())
    os.kill(zygote, signal.SIGSTOP)
    kill(pid)
    kill(zygote)


def orphan(nsh: Program) -> int:
    """A daemon that has outlived its nsh and its zygote."""
    with Talk(nsh) as talk:
        assert talk.say("new -q uts,net a").status == 0
        pid = int(talk.say(f"on a {DAEMON}").out)
        die_with_zygote(talk.pid)
    assert is_alive(pid)
    return pid


class Sleepers:
    """Processes on a machine with a mark in their environment, which nsh did not start."""

    def __init__(self, machine: Machine) -> None:
        self._entrance = machine.entrance
        self._started: list[subprocess.Popen[bytes]] = []

    def __call__(self, mark: str, *before: str) -> int:
        """Start one, and wait until it bears the mark."""
        command = [*self._entrance, *before, "sleep", "1000"]
        process = subprocess.Popen(
            command, env={**os.environ, MARK: mark}, stdin=subprocess.DEVNULL, start_new_session=True
        )
        self._started.append(process)
        word = f"{MARK}={mark}".encode()
        until(lambda: word in Path(f"/proc/{process.pid}/environ").read_bytes().split(b"\0"), "it bears its mark")
        until(lambda: Path(f"/proc/{process.pid}/comm").read_text() == "sleep\n", "sleep runs")
        return process.pid

    def end(self) -> None:
        """End them all."""
        for process in self._started:
            process.kill()
            process.wait()


@pytest.fixture
def sleeper(machine: Machine) -> Iterator[Sleepers]:
    """`sleeper(MARK)` starts a process that bears that mark; its pid."""
    made = Sleepers(machine)
    yield made
    made.end()


SAY_MARK = f"sh -c 'echo ${MARK}'"


def dead_mark(nsh: Program) -> str:
    """The mark of an nsh that has ended."""
    return nsh("-c", SAY_MARK).out.strip()


# Processes.


def test_clean_ends_what_outlived_nsh_and_zygote(nsh: Program, machine: Machine) -> None:
    """A daemon of a killed session is named and ended."""
    pid = orphan(nsh)
    done = nsh("clean")
    assert (done.status, done.out) == (0, f"ended pid {pid} (sleep 1000): a dead nsh had started it\n")
    assert not is_alive(pid)
    assert nsh("clean").out == "nothing to clean\n"


@pytest.mark.terminal
def test_the_next_prompt_ends_it_too(nsh: Program, machine: Machine, shell: Shell) -> None:
    """With the first line of a prompt that is started afterwards, and says so."""
    pid = orphan(nsh)
    assert shell.do("true").status == 0
    until(lambda: not is_alive(pid), "the daemon has ended")
    shell.child.expect_exact(f"ended pid {pid} (sleep 1000): a dead nsh had started it")


@pytest.mark.terminal
def test_the_next_prompt_finishes_half_a_pin_too(machine: Machine, shell: Shell) -> None:
    """What a dead session had begun and not done is away after the first line, and that is said."""
    half = machine.path("/run/nsh/uts/half")
    half.parent.mkdir(parents=True)
    half.touch()
    ledger = machine.path("/run/nsh/ledger/4242-dead")
    ledger.parent.mkdir()
    ledger.write_text("begin\tpin\t/run/nsh/uts/half\n")
    assert shell.do("true").status == 0
    shell.child.expect_exact("removed /run/nsh/uts/half: a dead nsh had begun it and not finished")
    until(lambda: not half.exists() and not ledger.exists(), "it is gone")


def test_a_living_session_is_left_alone(nsh: Program, machine: Machine) -> None:
    """Its programs, its daemons, its places, its ledger."""
    with Talk(nsh) as talk:
        assert talk.say("new -q uts,net a --hostname inside; new -q uts b --pin; sleep 1000 &").status == 0
        daemon = int(talk.say(f"on a {DAEMON}").out)
        assert nsh("clean").out == "nothing to clean\n"
        assert is_alive(daemon)
        assert talk.say("on a hostname").out == "inside\n"
        assert talk.say("jobs --json").out.count('"running"') == 1
        assert talk.say("unpin b").status == 0


def test_marks_that_are_not_of_a_dead_nsh_of_ours_are_left_alone(
    nsh: Program, machine: Machine, sleeper: Sleepers
) -> None:
    """Another pid namespace, where the same pid means somebody else; a living nsh; what is no mark."""
    dead = dead_mark(nsh)
    namespace, _, rest = dead.partition(".")
    with Talk(nsh) as talk:
        living = talk.say(SAY_MARK).out.strip()
        no_marks = ("", "x", "1", "..", namespace, f"{namespace}.", f"{namespace}.-1.1", f"{namespace}.x.1", "\x1b[2J")
        spared = [sleeper(text) for text in (living, f"{int(namespace) + 1}.{rest}", *no_marks)]
        ended = sleeper(dead)
        done = nsh("clean")
        assert done.out == f"ended pid {ended} (sleep 1000): a dead nsh had started it\n"
        assert [is_alive(pid) for pid in spared] == [True] * len(spared)
        assert not is_alive(ended)


@pytest.mark.root
def test_a_program_of_somebody_else_is_left_alone(nsh: Program, machine: Machine, sleeper: Sleepers) -> None:
    """Root's `clean` is for root's sessions: a user may have spared what he left running."""
    pid = sleeper(dead_mark(nsh), "setpriv", "--reuid=1234", "--regid=1234", "--clear-groups")
    assert nsh("clean").out == "nothing to clean\n"
    assert is_alive(pid)


def test_who_cleans_is_spared_with_all_it_descends_from(nsh: Program, machine: Machine) -> None:
    """In a shell that outlived its nsh, `nsh` must not end that shell, nor itself."""
    script = f"{NSH} -c clean; echo survived"
    assert machine.run("env", f"{MARK}={dead_mark(nsh)}", "sh", "-c", script) == "nothing to clean\nsurvived\n"


def test_another_time_namespace_makes_nobody_dead(nsh: Program, machine: Machine) -> None:
    """Start times are shifted in a time namespace: who cannot compare them leaves the process alone."""
    with Talk(nsh) as talk:
        daemon = int(talk.say(DAEMON).out)
        assert talk.say("new -q time later --boottime +1d").status == 0
        assert talk.say(f"on later {NSH} clean").out == "nothing to clean\n"
        assert is_alive(daemon)
        assert talk.say("on later sh -c 'exit 7'").status == 7


def test_what_was_left_running_on_purpose_stays(nsh: Program, machine: Machine) -> None:
    """`quit --leave-running` spares daemons, and so does every later `clean`; the record goes with the last of them."""
    with Talk(nsh) as talk:
        daemon = int(talk.say(DAEMON).out)
        assert talk.process.stdin is not None
        talk.process.stdin.write(b"quit --leave-running\n")
        talk.process.stdin.flush()
        assert talk.process.wait(TIMEOUT) == 0
    assert is_alive(daemon)
    for _ in range(2):
        assert nsh("clean").out == "nothing to clean\n"
        assert is_alive(daemon)
    kill(daemon)
    assert nsh("clean").out == "nothing to clean\n"
    assert list(machine.path("/run/nsh/ledger").iterdir()) == []


@pytest.mark.rootless
def test_an_ordinary_user_remembers_in_his_runtime_directory_what_he_spared(nsh: Program) -> None:
    """In a folder that is closed to everybody else."""
    done = nsh("-c", f"{DAEMON}\nquit --leave-running")
    assert done.status == 0, done.err
    folder = Path(nsh.environment["XDG_RUNTIME_DIR"], "nsh", "ledger")
    (record,) = folder.iterdir()
    assert [stat.S_IMODE(path.stat().st_mode) for path in (record, folder, folder.parent)] == [0o600, 0o700, 0o700]
    assert nsh("clean").out == "nothing to clean\n"
    assert is_alive(int(done.out))
    kill(int(done.out))
    assert nsh("clean").out == "nothing to clean\n"
    assert list(folder.iterdir()) == []


# Pins.


def test_a_killed_sessions_pins_are_kept_by_clean(nsh: Program, machine: Machine) -> None:
    """They were asked for; `ls pins` still lists them and a later nsh enters them."""
    with Talk(nsh) as talk:
        assert talk.say("new -q uts,net a --hostname kept --pin").status == 0
        die_with_zygote(talk.pid)
    assert nsh("clean").out == "nothing to clean\n"
    assert set(machine.pins()) == {"/run/nsh/uts/a", "/run/netns/a"}
    assert nsh("-c", "on a hostname").out == "kept\n"
    assert nsh("unpin", "a").status == 0


def test_clean_pins_takes_all_of_them_with_yes(nsh: Program, machine: Machine) -> None:
    """Those of nsh, whichever session made them; not what `ip netns add` made."""
    assert nsh("-c", "new -q uts,net a --pin; new -q mnt b --pin").status == 0
    machine.run("ip", "netns", "add", "red")
    done = nsh("clean", "--pins", "--yes")
    assert (done.status, done.out) == (0, "unpinned a\nunpinned b\n")
    assert set(machine.pins()) == {"/run/netns/red"}
    machine.run("ip", "netns", "delete", "red")


def test_clean_pins_takes_none_without_an_answer(nsh: Program, machine: Machine) -> None:
    """In a script nobody can be asked: that is a mistake in the line, and nothing is done."""
    assert nsh("-c", "new -q uts a --pin").status == 0
    done = nsh("clean", "--pins")
    assert done.status == 2
    assert "--yes" in done.err
    assert set(machine.pins()) == {"/run/nsh/uts/a"}
    assert nsh("clean", "--pins", "--yes").status == 0


@pytest.mark.terminal
@pytest.mark.parametrize("answers", ["yn", "ny", "\x03"])
def test_at_a_prompt_clean_pins_asks_for_each(answers: str, machine: Machine, shell: Shell) -> None:
    """Only what was answered with y goes; ^C ends the questions."""
    assert shell.do("new -q uts,net a --pin; new -q mnt b --pin").status == 0
    shell.type("clean --pins")
    for name, answer in zip(("a (uts, net)", "b (mnt)"), answers, strict=False):
        shell.child.expect_exact(f"unpin {name}? [y/N] ")
        shell.child.send(answer if answer == "\x03" else f"{answer}\r")
    done = shell.finish()
    gone = [name for name, answer in zip("ab", answers, strict=False) if answer == "y"]
    assert done.status == (130 if "\x03" in answers else 0)
    left = {Path(path).name for path in machine.pins()}
    assert left == {"a", "b"} - set(gone)
    assert "".join(f"unpinned {name}\n" for name in gone) in plain(done.out)
    assert shell.do("clean --pins --yes").status == 0


def test_clean_json_is_a_list_of_what_was_done(nsh: Program, machine: Machine) -> None:
    """Empty when there was nothing."""
    assert rows(nsh("clean", "--json").out) == []
    pid = orphan(nsh)
    assert rows(nsh("clean", "--json").out) == [f"ended pid {pid} (sleep 1000): a dead nsh had started it"]  # type: ignore[comparison-overlap]
