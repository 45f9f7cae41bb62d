# SPDX-License-Identifier: MIT
"""What a program gets where you sit (files, signals, directory, umask, environment), and how its end is told."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.program import NSH, Program
from tests.safety.talk import Talk

pytestmark = pytest.mark.real

BOX = "new -q user,pid,mnt,uts box"
WHERE = {
    "host": "{}",
    "on": BOX + "; on box {}",
    "enter": BOX + "; enter box; {}",
    "with --": "new -q user,pid,mnt -- {}",
    "unshare": "unshare -q user,uts,pid --map root; {}",
    "fork": "unshare -q --fork user,pid,mnt --map root; {}",
    "range": "unshare -q user --map root; new -q net,uts n[1..2]; enter n2; {}",
    "pipe": "echo | {} | cat",
    "background": "{} &\nwait",
}


@pytest.mark.parametrize("where", WHERE)
def test_a_program_has_files_0_1_2_and_no_other(where: str, nsh: Program) -> None:
    """Also when nsh itself was started with more: nothing of the host leaks into a place."""
    stray = [os.open("/etc/passwd", os.O_RDONLY), os.open("/", os.O_RDONLY), os.memfd_create("stray", 0)]
    high = os.dup2(stray[0], 200)
    line = WHERE[where].format("python3 -I -S -c 'import os; print(sorted(map(int, os.listdir(\"/proc/self/fd\"))))'")
    try:
        done = subprocess.run(
            [NSH, "-c", line],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            env=nsh.environment,
            pass_fds=(*stray, high),
            check=False,
        )
    finally:
        for fd in (*stray, high):
            os.close(fd)
    assert done.stdout == "[0, 1, 2, 3]\n", done.stderr  # 3 is the folder that is being listed


@pytest.mark.parametrize("where", WHERE)
def test_a_program_has_default_signals_and_an_empty_mask(where: str, nsh: Program) -> None:
    """Nothing blocked, nothing ignored: python that ignores PIPE, helpers that ignore ^C leave no trace."""
    line = WHERE[where].format("sh -c 'grep -E ^Sig.{3}: /proc/self/status; exec grep ^ShdPnd: /proc/self/status'")
    done = nsh("-c", line)
    fields = dict(row.split(":\t") for row in done.out.splitlines())
    libc_own = 0b11 << 31  # 32 and 33: whoever was started by glibc's posix_spawn, as by make, ignores them for ever
    assert {name: int(fields[name], 16) & ~libc_own for name in ("SigPnd", "SigBlk", "SigIgn")} == {
        "SigPnd": 0,
        "SigBlk": 0,
        "SigIgn": 0,
    }


def test_the_helper_itself_holds_no_file_of_the_host(nsh: Program) -> None:
    """What root in a box could take from it with pidfd_getfd(2): /dev/null, pipes, its socket; no directory."""
    with Talk(nsh) as talk:
        talk.say(BOX)
        talk.say("enter box")
        talk.say("cat /proc/self/status > /dev/null")
        listed = talk.say("sh -c 'for pid in 1 2; do readlink /proc/$pid/fd/*; done'").out.split()
    assert {link.split(":")[0] for link in listed} == {"/dev/null", "pipe", "socket"}


def test_directory_umask_and_environment_come_along(nsh: Program) -> None:
    """From nsh's start into each place, and changed there they stay there."""
    lines = [
        f"cd {nsh.cwd}",
        "umask 027",
        "env set COLOUR=green",
        BOX,
        "enter box",
        "pwd",
        "sh -c umask",
        "sh -c 'echo $COLOUR'",
        "umask 077",
        "env set COLOUR=blue",
        "cd /",
        "leave",
        "pwd",
        "sh -c umask",
        "sh -c 'echo $COLOUR'",
        "on box sh -c 'pwd; umask; echo $COLOUR'",
        "new -q user -- sh -c 'pwd; umask; echo $COLOUR'",
    ]
    here = [str(nsh.cwd), "0027", "green"]
    assert nsh("-c", "\n".join(lines)).out.split() == here * 4


def test_a_directory_that_is_not_there_is_left_for_the_root_and_that_is_said(nsh: Program) -> None:
    """A move keeps the directory where the path exists, else you are at /."""
    (nsh.cwd / "hidden").mkdir()
    lines = [
        f"{BOX}",
        f"on box mount -t tmpfs none {nsh.cwd}",
        f"cd {nsh.cwd}/hidden",
        "enter box",
        "pwd",
        "leave",
        "pwd",
    ]
    done = nsh("-c", "\n".join(lines))
    assert done.out.split() == ["/", f"{nsh.cwd}/hidden"]
    assert f"{nsh.cwd}/hidden is not there: you are in /" in done.err


