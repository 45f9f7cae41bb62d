# SPDX-License-Identifier: MIT
"""Which parts of an output are sample values, and which are literal."""

from __future__ import annotations

import pytest

from nsh.transcript.tokens import Scanner
from nsh.transcript.typed import mentions
from tests.transcript.page import matches


def found(*lines: str, command: str = "show") -> list[str]:
    """`kind value` of each token in the last of these lines."""
    scanner = Scanner(command)
    tokens = [scanner.find(line) for line in lines][-1]
    return [f"{token.kind.name} {token.value}" for token in tokens]


@pytest.mark.parametrize(
    ("line", "tokens"),
    [
        ("uts:[4026532386]", ["ns 4026532386"]),
        ("lrwxrwxrwx 1 root root 0 Jan  6 19:00 net -> 'net:[4026531840]'", ["date Jan  6 19:00", "ns 4026531840"]),
        ("pid_for_children:[4026532392]", ["ns 4026532392"]),
        ("demo  pid 8187  uts:[4026532386]", ["pid 8187", "ns 4026532386"]),
        ("uts:4026532386 demo", ["ns 4026532386"]),
        ('{"type": "uts", "inode": 4026532386, "pid": 8187}', ["ns 4026532386", "pid 8187"]),
        ("4026532178 uts         2  8187 root bash", ["ns 4026532178"]),
        ("/proc/8187/ns/uts", ["pid 8187"]),
        ("net:[4026532333]  id 312155, owner user:[4026532259]", ["ns 4026532333", "id 312155", "ns 4026532259"]),
        ("member   pid 4027  sleep 1000  kill 4027", ["pid 4027", "pid 4027"]),
        ("nsh(8182)---bash(8187)", ["pid 8182", "pid 8187"]),
        ("bash(9189)-+-{go}(8105)", ["pid 9189", "pid 8105"]),
        ("        |-sleep(9191,root)", ["pid 9191"]),
        ("bash(3)---ps(5)", ["pid 3", "pid 5"]),
        ("NSpid:\t52\t2", ["pid 52", "pid 2"]),
        ("link/ether aa:85:69:59:25:b9 brd ff:ff:ff:ff:ff:ff", ["mac aa:85:69:59:25:b9"]),
        (
            "478: veth1@if479: <BROADCAST,MULTICAST> mtu 1500 qdisc noop state DOWN group default qlen 1000",
            ["ifindex 478", "ifindex 479"],
        ),
        ("478: veth1@veth0: <UP> mtu 1500", ["ifindex 478"]),
        ("netns1 (id: 3)", ["nsid 3"]),
        ("    link-netnsid 2", ["nsid 2"]),
        ("0x70ffd07c 0          root       644        0            0", ["key 0x70ffd07c"]),
        ("inet6 fe80::a885:69ff:fe59:25b9/64 scope link", ["fe80 fe80::a885:69ff:fe59:25b9"]),
        ("64 bytes from 127.0.0.1: icmp_seq=1 ttl=64 time=0.037 ms", ["ms 0.037"]),
        ("1 packets transmitted, 1 received, 0% packet loss, time 0ms", ["ms 0"]),
        ("rtt min/avg/max/mdev = 0.037/0.037/0.037/0.000 ms", ["rtt 0.037/0.037/0.037/0.000 ms"]),
        ("-rw-r--r-- 1 root root 5 Nov 22  2025 f", ["date Nov 22  2025"]),
        ("Sun Nov 22 13:15:00 UTC 2026", ["stamp Sun Nov 22 13:15:00 UTC 2026"]),
        (
            " 13:13:22 up 4 min,  0 users,  load average: 0.33, 0.37, 0.16",
            ["clock 13:13:22", "uptime 4 min", "load 0.33, 0.37, 0.16"],
        ),
        ("real\t0m0.003s", ["time 0m0.003s"]),
    ],
)
def test_samples(line: str, tokens: list[str]) -> None:
    """Values of the known types are found where they can be told."""
    assert found(line) == tokens


@pytest.mark.parametrize(
    "line",
    [
        "1",
        "/proc/1/ns/uts",
        "NSpid:  1",
        "see unshare(2) and namespaces(7)",
        "uid=0(root) gid=0(root) groups=0(root)",
        "uid=65534(nobody) gid=65534(nogroup) groups=65534(nogroup)",
        "         0       1000          1",
        "inet 10.1.1.1/24 scope global veth0",
        "1: lo: <LOOPBACK> mtu 65536 qdisc noop state DOWN",
        "link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00",
        "1 packets transmitted, 1 received, 0% packet loss",
        "max_user_namespaces 96365",
        "uts   0x04000000  CLONE_NEWUTS",
        "CapEff: 0000000000000000",
        "tcp 0 0 127.0.0.1:80 LISTEN",
        "max_pid_namespaces 5",
        "kernel.pid_max = 4194304",
        "0:1000:1",
        "3 processes",
    ],
)
def test_proofs_are_literal(line: str) -> None:
    """Addresses, ids, maps, flags, counts, limits and pid 1 are what a page proves: never variable."""
    assert found(line) == []


