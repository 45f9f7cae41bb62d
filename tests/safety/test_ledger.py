# SPDX-License-Identifier: MIT
"""The ledger: written and synced before the act, closed to others, and enough to finish what a dead nsh had begun."""

from __future__ import annotations

import fcntl
import os
import re
import signal
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.program import NSH, TIMEOUT, Program
from tests.safety.machine import Machine, children, until
from tests.safety.talk import Talk

pytestmark = pytest.mark.real

LEDGER = "/run/nsh/ledger"
DISTRUSTED = ("somebody else could put another folder there", "somebody else can write there")
CALLS = "mkdir,mkdirat,openat,write,pwrite64,fsync,flock,sendmsg,recvmsg,unlink,unlinkat,rmdir,mount"


def ledgers(machine: Machine) -> list[Path]:
    """The ledgers of the sessions on a machine, dead or alive."""
    folder = machine.path(LEDGER)
    return sorted(folder.iterdir()) if folder.is_dir() else []


def test_an_entry_is_written_and_synced_before_anything_is_made(machine: Machine, tmp_path: Path) -> None:
    """strace(1) sees, in this order: lock, write, fsync, folder, placeholder, mount, and that it is done."""
    out = tmp_path / "calls"
    line = "new -q net,uts a --pin; unpin a"
    machine.run("strace", "-f", "-y", "-qq", "-o", str(out), "-e", f"trace={CALLS},umount2", NSH, "-c", line)
    text = out.read_text()
    order = [
        ("lock", r"flock\(\d+</run/nsh/ledger/[^>]+>, LOCK_EX\) += 0"),
        ("begin uts", r'write64\(\d+</run/nsh/ledger/[^>]+>, "begin\\tpin\\t/run/nsh/uts/a\\n", 25, 0\)'),
        ("sync", r"fsync\(\d+</run/nsh/ledger/[^>]+>\) += 0"),
        ("folder", r'mkdir\("/run/nsh/uts", 0755\) += 0'),
        ("placeholder", r'openat\([^"]+"/run/nsh/uts/a", O_RDONLY\|O_CREAT\|O_EXCL\|O_NOFOLLOW\|O_CLOEXEC'),
        ("mount", r'mount\("/proc/self/fd/\d+", "/run/nsh/uts/a", NULL, MS_BIND, NULL\) += 0'),
        ("begin net", r'write64\(\d+</run/nsh/ledger/[^>]+>, "begin\\tpin\\t/run/netns/a\\n", 23, 25\)'),
        ("sync net", r"fsync\(\d+</run/nsh/ledger/[^>]+>\) += 0"),
        ("mount net", r'mount\("/proc/self/fd/\d+", "/run/netns/a", NULL, MS_BIND, NULL\) += 0'),
        ("done uts", r'write64\(\d+</run/nsh/ledger/[^>]+>, "done ", 5, 0\)'),
        ("done net", r'write64\(\d+</run/nsh/ledger/[^>]+>, "done ", 5, 25\)'),
        ("begin unpin", r'write64\(\d+</run/nsh/ledger/[^>]+>, "begin", 5, 0\)'),
        ("sync unpin", r"fsync\(\d+</run/nsh/ledger/[^>]+>\) += 0"),
        ("umount", r'umount2\("/run/nsh/uts/a", MNT_DETACH\) += 0'),
        ("unlink", r'unlink\("/run/nsh/uts/a"\) += 0'),
        ("done unpin", r'write64\(\d+</run/nsh/ledger/[^>]+>, "done ", 5, 0\)'),
    ]
    at = 0
    for name, pattern in order:
        # Another process may get a word in: strace then tells how the call ended further below.
        found = re.compile(pattern.replace(r"\) += 0", r"(?:\) += 0| <unfinished)")).search(text, at)
        assert found, f"{name}: not behind what came before"
        at = found.end()
    made_before = text[: text.index("begin\\tpin")]
    assert not re.search(r'(mkdir|O_CREAT|mount\()[^\n]*"/run/(nsh/(uts|net)|netns)', made_before)


