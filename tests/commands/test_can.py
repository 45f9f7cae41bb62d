# SPDX-License-Identifier: MIT
"""`can PLACE ACTION`: each answer is compared with really doing it, in every kind of place."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests import subordinate
from tests.commands import really
from tests.commands.really import CLONE
from tests.program import Program
from tests.stranger import Stranger

pytestmark = pytest.mark.real

IS_ROOT = os.geteuid() == 0
OWN = os.geteuid()
RANGE = subordinate.FIRST
ROOT = pytest.mark.root
SCRIPT = Path(__file__).with_name("really.py")


class Where(NamedTuple):
    """A kind of place: the lines that make it, its name, its types, and the uid that one has there, if asked for."""

    lines: tuple[str, ...]
    name: str
    types: str
    uid: int | None = None


PLACES = {
    "host": Where((), "host", ""),
    "user": Where(("new user p",), "p", "user"),
    "user+net": Where(("new user,net p",), "p", "user,net"),
    "box": Where(("new user,mnt,uts,ipc,pid,net p",), "p", "user,mnt,uts,ipc,pid,net"),
    "nested": Where(("new user,net u", "on u new user,uts p"), "p", "user,uts"),
    "nested twice": Where(("new user,uts u", "on u new user v", "enter v", "new user,net p", "leave"), "p", "user,net"),
    "another uid": Where((f"new user,uts,net p --map 1000:{OWN}:1",), "p", "user,uts,net"),
    "no map": Where(("new user,uts p --map none",), "p", "user,uts"),
    "net and uts of root": Where(("new net,uts p",), "p", "net,uts"),
    "caps dropped": Where(
        (f"new user,uts,net p --map 0:{OWN}:1 --map 1:{RANGE}:9 --uid 1",), "p", "user,uts,net", uid=1
    ),
}
MARKS = {"net and uts of root": ROOT, "caps dropped": subordinate.NEEDED}

ACTIONS = [
    *("mount tmpfs", "mount proc", "mount sysfs", "mount mqueue", "mount bind", "mount ext4"),
    *("sethostname", "link add", "bind 80", "bind 8080", "raw", "chroot", "mknod", "settime"),
    *("unshare uts", "unshare net,ipc", "unshare user", "unshare user,mnt", "unshare pid", "unshare time"),
    *("setuid 0", "setuid 1", "setuid 1000", f"setuid {OWN}"),
]


@contextmanager
def alive(nsh: Program, *argv: str) -> Iterator[subprocess.Popen[bytes]]:
    """nsh that reads lines, and goes on after a no."""
    running = nsh.popen("-k", *argv)
    try:
        yield running
    finally:
        assert running.stdin is not None
        running.stdin.close()
        running.wait()
        for stream in (running.stdout, running.stderr):
            assert stream is not None
            stream.close()


def tell(running: subprocess.Popen[bytes], *lines: str) -> None:
    """Type some lines."""
    assert running.stdin is not None
    running.stdin.write("".join(f"{line}\n" for line in lines).encode())
    running.stdin.flush()


def answer(running: subprocess.Popen[bytes], line: str) -> Any:
    """Type a line, and read the JSON it prints."""
    tell(running, line)
    assert running.stdout is not None
    text = running.stdout.readline()
    while text.startswith(b"[") and not text.endswith(b"]\n"):  # a listing has a line for each row
        text += running.stdout.readline()
    return json.loads(text)


def pid_of(running: subprocess.Popen[bytes], name: str) -> int | None:
    """The process that keeps a place, as the machine counts; None at host."""
    if name == "host":
        return None
    rows = answer(running, "ls places --json")
    return next(int(row["pid"]) for row in rows if row["name"] == name)


@pytest.mark.parametrize("kind", [pytest.param(kind, marks=MARKS.get(kind, ())) for kind in PLACES])
def test_each_answer_is_what_really_happens(kind: str, nsh: Program) -> None:
    """Yes where the kernel lets it happen, no where it does not: the same process, the same moment."""
    where = PLACES[kind]
    mask = sum(CLONE[name] for name in where.types.split(",") if name)
    with alive(nsh) as running:
        tell(running, *(f"{line} > /dev/null" if line.startswith(("new", "on")) else line for line in where.lines))
        pid = pid_of(running, where.name)
        disagreements = []
        for line in ACTIONS:
            action, *words = line.replace("link add", "link").split()
            found = answer(running, f"can {where.name} {line} --json")
            number = really.attempt_inside(pid, mask, where.uid, action, words)
            if found["can"] != (number == 0):
                disagreements.append((line, found["why"], os.strerror(number)))
        assert disagreements == []


@pytest.mark.parametrize("kind", [pytest.param(kind, marks=MARKS.get(kind, ())) for kind in PLACES])
def test_who_may_be_signalled_is_who_can_be(kind: str, nsh: Program, stranger: Stranger) -> None:
    """By uid, by CAP_KILL over the target's user namespace, and only where the target has a number."""
    where = PLACES[kind]
    mask = sum(CLONE[name] for name in where.types.split(",") if name)
    with alive(nsh) as running:
        tell(running, *(f"{line} > /dev/null" if line.startswith(("new", "on")) else line for line in where.lines))
        tell(running, "new user,pid other > /dev/null")
        pid = pid_of(running, where.name)
        targets = [1, os.getpid(), running.pid, stranger("user"), pid_of(running, "other"), pid or os.getppid()]
        for target in targets:
            assert target is not None
            pidfd = os.pidfd_open(target)
            found = answer(running, f"can {where.name} kill {target} --json")
            number = really.attempt_inside(pid, mask, where.uid, "kill", [str(pidfd)])
            os.close(pidfd)
            assert found["can"] == (number == 0), (target, found["why"], os.strerror(number))


