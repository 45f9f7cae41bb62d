# SPDX-License-Identifier: MIT
"""A helper, a holder, the zygote that somebody stops (SIGSTOP): nsh says so and lets it go on, and nothing hangs."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.program import TIMEOUT, Program, Shell
from tests.safety.machine import Machine, children, helpers, is_alive, running, until
from tests.safety.talk import Talk

pytestmark = pytest.mark.real

WORD = "was stopped and did not answer: nsh lets it go on"
DAEMON = "sh -c 'setsid sleep 1000 >/dev/null 2>&1 &'"
_ATTACH = "import ctypes; ctypes.CDLL(None).ptrace(16, {}, 0, 0); print(flush=True); input()"  # PTRACE_ATTACH


def titled(nsh_pid: int, title: str) -> int:
    """The process of an nsh that ps(1) shows by that name."""
    wanted = f"nsh: {title}".encode()
    return next(pid for pid in helpers(nsh_pid) if Path(f"/proc/{pid}/cmdline").read_bytes().rstrip(b"\0 ") == wanted)


def stop(pid: int) -> None:
    """Stop a process, and wait until it is."""
    os.kill(pid, signal.SIGSTOP)
    try:
        until(lambda: "\nState:\tT" in Path(f"/proc/{pid}/status").read_text(), "it is stopped")
    except AssertionError as error:
        error.add_note(Path(f"/proc/{pid}/status").read_text())
        raise


@contextmanager
def stopped(pid: int) -> Iterator[None]:
    """A process that is stopped; continued afterwards, if it is still there."""
    stop(pid)
    yield
    if is_alive(pid):
        os.kill(pid, signal.SIGCONT)


def heard(talk: Talk, text: str) -> str:
    """Wait until nsh has said that on standard error; all that came."""
    assert talk.process.stderr is not None
    found = b""
    while text.encode() not in found or not found.endswith(b"\n"):
        assert select.select([talk.process.stderr], [], [], TIMEOUT)[0], found
        part = os.read(talk.process.stderr.fileno(), 4096)
        assert part, f"the end came before {text!r}: {found!r}"
        found += part
    return found.decode()


@pytest.mark.parametrize("line", ["on a hostname", "new -q uts b", "true", "on a uts hostname"])
def test_a_stopped_helper_is_let_go_on(line: str, nsh: Program, machine: Machine) -> None:
    """The line waits for a second; then one word says why, and the line is done as if nothing had been."""
    with Talk(nsh) as talk:
        assert talk.say("new -q uts,net a --hostname inside").status == 0
        host = titled(talk.pid, "host")
        stop(host)
        done = talk.say(line)
        assert (done.status, done.err) == (0, f"nsh: host (pid {host}) {WORD}\n")
        assert talk.say("on a hostname").out == "inside\n"


def test_nothing_waits_for_a_stopped_holder_or_zygote(nsh: Program, machine: Machine) -> None:
    """A place is entered, used and removed while its holder is stopped, and so is a new one without a zygote."""
    with Talk(nsh) as talk:
        assert talk.say("new -q uts,net a --hostname inside").status == 0
        with stopped(titled(talk.pid, "a (holder)")), stopped(titled(talk.pid, "zygote")):
            assert talk.say("on a hostname").out == "inside\n"
            assert talk.say("new -q uts,ipc b; enter b; leave; rm b").status == 0
            assert talk.say("rm a").status == 0


@pytest.mark.root  # who may trace a helper differs between machines
def test_control_c_ends_a_helper_that_a_tracer_holds(nsh: Program, machine: Machine) -> None:
    """SIGCONT does not move it: it is killed, and what it was asked for is unknown, never a success."""
    with Talk(nsh) as talk:
        assert talk.say("new -q uts a --hostname inside").status == 0
        held = titled(talk.pid, "host")
        tracer = [sys.executable, "-c", _ATTACH.format(held)]
        with subprocess.Popen(tracer, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            talk.write("new -q uts b")
            heard(talk, "a tracer holds it; ^C ends it")
            talk.process.send_signal(signal.SIGINT)
            until(lambda: not is_alive(held), "it has ended")
            process.communicate(timeout=TIMEOUT)
        assert "state unknown" in heard(talk, "unknown")
        assert talk.say("on a hostname").out == "inside\n"
        assert '"b"' not in talk.say("ls places --json").out


@pytest.mark.parametrize("title", ["zygote", "host", "a (holder)"])
def test_the_end_waits_for_no_stopped_process(title: str, nsh: Program, machine: Machine) -> None:
    """At the end of its input nsh ends, and everything with it: also what runs beside it."""
    before = running()
    with Talk(nsh) as talk:
        assert talk.say(f"new -q pid,uts a; on a true; sleep 1000 &\n{DAEMON}").status == 0
        stop(titled(talk.pid, title))
    until(lambda: running() <= before, "the end of its processes")


@pytest.mark.parametrize("title", ["zygote", "host", "a (holder)"])
def test_nsh_killed_beside_a_stopped_process_leaves_nothing_that_clean_does_not_end(
    title: str, nsh: Program, machine: Machine
) -> None:
    """A stopped zygote cannot sweep; `clean` does."""
    before = running()
    with Talk(nsh) as talk:
        assert talk.say(f"new -q pid,uts a; on a true; sleep 1000 &\n{DAEMON}").status == 0
        stop(titled(talk.pid, title))
        talk.die()
    assert nsh("clean").status == 0
    until(lambda: running() <= before, "the end of its processes")


def test_clean_lets_no_zygote_of_a_living_nsh_go_on(nsh: Program, machine: Machine) -> None:
    """Who stopped it had a reason; nothing is waiting there for the end of a dead one."""
    with Talk(nsh) as talk:
        assert talk.say("new -q uts a").status == 0
        zygote = titled(talk.pid, "zygote")
        with stopped(zygote):
            done = nsh("clean")
            assert (done.status, done.out + done.err) == (0, "nothing to clean\n")
            assert "\nState:\tT" in Path(f"/proc/{zygote}/status").read_text()


@pytest.mark.terminal
def test_at_a_prompt_a_stopped_helper_is_let_go_on(machine: Machine, shell: Shell) -> None:
    """While a line is typed, and after a program has ended unheard; the terminal is as it was."""
    assert shell.do("new -q uts a --hostname inside").status == 0
    host = titled(nsh_of(shell), "host")
    shell.child.waitnoecho(TIMEOUT)
    modes = termios.tcgetattr(shell.child.child_fd)
    stop(host)
    assert shell.do("on a hostname").out.endswith("inside\n")
    shell.type("sh -c 'echo u\"\"p; read line; exit 3'")
    shell.child.expect_exact("up")
    stop(host)
    shell.child.send("\r")
    shell.child.expect_exact(WORD)
    assert shell.finish().status == 3
    shell.child.waitnoecho(TIMEOUT)
    assert termios.tcgetattr(shell.child.child_fd) == modes


def nsh_of(shell: Shell) -> int:
    """The pid of nsh itself on a terminal; the entrance to the machine may stand before it."""
    pid = int(shell.child.pid or 0)
    while not helpers(pid):
        (pid,) = children(pid)
    return pid


@pytest.mark.terminal
def test_a_prompt_ends_with_a_stopped_zygote(machine: Machine, shell: Shell) -> None:
    """`quit` gives the terminal back, and nothing runs on."""
    before = running() - {int(shell.child.pid or 0)}
    assert shell.do("new -q uts a; sleep 1000 &").status == 0
    stop(titled(nsh_of(shell), "zygote"))
    shell.child.send("quit\r")
    assert shell.wait_end() == 0
    until(lambda: running() <= before, "the end of its processes")
