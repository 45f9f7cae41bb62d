# SPDX-License-Identifier: MIT
"""A helper that is lost in the middle: its state is unknown, nothing says otherwise; `clean` takes away half a pin."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from nsh.errors import HelperLost
from nsh.helper import channel
from nsh.helper.client import Birth, Peer
from nsh.session.news import News
from tests.program import TIMEOUT, Program, Shell, plain
from tests.safety.machine import Machine, is_traced, until
from tests.safety.talk import Talk
from tests.safety.test_faults import waits_for_fd
from tests.safety.test_ledger import ledgers
from tests.safety.test_stopped import nsh_of, titled

pytestmark = pytest.mark.real

PIN = "/run/nsh/uts/a"
MOMENTS = {"before it is bound": "mount", "before it can say that it was": "sendmsg"}
"""The call of the helper at which it dies."""


@contextmanager
def dies_at(call: str, pid: int) -> Iterator[None]:
    """Within the block a process is killed as it enters its first call of that name."""
    inject = ["-e", f"trace={call}", "-e", f"inject={call}:signal=KILL"]
    with subprocess.Popen(["strace", "-qq", "-o", os.devnull, *inject, f"-p{pid}"]) as strace:
        until(lambda: is_traced(pid), "strace has attached")
        yield
        strace.wait(TIMEOUT)


@pytest.fixture
def talk(nsh: Program, machine: Machine) -> Iterator[Talk]:
    """A session with a place `a` of two types, and something pinned, so that only the bind is still to do."""
    with Talk(nsh) as opened:
        assert opened.say("new -q uts,ipc a; pin a first").status == 0
        yield opened
    assert nsh("clean", "--pins", "--yes").status == 0


def at_rest(talk: Talk) -> None:
    """The helper has said all that there is to say of the programs before."""
    until(lambda: waits_for_fd(talk.pid) == 0, "nsh waits for the next line")


def lose(talk: Talk, line: str, moment: str) -> None:
    """Lose the helper in the middle of a line: it has not succeeded, and says what is known."""
    at_rest(talk)
    with dies_at(MOMENTS[moment], titled(talk.pid, "host")):
        done = talk.say(line)
    assert (done.status, done.out) == (1, "")
    assert "nsh: host: ended before it answered steps: state unknown" in done.err


def end(talk: Talk) -> None:
    """The end of its input, which is an end in order."""
    assert talk.process.stdin is not None
    talk.process.stdin.close()
    talk.process.wait(TIMEOUT)
    talk.process.stdin = None


@pytest.mark.parametrize("moment", MOMENTS)
def test_after_the_end_of_nsh_clean_takes_away_what_there_is(
    moment: str, nsh: Program, machine: Machine, talk: Talk
) -> None:
    """An end in order does not forget what is unknown; the next `clean` names it."""
    lose(talk, "pin a", moment)
    end(talk)
    assert len(ledgers(machine)) == 1
    assert set(machine.pins()) - {"/run/nsh/uts/first", "/run/nsh/ipc/first"} == ({PIN} if "say" in moment else set())
    assert nsh("clean").out == f"removed {PIN}: a dead nsh had begun it and not finished\n"
    assert set(machine.pins()) == {"/run/nsh/uts/first", "/run/nsh/ipc/first"}
    assert ledgers(machine) == []
    assert nsh("clean").out == "nothing to clean\n"


@pytest.mark.parametrize("line", ["clean", "unpin a"])
@pytest.mark.parametrize("moment", MOMENTS)
def test_the_same_session_can_take_it_away(moment: str, line: str, machine: Machine, talk: Talk) -> None:
    """As the hint says; then all is known, and the name is free."""
    lose(talk, "pin a", moment)
    done = talk.say(line)
    said = f"removed {PIN}: it was begun and not finished\n" if line == "clean" else ""
    assert (done.status, done.out) == (0, said)
    assert not machine.path(PIN).exists()
    assert talk.say("pin a; unpin a; unpin first").status == 0
    assert ledgers(machine)[0].read_text().count("begin") == 0


def test_an_unpin_that_is_unknown_is_finished_by_clean(nsh: Program, machine: Machine, talk: Talk) -> None:
    """It was asked for; what it had not come to yet stays."""
    at_rest(talk)
    with dies_at("umount2", titled(talk.pid, "host")):
        assert "state unknown" in talk.say("unpin first").err
    end(talk)
    pins = {"/run/nsh/uts/first", "/run/nsh/ipc/first"}
    assert set(machine.pins()) == pins
    (line,) = nsh("clean").out.splitlines()
    (stays,) = machine.pins()
    assert line == f"removed {(pins - {stays}).pop()}: a dead nsh had begun it and not finished"


@pytest.mark.terminal
def test_quit_says_what_is_not_finished(nsh: Program, machine: Machine, shell: Shell) -> None:
    """Beside what is pinned for sure, and with what takes it away."""
    assert shell.do("new -q uts a; pin a first").status == 0
    with dies_at("sendmsg", titled(nsh_of(shell), "host")):
        done = shell.do("pin a")
    assert done.status == 1
    assert "`clean` takes away what there is of the pin, and so does `unpin a`" in done.out
    shell.type("quit")
    assert shell.wait_end() == 0
    said = plain(shell.child.before or "").splitlines()
    assert f"not finished: {PIN} (`clean` takes away what there is)" in said
    assert "pinned, so they stay: /run/nsh/uts/first (`unpin first`)" in said
    assert nsh("clean", "--pins", "--yes").out.splitlines()[-1] == "unpinned first"


# Where it is lost between two looks at it.


def test_a_process_that_ends_at_its_gate_was_perhaps_made() -> None:
    """The word that lets it go on finds nobody."""
    ours, theirs = channel.pair()
    theirs.close()
    birth = Birth(ours, [0], "nsh: a")
    with pytest.raises(HelperLost, match="nsh: a: ended while it was being made: state unknown"):
        birth.open_gate()
    birth.give_up()


def test_nothing_waits_for_a_helper_that_was_let_go() -> None:
    """Its socket is closed; whoever has a job there learns at once that it is lost."""
    ours, theirs = channel.pair()
    theirs.close()
    peer = Peer(ours, -1, "nsh: a")
    peer.close()
    assert News(None).wait([peer.sock.fileno()], peer) == []  # type: ignore[arg-type]