def test_a_ledger_is_closed_to_others_and_locked_while_its_session_lives(nsh: Program, machine: Machine) -> None:
    """Only its owner can write the folder and read the file; flock(2) is held; the file goes at the end."""
    with Talk(nsh) as talk:
        assert ledgers(machine) == []
        assert talk.say("new -q uts a --pin").status == 0
        (file,) = ledgers(machine)
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert stat.S_IMODE(file.parent.stat().st_mode) == 0o755
        assert stat.S_IMODE(file.parent.parent.stat().st_mode) == 0o755
        with file.open() as opened, pytest.raises(BlockingIOError):
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        assert file.read_text() == "done \tpin\t/run/nsh/uts/a\n"
        assert talk.say("unpin a").status == 0
    assert ledgers(machine) == []


# Who else could have made it.


@pytest.fixture
def no_pins(nsh: Program, machine: Machine) -> Iterator[None]:
    """Whatever the test has arranged: a pin is refused in one clear line, and so is `clean`; nothing is made."""
    yield
    before = machine.files()
    done = nsh("-k", "-c", "new -q uts a --pin\nls places")
    assert (done.status, done.out) == (1, "")
    message, *hints = done.err.splitlines()
    assert message.startswith(("-c:1: /run/nsh/ledger: ", '-c:1: mkdir("/run/nsh"): ')), done.err
    assert [text for text in ("nothing is made", "Not a directory", *DISTRUSTED) if text in message], done.err
    assert len(hints) <= 1
    assert nsh("clean").status == 1
    assert machine.pins() == {}
    assert machine.files() == before
    machine.run("rm", "-rf", "/run/nsh", "/run/elsewhere")


@pytest.mark.parametrize("link", ["/run/nsh", LEDGER])
@pytest.mark.usefixtures("no_pins")
def test_a_ledger_behind_a_link_is_refused(link: str, machine: Machine) -> None:
    """Nothing is ever written through a symbolic link that somebody else may have put there."""
    machine.path("/run/elsewhere/ledger").mkdir(parents=True)
    machine.path(link).parent.mkdir(exist_ok=True)
    machine.path(link).symlink_to("/run/elsewhere")


@pytest.mark.parametrize(
    ("path", "mode"), [("/run/nsh", 0o775), ("/run/nsh", 0o757), (LEDGER, 0o775), (LEDGER, 0o757), (LEDGER, 0o1777)]
)
@pytest.mark.usefixtures("no_pins")
def test_a_ledger_that_others_can_write_is_refused(path: str, mode: int, machine: Machine) -> None:
    """Neither the folder nor the one it is in may be open to group or others."""
    machine.path(LEDGER).mkdir(parents=True)
    machine.path(path).chmod(mode)


@pytest.mark.root
@pytest.mark.parametrize("path", ["/run/nsh", LEDGER])
@pytest.mark.usefixtures("no_pins")
def test_a_ledger_of_somebody_else_is_refused(path: str, machine: Machine) -> None:
    """Who owns a folder can put anything in it, whatever its mode says."""
    machine.path(LEDGER).mkdir(parents=True)
    os.chown(machine.path(path), 1234, 1234)


@pytest.mark.usefixtures("no_pins")
def test_a_file_in_the_place_of_the_ledger_is_refused(machine: Machine) -> None:
    """It is no folder."""
    machine.path("/run/nsh").mkdir()
    machine.path(LEDGER).touch()


# After the end.


def write_ledger(machine: Machine, *lines: str, name: str = "4242-dead") -> Path:
    """The ledger that a dead session has left."""
    machine.path(LEDGER).mkdir(parents=True, exist_ok=True)
    file = machine.path(f"{LEDGER}/{name}")
    file.write_text("".join(lines))
    file.chmod(0o600)
    return file


def placeholder(machine: Machine, path: str) -> Path:
    """A file as a pin begins with."""
    file = machine.path(path)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(0o400)
    return file


def test_a_last_line_that_was_cut_short_was_never_acted_upon(nsh: Program, machine: Machine) -> None:
    """`clean` goes by whole lines only: what the cut one names is none of ours."""
    one, two = placeholder(machine, "/run/nsh/uts/one"), placeholder(machine, "/run/nsh/uts/two")
    ledger = write_ledger(machine, "begin\tpin\t/run/nsh/uts/one\n", "begin\tpin\t/run/nsh/uts/two")
    done = nsh("clean")
    assert done.out == "removed /run/nsh/uts/one: a dead nsh had begun it and not finished\n"
    assert (one.exists(), two.exists(), ledger.exists()) == (False, True, False)
    assert nsh("unpin", "two").status == 0


