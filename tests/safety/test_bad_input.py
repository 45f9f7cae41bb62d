# SPDX-License-Identifier: MIT
"""Bad input on every way in: a clear line, the right status, nothing made and nothing lost."""

from __future__ import annotations

import os
import random
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.program import NSH, TIMEOUT, Done, Program
from tests.safety.machine import Machine, rows
from tests.safety.talk import Talk

pytestmark = pytest.mark.real

ESC = "\x1b]0;taken\x07"
NO_NAMES = [
    *("../x", "a/b", "/x", "-x", "n" * 65, "n" * 300, "n" * 100_000),
    *("uts", "all", "host", "new", "42", "٤٢", "''", ".", "..", "'a b'", "'a\tb'", "a:b", "uts:[4026531838]"),
    *(f"'{ESC}'", "'\x1b[2J'", "'a\x7fb'", "'a\u202eb'", "'\udcff'", "'a\"b'", "a=b", "~", "%", "$nothing"),
    *("h[1..0]", "h[1..99999999999]", "h[1..", "h[..]", "h[a..b]", "h[-1..1]", "../h[1..2]"),
]
NO_REFS = [
    *("../x", "a/b", "-x", "n" * 100_000, "''", "..", f"'{ESC}'", "'\udcff'", "nothing"),
    *("4194305", "99999999999999999999", "0", "-1", "uts:[1]", "uts:1", "uts:[99999999999999999999999]", "uts:[]"),
    *("uts:", "nope:[1]", "/etc/passwd", "/", "/nothing", "/dev/null", "/dev/zero", "./fifo"),
    *("/proc/self/ns", "/proc/self/ns/nothing", "/proc/self/ns/uts/", "/proc/4194305/ns/uts"),
]
TAKING_A_REFERENCE = [
    *("enter {}", "enter uts {}", "on {} true", "show {}", "same uts {} mine", "rm {}", "pin {} other", "unpin {}"),
    *("ls procs {}", "mnt ls {}", "pin {} other --fd"),
]
NO_MAPS = [
    *("0:0:0", "0:0", "0", "''", "::", "a:b:c", "-1:0:1", "0:-1:1", "0:0:-1", "0:0:4294967296", "4294967295:0:1"),
    *("0:4294967295:1", "4294967294:0:2", "0:0:99999999999999999999999", "0:0:1:1", "root:0:1", "' 0:0:1'", "0:0:1,"),
    *("٠:0:1", "0x0:0:1", "0:0:1e3", "nobody", "0:0:10 --map 5:100:10", "0:0:10 --map 100:5:10", "root --map 0:0:1"),
    *("none --map none", "root --map none", "0:0:1 --map 0:0:1"),
    " --map ".join(f"{number}:{number}:1" for number in range(341)),
]
NO_COMMANDS = """
new nope | new uts, | new , | new '' | new uts,nope | new UTS | new uts\u00a0 | unshare nope | enter nope mine
new uts other --hostname LONG | new uts other --hostname 'WIDE' | uts hostname LONG | on mine uts hostname LONG
on mine uts hostname 'WIDE' | new user,uts other --uid -1 | new user,uts other --uid 4294967295
new user,uts other --gid 4294967295 | new user,uts other --uid 99999999999999999999 | new user,uts other --gid x
new user,uts other --uid 77 | new user,uts other --gid 77 | new user,time other --boottime x
new user,time other --boottime 1e300 | new user,time other --boottime +999999999999d
new user,time other --monotonic -99999d | new user,time other --boottime '' | new user,mnt other --root /nothing
new user,mnt other --root /etc/passwd | new user,mnt other --root '' | new user,mnt other --propagation sideways
new uts other --proc | new uts other --root / | new uts other --map 0:0:1 | new uts other --nope
new uts other --hostname | new uts other more | new uts mine | new net mine --pin | new uts other --
new uts other -- /nothing | new uts other -- nothing | new uts other -- /etc/passwd | new uts other -- .
new uts other -- '' | new uts other --pin -- true | new uts h[1..3] -- true | on | on mine | enter | leave | leave now
rm | pin | unpin | fg | bg 1 | wait 7 | wait x | jobs x | source | source /nothing | source . | source fifo/x
cd /nothing | cd '' | umask 9 | umask 77777 | let 1 2 | set nope | set guard maybe | same uts | same nope mine mine
clean --nope | show mine --json --nope
"""


def is_clear(done: Done, *statuses: int) -> bool:
    """A refusal in a few words: no traceback, no escape for the terminal, not the whole input said back."""
    text = done.err
    assert done.status in (statuses or (1, 2, 127)), done
    assert text, "a refusal without a word"
    assert "Traceback" not in text, text
    assert "this is a bug" not in text, text
    assert all(char.isprintable() or char == "\n" for char in text), repr(text)
    assert len(text) < 2000, text
    assert sum(not line.startswith("hint: ") for line in text.splitlines()) <= 8, text
    return True