@pytest.mark.parametrize("kind", [pytest.param(kind, marks=MARKS.get(kind, ())) for kind in PLACES])
def test_where_one_may_enter_is_where_one_can(kind: str, nsh: Program) -> None:
    """Down, and what is owned; not up, not aside, not what a stranger owns."""
    where = PLACES[kind]
    mask = sum(CLONE[name] for name in where.types.split(",") if name)
    with alive(nsh) as running:
        tell(running, *(f"{line} > /dev/null" if line.startswith(("new", "on")) else line for line in where.lines))
        tell(running, "new user,net other > /dev/null", f"on {where.name} new user,uts below > /dev/null")
        pid = pid_of(running, where.name)
        there = [row["name"] for row in answer(running, "ls places --json")]
        for name, types in (("other", "user,net"), ("below", "user,uts")):
            if name not in there:
                assert kind in ("no map", "caps dropped")
                continue
            target = pid_of(running, name)
            assert target is not None
            pidfd = os.pidfd_open(target)
            found = answer(running, f"can {where.name} enter {name} --json")
            wanted = str(sum(CLONE[one] for one in types.split(",")))
            number = really.attempt_inside(pid, mask, where.uid, "enter", [str(pidfd), wanted])
            os.close(pidfd)
            assert found["can"] == (number == 0), (name, found["why"], os.strerror(number))


def test_a_mask_on_proc_counts_only_where_it_is_locked(nsh: Program) -> None:
    """Whoever mounted it may mount a fresh proc; in a user namespace below nobody may, and what covers it is named."""
    lines = [
        "unshare --fork user,mnt,pid --map root",
        "mount --bind /dev/null /proc/version",
        "can . mount proc",
        "mnt add proc /mnt",
        "echo $?",
        "mnt rm /mnt",
        "new user,mnt,pid c --no-proc > /dev/null",
        "can c mount proc",
        "on c mnt add proc /mnt",
        "echo $?",
    ]
    done = nsh("-k", stdin="\n".join(lines) + "\n")
    yes, zero, no, one = done.out.splitlines()
    assert (yes.partition(":")[0], zero) == ("yes", "0")
    assert (no, one) == ("no: the proc here is partly covered (/proc/version): mount too revealing", "1")


