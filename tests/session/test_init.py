# SPDX-License-Identifier: MIT
"""The holder of a new pid namespace is a real init: it reaps, is deaf to signals, and takes its members along."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest

from tests.program import TIMEOUT, Program
from tests.safety.talk import Talk
from tests.session.console import wait_until

pytestmark = pytest.mark.real

BOX = "new user,pid,mnt box"
SIGNALS = [
    signal.SIGTERM,
    signal.SIGINT,
    signal.SIGHUP,
    signal.SIGQUIT,
    signal.SIGUSR1,
    signal.SIGUSR2,
    signal.SIGPIPE,
    signal.SIGALRM,
    signal.SIGTSTP,
    signal.SIGSEGV,
    signal.SIGRTMIN,
]


def made(talk: Talk, line: str = BOX) -> int:
    """Make a place; its pid."""
    return int(json.loads(talk.say(f"{line} --json").out)["pid"])


def states(pid: int) -> dict[int, str]:
    """The state of each process in the pid namespace of that one."""
    own = os.readlink(f"/proc/{pid}/ns/pid")
    found = {}
    for name in os.listdir("/proc"):
        try:
            if name.isdigit() and os.readlink(f"/proc/{name}/ns/pid") == own:
                found[int(name)] = Path(f"/proc/{name}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue  # ended meanwhile, or not ours to look at
    return found


def test_orphans_are_reaped(nsh: Program) -> None:
    """200 double forks later no zombie is there, and nothing but the init."""
    with Talk(nsh) as talk:
        pid = made(talk)
        done = talk.say("on box sh -c 'for i in $(seq 200); do (true &); done; exit 9'")
        assert done.status == 9
        wait_until(lambda: list(states(pid)) == [pid])
        zombies = talk.say("on box sh -c 'grep -l ^State:.Z /proc/[0-9]*/status | wc -l'")
        assert zombies.out == "0\n"


def test_an_orphan_is_a_child_of_the_init(nsh: Program) -> None:
    """As in any pid namespace: its parent inside is 1 (pid_namespaces(7))."""
    with Talk(nsh) as talk:
        made(talk)
        done = talk.say(
            """on box sh -c '(sh -c "while [ \\$(ps -o ppid= \\$\\$) -ne 1 ]; do :; done; echo is 1" &)' | cat"""
        )
        assert done.out == "is 1\n"


def test_no_signal_from_inside_ends_or_stops_it(nsh: Program) -> None:
    """Not even KILL and STOP from root inside: the kernel protects an init from its own."""
    with Talk(nsh) as talk:
        pid = made(talk)
        for number in (*SIGNALS, signal.SIGKILL, signal.SIGSTOP):
            assert talk.say(f"on box sh -c 'kill -{int(number)} 1'").status == 0
        assert states(pid)[pid] == "S"
        assert talk.say("on box echo alive").out == "alive\n"


def test_signals_from_outside_pass_it_by_but_kill(nsh: Program) -> None:
    """An ancestor's TERM, INT, HUP and the rest are ignored too, because it has no handler for them."""
    with Talk(nsh) as talk:
        pid = made(talk)
        for number in SIGNALS:
            os.kill(pid, number)
        caught = next(
            line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("SigCgt")
        )
        assert talk.say("on box echo alive").out == "alive\n"
        assert int(caught.split()[1], 16) & ~(1 << signal.SIGCHLD - 1) == 0


def test_killed_from_outside_it_takes_every_member_along(nsh: Program) -> None:
    """Programs, daemons, and those in a nested namespace: the kernel ends them all (pid_namespaces(7))."""
    with Talk(nsh) as talk:
        pid = made(talk)
        assert talk.say("on box sleep 1000 &").status == 0
        assert talk.say("on box setsid -f sleep 1000").status == 0
        assert talk.say("enter box").status == 0
        inner = made(talk, "new pid inner")
        assert talk.say("leave").status == 0
        members = [os.pidfd_open(member) for member in (*states(pid), inner)]
        assert len(members) >= 4
        os.kill(pid, signal.SIGKILL)
        for pidfd in members:
            wait_until(lambda pidfd=pidfd: ended(pidfd))  # type: ignore[misc]
            os.close(pidfd)


