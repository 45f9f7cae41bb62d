# SPDX-License-Identifier: MIT
"""What a reference may be: a name, host, `.`, a pid, `uts:[N]`, a path; and what is said of one that is none."""

from __future__ import annotations

import json
import os
import subprocess

import pytest

from tests.program import Program
from tests.stranger import Stranger

pytestmark = pytest.mark.real

PLACE = "new -q user,uts,net a"


def inode(pid: int | str, kind: str) -> int:
    """The namespace a process is in, as the kernel says it."""
    return os.stat(f"/proc/{pid}/ns/{kind}").st_ino


@pytest.mark.parametrize("ref", ["host", ".", "$$", "uts:[{uts}]", "uts:{uts}", "/proc/self/ns/uts", "{pid}"])
def test_each_form_means_that_namespace(ref: str, nsh: Program) -> None:
    """At host all of these are the uts namespace that the test is in."""
    words = ref.format(uts=inode("self", "uts"), pid=os.getpid())
    done = nsh("-c", f"same uts {words} host --json")
    answer = json.loads(done.out)
    assert done.status == 0, done.err
    assert answer["same"] is True
    assert answer["one"]["inode"] == inode("self", "uts")


def test_a_name_is_one_set_of_namespaces_and_a_type_picks_one(nsh: Program) -> None:
    """Those the place owns differ from host, the others are host's."""
    kinds = ("uts", "net", "user", "ipc", "mnt")
    done = nsh("-k", stdin="\n".join([PLACE, *(f"same {kind} a host" for kind in kinds)]))
    assert [line.split()[0] for line in done.out.splitlines()] == ["different"] * 3 + ["same"] * 2


@pytest.mark.root
def test_a_stranger_is_entered_by_pid_path_and_inode(nsh: Program, stranger: Stranger) -> None:
    """What nsh did not make is as good a reference as what it made."""
    pid = stranger("uts", "ipc")
    for ref in (str(pid), f"/proc/{pid}/ns/uts", f"uts:[{inode(pid, 'uts')}]", f"uts:{inode(pid, 'uts')}"):
        done = nsh("-c", f"enter {ref}; readlink /proc/self/ns/uts; leave; on {ref} readlink /proc/self/ns/uts")
        assert done.out == f"uts:[{inode(pid, 'uts')}]\n" * 2, done.err
    done = nsh("-c", f"enter ipc {pid}; same ipc . {pid}; same uts . host")
    assert [line.split()[0] for line in done.out.splitlines()] == ["same", "same"]


@pytest.mark.root
def test_names_of_ip_netns_are_names_for_nsh(nsh: Program) -> None:
    """What `ip netns add` pinned can be entered and shown by its name."""
    subprocess.run(["ip", "netns", "add", "seen"], check=True)
    try:
        done = nsh(
            "-c", "show seen --json; enter seen; readlink /proc/self/ns/net; leave; same net seen host || echo differ"
        )
    finally:
        # ip(8) binds the folder onto itself, once with the first name
        subprocess.run(["sh", "-ec", "ip netns del seen; umount /run/netns; rmdir /run/netns"], check=True)
    shown, link, _different, differ = done.out.splitlines()
    assert link == f"net:[{json.loads(shown)['inode']}]"
    assert differ == "differ"


@pytest.mark.parametrize(
    ("line", "status", "words"),
    [
        ("enter nowhere", 1, "nowhere: no such place"),
        ("enter 4194303", 1, "4194303: no such process"),
        ("show uts:[1]", 1, "uts:[1]: no such namespace"),
        ("enter /etc/hostname", 1, "/etc/hostname: not a namespace file"),
        ("enter /no/such", 1, 'open("/no/such"): No such file or directory'),
        ("enter /dev/null", 1, "/dev/null: not a namespace file"),
        ("enter /proc/self/ns", 1, "not a namespace file"),
        ("enter net /proc/self/ns/uts", 2, "has no net namespace"),
        ("same net /proc/self/ns/uts host", 1, "net"),
        ("enter uts", 1, "uts is a type"),
        ("enter bogus a", 2, "bogus: no such type of namespace"),
        ("enter ''", 1, ": no such place"),
        ("enter ..", 1, "..: no such place"),
        ("enter 99999999999999999999", 1, "no such"),
        ("enter uts:[99999999999999999999]", 1, "no such namespace"),
        ("enter uts:[]", 1, "uts:[]"),
        ("on nowhere true", 1, "nowhere: no such place"),
        ("rm nowhere", 1, "nowhere: no such place"),
    ],
)
def test_a_reference_that_is_none_is_refused_in_one_line(line: str, status: int, words: str, nsh: Program) -> None:
    """Which word, and why; nothing moves, nothing is made, and the session lives."""
    done = nsh("-k", stdin=f"{line}\necho $?\nsame uts . host\n")
    assert words in done.err
    assert "Traceback" not in done.err
    assert done.out.splitlines()[0] == str(status)
    assert done.out.splitlines()[1].startswith("same")


@pytest.mark.rootless
def test_a_process_that_may_not_be_looked_at_is_refused_with_the_reason(nsh: Program) -> None:
    """Another user's namespace links want PTRACE_MODE_READ."""
    done = nsh("-c", "show 1")
    assert done.status == 1
    assert "readlink(/proc/1/ns/uts): Permission denied" in done.err
    assert "CAP_SYS_PTRACE" in done.err


def test_where_you_are_already_you_do_not_move(nsh: Program) -> None:
    """Said, and status 0: nothing to leave afterwards."""
    done = nsh("-k", stdin=f"{PLACE}\nenter host\nenter a\nenter a\nenter .\nleave\nleave\n")
    assert done.err.count("already") == 3
    assert done.err.splitlines()[-2:][0].endswith("there is nothing to leave")