@pytest.mark.parametrize(
    "entry",
    [
        "begin\tpin\t/etc/passwd\n",
        "begin\tpin\t/run/nsh/uts/../../other\n",
        "begin\tpin\t/run/nsh/uts/..\n",
        "begin\tpin\t/run/nsh/nothing/other\n",
        "begin\tpin\tother\n",
        "begin\tlink\t/run/other\n",
        "begin\tpin\t/run/nsh/uts/\n",
        "begin\tpin\t/run/nsh/ledger\n",
        "begin\n",
        "\0\0\0\0\n",
        "\t\t\n",
        "x" * 100_000 + "\n",
    ],
    ids=range(12),
)
def test_what_a_ledger_cannot_have_said_is_ignored(entry: str, nsh: Program, machine: Machine) -> None:
    """Only pins where pins lie are ever removed; the file goes all the same."""
    machine.path("/run/other").touch()
    ledger = write_ledger(machine, entry)
    done = nsh("clean")
    assert (done.status, done.out, done.err) == (0, "nothing to clean\n", "")
    assert machine.path("/run/other").exists()
    assert not ledger.exists()
    machine.path("/run/other").unlink()


def test_a_ledger_that_is_a_link_or_a_fifo_is_not_followed_nor_waited_for(nsh: Program, machine: Machine) -> None:
    """What nsh did not make it does not read."""
    placeholder(machine, "/run/nsh/uts/one")
    target = machine.path("/run/nsh/bait")
    target.write_text("begin\tpin\t/run/nsh/uts/one\n")
    machine.path(LEDGER).mkdir(parents=True)
    machine.path(f"{LEDGER}/link").symlink_to("/run/nsh/bait")
    os.mkfifo(machine.path(f"{LEDGER}/fifo"))
    assert nsh("clean").status == 0
    assert machine.path("/run/nsh/uts/one").exists()
    machine.run("rm", "-rf", "/run/nsh")


def test_a_ledger_is_never_taken_for_a_dead_ones_while_it_is_being_made(
    nsh: Program, machine: Machine, tmp_path: Path
) -> None:
    """A session that is overtaken by `clean` between making and locking its file loses no entry."""
    out = tmp_path / "stopped"
    line = f"new -q uts a --pin; bash -c 'cat {LEDGER}/*'; unpin a"
    made = next(point for point in points(machine, tmp_path, line, first="O_WRONLY|O_CREAT|O_EXCL"))
    strace = strace_words(out, f"inject={made.name}:signal=STOP:when={made.number}")
    command = [*machine.entrance, *strace, NSH, "-c", line]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True) as process:
        until(lambda: out.exists() and "stopped by SIGSTOP" in out.read_text(), "strace stops nsh behind its open")
        assert len(ledgers(machine)) == 1
        with nsh.popen("clean") as clean:
            until(lambda: ledgers(machine) == [], "`clean` takes it for a dead one's")
            os.kill(children(process.pid)[0], signal.SIGCONT)
            said, _errors = process.communicate(timeout=TIMEOUT)
            assert clean.communicate(timeout=TIMEOUT) == (b"nothing to clean\n", b"")
    assert said.decode() == "done \tpin\t/run/nsh/uts/a\n"
    assert process.returncode == 0


def test_a_ledger_is_dealt_with_by_one_clean(nsh: Program, machine: Machine, tmp_path: Path) -> None:
    """Another that has opened it in the same moment finds that it is gone, and says nothing."""
    write_ledger(machine, "begin\tpin\t/run/nsh/uts/one\n")
    half, out = placeholder(machine, "/run/nsh/uts/one"), tmp_path / "stopped"
    strace = strace_words(out, "inject=flock:error=EINTR:signal=STOP:when=1")  # the same call is made again
    command = [*machine.entrance, *strace, NSH, "-c", "clean"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True) as process:
        until(lambda: out.exists() and "stopped by SIGSTOP" in out.read_text(), "strace stops it before its lock")
        assert nsh("clean").out.startswith("removed /run/nsh/uts/one")
        placeholder(machine, "/run/nsh/uts/one")  # somebody else's now
        os.kill(children(process.pid)[0], signal.SIGCONT)
        assert process.communicate(timeout=TIMEOUT) == (b"nothing to clean\n", b"")
    assert half.exists()
    assert nsh("unpin", "one").status == 0


