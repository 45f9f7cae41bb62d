# SPDX-License-Identifier: MIT
"""Network namespaces, labs and pingall: against ip(8), Mininet, and programs in C that do no more than the kernel asks.

Before each turn the kernel is let finish with what the turn before has left
behind: namespaces go one after another, some time after the last that kept
them, and slow down who makes others.
"""

from __future__ import annotations

import os
import re
import select
import socket
import subprocess
import tempfile
import time
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from bench.row import Row, Sample, Side
from tests.program import NSH, scratch_environment

FOLDER = Path(__file__).resolve().parent.parent
MANY = 200
MARK = "umask\n"  # a command that answers at once, with one line
PING_HOSTS = 64
SYSTEM_PYTHON = "/usr/bin/python3"  # the one Debian's mininet is for
RTMGRP_LINK = 1

MININET = """
import sys, time
from mininet.log import setLogLevel
from mininet.net import Mininet
from mininet.nodelib import LinuxBridge
from mininet.topo import SingleSwitchTopo
setLogLevel("critical")
start = time.perf_counter()
more = {"autoSetMacs": True, "autoStaticArp": True} if sys.argv[2] == "ping" else {}
net = Mininet(topo=SingleSwitchTopo(int(sys.argv[1])), switch=LinuxBridge, controller=None, waitConnected=False, **more)
net.start()
print(time.perf_counter() - start, flush=True)
start = time.perf_counter()
if sys.argv[2] == "ping":
    print(net.pingAll(timeout="1"), flush=True)
    print(time.perf_counter() - start, flush=True)
else:
    one, last = net.hosts[0], net.hosts[-1]
    print("1 received" in one.cmd("ping -c 1", last.IP()), flush=True)
sys.stdin.readline()
net.stop()
"""


class Witness:
    """A namespace that is dropped after others: when the kernel is done with it, it is done with them."""

    def __init__(self) -> None:
        self.events = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
        self.events.bind((0, RTMGRP_LINK))
        # With a netlink socket, as the others have: what it keeps is let go some time after it was closed.
        self.process = subprocess.Popen(["unshare", "--net", "ip", "monitor", "link"], stdout=subprocess.DEVNULL)
        while os.readlink(f"/proc/{self.process.pid}/ns/net") == os.readlink("/proc/self/ns/net"):
            assert self.process.poll() is None
        veth = ["ip", "link", "add", "witness", "type", "veth", "peer", "name", "far", "netns", str(self.process.pid)]
        subprocess.run(veth, check=True)

    def wait(self) -> None:
        """Let it go, and wait until it is gone."""
        self.process.kill()
        self.process.wait()
        while "witness" in (name for _, name in socket.if_nameindex()):
            select.select([self.events], [], [], 1.0)
            self.events.recv(65536)
        self.events.close()


def settle() -> None:
    """Wait until the kernel is done with all namespaces that were dropped so far."""
    Witness().wait()
    Witness().wait()  # sockets are let go by each CPU for itself: the second comes after all that the first was like


def compiled(stack: ExitStack, name: str) -> str:
    """A program of this folder, compiled."""
    folder = stack.enter_context(tempfile.TemporaryDirectory())
    program = str(Path(folder) / name)
    subprocess.run(["cc", "-O2", "-o", program, str(FOLDER / f"{name}.c")], check=True)
    return program


