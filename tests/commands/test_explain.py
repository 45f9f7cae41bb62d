# SPDX-License-Identifier: MIT
"""explain: what a line would do is what it then does, and nothing is done; other tongues do the same."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.program import NSH, TIMEOUT, Program

pytestmark = pytest.mark.real

IS_ROOT = os.geteuid() == 0
LINES = [
    "new user box2",
    "new user,uts,pid,mnt box2 --hostname web1",
    "new user,uts,ipc,pid,mnt,net,cgroup,time box2",
    "new user,mnt box2 --propagation slave",
    "new user,pid,mnt box2 --no-proc",
    "new user,time box2 --boottime +1d --monotonic -30s",
    "new user box2 --map none",
    "new user,uts -- true",
    "new user,uts,pid,mnt --hostname inner -- true",
    "new all box2",
    "unshare user",
    "unshare user,uts --map root --hostname moved",
    "unshare --fork user,pid,mnt --map root",
    "unshare user,time --map root",
    "enter box",
    "enter user,uts box",
    "on box true",
    "box true",
    "true",
    "echo a | cat | cat",
]
_CALL = re.compile(r"^(?P<call>.*\))  \[.*\]$", re.MULTILINE)


def normal(call: str) -> str:
    """Without what differs from run to run: pids, and who is told to wait."""
    return re.sub(r"/proc/\w+/", "/proc/N/", re.sub(r"^\[.*?\] | = .*$", "", call))


@pytest.mark.parametrize("line", LINES)
def test_what_is_explained_is_what_is_then_traced(line: str, nsh: Program, tmp_path: Path) -> None:
    """The same calls in the same order; execve is the program's own and told by explain alone."""
    file = tmp_path / "calls"
    script = f"new -q user,uts,pid,mnt box\nexplain {line}\ntrace {file}\n{line}\ntrace off"
    done = nsh("-c", script)
    assert done.status == 0, done.err
    explained = [normal(call) for call in _CALL.findall(done.out) if not call.startswith("execve")]
    # An ordinary user's helper tries to write gid_map before it gives setgroups up, as any user's does.
    assert "×" not in done.out
    traced = [normal(call) for call in file.read_text().splitlines() if "gid_map" not in call or " = -1 " not in call]
    assert explained == traced
    assert explained


def test_nothing_is_done(nsh: Program) -> None:
    """No process, no place, no change of hostname, no move."""
    lines = [
        "new -q user,uts,pid,mnt,net box",
        "explain new user,uts never --hostname never",
        "explain box uts hostname never",
        "explain enter box",
        "explain unshare user,uts",
        "explain sh -c 'echo never'",
        "explain box mnt add tmpfs /mnt",
        "explain link up box:lo",
        "explain addr add box:lo 10.9.9.9/8",
        "ls places",
        "box hostname",
        "box mnt ls --differs",
        "link ls box",
        "addr ls box",
        "readlink /proc/self/ns/uts",
    ]
    done = nsh("-c", "\n".join(lines))
    assert done.status == 0, done.err
    shown = done.out[done.out.index("NAME") :]
    assert "never" not in shown
    assert "10.9.9.9" not in shown
    assert "/mnt " not in shown
    assert done.out.splitlines()[-1] == os.readlink("/proc/self/ns/uts")


def test_changes_of_the_network_are_told_as_messages(nsh: Program) -> None:
    """In the words that trace has for them."""
    lines = ["new -q user,net box", "explain link up box:lo", "explain addr add box:lo 10.9.9.9/8"]
    out = nsh("-c", "\n".join(lines)).out
    assert "RTM_SETLINK(box:lo, up)  [nsh]" in out
    assert "RTM_NEWADDR(box:lo, 10.9.9.9/8)  [nsh]" in out
    assert "rtnetlink(7)" in out
    assert "changes: the addresses of a net namespace" in out
    assert re.search(r"in shell: nsenter --target \d+ --user --preserve-credentials --net ip link set lo up", out)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("new user,net a", "does not change: net: lo is down"),
        ("new user,pid a", "does not change: pid: /proc shows the old processes"),
        ("unshare user,time", "does not change: time: the caller keeps its clocks"),
        ("unshare user,pid", "does not change: pid: the caller stays"),
        ("enter box", "is not its pid 1"),
        ("new user,uts -- bash", "changes: bash runs in new uts, user namespaces; you wait for it"),
        ("ls ns", "looks only"),
    ],
)
def test_what_changes_and_what_does_not_is_said(line: str, said: str, nsh: Program) -> None:
    """What newcomers trip over."""
    assert said in nsh("-c", f"new -q user,pid,mnt box\nexplain {line}").out


@pytest.mark.parametrize(
    ("line", "said", "status"),
    [
        ("pin box", "`pin` cannot be rehearsed", 1),
        ("nonsense", "unknown command", 127),
        ("new uts box", "there is a", 1),
        ("new foo a", "no such type of namespace", 2),
        ("'open quote", "quote", 2),
        ("explain ls", "cannot be rehearsed", 1),
    ],
)
def test_what_would_be_refused_is_refused_in_the_same_words(line: str, said: str, status: int, nsh: Program) -> None:
    """One line, the status it would have, and no traceback."""
    done = nsh("-c", f"new -q user,uts box\nexplain {line}")
    assert said in done.err
    assert done.status == status
    assert "Traceback" not in done.err


def test_as_json(nsh: Program) -> None:
    """One object."""
    told = json.loads(nsh("-c", "explain --json new user,uts a").out)
    assert set(told) == {"calls", "changes", "does_not_change", "manual", "shell"}
    assert told["calls"][0] == {"call": "clone3(flags=CLONE_NEWUTS|CLONE_NEWUSER)", "by": "nsh: host"}