def test_pids_stand_under_their_headings() -> None:
    """In a table the columns PID and PPID hold pids; 0 and 1 in them are literal."""
    heading = "UID          PID    PPID  C STIME TTY          TIME CMD"
    assert found(heading) == []
    assert found(heading, "root          11       1  0 13:13 pts/2    00:00:00 ps -ef") == [
        "pid 11",
        "cpu 0",
        "clock 13:13",
        "clock 00:00:00",
    ]
    assert found(heading, "root           1       0  0 13:13 pts/2    00:00:00 bash")[1] == "clock 13:13"


def test_how_busy_a_process_was_is_no_proof() -> None:
    """The column C of ps -ef, and %CPU, are matched by shape."""
    table = "UID  PID  PPID  C STIME TTY  TIME CMD\nroot  41  1  {} 13:13 pts/2  00:00:00 bash"
    assert matches(table.format(0), table.format(12))
    assert not matches(table.format(0), table.format("x"))
    table = "USER  PID %CPU %MEM COMMAND\nroot  41  {}  0.1 bash"
    assert matches(table.format("0.0"), table.format("99.5"))
    assert not matches("A  C\n1  2", "A  C\n1  3")


def test_lsns_has_an_inode_column_and_a_pid_column() -> None:
    """As lsns(8) prints them: the number of processes between them is literal."""
    heading = "        NS TYPE   NPROCS   PID USER             COMMAND"
    assert found(heading, "4026531834 time       91    12 root             /sbin/init") == [
        "ns 4026531834",
        "pid 12",
    ]


def test_a_table_ends_at_an_empty_line() -> None:
    """What follows has no columns any more."""
    assert found("  PID COMMAND", "   11 ps", "", "   11 apples") == []


def test_a_cell_that_is_no_number_is_text() -> None:
    """A missing pid, shown as `-`, is literal; so is a shifted row."""
    assert found("NAME  PID  NS", "web   -    uts") == []


def test_a_cell_may_hold_several_pids() -> None:
    """A list joined by commas is a list of pids."""
    assert found("NAME  NSPID", "web   52,2,1") == ["pid 52", "pid 2"]


@pytest.mark.parametrize(
    "command",
    [
        "echo $$",
        "bash -c 'echo $$'",
        "echo $PPID",
        "pidof sleep",
        "readlink /proc/self",
        "bash -c 'ls -d /proc/[0-9]*; ls /proc'",
    ],
)
def test_a_lone_number_is_a_pid_after_a_command_that_shows_pids(command: str) -> None:
    """The number itself does not tell; the command does."""
    assert found("8187", command=command) == ["pid 8187"]
    assert found("1", command=command) == []


@pytest.mark.parametrize("command", ["cat /proc/sys/kernel/pid_max", "wc -l", "id -u", "ls /proc/self/ns", "ls -l"])
def test_a_lone_number_is_literal_elsewhere(command: str) -> None:
    """A uid, a limit, a count."""
    assert found("1000", command=command) == []


def typed(command: str) -> list[str]:
    return [f"{'+' if mention.certain else '?'}{mention.kind.name} {mention.value}" for mention in mentions(command)]


@pytest.mark.parametrize(
    ("command", "samples"),
    [
        ("readlink /proc/8182/ns/uts /proc/8187/ns/uts", ["+pid 8182", "+pid 8187"]),
        ("cat /proc/1/status", []),
        ("kill 9001", ["+pid 9001"]),
        ("kill -KILL 9001 9002", ["+pid 9001", "+pid 9002"]),
        ("kill -9 1", []),
        ("bash -c 'kill -TERM 9001'", ["+pid 9001"]),
        ("ip link set veth1 netns 9001", ["+pid 9001"]),
        ("ip link set veth1 netns 1", []),
        ("nsenter -t 9001 -u hostname", ["+pid 9001"]),
        ("nsenter --target=9001 --uts hostname", ["+pid 9001"]),
        ("ps -p 9001", ["?pid 9001"]),
        ("ping -t 64 10.1.1.2", ["?pid 64"]),
        ("enter 8187", ["+pid 8187"]),
        ("enter uts,net 8187", ["+pid 8187"]),
        ("show 8187", ["+pid 8187"]),
        ("same uts 8187 host", ["+pid 8187"]),
        ("same uts host 8187", ["+pid 8187"]),
        ("same uts 8186 8187", ["+pid 8186", "+pid 8187"]),
        ("ls ns 8187", ["+pid 8187"]),
        ("on 8187 sleep 60", ["+pid 8187"]),
        ("on demo sleep 60", []),
        ("pstree -pl 9184", ["+pid 9184"]),
        ("show uts:[4026532386]", ["+ns 4026532386"]),
        ("show uts:4026532386", ["+ns 4026532386"]),
        ("ip link set v address 02:00:00:00:00:05", ["?mac 02:00:00:00:00:05"]),
        ("ipcrm -Q 0x70ffd07c", ["?key 0x70ffd07c"]),
        ("ping fe80::1%veth0", ["?fe80 fe80::1"]),
        ("sleep 5", []),
        ("head -n 5 /proc/meminfo", []),
        ("new user n --map 0:1000:1", []),
        ("ip addr add 10.1.1.1/24 dev veth0", []),
    ],
)
def test_samples_in_commands(command: str, samples: list[str]) -> None:
    """Where a typed number is a sample that must be known (+), and where it may be one (?)."""
    assert typed(command) == samples