def test_a_ledger_that_somebody_has_removed_is_no_hindrance(nsh: Program, machine: Machine) -> None:
    """At the end of nsh there is nothing left to remove."""
    done = nsh("-c", f"new -q uts a --pin; rm a; !rm -r {LEDGER}")
    assert (done.status, done.err) == (0, "unpinned with it: /run/nsh/uts/a\n")


def test_what_is_to_be_left_running_and_cannot_be_is_said(nsh: Program, machine: Machine) -> None:
    """Not by a traceback at the end, nor in silence: daemons end."""
    machine.path(LEDGER).mkdir(parents=True)
    machine.path(LEDGER).chmod(0o777)
    done = nsh("-c", "quit --leave-running")
    assert done.err.startswith(f"--leave-running: {LEDGER}: {DISTRUSTED[0]}")
    assert done.err.endswith(": daemons end too\n")
    machine.run("rm", "-r", "/run/nsh")


class Point:
    """A system call of nsh between begin and done: its name, and the how many-th of that name it is."""

    def __init__(self, name: str, number: int, text: str) -> None:
        self.name = name
        self.number = number
        self.text = text

    def __repr__(self) -> str:
        return f"{self.name} #{self.number}: {self.text}"


def strace_words(out: Path, *expressions: str) -> list[str]:
    """strace(1) of nsh itself, its children left alone."""
    more = [word for expression in expressions for word in ("-e", expression)]
    return ["strace", "-y", "-qq", "-s", "100", "-o", str(out), "-e", f"trace={CALLS}", *more]


def points(machine: Machine, tmp_path: Path, line: str, first: str = "begin\\t") -> list[Point]:
    """Every call of nsh itself from that one on, by default from its first entry in the ledger on."""
    out = tmp_path / "reference"
    machine.run(*strace_words(out, "signal=none"), NSH, "-c", line)
    counts: dict[str, int] = {}
    found: list[Point] = []
    for text in out.read_text().splitlines():
        name = text.partition("(")[0]
        counts[name] = counts.get(name, 0) + 1
        if found or first in text:
            found.append(Point(name, counts[name], text))
    return found


def killed_at(machine: Machine, tmp_path: Path, point: Point, line: str) -> str:
    """Run a line and kill nsh as it enters that call; the call it died in."""
    out = tmp_path / "killed"
    inject = f"inject={point.name}:signal=KILL:when={point.number}"
    machine.run(*strace_words(out, "signal=none", inject), NSH, "-c", line, status=None)
    return [text for text in out.read_text().splitlines() if not text.startswith("+++")][-1]


@pytest.mark.root
@pytest.mark.parametrize(
    ("kind", "step"),
    [pytest.param("uts", 1, marks=pytest.mark.slow), pytest.param("net", 1, marks=pytest.mark.slow), ("net", 6)],
)
def test_killed_at_any_call_between_begin_and_done_clean_finishes_it(
    kind: str, step: int, nsh: Program, machine: Machine, tmp_path: Path
) -> None:
    """Half a pin is taken away; one that was done stays, as it was asked for; half an unpin is finished."""
    path = "/run/netns/a" if kind == "net" else f"/run/nsh/{kind}/a"
    tried = 0
    assert nsh("-c", f"new -q {kind} a --pin; unpin a").status == 0  # /run/netns is made once for all
    for line, before in ((f"new -q {kind} a --pin", None), ("unpin a", f"new -q {kind} a --pin")):
        if before:
            assert nsh("-c", before).status == 0
        places = points(machine, tmp_path, line)
        assert nsh("-c", "clean --pins --yes").status == 0
        for point in places[::step]:
            if before:
                assert nsh("-c", before).status == 0
            died_in = killed_at(machine, tmp_path, point, line)
            assert died_in.startswith(f"{point.name}("), f"{point}: {died_in}"
            is_said = any('"done "' in other.text for other in places[: places.index(point)])
            is_begun = point is not places[0]
            assert nsh("clean").status == 0
            stays = {path} if (is_said if before is None else not is_begun) else set()
            assert set(machine.pins()) == stays, f"{point}\n{died_in}"
            assert ledgers(machine) == []
            assert nsh("clean", "--pins", "--yes").status == 0
            assert machine.left() == [], point
            tried += 1
    print(f"killed at {tried} points")
