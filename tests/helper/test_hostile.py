# SPDX-License-Identifier: MIT
"""What comes from a helper is untrusted: root in a box takes its socket and lies, and nsh lives on."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.program import Program

pytestmark = pytest.mark.real

THIEF = """
import array, ctypes, marshal, os, signal, socket, sys
libc = ctypes.CDLL(None, use_errno=True)

def sockets_of(pid):
    pidfd = os.pidfd_open(pid)
    for name in os.listdir(f"/proc/{pid}/fd"):
        if os.readlink(f"/proc/{pid}/fd/{name}").startswith("socket:"):
            taken = libc.syscall(438, pidfd, int(name), 0)
            if taken >= 0:
                yield socket.socket(fileno=taken)
"""
"""How the sockets of a process are taken from it, pidfd_getfd(2), and what both programs below import."""

FORGER = (
    THIEF
    + """
packets = [eval(line) for line in open(sys.argv[1])]
(helper,) = sockets_of(os.getppid())
print("taken", flush=True)
for data, files in packets:
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [os.open(p, os.O_RDONLY) for p in files]))]
    helper.sendmsg([data], rights if files else [])
"""
)
HUGE = b"9" * 5000
LIES = [
    (b"", ()),
    (b"i", ()),
    (b"x", ()),
    (b"ihello", ()),
    (b"i\xff\xfe\0=\0==", ()),
    (b"m", ("/",)),
    (b"mno file came along", ()),
    (b"i" + b"A" * 50_000, ()),
    (b"iev=ended\0job=1\0index=0\0status=--1", ()),
    (b"iev=ended\0job=1\0index=" + HUGE + b"\0status=0", ()),
    (b"iev=stopped\0job=" + HUGE + b"\0index=0", ()),
    (b"iev=stopped\0job=1\0index=7\0signal=x", ()),
    (b"iev=exec_failed\0job=1\0index=0\0step=-9\0errno=99999999999999999999", ()),
    (b"iev=nothing\0job=-1", ("/proc/self/exe", "/", "/dev/null")),
    (b"ire=x\0errno=x", ()),
    (b"ire=-1", ("/dev/null",)),
]


def forged(folder: Path, lies: Sequence[tuple[bytes, tuple[str, ...]]]) -> str:
    """The line that has the box's root send these packets in the helper's name."""
    (folder / "forger.py").write_text(FORGER)
    (folder / "lies").write_text("".join(f"{lie!r}\n" for lie in lies))
    return f"{sys.executable} -I -S {folder}/forger.py {folder}/lies"


@pytest.mark.parametrize("number", range(len(LIES)), ids=lambda number: repr(LIES[number][0][:40]))
def test_a_forged_message_ends_no_session(number: int, nsh: Program) -> None:
    """Whatever arrives on the helper's socket beside its own words: no traceback, and the next line works."""
    lines = ["new -q user,pid,mnt box", "enter box", forged(nsh.cwd, LIES[number : number + 1])]
    done = nsh("-k", stdin="\n".join([*lines, "leave", "echo alive"]))
    assert "Traceback" not in done.err
    assert done.out.splitlines() == ["taken", "alive"]


ANSWERS = {
    "umask": b"umask=x\0cwd=\0hostname=\x1b[2J",
    "uts hostname": b"hostname=\x1b[2J",
    "echo x > /tmp/none": b"errno=0",
    "cd /": b"errno=99999999999999999999999",
    "true": b"errno=0",
    "new uts a": b"errno=-5",
}


@pytest.mark.parametrize("line", ANSWERS)
def test_a_forged_answer_is_believed_and_harms_nothing(line: str, nsh: Program) -> None:
    """A lie in place of the next answers: an error in words at most, and at host all is as before."""
    lies = [(b"ire=%d\0%s" % (number, ANSWERS[line]), ()) for number in range(200)]
    lines = ["new -q user,pid,mnt,uts box", "enter box", forged(nsh.cwd, lies), line, "leave", "echo alive"]
    done = nsh("-k", stdin="\n".join(lines))
    assert "Traceback" not in done.err
    assert "\x1b" not in done.out
    assert done.out.startswith("taken\n")
    assert done.out.endswith("alive\n")


STEALER = (
    THIEF
    + """
ITSELF = 77  # SO_PEERPIDFD: who made the socket, which is nsh

def send(sock, data, *fds):
    sock.sendmsg([data], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else [])

there = os.getppid()
(helper,) = sockets_of(there)
nsh = helper.getsockopt(socket.SOL_SOCKET, ITSELF)
os.kill(there, signal.SIGSTOP)  # what nsh asks of it is answered here from now on
print("taken", flush=True)
send(helper, b"iev=ended\\0job=1\\0index=0\\0status=0")
while True:
    data, rights, _, _ = helper.recvmsg(65536, 4096)
    if not data:
        break
    number, verb, arguments = marshal.loads(data[1:])
    fds = array.array("i")
    for _, _, raw in rights:
        fds.frombytes(raw)
    if verb == "spawn":
        born = socket.socket(fileno=fds[0])
        send(born, b"iev=cloned\\0step=0\\0did=0:1:1", nsh)
        send(born, b"iev=ready\\0cwd=/\\0did=")
    send(helper, b"ire=%d\\0pids=1\\0found=/bin/true" % number, *([nsh] if verb == "run" else []))
"""
)