class Shell:
    """An nsh that reads lines, one after the other, and answers each."""

    def __init__(self, stack: ExitStack) -> None:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        pipe = subprocess.PIPE
        self.process = stack.enter_context(
            subprocess.Popen([NSH, "-k"], stdin=pipe, stdout=pipe, text=True, env=scratch_environment(home))
        )
        stack.callback(self.process.stdin.close if self.process.stdin else self.process.kill)
        self.do("lab star 2 --quiet")  # reads in what the first lab needs
        self.do("pingall")
        self.do("lab rm")

    def do(self, line: str) -> tuple[float, str]:
        """Type a line; how long it took, and what it said."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        start = time.perf_counter()
        self.process.stdin.write(f"{line}\n{MARK}")
        self.process.stdin.flush()
        said = ""
        while not re.fullmatch(r"0[0-7]+\n", answer := self.process.stdout.readline()):
            assert answer, "nsh has ended"
            said += answer
        return time.perf_counter() - start, said


# Many namespaces at once.


def new_range(shell: Shell) -> Sample:
    """`new net n[1..200]`, and how many places there are then."""
    settle()
    seconds, _ = shell.do(f"new -q net n[1..{MANY}]")
    count = shell.do("ls places --json")[1].count('"name"')
    for number in range(1, MANY + 1):
        shell.do(f"unpin n{number}")
    return Sample(seconds, count)


def by_ip() -> Sample:
    """The same by `ip -batch`, and how many names there are then."""
    settle()
    names = [f"n{number}" for number in range(1, MANY + 1)]
    start = time.perf_counter()
    subprocess.run(["ip", "-batch", "-"], input="".join(f"netns add {n}\n" for n in names), text=True, check=True)
    seconds = time.perf_counter() - start
    count = len(os.listdir("/run/netns"))
    subprocess.run(["ip", "-batch", "-"], input="".join(f"netns del {n}\n" for n in names), text=True, check=True)
    return Sample(seconds, count)


def range_sides(stack: ExitStack) -> tuple[Side, Side]:
    """Against ip(8)."""
    shell = Shell(stack)
    return lambda: new_range(shell), by_ip


def range_sides_c(stack: ExitStack) -> tuple[Side, Side]:
    """Against unshare(2) and open(2) in a loop."""
    shell, program = Shell(stack), compiled(stack, "netns")

    def loop() -> Sample:
        settle()
        said = subprocess.run([program, str(MANY)], stdout=subprocess.PIPE, text=True, check=True).stdout
        return Sample(float(said), MANY)

    return lambda: new_range(shell), loop


# Labs.


class Lifetimes:
    """Builds and removes; what the removals took is kept for the row that comes after that of the builds."""

    def __init__(self) -> None:
        self.downs: list[Sample] = []

    def down(self, up: Side) -> Side:
        """The side of the removal: what was measured while building was, or measured now."""

        def side() -> Sample:
            if not self.downs:
                up()
            return self.downs.pop(0)

        return side


class OfNsh(Lifetimes):
    """Stars of ours."""

    def up(self, shell: Shell, hosts: int, each: bool = False) -> Sample:
        """Build, ask from the first host to the last, remove; seconds, or those of `each` host."""
        settle()
        seconds, _ = shell.do(f"lab star {hosts} -q")
        reached = "2 of 2 pairs answered" in shell.do(f"pingpair h1 h{hosts}")[1]
        start = time.perf_counter()
        shell.do("lab rm")
        settle()
        self.downs.append(Sample(time.perf_counter() - start, "gone"))
        return Sample(seconds / hosts if each else seconds, reached)


class OfMininet(Lifetimes):
    """Mininet's, with Linux bridges and without a controller."""

    def up(self, hosts: int) -> Sample:
        """The same by Mininet, its own start left out."""
        settle()
        with mininet(hosts, "one") as process:
            seconds, reached = float(line_of(process)), line_of(process) == "True"
            start = time.perf_counter()
        settle()
        self.downs.append(Sample(time.perf_counter() - start, "gone"))
        return Sample(seconds, reached)


def mininet(hosts: int, wish: str) -> subprocess.Popen[str]:
    """A Mininet that builds a star and waits for a line; it ends with its pipe."""
    pipe = subprocess.PIPE
    argv = [SYSTEM_PYTHON, "-c", MININET, str(hosts), wish]
    return subprocess.Popen(argv, stdin=pipe, stdout=pipe, text=True)


def line_of(process: subprocess.Popen[str]) -> str:
    """The next line a program says."""
    assert process.stdout is not None
    return process.stdout.readline().strip()


