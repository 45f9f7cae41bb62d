# SPDX-License-Identifier: MIT
"""However nsh or a part of it ends, nothing of it stays: the fixture that looks for leaks judges every test here."""

from __future__ import annotations

import json
import os
import random
import select
import shutil
import signal
import subprocess
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests import leaks
from tests.program import NSH, TIMEOUT, Program, Shell
from tests.safety.talk import Talk
from tests.session.console import wait_until

pytestmark = pytest.mark.real

BUSY = "\n".join(
    [
        "new -q user,pid,mnt,net,uts box",
        "new -q user,uts web",
        "on box mount -t tmpfs none /mnt",
        "on box setsid -f sleep 1000",
        "setsid -f sh -c 'trap \"\" HUP TERM INT; (sleep 1000; :) & wait'",
        "sh -c 'trap \"\" HUP TERM; sleep 1000' &",
        "on web sleep 1000 &",
        "enter box",
        "new -q pid,mnt inner",
        "on inner setsid -f sleep 1000",
        "unshare -q --fork pid,mnt",
        "sleep 1000 | sleep 1000 &",
        "unshare -q net,pid",
        "sleep 1000 &",
    ]
)
"""A session with some of everything: places in places, daemons that ignore signals, jobs, mounts, parked processes."""


def part(nsh: int, title: str) -> int:
    """The process below nsh that ps(1) shows by that name."""
    found: list[int] = []

    def is_there() -> bool:
        found[:] = [pid for pid in below(nsh) if command(pid) == title]
        return bool(found)

    wait_until(is_there)
    return found[0]


