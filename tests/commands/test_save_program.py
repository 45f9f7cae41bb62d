# SPDX-License-Identifier: MIT
"""save FILE.sh, .py, .c, .go: the session as a program without nsh does what the session did."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.program import TIMEOUT, Program

pytestmark = pytest.mark.real

IS_ROOT = os.geteuid() == 0
SESSIONS = {
    "names": """
        new user,uts,pid,mnt web --hostname web1
        on web uts hostname web2
        on web uts domainname example.org
        web sh -c 'hostname; domainname; cat /proc/self/uid_map'
        on web limits uts 7
        web cat /proc/sys/user/max_uts_namespaces
        enter web
        hostname
        sh -c 'echo $$ > /dev/null; readlink /proc/self/ns/uts'
        leave
        hostname
        new user,uts --hostname last -- sh -c 'hostname; cat /proc/self/gid_map'
        new user,uts,pid,mnt -- sh -c 'echo $$'
        rm web
        hostname
    """,
    "mounts": """
        new user,mnt box
        on box mnt add tmpfs /mnt
        on box touch /mnt/inside
        on box sh -c 'basename $PWD'
        on box ls /mnt
        ls /mnt
        on box mnt propagation shared /
        on box sh -c 'grep -c shared: /proc/self/mountinfo'
        on box mnt rm /mnt
        on box ls /mnt
        new user,mnt plain --propagation slave
        on plain sh -c 'grep -c shared: /proc/self/mountinfo || true'
    """,
    "moves": """
        unshare user,uts,net --map root --hostname moved
        hostname
        link up lo
        ip -o addr show lo
        new uts deeper
        on deeper uts hostname deepest
        enter deeper
        hostname
        leave
        hostname
        leave
        hostname
        unshare --fork user,pid,mnt --map root
        sh -c 'cat /proc/self/uid_map'
        leave
        new user,time later --boottime +10d
        on later sh -c 'cut -d. -f1 /proc/uptime | sed s/....$//'
        new user alone --map none
        on alone sh -c 'id -u; cat /proc/self/uid_map'
    """,
    "network": """
        new user,net top
        enter top
        new net a
        new net b
        new net sw
        bridge add sw:br0 --up
        veth add sw:p1 a:eth0 --up
        veth add sw:p2 b:eth0 --up --mtu 1400
        bridge attach sw:br0 sw:p1 sw:p2
        addr add a:eth0 10.0.0.1/24
        addr add b:eth0 10.0.0.2/24
        link up a:lo b:lo
        route add a 10.9.0.0/16 via 10.0.0.2
        route add b default dev eth0
        veth add x0 a:x1
        link rename a:x1 y1
        link set x0 --mtu 1300
        link move x0 b x2
        addr add b:x2 fd00::1/64 --no-dad
        addr add b:x2 10.3.0.1/24
        addr del b:x2 10.3.0.1/24
        link down sw:p2
        link up sw:p2
        a ip -o -4 addr
        a ip route
        b ip -o addr show x2
        b ip -6 route show dev x2
        b ip route
        sw ip -o link show master br0
        link rm b:x2
        a ip -o link
        b ip -o link
        leave
    """,
}
AS_ROOT = {
    "maps": """
        new user ranges --map 0:1000:10 --map 10:2000:5
        on ranges cat /proc/self/uid_map
        new net h[1..2]
        veth add h1:e h2:e --up
        h1 ip -o link show e
        new uts,user u --map 0:0:1 --hostname u1
        on u sh -c 'hostname; id -u; cat /proc/self/uid_map'
    """,
}
ALL = {**SESSIONS, **(AS_ROOT if IS_ROOT else {})}


def replayed(nsh: Program, tmp_path: Path, session: str, tongue: str) -> tuple[str, str, str]:
    """What the session printed, what the saved program did, and what was said of what is left out."""
    file = tmp_path / f"program.{tongue}"
    lines = [line.strip() for line in ALL[session].strip().splitlines()]
    script = tmp_path / "session.nsh"
    script.write_text("\n".join([*lines, f"save {file}"]) + "\n")
    done = nsh(str(script))
    assert done.status == 0, done.err
    again = subprocess.run(
        command(tongue, file),
        cwd=nsh.cwd,
        env=nsh.environment,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )
    assert again.returncode == 0, again.stderr
    return done.out, again.stdout, done.err


def command(tongue: str, file: Path) -> list[str]:
    """How a program in that tongue is run, after it has been built."""
    program = str(file.with_suffix(""))
    if tongue == "c":
        subprocess.run(["gcc", "-Wall", "-Wextra", "-Werror", "-O1", "-o", program, file], check=True, timeout=TIMEOUT)
    if tongue == "go":
        go = shutil.which("go") or "/usr/lib/go/bin/go"
        environment = {**os.environ, "GOCACHE": str(file.parent / "cache"), "HOME": str(file.parent)}
        formatter = shutil.which("gofmt") or "/usr/lib/go/bin/gofmt"
        assert subprocess.run([formatter, "-l", file], capture_output=True, check=True).stdout == b""
        subprocess.run([go, "build", "-o", program, str(file)], env=environment, check=True, timeout=3 * TIMEOUT)
    return {"sh": ["sh", str(file)], "py": [sys.executable, str(file)]}.get(tongue, [program])


def plain(text: str) -> list[str]:
    """Without what differs from run to run: inodes, hardware addresses, indexes, what nsh says of a new place."""
    lines = [line for line in text.splitlines() if not re.match(r"\w+  (pid \d+|kept open)  ", line)]
    found = []
    for line in lines:
        line = re.sub(r"\[\d+\]|\b([0-9a-f]{2}:){5}[0-9a-f]{2}\b|@\w+|link-netnsid \d+|^\d+:", "_", line)
        line = re.sub(r"\bfe80::\S+|valid_lft \S+|tentative|state \w+|<[A-Z_,-]+>", "_", line)
        line = line.replace(" linkdown", "")  # as long as the kernel has not heard of the other end
        found.append(re.sub(r"\s+", " ", line))
    return found


@pytest.mark.parametrize("tongue", ["sh", "py", "c"])
@pytest.mark.parametrize("session", ALL)
def test_the_program_does_what_the_session_did(session: str, tongue: str, nsh: Program, tmp_path: Path) -> None:
    """What programs print inside is the same: names, ids, mounts, devices, addresses, routes; nothing is left out."""
    if tongue == "c" and shutil.which("gcc") is None:
        pytest.skip("gcc is not installed")
    by_nsh, by_program, said = replayed(nsh, tmp_path, session, tongue)
    assert "left out" not in said
    assert plain(by_program) == plain(by_nsh)
    assert len(plain(by_nsh)) >= 4


@pytest.mark.slow
@pytest.mark.parametrize("session", ALL)
def test_the_program_in_go_does_it_too(session: str, nsh: Program, tmp_path: Path) -> None:
    """Built by Debian's compiler."""
    if not (shutil.which("go") or Path("/usr/lib/go/bin/go").exists()):
        pytest.skip("golang-go is not installed")
    by_nsh, by_program, _ = replayed(nsh, tmp_path, session, "go")
    assert plain(by_program) == plain(by_nsh)