UP, DOWN = "building a star of hosts", "removing a star of hosts"
OURS: dict[int, OfNsh] = {}  # by the number of hosts: the builds and, for the next row, the removals
THEIRS: dict[int, OfMininet] = {}


def star_sides(stack: ExitStack, hosts: int, down: bool) -> tuple[Side, Side]:
    """Against Mininet: building, or removing."""
    shell = Shell(stack)
    ours, theirs = OURS.setdefault(hosts, OfNsh()), THEIRS.setdefault(hosts, OfMininet())

    def up() -> Sample:
        return ours.up(shell, hosts)

    def their_up() -> Sample:
        return theirs.up(hosts)

    return (ours.down(up), theirs.down(their_up)) if down else (up, their_up)


def star_sides_c(stack: ExitStack, hosts: int) -> tuple[Side, Side]:
    """Against a program in C that sends the same messages."""
    shell, program, ours = Shell(stack), compiled(stack, "star"), OfNsh()

    def in_c() -> Sample:
        settle()
        with subprocess.Popen(
            [program, str(hosts)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process:
            return Sample(float(line_of(process)), True)

    return lambda: ours.up(shell, hosts), in_c


def per_host_sides(stack: ExitStack) -> tuple[Side, Side]:
    """A host among a thousand against one among a hundred."""
    shell, ours = Shell(stack), OfNsh()
    return lambda: ours.up(shell, 1000, each=True), lambda: ours.up(shell, 100, each=True)


# Everybody to everybody.


def pingall_sides(stack: ExitStack) -> tuple[Side, Side]:
    """Against Mininet's pingAll; the answer is how many pairs were asked.

    Mininet's hosts know each other by `--arp`, which is not counted: else they
    would lose most, their table being too small for so many pairs
    (net.ipv4.neigh.default.gc_thresh3), and each lost one takes a second.
    """
    shell = Shell(stack)

    def ours() -> Sample:
        settle()
        shell.do(f"lab star {PING_HOSTS}")
        seconds, said = shell.do("pingall")
        shell.do("lab rm")
        done, of = (int(word) for word in re.findall(r"^(\d+) of (\d+)", said)[0])
        assert done == of, said
        return Sample(seconds, of)

    def theirs() -> Sample:
        settle()
        with mininet(PING_HOSTS, "ping") as process:
            for _ in range(2):
                line_of(process)  # what building took, what was lost
            return Sample(float(line_of(process)), PING_HOSTS * (PING_HOSTS - 1))

    return ours, theirs


def against_mininet(hosts: int, turns: int) -> tuple[Row, Row]:
    """Building and removing."""
    name, peer = f"lab star {hosts}", f"Mininet single,{hosts} LinuxBridge"
    return (
        Row(f"{name}, up", peer, 0.1, turns, lambda stack: star_sides(stack, hosts, False), UP, hosts, "Mininet"),
        Row(f"{name}, down", peer, 0.1, turns, lambda stack: star_sides(stack, hosts, True), DOWN, hosts, "Mininet"),
    )


def against_c(hosts: int) -> Row:
    """Building."""
    sides = partial(star_sides_c, hosts=hosts)
    return Row(f"lab star {hosts}, up ", "C: raw netlink", 1.3, 9, sides, UP, hosts, "C, raw netlink")


NETNS = f"new net n[1..{MANY}]"
OF_ROOT = (
    Row(NETNS, "ip -batch, 200 netns add", 1.0, 9, range_sides),
    Row(f"{NETNS} ", "C: unshare, open", 1.3, 15, range_sides_c),
    against_c(100),
    against_c(300),
    Row("lab star 1000, each host", "lab star 100, each host", 1.5, 3, per_host_sides),
    *against_mininet(100, 2),
    *against_mininet(300, 1),
    Row(f"pingall, {PING_HOSTS} hosts", "Mininet pingAll", 0.05, 1, pingall_sides),
)

ROWS = OF_ROOT if os.geteuid() == 0 else ()  # the peers want root