def below(pid: int) -> list[int]:
    """Every descendant."""
    try:
        children = [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
    return [other for child in children for other in (child, *below(child))]


def everybody() -> set[str]:
    """Every process that this test has made, wherever it hangs by now."""
    return {key for key, _ in leaks.processes(os.environ[leaks.MARK])}


def is_in_prctl(pid: str) -> bool:
    """Is that process about to ask for its signal? (The number is that of x86-64, of arm64.)"""
    try:
        return Path(f"/proc/{pid}/syscall").read_text().split()[0] in ("157", "167")
    except OSError:
        return False


def command(pid: int) -> str:
    """What ps(1) shows for a process."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
    except OSError:
        return ""


@pytest.mark.parametrize(
    "ending", ["", "quit", "exit\nexit\nexit\nexit", "false", "nosuchcommand", "sh -c 'kill -9 $$'"]
)
def test_after_an_orderly_end(ending: str, nsh: Program) -> None:
    """The end of the input, quit, exit, a failing line, a killed program."""
    done = nsh(stdin=f"{BUSY}\n{ending}\n")
    assert "Traceback" not in done.err
    assert done.status == {"false": 1, "nosuchcommand": 127, "sh -c 'kill -9 $$'": 137}.get(ending, 0), done.err


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP, signal.SIGSEGV])
def test_after_a_signal_to_nsh_itself(number: int, nsh: Program) -> None:
    """Whatever kills it: all descendants are swept, daemons too."""
    process = nsh.popen("-c", f"{BUSY}\necho ready\nsleep 1000")
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    process.send_signal(number)
    process.communicate()
    assert process.returncode in (-number, 128 + number)


@pytest.mark.parametrize("seed", range(8))
def test_after_kill_at_any_moment_of_its_life(seed: int, nsh: Program) -> None:
    """From its first millisecond on, in the middle of making, entering and running."""
    moments = random.Random(seed)
    for _ in range(5):
        process = subprocess.Popen(
            [NSH, "-k"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=nsh.environment,
            start_new_session=True,
        )
        assert process.stdin is not None
        process.stdin.write(f"{BUSY}\nsleep 1000\n".encode())
        process.stdin.flush()
        select.select([], [], [], moments.random() * 0.25)
        process.kill()
        process.communicate()


@pytest.mark.parametrize("title", ["nsh: zygote", "nsh: host", "nsh: box", "nsh: box (holder)", "nsh: inner (holder)"])
def test_after_a_part_of_it_was_killed(title: str, nsh: Program) -> None:
    """The zygote, a helper, a holder: nsh says that it is gone, ends when told, and leaves nothing."""
    process = nsh.popen("-k")
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{BUSY}\necho ready\n".encode())
    process.stdin.flush()
    while process.stdout.readline() not in (b"ready\n", b""):
        pass
    os.kill(part(process.pid, title), signal.SIGKILL)
    process.stdin.write(b"echo one\nls places\nleave\necho two\nnew -q user,uts x\nquit\n")
    process.stdin.close()
    process.wait(TIMEOUT)
    process.stdin = None
    if title == "nsh: zygote":  # who should have swept; the daemons are for `clean`
        assert nsh("clean").status == 0
    _, said = process.communicate(timeout=TIMEOUT)
    assert b"Traceback" not in said


@pytest.mark.parametrize(
    ("victim", "line"),
    [
        ("nsh: box", "sleep 1000 &"),
        ("nsh: box", "true | sleep 1000 &"),
        ("nsh: zygote", "new -q ipc a"),
        ("nsh: zygote", "enter web"),
    ],
)
def test_a_child_whose_maker_dies_before_it_could_ask_for_a_signal(victim: str, line: str, nsh: Program) -> None:
    """PDEATHSIG reaches only who has asked for it; strace makes asking slow, and the maker dies meanwhile.

    The child must notice by itself, while nsh lives on: its sweep is not what ends it.
    """
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")
    inject = ["--seccomp-bpf", "-e", "trace=prctl", "-e", "inject=prctl:delay_enter=60000"]
    slow = ["strace", "-f", "-qqq", "-o", "/dev/null", *inject]
    process = subprocess.Popen(
        [*slow, NSH, "-k"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=nsh.environment,
        start_new_session=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(b"new -q user,uts web\nnew -q user,uts,ipc box\nenter box\necho ready\n")
    process.stdin.flush()
    assert process.stdout.readline() == b"ready\n"
    known = everybody()
    doomed = part(process.pid, victim)
    process.stdin.write(f"{line}\n".encode())
    process.stdin.flush()
    wait_until(lambda: any(is_in_prctl(key.split()[0]) for key in everybody() - known))
    os.kill(doomed, signal.SIGKILL)
    wait_until(lambda: not everybody() - known)
    process.stdin.close()
    process.stdin = None
    process.communicate(timeout=TIMEOUT)


def test_files_do_not_grow_over_a_thousand_rounds(nsh: Program) -> None:
    """1,000 times new and rm, and 50 of all else, refusals too: no more files are open than before, in any process."""
    rest = "new -q user,uts a; on a uts hostname; enter a; leave; true | true; rm a"
    refused = (
        "new user a --uid 7",
        "new user,uts a --hostname " + "x" * 65,
        "on nowhere true",
        "cat < nowhere",
        "new uts uts",
    )
    with Talk(nsh) as talk:
        talk.say(rest)
        before = counts(talk)
        for _ in range(20):
            assert talk.say("; ".join(["new -q user,uts a; rm a"] * 50)).status == 0
        for _ in range(2):
            assert talk.say("; ".join([rest] * 25)).status == 0
            assert [talk.say(line).status > 0 for line in refused] == [True] * len(refused)
        wait_until(lambda: all(number <= before.get(name, 0) for name, number in counts(talk).items()))


def counts(talk: Talk) -> dict[str, int]:
    """How many files each process of nsh has open."""
    found = {}
    for pid in (talk.pid, *below(talk.pid)):
        try:
            found[command(pid) if pid != talk.pid else "nsh"] = len(os.listdir(f"/proc/{pid}/fd"))
        except OSError:
            continue  # the program that ended the answer
    return found


def test_twenty_places_at_once(nsh: Program) -> None:
    """Side by side, each with its own hostname and programs; listed, used in any order, removed."""
    names = [f"p{number}" for number in range(20)]
    with Talk(nsh) as talk:
        for name in names:
            talk.say(f"new -q user,uts,pid,mnt {name} --hostname {name}-host; on {name} sleep 1000 &")
        listed = json.loads(talk.say("ls places --json").out)
        assert [row["name"] for row in listed] == names
        assert len({row["namespaces"][1] for row in listed}) == 20
        for name in reversed(names):
            assert talk.say(f"on {name} hostname").out == f"{name}-host\n"
        for name in names[::2]:
            assert talk.say(f"rm --kill {name}").status == 0
        assert [row["name"] for row in json.loads(talk.say("ls places --json").out)] == names[1::2]


def test_ten_sessions_at_once_do_not_touch_each_other(nsh: Program) -> None:
    """Each its own zygote, names and end."""
    with ExitStack() as stack:
        talks = [stack.enter_context(Talk(nsh)) for _ in range(10)]
        for number, talk in enumerate(talks):
            assert talk.say(f"new -q user,uts box; on box uts hostname h{number}").status == 0
        talks[0].die()
        for number, talk in enumerate(talks[1:], 1):
            assert talk.say("on box uts hostname").out == f"h{number}\n"


@pytest.mark.terminal
@pytest.mark.parametrize("ending", ["^D", "quit", "hang-up", "kill", "closed window with a shell in front"])
def test_at_the_prompt(ending: str, shell: Shell) -> None:
    """Ctrl-D at host ends nsh with 0 and what it made."""
    for line in ("new -q user,pid,mnt box", "on box setsid -f sleep 1000", "sleep 1000 &"):
        assert shell.do(line).status == 0
    if ending == "^D":
        shell.child.waitnoecho()
        shell.child.send("\x04")
        assert shell.wait_end() == 0
    elif ending == "quit":
        shell.type("quit")
        assert shell.wait_end() == 0
    elif ending == "kill":
        shell.child.kill(signal.SIGKILL)
        shell.child.wait()
    elif ending == "hang-up":
        shell.child.kill(signal.SIGHUP)
        shell.wait_end()
    else:
        shell.type("on box env PS1=B: bash --norc --noprofile")
        shell.child.expect_exact("B:")
        shell.child.send("setsid -f sleep 1000; sleep 1000 &\r")
        shell.child.expect_exact("B:")
        shell.child.close(force=False)