@pytest.fixture
def talk(nsh: Program, machine: Machine) -> Iterator[Talk]:
    """A session with one place; when the test has said all it wanted, that is still all there is."""
    os.mkfifo(nsh.cwd / "fifo")
    before = sorted(os.listdir(nsh.cwd))
    with Talk(nsh) as opened:
        assert opened.say("new -q uts,net mine --hostname kept").status == 0
        processes = opened.say("ls procs --json").out.count('"pid"')
        yield opened
        assert [row["name"] for row in rows(opened.say("ls places --json").out)] == ["mine"]
        assert opened.say("on mine hostname").out == "kept\n"
        assert opened.say("ls procs --json").out.count('"pid"') == processes
    assert machine.pins() == {}
    assert sorted(os.listdir(nsh.cwd)) == before


@pytest.mark.parametrize(
    "form", ["new uts {}", "new -q net {} --pin", "new net,uts {}", "pin mine {}", "pin mine {} --fd"]
)
def test_no_place_or_pin_gets_a_bad_name(form: str, talk: Talk) -> None:
    """Paths, options, types, numbers, words of nsh, escapes, ranges that are none: refused with the reason."""
    for name in NO_NAMES:
        assert is_clear(talk.say(form.format(name)), 1, 2), name


@pytest.mark.parametrize("form", TAKING_A_REFERENCE)
def test_a_reference_to_nothing_is_named(form: str, talk: Talk) -> None:
    """A dead pid, a file that is no namespace, a number too large, a FIFO that would block."""
    for reference in NO_REFS:
        assert is_clear(talk.say(form.format(reference)), 1, 2), reference


@pytest.mark.parametrize(
    "form", ["new -q user other --map {}", "unshare user --map {}", "new -q user other --map {} -- true"]
)
def test_a_bad_map_makes_no_user_namespace(form: str, talk: Talk) -> None:
    """Empty, overlapping, overflowing, too many lines, not a map at all."""
    for text in NO_MAPS:
        assert is_clear(talk.say(form.format(text)), 2), text


def test_a_command_that_cannot_be_leaves_all_as_it_was(talk: Talk) -> None:
    """Whether the line, the session or the kernel refuses."""
    lines = NO_COMMANDS.strip().replace("\n", " | ").replace("LONG", "h" * 65).replace("WIDE", "ä" * 40)
    for line in lines.split(" | "):
        assert is_clear(talk.say(line), 1, 2, 126, 127), line


# Whole inputs.


MEGABYTE = 1 << 20