def ended(pidfd: int) -> bool:
    """Has that process ended and been reaped?"""
    try:
        signal.pidfd_send_signal(pidfd, 0)
    except ProcessLookupError:
        return True
    return False


def killed(nsh: Program, types: str, *after: str) -> tuple[str, str]:
    """What a session prints that makes a place `box`, has its holder killed, and runs these lines then."""
    process = nsh.popen("-k")
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"new {types} box --json\n".encode())
    process.stdin.flush()
    pid = int(json.loads(process.stdout.readline())["pid"])
    pidfd = os.pidfd_open(pid)
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: ended(pidfd))
    os.close(pidfd)
    out, err = process.communicate("".join(f"{line}\n" for line in after).encode(), TIMEOUT)
    return out.decode(), err.decode()


def test_what_happened_is_said_then_and_afterwards(nsh: Program) -> None:
    """Once as news, and again as the reason why the name is gone; the name is free for a new one."""
    line = "box is gone: its init (pid 1) was killed (SIGKILL), and the kernel ended every member with it"
    refused = ("enter box", "on box true", "rm box", "show box", "same uts box host")
    again = ("new -q user,pid,mnt box", "on box echo again")
    out, err = killed(nsh, "user,pid,mnt", "ls places", *refused, *again)
    assert out == "again\n"
    assert [text for text in err.splitlines() if text == line] == [line]
    assert err.count(f"hint: {line}; make a new one") == len(refused)


def test_a_holder_without_a_pid_namespace_that_is_killed_is_said_too(nsh: Program) -> None:
    """Its namespaces go with it, unless something else keeps them."""
    _, err = killed(nsh, "user,uts", "ls places")
    assert "box is gone: its holder was killed (SIGKILL)" in err
    assert "every member" not in err


def test_where_you_sit_when_the_init_dies_is_left_and_that_is_said(nsh: Program) -> None:
    """The helper dies with its namespace: you are back where you came from."""
    with Talk(nsh) as talk:
        pid = made(talk)
        assert talk.say("enter box").status == 0
        members = [os.pidfd_open(member) for member in states(pid)]
        os.kill(pid, signal.SIGKILL)
        for pidfd in members:
            wait_until(lambda pidfd=pidfd: ended(pidfd))  # type: ignore[misc]
            os.close(pidfd)
        said = talk.say("ls places").err + talk.say("ls places").err
        assert "the process you sat in has ended (enter box)" in said
        assert talk.say("leave").status == 1


def test_a_program_that_is_the_init_ends_its_place(nsh: Program) -> None:
    """With `new … -- CMD`, what CMD left running ends with it, and entering the name says why not."""
    with Talk(nsh) as talk:
        done = talk.say("new user,pid,mnt run -- sh -c 'setsid -f sleep 1000; echo $$; exit 4'")
        assert (done.status, done.out) == (4, "1\n")
        assert talk.say("ls places").out == ""
        refused = talk.say("enter run")
        assert refused.status == 1
        assert "it ended with its program" in refused.err


def test_an_init_is_called_so_by_ps(nsh: Program) -> None:
    """`1 nsh: box (holder)`, and whoever enters is 2: that the shell is not 1 is a lesson, not a bug."""
    with Talk(nsh) as talk:
        made(talk)
        assert talk.say("enter box").status == 0
        assert talk.say("echo $$").out == "2\n"
        rows = talk.say("ps -e -o pid=,args=").out.split("\n")
        assert [row.split(None, 1) for row in rows[:2]] == [["1", "nsh: box (holder)"], ["2", "nsh: box"]]
        listed = json.loads(talk.say("pid ls . --json").out)
        assert [(row["pids"][-1], row["init"]) for row in listed][:2] == [(1, True), (2, False)]