def test_a_limit_that_is_reached_is_a_no(nsh: Program) -> None:
    """Found out by making one, in a process that ends at once; the hint is that of the refusal."""
    done = nsh("-k", stdin="new user u -q\non u limits uts 0\ncan u unshare uts\ncan u unshare ipc\n")
    no, *hints, yes = done.out.splitlines()
    assert no == "no: unshare(CLONE_NEWUTS): No space left on device"
    assert "/proc/sys/user/max_uts_namespaces is 0 here" in hints[0]
    assert yes.startswith("yes: ")


@pytest.mark.root
def test_what_the_guard_keeps_is_told_beside_the_yes(nsh: Program) -> None:
    """The kernel would let root; nsh's own commands leave alone what nsh did not make."""
    line = "but it is the machine's own uts namespace: nsh's own commands want `nsh --host` for it"
    assert nsh("-c", "can host sethostname").out.splitlines()[1:] == [line]
    assert nsh("--host", "-c", "can host sethostname").out.splitlines()[1:] == []
    assert nsh("-c", "new uts a -q; can a sethostname").out.splitlines()[1:] == []


@pytest.mark.rootless
def test_a_process_of_somebody_else_is_a_no_and_no_error(nsh: Program) -> None:
    """Its namespaces cannot even be looked at: status 1, with who it belongs to."""
    done = nsh("-c", "can host enter 1")
    assert done.status == 1
    assert done.out.startswith("no: readlink(/proc/1/ns/uts): Permission denied\nhint: pid 1 is uid 0's")


@pytest.mark.parametrize(
    "line",
    ["can host", "can host nod", "can host kill", "can host bind http", "can host bind 70000", "can host chroot x"],
)
def test_a_question_that_cannot_be_is_a_mistake(line: str, nsh: Program) -> None:
    """Status 2, and one line that says what is wrong."""
    done = nsh("-c", line)
    assert (done.status, done.out) == (2, "")


MAPS = ["root", "none", f"0:{OWN}:1", "5:0:1", "0:1000:1", f"0:{RANGE}:10", "0:1:20", "0:0:4000000"]


@pytest.mark.parametrize("kind", [pytest.param(kind, marks=MARKS.get(kind, ())) for kind in PLACES])
def test_a_map_is_possible_when_new_can_write_it(kind: str, nsh: Program) -> None:
    """One's own id, or those that are mapped where the writer is, with the capabilities that writing wants."""
    where = PLACES[kind]
    lines = [f"{line} > /dev/null" if line.startswith(("new", "on")) else line for line in where.lines]
    for number, text in enumerate(MAPS):
        making = f"on {where.name} new user x{number} --map {text} > /dev/null"
        lines += [f"can {where.name} map {text} --json", making, "echo $?"]
    done = nsh("-k", stdin="\n".join(lines) + "\n")
    told = done.out.splitlines()
    for text, found, status in zip(MAPS, told[::2], told[1::2], strict=True):
        one = json.loads(found)
        assert one["can"] == (status == "0"), (text, one["why"], done.err)


@pytest.mark.parametrize("kind", ["host", "user", "box", "nested"])
def test_in_a_sandbox_the_answers_hold_too(kind: str, nsh: Program) -> None:
    """Whose `host` is a user namespace of its own, below another one; asked of programs, whose uid is 0 there."""
    where = PLACES[kind]
    lines = [f"- {line} > /dev/null" for line in where.lines]
    for line in ACTIONS:
        action = line.replace("link add", "link")
        lines.append(f"can {where.name} {line} --json")
        lines.append(f"on {where.name} python3 {SCRIPT} {action}")
    done = nsh("--sandbox", "-k", stdin="\n".join(lines) + "\n")
    told = done.out.splitlines()
    assert len(told) == 2 * len(ACTIONS), done.err
    for line, found, number in zip(ACTIONS, told[::2], told[1::2], strict=True):
        one = json.loads(found)
        assert one["can"] == (int(number) == 0), (line, one["why"], os.strerror(int(number)))