def test_path_is_that_of_the_place(nsh: Program) -> None:
    """A program that only the box sees runs there and is unknown outside."""
    tool = nsh.cwd / "tool"
    tool.write_text("#!/bin/sh\necho from the box\n")
    tool.chmod(0o755)
    lines = [
        BOX,
        f"on box mount -t tmpfs none /mnt; on box cp {tool} /mnt/boxed-tool",
        "env set PATH=/mnt:/bin:/usr/bin",
    ]
    done = nsh("-k", stdin="\n".join([*lines, "on box boxed-tool", "boxed-tool", "enter box", "boxed-tool", "leave"]))
    assert done.out == "from the box\nfrom the box\n"
    assert "unknown command: 'boxed-tool'" in done.err


@pytest.mark.parametrize("where", ["{}", BOX + "; on box {}", "new -q user -- {}", "new -q user,pid,mnt -- {}"])
@pytest.mark.parametrize(
    ("program", "status", "words"),
    [
        ("sh -c 'exit 42'", 42, ""),
        ("sh -c 'kill -TERM $$; exit 9'", 128 + signal.SIGTERM, ""),
        ("sh -c 'kill -KILL $$; exit 9'", 128 + signal.SIGKILL, ""),
        ("./plain", 126, "Permission denied"),
        ("/", 126, "Permission denied"),
        ("./headless", 126, "Exec format error"),
        ("./orphan", 127, "No such file or directory"),
        ("./absent", 127, "No such file or directory"),
        ("nosuchprogram", 127, "nosuchprogram"),
        ("./plain/below", 127, "Not a directory"),
    ],
    ids=lambda value: value if isinstance(value, str) else str(value),
)
def test_how_a_program_ended_is_its_status(where: str, program: str, status: int, words: str, nsh: Program) -> None:
    """0 to 125 its own, 126 not executable, 127 not found, 128 + N by signal N; the reason stands beside."""
    for name, mode, text in (("plain", 0o644, ""), ("headless", 0o755, "echo\n"), ("orphan", 0o755, "#!/no/such\n")):
        (nsh.cwd / name).write_text(text)
        (nsh.cwd / name).chmod(mode)
    is_init = "pid" in where and "--" in where
    done = nsh("-c", where.format(program))
    assert (done.status, done.out) == (9 if is_init and status > 128 else status, "")  # an init is deaf to itself
    assert words in done.err
    assert "Traceback" not in done.err


def test_files_are_opened_by_the_process_you_sit_in(nsh: Program) -> None:
    """`>` in a box writes what the box sees, `<` reads it, and the host sees nothing of it."""
    lines = [
        BOX,
        "on box mount -t tmpfs none /mnt",
        "on box echo one > /mnt/file",
        "enter box",
        "echo two >> /mnt/file",
        "cat < /mnt/file",
        "cat < /mnt/file | tr a-z A-Z > /mnt/upper",
        "cat /mnt/upper",
        "ls types | wc -l > /mnt/count",
        "cat /mnt/count",
        "ls /nonexistent 2> /mnt/error",
        "cat /mnt/error",
        "ls /nonexistent > /mnt/both 2>&1",
        "grep -c nonexistent /mnt/both",
        "leave",
        "ls -A /mnt",
    ]
    before = sorted(os.listdir("/mnt"))
    done = nsh("-k", stdin="\n".join(lines))
    *seen, complaint, count = done.out.splitlines()[: 8 - 1]
    assert [*seen, count] == ["one", "two", "ONE", "TWO", "9", "1"]
    assert "nonexistent" in complaint
    assert done.out.splitlines()[7:] == before == sorted(os.listdir("/mnt"))


def test_the_sysctl_of_a_place_is_written_by_who_sits_there(nsh: Program) -> None:
    """`echo N > /proc/sys/user/…` sets the limit of the user namespace you are in, not the host's."""
    path = "/proc/sys/user/max_uts_namespaces"
    before = Path(path).read_text()
    done = nsh("-c", f"unshare -q user --map root; echo 640 > {path}; cat {path}; leave; cat {path}")
    assert done.out == f"640\n{before}"
    assert Path(path).read_text() == before


