# SPDX-License-Identifier: MIT
"""lab: what is built is there for the kernel too, all of it or nothing; as root and as somebody else."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from tests.program import Program, Shell
from tests.safety.machine import until
from tests.safety.talk import Talk

pytestmark = pytest.mark.real

IS_ROOT = os.geteuid() == 0
STAR = "star1  2 hosts h1,h2  1 switch s1  2 links  10.0.0.0/16"


def test_a_star_is_what_it_says(nsh: Program) -> None:
    """Devices, addresses, permanent neighbours and ports, as ip(8) sees them; and the hosts reach each other."""
    lines = [
        "lab star 2",
        "h1 ip -br address",
        "h1 ip neighbour",
        "s1 ip -br link",
        "h1 ping -c 1 -W 5 h2",
        "h2 !ping -c 1 -W 5 10.0.0.1",
    ]
    done = nsh("-c", "\n".join(lines))
    assert done.status == 0, done.err
    assert done.out.startswith(f"{STAR}\n")
    assert re.search(r"^eth0@if\d+ +UP +10.0.0.1/16 *$", done.out, re.MULTILINE)
    assert re.search(r"^10.0.0.2 dev eth0 lladdr 02:\S+ PERMANENT", done.out, re.MULTILINE)
    assert re.findall(r"^(\w+)(?:@\w+)? +UP ", done.out, re.MULTILINE)[1:] == ["br0", "h1", "h2"]
    assert done.out.count("1 received") == 2
    assert ("you are not root here" in done.err) is not IS_ROOT


def test_everything_of_a_lab_is_gone_with_it(nsh: Program) -> None:
    """No place, no process; and nothing ever was in host."""
    with Talk(nsh) as talk:
        before = talk.say("ip -o link").out
        talk.say("lab tree 2 3 --with uts")
        assert len(json.loads(talk.say("ls places --json").out)) == 9 + 4
        assert talk.say("ip -o link").out == before
        assert talk.say("lab rm").status == 0
        assert (talk.say("ls places").out, talk.say("lab ls").out) == ("", "")
        assert talk.say("h1 true").err.count("it went with the lab tree1") == 1


def test_fuller_hosts_have_a_name_a_process_and_a_hosts_file(nsh: Program) -> None:
    """--with uts,pid,mnt: the hostname, pid 1, and what getent(1) finds there."""
    with Talk(nsh) as talk:
        talk.say("lab star 2 --with uts,pid,mnt")
        assert talk.say("h1 hostname").out == "h1\n"
        assert talk.say("h2 sh -c 'grep h1 /etc/hosts; cat /proc/1/comm'").out == "10.0.0.1 h1\nnsh\n"
        assert talk.say("grep -c -w h1 /etc/hosts").out == "0\n"
        rows = {row["name"]: row for row in json.loads(talk.say("ls places --json").out)}
        assert (rows["h1"]["how"], rows["s1"]["how"]) == ("holder", "fds")
        assert {"mnt", "uts", "pid", "net"} <= set(rows["h1"]["types"])
        assert talk.say("pingall").out.startswith("2 of 2 pairs answered")


def test_a_loop_is_left_open_and_said(nsh: Program) -> None:
    """One link of a ring is down, at both ends, and all hosts reach each other all the same."""
    done = nsh("-c", "lab ring 4\non s4 ip -br link show dev s1\npingall")
    assert "the link that closes a loop between switches is down" in done.err
    assert re.search(r"^s1@if\d+ +DOWN", done.out, re.MULTILINE)
    assert "12 of 12 pairs answered" in done.out


def test_switches_with_stp_have_all_links_up(nsh: Program) -> None:
    """The bridges run the protocol."""
    done = nsh("-c", "lab ring 3 --stp\non s3 ip -br link show dev s1\non s1 cat /sys/class/net/br0/bridge/stp_state")
    assert "loop" not in done.err
    assert not re.search(r"DOWN", done.out)


def test_two_labs_stand_beside_each_other(nsh: Program) -> None:
    """With a prefix; each is removed by its name; the same names are refused, with what to type."""
    with Talk(nsh) as talk:
        talk.say("lab star 2")
        clash = talk.say("lab star 2")
        assert clash.status == 1
        assert "h1: there is a place of that name" in clash.err
        assert "--prefix b-" in clash.err
        assert talk.say("lab star 2 --prefix b- --name other").status == 0
        assert [row["name"] for row in json.loads(talk.say("lab ls --json").out)] == ["star1", "other"]
        assert "several" in talk.say("lab rm").err
        assert talk.say("lab rm star1").status == 0
        assert talk.say("pingall").out.startswith("2 of 2")


def test_programs_in_a_lab_are_named_before_they_are_ended(nsh: Program) -> None:
    """And so is where you sit."""
    with Talk(nsh) as talk:
        talk.say("lab star 2")
        talk.say("h1 sleep 1000 &")
        refused = talk.say("lab rm")
        assert (refused.status, "sleep 1000" in refused.err) == (1, True)
        assert talk.say("rm h2").status == 0
        talk.say("enter s1")
        assert "you are in it" in talk.say("lab rm --kill").err
        talk.say("leave")
        assert talk.say("lab rm --kill").status == 0
        assert talk.say("ls places").out == ""


def test_a_lab_is_saved_and_loaded(nsh: Program) -> None:
    """Without what was removed from it; the file it was loaded from says the same."""
    lines = [
        "lab dumbbell 2 --with uts",
        "rm h4",
        "lab save one.yaml",
        "lab rm",
        "lab load one.yaml",
        "lab save two.yaml",
        "pingall",
        "cmp one.yaml two.yaml",
    ]
    done = nsh("-c", "\n".join(lines))
    assert done.status == 0, done.err
    assert "6 of 6 pairs answered" in done.out
    assert not (nsh.cwd / "one.yaml.new").exists()


def test_a_file_can_describe_a_router(nsh: Program) -> None:
    """Two networks reach each other through a host that forwards."""
    (nsh.cwd / "r.yaml").write_text(
        "hosts:\n  a: {addresses: {eth0: 10.1.0.1/24}, routes: {default: 10.1.0.254}}\n"
        "  b: {addresses: {eth0: [10.2.0.1/24, 'fd00::1/64']}, routes: {default: 10.2.0.254}}\n"
        "  r: {addresses: {eth0: 10.1.0.254/24, eth1: 10.2.0.254/24}}\n"
        "links: [[a, r], {ends: [b, r], mtu: 1400}]\n"
    )
    done = nsh(
        "-k", stdin="lab load r.yaml\npingall a b -W 0.2\nr sysctl -qw net.ipv4.ip_forward=1\npingall\nb ip -br a\n"
    )
    answers = re.findall(r"^(\d of \d) pairs", done.out, re.MULTILINE)
    assert answers == ["0 of 2", "6 of 6"], done.err
    assert "fd00::1/64" in done.out


@pytest.mark.parametrize(
    ("line", "status", "words"),
    [
        ("lab star 0", 2, "from 1 to 1023, not 0"),
        ("lab star 1000000", 2, "from 1 to 1023, not 1000000"),
        ("lab star 2000", 2, "`lab tree 2 32`"),
        ("lab star -1", 2, "-1: not a whole number"),
        ("lab bogus 2", 2, "no such shape"),
        ("lab tree 2", 2, "DEPTH and FANOUT"),
        ("lab star 2 3", 2, "takes one number"),
        ("lab", 2, "SHAPE is missing"),
        ("lab star 2 --with user", 2, "--with user: not for the hosts of a lab"),
        ("lab star 2 --with bogus", 2, "no such type"),
        ("lab star 2 --name net", 2, "is a type"),
        ("lab star 2 --prefix a/", 2, "'/' cannot be in a name"),
        ("lab rm", 1, "there is no lab"),
        ("lab rm bogus", 1, "bogus: no such lab"),
        ("lab save x.yaml", 1, "there is no lab"),
        ("lab load nowhere.yaml", 1, 'open("nowhere.yaml"): No such file'),
        ("lab load .", 2, ".: a folder without lab.conf"),
        ("lab load /dev/null", 2, "not a regular file"),
        ("lab load cycle.yaml", 2, "cycle.yaml:1:12: *a: aliases are not read"),
        ("lab load big.yaml", 2, "larger than 4 MiB"),
        ("lab load latin.yaml", 2, "latin.yaml:1:9: not UTF-8"),
        ("lab load gateway.yaml", 1, "a: RTM_NEWROUTE(default via 10.9.9.9): Network is unreachable"),
        ("pingall", 1, "there is no lab"),
        ("pingall bogus", 1, "bogus: no such place"),
        ("pingall host", 1, "not a place of this session"),
        ("pingpair", 1, "there is no lab"),
    ],
)
def test_a_refusal_is_one_clear_line_and_nothing_is_made(line: str, status: int, words: str, nsh: Program) -> None:
    """Usage 2, everything else 1; no place is there afterwards."""
    files(nsh.cwd)
    done = nsh("-k", stdin=f"{line}\necho $?\nls places\n")
    assert done.out == f"{status}\n"
    assert words in done.err
    assert "Traceback" not in done.err


def files(folder: Path) -> None:
    """Files with mistakes."""
    (folder / "cycle.yaml").write_text("hosts: &a [*a]\n")
    (folder / "big.yaml").write_text("# " + "x" * (10 << 20))
    (folder / "latin.yaml").write_bytes(b"hosts: [\xff]\n")
    (folder / "gateway.yaml").write_text(
        "hosts: {a: {addresses: {eth0: 10.0.0.1/24}, routes: {default: 10.9.9.9}}}\nswitches: [s]\nlinks: [[a, s]]\n"
    )


def test_a_lab_for_which_files_do_not_suffice_is_not_begun(nsh: Program) -> None:
    """RLIMIT_NOFILE: looked at before, and said with what to do; a smaller one is built."""
    with Talk(nsh, before=["prlimit", "--nofile=256:256"]) as talk:
        refused = talk.say("lab star 100")
        assert "RLIMIT_NOFILE" in refused.err
        assert talk.say("ls places").out == ""
        assert talk.say("lab star 20").status == 0
        assert talk.say("pingall").status == 0


def test_what_the_kernel_refuses_half_way_is_taken_back(nsh: Program) -> None:
    """user.max_net_namespaces: six of eleven are one too many; the reason is said, and none of them stays."""
    with Talk(nsh) as talk:
        talk.say("unshare -q user --map root; limits net 5")
        assert "max_net_namespaces is 5 here" in talk.say("lab star 10").err
        assert talk.say("ls places").out == ""
        until(lambda: talk.say("lab star 2 -q").status == 0, "the kernel is done with those that were taken back")
        assert talk.say("pingall").out.startswith("2 of 2 pairs answered")


@pytest.mark.terminal
def test_interrupted_half_way_nothing_is_left(shell: Shell) -> None:
    """^C while it is being built: a word, no place, no open file, and a session that goes on."""
    shell.do("lab star 1")
    shell.do("lab rm")
    before = open_files(shell.child.pid)
    shell.type("lab star 1000")
    until(lambda: open_files(shell.child.pid) > before + 100, "it began")
    shell.child.sendintr()
    done = shell.finish()
    assert (done.status, "interrupted, and nothing of it is left" in done.out) == (130, True)
    assert shell.do("ls places").out == ""
    assert open_files(shell.child.pid) < before + 20
    assert shell.do("lab star 2").status == 0


@pytest.mark.terminal
def test_long_work_shows_how_far_it_is(shell: Shell) -> None:
    """On a terminal, from half a second on; at the end the line is taken away."""
    done = shell.do("lab star 1000")
    assert done.status == 0
    assert re.search(r"lab star1: \d+ of 3002", done.out)
    assert done.out.splitlines()[-1].startswith("star1  1000 hosts h1…h1000")


def open_files(pid: int | None) -> int:
    """How many files a process has open."""
    return len(os.listdir(f"/proc/{pid}/fd"))


def test_a_lab_is_built_where_you_sit(nsh: Program) -> None:
    """In a box of one's own too, whose user namespace then owns it."""
    done = nsh("-c", "new user,net box\nenter box\nlab star 3\npingall\nh1 ip -br a show eth0\nleave")
    assert "6 of 6 pairs answered" in done.out
    assert "not root" not in done.err