def test_what_only_nsh_can_do_is_left_out_and_named(nsh: Program, tmp_path: Path) -> None:
    """On stderr, and in the program."""
    file = tmp_path / "program.sh"
    done = nsh("-c", f"new -q user,ipc box\non box ipc mq add\nnew -q user,uts u\non u hostname\nsave {file}")
    assert done.status == 0
    assert "left out: ipc mq add: only nsh has this command" in done.err
    assert "# left out: ipc mq add: only nsh has this command" in file.read_text()


def test_the_last_lines_only(nsh: Program, tmp_path: Path) -> None:
    """`last N` counts lines as they were run."""
    file = tmp_path / "program.sh"
    done = nsh("-c", f"new -q user,uts a\nnew -q user,uts b\non b true\nsave {file} last 2")
    assert done.status == 0, done.err
    text = file.read_text()
    assert "pid_b" in text
    assert "pid_a" not in text


def test_with_nothing_done_there_is_no_file(nsh: Program, tmp_path: Path) -> None:
    """And it is said."""
    file = tmp_path / "program.c"
    done = nsh("-c", f"ls types > /dev/null\nsave {file}")
    assert done.status == 1
    assert "nothing was done yet" in done.err
    assert not file.exists()


def test_words_with_quotes_and_escapes_come_through(nsh: Program, tmp_path: Path) -> None:
    """In each tongue: blanks, quotes, backslashes, percent signs, newlines, other letters."""
    word = "a b'\\''c\"d\\\\e%s $HOME é → *"
    for tongue in ("sh", "py", *(["c"] if shutil.which("gcc") else [])):
        file = tmp_path / f"program.{tongue}"
        done = nsh("-c", f"new -q user,uts q\non q printf %s\\\\n '{word}'\nsave {file}")
        assert done.status == 0, done.err
        again = subprocess.run(
            command(tongue, file), env=nsh.environment, capture_output=True, text=True, timeout=TIMEOUT, check=False
        )
        assert again.stdout == done.out


def test_a_program_that_is_ended_leaves_nothing(nsh: Program, tmp_path: Path) -> None:
    """The holders end with it: the fixture looks."""
    file = tmp_path / "program.sh"
    assert nsh("-c", f"new -q user,uts,pid,mnt q\n- on q false\nsave {file}").status == 0
    subprocess.run(["sh", str(file)], env=nsh.environment, capture_output=True, timeout=TIMEOUT, check=False)


def test_from_a_line_of_the_history_on(nsh: Program, tmp_path: Path) -> None:
    """As `history` numbers them, for programs and scripts; a number too high makes no file."""
    typed = ["new -q user,uts a", "new -q user,uts b", f"save {tmp_path}/p.sh from 2", "new -q user,uts c"]
    typed += [f"save {tmp_path}/p.nsh from 2", f"save {tmp_path}/q.nsh from 99", "quit"]
    done = nsh("-i", stdin="\n".join(typed) + "\n")
    program = (tmp_path / "p.sh").read_text()
    assert "pid_b" in program
    assert "pid_a" not in program
    assert (tmp_path / "p.nsh").read_text() == "new -q user,uts b\nnew -q user,uts c\n"
    assert "from 99: there is no such line before this one" in done.err
    assert not (tmp_path / "q.nsh").exists()
