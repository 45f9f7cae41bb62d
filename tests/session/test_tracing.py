# SPDX-License-Identifier: MIT
"""`trace` says what the kernel did: the same calls as strace(1), in the same order, with the same results."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from tests.program import Program
from tests.strace import Call, trace

pytestmark = pytest.mark.real

IS_ROOT = os.geteuid() == 0
CALLS = ("clone3", "unshare", "setns", "mount", "umount2", "pivot_root", "sethostname", "setdomainname", "write")
_FILES = ("uid_map", "gid_map", "setgroups", "timens_offsets")
_FLAG = re.compile(r"\b(?:CLONE_NEW|MS_|MNT_)[A-Z]+")
_TEXT = re.compile(r'"((?:[^"\\]|\\.)*)"')
_FILE = re.compile(rf"/({'|'.join(_FILES)})\b")
_TOLD = re.compile(r"\[.*?\] (?P<name>\w+)\((?P<arguments>.*)\) = (?P<result>-?\d+(?: E\w+)?)")

SESSIONS = {
    "new": """
        new user box
        new user,uts,pid,mnt web --hostname web1
        new user,uts,ipc,pid,mnt,net,cgroup,time all1
        new user,mnt p1 --propagation slave
        new user,pid,mnt p2 --no-proc
        new user,time t1 --boottime +1d --monotonic -30s
        new user none1 --map none
        new user,uts one --map root --hostname one
        new user,net,uts -q quiet
        new all everything
    """,
    "programs": """
        new user,uts -- true
        new user,pid,mnt x -- true
        new user,uts,pid,mnt y --hostname inner -- hostname
        new user,time z --boottime +1h -- true
        - new user,uts nothere -- /nonexistent
        new all -- true
    """,
    "moves": """
        new user,uts,pid,mnt box
        enter box
        uts hostname inside
        uts domainname example.org
        leave
        enter user,uts box
        leave
        on box true
        on box uts hostname again
        box hostname
        - enter user nowhere
        enter box
        new uts deeper
        on deeper uts hostname deepest
        leave
    """,
    "unshare": """
        unshare user
        leave
        unshare user,uts --map root --hostname moved
        leave
        unshare --fork user,pid,mnt --map root
        leave
        unshare user,time --map root
        leave
        unshare user,mnt --map root --propagation private
        mnt add tmpfs /mnt
        mnt rm /mnt
        mnt propagation shared /
        leave
        unshare user,pid --map root
        true
        leave
    """,
    "others": """
        new user,ipc i
        on i true
        i true
        enter i
        leave
        new user,cgroup c
        enter cgroup,user c
        leave
        new user,net n
        enter n
        new net,uts inner
        on inner uts domainname d
        leave
        unshare user,ipc
        leave
        unshare --fork user,pid,time,mnt --map root --boottime +5
        true
        leave
        unshare user,mnt --map root --propagation slave
        mnt add tmpfs /mnt
        mnt rm /mnt
        leave
    """,
    "refusals": """
        - new user a --map 0:0:4294967295
        - on a true
        unshare user,mnt --map root
        - mnt add tmpfs /nonexistent
        - mnt rm /nonexistent
        - mnt add nosuchfs /mnt
        - new user,uts,mnt c --root /nonexistent
        - new user,uts d --uid 7
        leave
    """,
}
AS_ROOT = {
    "root": """
        new net h[1..3]
        enter h2
        leave
        new net,uts g[1..2]
        on g1 true
        new user m --map 0:1000:10 --map 10:2000:5
        - new user nope --map 0:0:10 --map 5:20:10
        new mnt,uts m2
        on m2 mnt add tmpfs /mnt
        enter net h1
    """,
}


def as_strace_saw(call: Call) -> str | None:
    """A call in short, None for one that is not about namespaces, mounts, names, maps or offsets."""
    if call.name == "write" and not _FILE.search(call.arguments.split(",")[0]):
        return None
    if call.name == "clone3" and not call.flags:
        return None
    return brief(call.name, call.arguments, call.result)


def as_trace_told(line: str) -> str | None:
    """A line of `trace` in the same form."""
    found = _TOLD.match(line)
    assert found, line
    if found["name"] not in CALLS or (found["name"] == "clone3" and "CLONE_NEW" not in found["arguments"]):
        return None
    return brief(found["name"], found["arguments"], found["result"])


def brief(name: str, arguments: str, result: str) -> str:
    """The name, what it was about, its flags, and how it ended; pids and fds differ from run to run."""
    texts = [re.sub(r"/fd/\w+", "/fd/N", text) for text in _TEXT.findall(arguments)]
    file = _FILE.search(arguments.split(",")[0]) if name == "write" else None
    about = [file[1], *texts[-1:]] if file else texts
    ended = result.split()[1] if result.startswith("-1") else "ok"
    return " ".join([name, *about, *sorted(set(_FLAG.findall(arguments))), ended])


@pytest.mark.parametrize("session", [*SESSIONS, *(AS_ROOT if IS_ROOT else ())])
def test_trace_tells_what_strace_sees(session: str, nsh: Program, tmp_path: Path) -> None:
    """The same calls in the same order, with flags and results."""
    file = tmp_path / "calls"
    lines = [line.strip() for line in {**SESSIONS, **AS_ROOT}[session].strip().splitlines()]
    script = tmp_path / "session.nsh"
    script.write_text("\n".join([f"trace {file}", *lines, "trace off"]) + "\n")
    seen = [saw for call in trace(nsh, f"source {script}", *CALLS) if (saw := as_strace_saw(call))]
    told = [one for line in file.read_text().splitlines() if (one := as_trace_told(line))]
    assert told == seen
    assert len(told) >= 5


def test_trace_as_lines_of_json(nsh: Program, tmp_path: Path) -> None:
    """One object a line, with numbers as numbers."""
    file = tmp_path / "calls"
    assert nsh("-c", f"trace {file} --json; new user,uts a --hostname x; trace off; new user b").status == 0
    calls = [json.loads(line) for line in file.read_text().splitlines()]
    assert calls[0]["call"].endswith("clone3(flags=CLONE_NEWUTS|CLONE_NEWUSER)")
    assert calls[0]["result"] > 0
    assert all(set(call) == {"by", "call", "result", "errno", "seconds"} for call in calls)
    assert calls[-1]["call"] == 'sethostname("x", 1)'
    assert 0 < calls[-1]["seconds"] < 10


def test_a_refusal_is_told_with_its_errno(nsh: Program) -> None:
    """And on stderr, so that what is on stdout stays what it was."""
    done = nsh("-c", "unshare user,mnt --map root; trace on; mnt add tmpfs /nonexistent")
    assert " = -1 ENOENT (No such file or directory) <0." in done.err
    assert done.out == ""


def test_where_traces_go_is_said_and_a_file_that_cannot_be_opened_changes_nothing(nsh: Program) -> None:
    """`trace` alone says it; a mistake leaves it as it was."""
    done = nsh("-k", "-c", "trace\ntrace on\ntrace\ntrace /nonexistent/x\ntrace\ntrace off\ntrace")
    assert done.out.split() == ["off", "on", "on", "off"]
    assert 'open("/nonexistent/x"): No such file or directory' in done.err


def test_a_misspelt_word_makes_no_file(nsh: Program) -> None:
    """A file is given by a path."""
    done = nsh("-c", "trace onn")
    assert done.status == 2
    assert "trace ./onn" in done.err
    assert not (nsh.cwd / "onn").exists()