@pytest.mark.parametrize(
    ("line", "status", "out"),
    [
        ("echo a | tr a b | wc -c", 0, "2\n"),
        ("true | sh -c 'exit 5'", 5, ""),
        ("sh -c 'exit 5' | true", 0, ""),
        ("yes | head -n 1", 0, "y\n"),
        ("sh -c 'exit 3' || echo $?", 0, "3\n"),
        ("true && echo yes || echo no", 0, "yes\n"),
        ("sh -c 'kill -9 $$' || echo $?", 0, "137\n"),
        ("let x 5; sh -c 'exit 3' || echo $? $x", 0, "3 5\n"),
        ("echo '$HOME' \"$x\"", 2, ""),
        ("ls places | wc -l", 0, "0\n"),
        ("ls types --json | head -c 1", 0, "["),
        ("echo a > out; cat < out; echo b >> out; cat out", 0, "a\na\nb\n"),
        ("sh -c 'echo out; echo err >&2' > both 2>&1; cat both", 0, "out\nerr\n"),
        ("sh -c 'echo out; echo err >&2' 2> only; cat only", 0, "out\nerr\n"),
        ("cat < nowhere", 1, ""),
        ("echo x > no/where", 1, ""),
        ("!echo forced; !ls places", 2, "forced\n"),
        ("cat nosuchfile | cat; echo $?", 0, "0\n"),
        ("head -c 200000 /dev/zero | wc -c", 0, "200000\n"),
    ],
)
def test_lines_of_programs_mean_what_a_shell_means(line: str, status: int, out: str, nsh: Program) -> None:
    """Pipelines, lists, redirections and `$?`; the status of a pipeline is that of its last program."""
    done = nsh("-c", line)
    assert (done.status, done.out) == (status, out), done.err
    assert "Traceback" not in done.err


def test_a_long_argument_and_many_arrive_whole(nsh: Program) -> None:
    """100 kB in one word, 5,000 words: as far as execve(2) goes, then its error."""
    assert nsh("-c", f"sh -c 'echo ${{#1}}' x {'y' * 100_000}").out == "100000\n"
    assert nsh("-c", f"sh -c 'echo $#' x {' '.join('y' for _ in range(5000))}").out == "5000\n"
    done = nsh(stdin=f"true {'y' * 140_000}\n")
    assert done.status == 126
    assert 'execve("true"): Argument list too long' in done.err


def test_a_nul_byte_is_refused_and_nothing_runs(nsh: Program) -> None:
    """execve(2) ends a word there: what would run is not what was typed."""
    for line in (
        "echo a\0b",
        "echo x > a\0b",
        "cd a\0b",
        "env set A=b\0c; sh -c 'echo $A'",
        "enter a\0b",
        "on host echo a\0b",
    ):
        done = nsh(stdin=line.encode() + b"\n")
        assert done.status in (1, 2), line
        assert done.out == "", line
        assert "Traceback" not in done.err, line
    assert list(nsh.cwd.glob("a*")) == []


def test_words_that_are_no_utf8_arrive_byte_by_byte(nsh: Program) -> None:
    """A file name may be any bytes; programs, redirections and cd take them as they are."""
    folder = os.fsencode(nsh.cwd) + b"/\xff\xfe"
    os.mkdir(folder)
    done = nsh(stdin=b"cd " + folder + b"\necho hello > \xe9\nsh -c 'cat *' | od -c -An\n")
    assert done.status == 0, done.err
    assert os.listdir(folder) == [b"\xe9"]
    assert done.out.split() == ["h", "e", "l", "l", "o", "\\n"]


def test_the_background_does_not_keep_nsh_nor_read_its_lines(nsh: Program) -> None:
    """A job reads /dev/null off a terminal, `wait` waits for it, and at the end of nsh it ends."""
    done = nsh(stdin="sh -c 'cat; echo read all' &\nwait\necho next\nsleep 1000 &\n")
    assert done.out == "read all\nnext\n"
    assert done.status == 0


def test_wait_answers_with_the_status_of_the_job(nsh: Program) -> None:
    """Of the last, or of the one that was asked for; a number that no job has is refused."""
    done = nsh(
        "-k", stdin="sh -c 'exit 4' &\nsh -c 'exit 6' &\nwait 1\necho $?\nwait\necho $?\nwait\necho $?\nwait 9\n"
    )
    assert done.out == "4\n6\n0\n"
    assert "9: no such job" in done.err or "no jobs" in done.err


def test_nsh_ended_by_a_signal_ends_its_programs(nsh: Program) -> None:
    """TERM and HUP to nsh itself: an orderly end, 128 + N."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        with Talk(nsh) as talk:
            talk.say(f"{BOX}; on box setsid -f sleep 1000; sleep 1000 &")
            talk.process.send_signal(number)
            assert talk.process.wait() == 128 + number