KINDS = ("uts", "user", "pid", "net", "ipc", "mnt")
LOOK = f"sh -c 'hostname; cat /proc/self/uid_map; cd /proc/self/ns; readlink {' '.join(KINDS)}; echo $$'"
SAID_IN_OTHER_TONGUES = [
    f"new user,uts --hostname web1 -- {LOOK}",
    f"new user,uts,ipc,net -- {LOOK}",
    f"new user,uts,pid,mnt --hostname a -- {LOOK}",
    f"new user,mnt --propagation unchanged -- {LOOK}",
    f"on box {LOOK}",
    f"on plain {LOOK}",
]


@pytest.mark.parametrize("tongue", ["sh", "c", "py"])
@pytest.mark.parametrize("line", SAID_IN_OTHER_TONGUES)
def test_another_tongue_does_the_same(line: str, tongue: str, nsh: Program, tmp_path: Path) -> None:
    """What a program sees from inside: hostname, ID map, its pid, and which namespaces are not ours."""
    if tongue == "c" and shutil.which("gcc") is None:
        pytest.skip("gcc is not installed")
    file = tmp_path / f"program.{tongue}"
    with Lines(nsh) as lines:
        lines.run("new -q user,uts,pid,mnt box --hostname inside; new -q user,uts plain")
        by_nsh = lines.run(line)
        file.write_text(lines.run(f"explain --{tongue} {line}"))
        if tongue == "c":
            subprocess.run(["gcc", "-Wall", "-Werror", "-o", tmp_path / "program", file], check=True, timeout=TIMEOUT)
        runs = {"sh": f"sh {file}", "py": f"{sys.executable} {file}", "c": f"{tmp_path}/program"}
        assert seen(lines.run(runs[tongue]), line) == seen(by_nsh, line)


class Lines:
    """An nsh that is given a line when the one before it has been done."""

    def __init__(self, nsh: Program) -> None:
        self._nsh = subprocess.Popen(
            [NSH], env=nsh.environment, cwd=nsh.cwd, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __enter__(self) -> Lines:
        return self

    def __exit__(self, *_: object) -> None:
        self._nsh.communicate(timeout=TIMEOUT)

    def run(self, line: str) -> str:
        """What it prints."""
        assert self._nsh.stdin is not None
        assert self._nsh.stdout is not None
        self._nsh.stdin.write(f"{line}\necho END\n")
        self._nsh.stdin.flush()
        shown: list[str] = []
        for answer in self._nsh.stdout:
            if answer == "END\n":
                return "".join(shown)
            shown.append(answer)
        raise AssertionError(f"nsh ended at: {line}")


def seen(text: str, line: str) -> list[str]:
    """The lines in short: a namespace is one of the caller's, or another; inodes of made ones differ."""
    own = {os.readlink(f"/proc/self/ns/{kind}") for kind in KINDS}
    entered = line.startswith("on ")
    lines = []
    for word in text.splitlines():
        is_link = re.fullmatch(r"\w+:\[\d+\]", word)
        lines.append(("ours" if word in own else word if entered else "other") if is_link else word)
    return lines if "pid" in line.split()[1] else lines[:-1]  # the shell's own number


def test_go_is_the_documents_program_up_to_names(nsh: Program) -> None:
    """`exec.Command`, `Cloneflags`, the three streams, `Run`."""
    out = nsh("-c", "explain --go new uts,ipc -- bash").out
    assert 'cmd := exec.Command("bash")' in out
    assert "Cloneflags: syscall.CLONE_NEWUTS | syscall.CLONE_NEWIPC," in out
    assert "if err := cmd.Run(); err != nil {" in out


@pytest.mark.slow
@pytest.mark.parametrize("line", SAID_IN_OTHER_TONGUES)
def test_go_does_the_same(line: str, nsh: Program, tmp_path: Path) -> None:
    """Built by Debian's compiler."""
    go = shutil.which("go") or "/usr/lib/go/bin/go"
    if not Path(go).exists():
        pytest.skip("golang-go is not installed")
    file = tmp_path / "program.go"
    with Lines(nsh) as lines:
        lines.run("new -q user,uts,pid,mnt box --hostname inside; new -q user,uts plain")
        by_nsh = lines.run(line)
        file.write_text(lines.run(f"explain --go {line}"))
        environment = {**os.environ, "GOCACHE": str(tmp_path / "cache"), "HOME": str(tmp_path)}
        build = [go, "build", "-o", str(tmp_path / "program"), str(file)]
        subprocess.run(build, env=environment, check=True, timeout=3 * TIMEOUT)
        assert seen(lines.run(f"{tmp_path}/program"), line) == seen(by_nsh, line)


def test_explain_last_is_what_the_last_line_really_did(nsh: Program) -> None:
    """With results and times, however often it is asked; looking is no call."""
    done = nsh(
        "-c",
        "new -q user,uts a; a uts hostname x\nexplain last\nexplain last\ntrue\nexplain last\nls types\nexplain last",
    )
    lines = done.out.splitlines()
    first = [line for line in lines if 'sethostname("x", 1) = 0 <0.' in line]
    assert len(first) == 2
    assert sum("clone3(flags=CLONE_NEWUTS|CLONE_NEWUSER) = " in line for line in lines) == 2
    assert sum("clone3(flags=0) = " in line for line in lines) >= 1
    assert lines[-1] == "no calls that change anything"