def much(size: int) -> dict[str, bytes]:
    """About so many bytes of one thing."""
    return {
        "words": b"no-such-program " + b"x " * (size // 2) + b"\n",
        "one word": b"x" * size + b"\n",
        "name": b"new -q uts " + b"x" * size + b"\n",
        "an open quote": b"new -q uts '" + b"x " * (size // 2) + b"\n",
        "pipes": b"nothing " + b"| nothing " * (size // 10) + b"\n",
        "semicolons": b";" * size + b"\n",
        "ands": b"nothing " + b"&& nothing " * (size // 11) + b"\n",
        "on host": b"on host " * (size // 8) + b"nothing\n",
        "opening brackets": b"new uts " + b"h[" * (size // 2) + b"\n",
    }


BLOBS: dict[str, bytes] = {
    "NUL": b"new -q uts a\0b\n",
    "NUL in a path": b"enter '/proc/\0/ns/uts'\n",
    "NUL in a program": b"true a\0b\n",
    "no UTF-8": b"new -q uts \xff\xfe\n",
    "overlong UTF-8": b"\xc0\xafnew uts a\n",
    "UTF-16": "new uts a\n".encode("utf-16"),
    "an ELF file": Path("/bin/true").read_bytes(),
    "random bytes": random.Random(3).randbytes(1 << 16),
    "escapes": b"\x1b[31m\x1b]0;x\x07 \x9b31m\n",
    "only a backslash": b"\\",
    "only a quote": b"'",
    "only a pipe": b"|",
    "carriage returns": b"new uts a/b\rnew uts b\r",
}


@pytest.mark.root  # it is the same for everybody, and takes its time
@pytest.mark.parametrize(
    "blob",
    [
        *(pytest.param(blob, id=name) for name, blob in BLOBS.items()),
        *(pytest.param(blob, id=f"much of {name}") for name, blob in much(MEGABYTE // 16).items()),
        *(
            pytest.param(blob, id=f"a megabyte of {name}", marks=pytest.mark.slow)
            for name, blob in much(MEGABYTE).items()
        ),
    ],
)
def test_what_no_person_types_is_refused(blob: bytes, nsh: Program, machine: Machine) -> None:
    """On standard input: no traceback, nothing made, not even a file."""
    before = sorted(os.listdir(nsh.cwd))
    done = nsh(stdin=blob)
    assert is_clear(done, 1, 2, 127)
    assert (done.out, machine.left(), sorted(os.listdir(nsh.cwd))) == ("", [], before)


@pytest.mark.root
@pytest.mark.parametrize("way", ["script", "source", "check"])
def test_a_script_that_is_none_is_refused(way: str, nsh: Program, machine: Machine) -> None:
    """Run, sourced, or only checked: the same."""
    file = nsh.cwd / "input.nsh"
    for name, blob in BLOBS.items():
        file.write_bytes(blob)
        before = sorted(os.listdir(nsh.cwd))
        words = {"script": ["./input.nsh"], "source": ["-c", "source input.nsh"], "check": ["-n", "./input.nsh"]}[way]
        done = nsh(*words)
        if way == "check":  # names each line that is wrong
            assert done.status in (0, 1, 2)
            assert "Traceback" not in done.err
        else:
            assert is_clear(done, 1, 2, 127), name
        assert (done.out, machine.left(), sorted(os.listdir(nsh.cwd))) == ("", [], before)


def test_an_empty_input_is_no_mistake(nsh: Program, machine: Machine) -> None:
    """No line, no error."""
    for blob in (b"", b"\n", b"   \n\n", b"# a comment\n", b"\xef\xbb\xbf# with a byte order mark\n"):
        assert nsh(stdin=blob) == Done(0, "", "")


def test_a_folder_is_no_script(nsh: Program, machine: Machine) -> None:
    """By its path, behind `--`, and sourced."""
    for words in (["./"], ["--", "."], ["-c", "source ."], ["/"]):
        done = nsh(*words)
        assert is_clear(done, 1)
        assert "Is a directory" in done.err


def test_scripts_that_source_each_other_in_a_circle_are_stopped(nsh: Program, machine: Machine) -> None:
    """Also by way of a link, and from inside a place; what was made before goes away."""
    one, two, link = (nsh.cwd / name for name in ("one.nsh", "two.nsh", "link.nsh"))
    one.write_text("new -q uts a\non a source two.nsh\n")
    two.write_text("source link.nsh\n")
    link.symlink_to("one.nsh")
    done = nsh("./one.nsh")
    assert is_clear(done, 1, 2)
    assert machine.left() == []


def test_an_endless_file_is_no_script(nsh: Program, machine: Machine) -> None:
    """/dev/zero would fill the memory."""
    done = nsh("/dev/zero")
    assert is_clear(done, 1, 2)


# Outputs that take nothing.


@pytest.mark.parametrize(
    "line", ["ls types", "new uts a", "new uts a --pin", "help", "ls types --json", "on host ls types"]
)
@pytest.mark.parametrize(("where", "status"), [(">&-", 1), (">/dev/full", 1), ("| reader", 141)])
def test_an_output_that_cannot_be_written_is_said_once(where: str, status: int, line: str, machine: Machine) -> None:
    """A closed standard output, a full device: status 1 and one line; a closed pipe: silent, as SIGPIPE has it.

    A pin that was made before stays: it was asked for.
    """
    command = f"{NSH} -c '{line}'; echo $? >&2"
    if where == "| reader":  # a FIFO tells nsh to start when the reader of its output has gone
        script = f"mkfifo gone; (cat gone; {command}) | (exec <&-; echo >gone); rm gone"
    else:
        script = f"({command}) {where}"
    said = machine.run("bash", "-c", f"cd $(mktemp -d); {script}; rmdir $PWD").splitlines()
    assert said[-1] == str(status), said
    assert len(said) == (2 if status == 1 else 1), said
    if "--pin" in line:
        assert list(machine.pins()) == ["/run/nsh/uts/a"]
        machine.run(NSH, "unpin", "a")


def test_closed_standard_streams_are_no_place_for_files_of_nsh(machine: Machine) -> None:
    """Started with 0, 1 and 2 closed it opens none of its own there, and ends with a status."""
    script = f"{NSH} -c 'new -q uts a --pin; unpin a; on host true' <&- >&- 2>&-; echo $?"
    assert machine.run("sh", "-c", script) == "0\n"


# Limits of the process.


def limited(machine: Machine, limit: str, line: str) -> Done:
    """Run nsh under a limit of setrlimit(2)."""
    done = subprocess.run(
        [*machine.entrance, "prlimit", limit, "--", NSH, "-k", "-c", line],
        capture_output=True,
        timeout=TIMEOUT,
        check=False,
    )
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.mark.parametrize("line", ["new -q uts h[1..200]", "new -q uts,net,ipc h[1..60]"])
def test_too_few_file_descriptors_for_a_range(line: str, machine: Machine) -> None:
    """A range that needs more than there may be open: refused, and the session goes on."""
    done = limited(machine, "--nofile=64:64", f"{line}\nnew -q uts one\non one true\nls places --json")
    assert is_clear(done, 1)
    assert "Too many open files" in done.err or "Too many references" in done.err  # the latter: too many on their way
    assert [row["name"] for row in rows(done.out)] == ["one"]


@pytest.mark.root
def test_a_soft_limit_of_file_descriptors_is_raised_where_it_may_be(machine: Machine) -> None:
    """Programs start with 1024 for select(2)'s sake; nsh can use what the hard limit allows."""
    done = limited(machine, "--nofile=64:4096", "new -q uts h[1..200]\non h200 sh -c 'ulimit -Sn'\nls places --json")
    assert (done.status, done.err) == (0, "")
    assert len(rows(done.out.partition("\n")[2])) == 200
    assert done.out.startswith("64\n")  # programs get what nsh was given


def test_a_file_that_may_not_grow_is_a_full_disk_for_the_ledger(machine: Machine) -> None:
    """RLIMIT_FSIZE: nothing is made that could not be written down."""
    done = limited(machine, "--fsize=0", "new -q uts a --pin\nls places")
    assert is_clear(done, 1)
    assert "nothing is made that could not be written down first" in done.err


@pytest.mark.rootless
def test_where_no_process_may_be_made_that_is_said(machine: Machine) -> None:
    """RLIMIT_NPROC, met at the first fork or at any later one: a clear line, never a traceback."""
    statuses = []
    for most in range(1, 12):
        done = limited(
            machine, f"--nproc={most}", "new -q uts,pid,mnt a\non a sh -c true\nunshare --fork pid,mnt\ntrue"
        )
        statuses.append(done.status)
        assert done.status == 0 or is_clear(done), most
    assert statuses[0] == 1
    assert statuses[-1] == 0


# Surroundings.


SURROUNDINGS: dict[str, Callable[[], list[str]]] = {
    "no environment": lambda: ["env", "-i"],
    "strange locale": lambda: ["env", "LANG=xx_YY.nope", "LC_ALL=tlh", "PYTHONIOENCODING=utf-16", "PYTHONUTF8=0"],
    "python's own switches": lambda: [
        "env",
        "PYTHONPATH=/nothing:.",
        "PYTHONHASHSEED=1",
        "PYTHONOPTIMIZE=2",
        "PYTHONVERBOSE=",
    ],
    "no PATH": lambda: ["env", "-u", "PATH"],
    "an empty PATH": lambda: ["env", "PATH="],
    "a home that is none": lambda: ["env", "HOME=/nothing", "XDG_RUNTIME_DIR=/nothing", "XDG_CONFIG_HOME=relative"],
    "a mark of another": lambda: ["env", "NSH_SESSION=1.1.1"],
    "signals ignored": lambda: ["bash", "-c", 'trap "" INT TERM HUP CHLD PIPE QUIT TSTP; exec "$@"', "sh"],
}


@pytest.mark.parametrize("before", SURROUNDINGS.values(), ids=SURROUNDINGS.keys())
def test_strange_surroundings_change_nothing(before: Callable[[], list[str]], machine: Machine) -> None:
    """nsh starts, makes, enters, runs, pins and ends."""
    line = "new -q uts a --hostname inside --pin; on a /bin/hostname; unpin a; rm a; /bin/sh -c 'exit 3'"
    words = [*machine.entrance, *before(), NSH, "-c", line]
    done = subprocess.run(words, capture_output=True, timeout=TIMEOUT, check=False)
    assert (done.returncode, done.stdout) == (3, b"inside\n"), done.stderr


def test_a_folder_that_was_removed_is_no_place_to_stay(nsh: Program, machine: Machine) -> None:
    """Started in it, nsh works; what sits in a removed folder is at `/` after a move."""
    script = f"mkdir d; cd d; rmdir ../d; {NSH} -c 'new -q uts,mnt a; on a pwd; on a true'"
    done = subprocess.run([*machine.entrance, "sh", "-c", script], cwd=nsh.cwd, capture_output=True, timeout=TIMEOUT)
    assert done.returncode == 0, done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize(
    "script",
    [
        "unshare --pid --fork {0}",
        pytest.param("unshare --mount sh -c 'umount -l /proc; {0}'", marks=pytest.mark.root),  # locked for others
    ],
)
def test_without_a_proc_of_its_own_nsh_says_so(script: str, machine: Machine) -> None:
    """A pid namespace without a fresh /proc, or no /proc at all: one line, and how to mount one."""
    said = machine.run("sh", "-c", script.format(f"{NSH} ls types") + "; echo $?").splitlines()
    assert said[-1] == "1"
    assert "/proc" in said[0]
    assert "Traceback" not in "\n".join(said)
    assert len(said) <= 3