def test_nsh_never_signals_itself_because_a_helper_says_so(nsh: Program) -> None:
    """A pidfd that comes from a box may be nsh's own, by SO_PEERPIDFD: it is not taken for a child's and killed."""
    (nsh.cwd / "stealer.py").write_text(STEALER)
    lines = ["new -q user,pid,mnt box", "enter box", f"{sys.executable} -I -S {nsh.cwd}/stealer.py"]
    done = nsh("-k", stdin="\n".join([*lines, "new -q uts a", "ls places", "rm a", "true", "leave", "echo alive"]))
    assert "Traceback" not in done.err
    first, *listed, last = done.out.splitlines()
    assert (first, last) == ("taken", "alive")
    assert len(listed) == 2, "the box only"
    assert "state unknown" in done.err


FLOODER = (
    THIEF
    + """
there = os.getppid()
(helper,) = sockets_of(there)
os.kill(there, signal.SIGSTOP)
null = os.open("/dev/null", os.O_RDONLY)
MANY = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [null] * 253))]
def send(*message):
    try:
        helper.sendmsg(*message)
    except OSError as error:
        if error.errno != 109:  # ETOOMANYREFS: as many files are on their way as may be
            os._exit(0)

what = sys.argv[1]
print("taken", flush=True)
send([b"iev=ended\\0job=1\\0index=0\\0status=0"])
helper.recv(65536)
while what == "answers":
    for number in range(200):
        send([b"ire=%d" % number], MANY)
while what == "files":
    send([b"iev=nothing\\0job=1"], MANY)
while what == "words":
    send([b"iev=" + b"x" * 60000])
"""
)


@pytest.mark.parametrize("what", ["answers", "files", "words"])
def test_a_helper_that_talks_without_end_costs_neither_files_nor_memory(what: str, nsh: Program) -> None:
    """Hundreds of files with each answer or word, words for ever: let go in a line, and nothing of it is kept."""
    (nsh.cwd / "flooder.py").write_text(FLOODER)
    lines = ["new -q user,pid,mnt box", "enter box", f"{sys.executable} -I -S {nsh.cwd}/flooder.py {what}"]
    lines += ["umask", "leave", "sh -c 'ls /proc/$(grep PPid /proc/$PPID/status | cut -f2)/fd | wc -l'", "echo alive"]
    limit = ["prlimit", "--nofile=2000", "--as=1000000000"]
    done = nsh.below(limit, "-k", stdin="\n".join(lines))
    assert "Traceback" not in done.err
    taken, *_, files, last = done.out.splitlines()
    assert (taken, last) == ("taken", "alive"), done.err
    assert int(files) < 60
    assert what == "answers" or "talks without end" in done.err


MIDWIFE = (
    STEALER.replace('send(born, b"iev=cloned\\0step=0\\0did=0:1:1", nsh)', "bear(born)").replace(
        "there = os.getppid()", "what, there = sys.argv[1], os.getppid()"
    )
).replace(
    "def send(",
    """
def bear(born):
    own, null = os.pidfd_open(os.getpid()), os.open("/dev/null", os.O_RDONLY)
    send(born, b"iev=cloned\\0step=0\\0did=0:1:1", own)
    for _ in range(20):
        if what == "children":
            send(born, b"iev=cloned\\0step=0\\0did=", own)
        elif what == "files":
            send(born, b"iev=made", *[null] * 20)
        else:
            send(born, b"iev=gate\\0step=0")

def send(""",
    1,
)


@pytest.mark.parametrize("what", ["children", "files", "gates"])
def test_of_a_birth_no_more_is_kept_than_was_asked_for(what: str, nsh: Program) -> None:
    """The same child again, files that nobody wants, gates that the plan has not: refused, and all of it closed."""
    (nsh.cwd / "midwife.py").write_text(MIDWIFE)
    lines = ["new -q user,pid,mnt box", "enter box", f"{sys.executable} -I -S {nsh.cwd}/midwife.py {what}"]
    lines += ["new -q uts a", "leave", "sh -c 'ls /proc/$(grep PPid /proc/$PPID/status | cut -f2)/fd | wc -l'"]
    done = nsh("-k", stdin="\n".join([*lines, "echo alive"]))
    assert "Traceback" not in done.err
    assert done.out.splitlines()[-1] == "alive", done.err
    (files,) = [int(line) for line in done.out.splitlines() if line.isdecimal()]
    assert files < 60
    assert done.err.splitlines() == [
        "stdin:4: nsh: a (holder): says what cannot be while it is being made: state unknown"
    ]
