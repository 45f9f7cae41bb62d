# SPDX-License-Identifier: MIT
"""A hostile process in a box or in a container that was entered reaches nothing of the machine through nsh."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import select
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.program import TIMEOUT, Program

pytestmark = pytest.mark.real

PYTHON = os.path.realpath(sys.executable)


@contextlib.contextmanager
def container(*options: str, first: str = "true") -> Iterator[int]:
    """The pid, as we see it, of the init of namespaces that nsh did not make; `first` is done there before."""
    argv = ["unshare", *options, "--mount", "--pid", "--fork", "--mount-proc", "--kill-child"]
    work = f"{first}; echo; read _"
    with subprocess.Popen([*argv, "sh", "-c", work], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as outer:
        assert outer.stdout is not None
        assert outer.stdout.readline() == b"\n"
        try:
            yield int(Path(f"/proc/{outer.pid}/task/{outer.pid}/children").read_text())
        finally:
            outer.communicate(timeout=TIMEOUT)


def script(folder: Path, name: str, text: str, interpreter: str = PYTHON) -> Path:
    """A program, which everybody may run."""
    path = folder / name
    path.write_text(f"#!{interpreter} -IS\n{text}")
    path.chmod(0o755)
    return path


# The interpreter that nsh runs in.

TAKE_THE_INTERPRETER = """
import fcntl, json, os
fd = os.open("/proc/self/exe", os.O_RDONLY)
try:
    seals = fcntl.fcntl(fd, fcntl.F_GET_SEALS)
except OSError:
    seals = 0
print(json.dumps({
    "inode": os.fstat(fd).st_ino,
    "may_write": os.access(f"/proc/self/fd/{fd}", os.W_OK),
    "is_sealed": bool(seals & fcntl.F_SEAL_WRITE),
}))
"""


@pytest.mark.parametrize("line", ["on {} {}", "enter {}\n{}", "on {} {} | cat"])
def test_no_program_of_a_container_gets_the_file_of_the_interpreter_to_write(
    line: str, nsh: Program, tmp_path: Path
) -> None:
    """`#!/proc/self/exe` is the program that executes the script (CVE-2019-5736): a sealed copy, where ours is ours."""
    bad = script(tmp_path, "sh", TAKE_THE_INTERPRETER, "/proc/self/exe")
    with container("--user", "--map-root-user") as pid:
        done = nsh("-c", line.format(pid, bad))
    assert done.status == 0, done.err
    taken = json.loads(done.out)
    if os.access(PYTHON, os.W_OK):
        assert taken["inode"] != os.stat(PYTHON).st_ino
        assert taken["is_sealed"]
    else:
        assert not taken["may_write"]


def test_the_helper_in_somebody_elses_files_has_no_environment_to_read(nsh: Program, tmp_path: Path) -> None:
    """What the user has in his own is given to the programs he starts, and lies in no process that stays there."""
    look = script(
        tmp_path,
        "look",
        'import os; print("SECRET" in open(f"/proc/{os.getppid()}/environ").read(), os.getenv("SECRET"))',
    )
    with container("--user", "--map-root-user") as pid:
        done = nsh("-c", f"enter {pid}\n{look}", SECRET="told")
    assert done.status == 0, done.err
    if os.access(PYTHON, os.W_OK):
        assert done.out == "False told\n"


# What nsh's own processes hold where root of the place can see them.

LOOK_AT_HELPERS = """
import json, os
found = []
for pid in filter(str.isdigit, os.listdir("/proc")):
    if not open(f"/proc/{pid}/cmdline").read().startswith("nsh: "):
        continue
    files = []
    for number in os.listdir(f"/proc/{pid}/fd"):
        files.append(os.readlink(f"/proc/{pid}/fd/{number}"))
    mine, root, cwd = os.stat("/"), os.stat(f"/proc/{pid}/root/"), os.readlink(f"/proc/{pid}/cwd")
    found.append({"files": files, "cwd": cwd, "same": (root.st_dev, root.st_ino) == (mine.st_dev, mine.st_ino)})
print(json.dumps(found))
"""


def assert_nothing_of_the_machine(helpers: list[dict[str, Any]]) -> None:
    """Sockets, pipes, /dev/null and event files are all that a helper holds."""
    assert helpers
    for helper in helpers:
        for file in helper["files"]:
            assert file.startswith(("socket:", "pipe:", "anon_inode:")) or file == "/dev/null", file
        assert helper["same"]


def test_a_helper_in_a_box_holds_no_file_of_the_machine(nsh: Program, tmp_path: Path) -> None:
    """Root in the box reads /proc/HELPER/fd, cwd and root of the holder and of the helper: all are the box's."""
    look = script(tmp_path, "look", LOOK_AT_HELPERS)
    done = nsh("-c", f"new -q user,pid,mnt box\nenter box\ncd /\n{look}")
    assert done.status == 0, done.err
    helpers = json.loads(done.out)
    assert len(helpers) == 2
    assert_nothing_of_the_machine(helpers)
    assert {helper["cwd"] for helper in helpers} == {"/"}


def test_a_helper_in_a_container_holds_no_file_of_the_machine(nsh: Program, tmp_path: Path) -> None:
    """The same where somebody else made the namespaces."""
    look = script(tmp_path, "look", LOOK_AT_HELPERS)
    with container("--user", "--map-root-user") as pid:
        done = nsh("-c", f"enter {pid}\ncd /\n{look}")
    assert done.status == 0, done.err
    assert_nothing_of_the_machine(json.loads(done.out))


LOOK_AT_SELF = """
import os
for number in range(200):
    try:
        os.fstat(number)
        print(number)
    except OSError:
        pass
"""
WAYS = {
    "at host": "{}",
    "on": "on box {}",
    "entered": "enter box\n{}",
    "in a pipeline": "enter box\n{} | cat",
    "to a file": "enter box\n{} > {}.out\ncat {}.out",
    "in the background": "{} &\nwait",
    "of its own": "new -q user,pid,mnt -- {}",
    "with stderr to stdout": "{} 2>&1",
    "unshared": "unshare user,mnt\n{}",
}


@pytest.mark.parametrize("way", WAYS)
def test_a_program_gets_files_0_1_and_2_and_no_other(way: str, nsh: Program, tmp_path: Path) -> None:
    """However it is started; also when whoever started nsh has left files open to it."""
    look = script(tmp_path, "look", LOOK_AT_SELF)
    line = WAYS[way].replace("{}", str(look))
    leak = os.open(tmp_path, os.O_RDONLY)
    os.set_inheritable(leak, True)
    try:
        done = nsh("-c", f"new -q user,pid,mnt box\n{line}")
    finally:
        os.close(leak)
    assert done.status == 0, done.err
    assert done.out.split() == ["0", "1", "2"]


# Another process's memory.

TRACE_THE_HELPERS = """
import ctypes, json, os
libc = ctypes.CDLL(None, use_errno=True)
found = []
for pid in filter(str.isdigit, os.listdir("/proc")):
    if not open(f"/proc/{pid}/cmdline").read().startswith("nsh: "):
        continue
    opened = []
    for read, files in (open, ("mem", "environ")), (os.readlink, ("exe", "cwd", "root", "ns/net", "fd/0", "fd/3")):
        for file in files:
            try:
                read(f"/proc/{pid}/{file}")
                opened.append(file)
            except OSError:
                pass
    attached = libc.ptrace(0x4206, int(pid), 0, 0)  # PTRACE_SEIZE
    pidfd = os.pidfd_open(int(pid))
    taken = [number for number in range(20) if libc.syscall(438, pidfd, number, 0) >= 0]  # pidfd_getfd
    found.append({"opened": opened, "attached": attached == 0, "taken": taken})
print(json.dumps(found))
"""


@pytest.mark.root
def test_who_has_fewer_rights_in_a_container_reads_nothing_of_the_helper(nsh: Program, tmp_path: Path) -> None:
    """Root with the capabilities of a container: no trace, no memory, no file, no environment (ptrace(2))."""
    look = script(tmp_path, "look", TRACE_THE_HELPERS)
    few = "setpriv --bounding-set -all,+chown,+dac_override,+setuid,+setgid,+net_raw --inh-caps -all"
    with container() as pid:
        done = nsh("-c", f"enter {pid}\n{few} {look}")
    assert done.status == 0, done.err
    assert json.loads(done.out) == [{"opened": [], "attached": False, "taken": []}]


def test_an_ordinary_user_in_a_box_reads_nothing_of_the_helper(nsh: Program, tmp_path: Path) -> None:
    """Without a capability nothing of who has them can be traced, though its uid may be the same."""
    look = script(tmp_path, "look", TRACE_THE_HELPERS)
    done = nsh("-c", f"new -q user,pid,mnt box\nenter box\nsetpriv --bounding-set -all --inh-caps -all {look}")
    assert done.status == 0, done.err
    assert json.loads(done.out) == [{"opened": [], "attached": False, "taken": []}] * 2


def test_a_box_gives_no_capability_outside_it(nsh: Program, tmp_path: Path) -> None:
    """All of them inside, and with them nothing that is the machine's: no mount, no name, no module, no raw device."""
    attack = script(
        tmp_path,
        "attack",
        "import ctypes, os\n"
        "libc = ctypes.CDLL(None, use_errno=True)\n"
        "tried = [libc.sethostname(b'x', 1), libc.umount2(b'/', 2), libc.mknod(b'/tmp/disk', 0o60600, 0x800)]\n"
        "tried += [libc.syscall(175, b'', 0, b''), libc.reboot(0), libc.swapon(b'/etc/passwd', 0)]\n"
        "tried += [libc.settimeofday(b'\\0' * 16, None), libc.setdomainname(b'x', 1), libc.acct(b'/tmp/acct')]\n"
        "print([result for result in tried if result == 0])\n",
    )
    done = nsh("-c", f"new -q user,pid,mnt box\nbox {attack}")
    assert done.out == "[]\n"


# What nsh follows into the mounts of somebody else.

COVER = """
import os, subprocess, sys
os.makedirs(f"{sys.argv[1]}/a/b")
open(f"{sys.argv[1]}/a/b/pin", "w")
run = lambda *words: subprocess.run(words, check=True)
run("unshare", "--uts", "mount", "--bind", "-n", "/proc/self/ns/uts", f"{sys.argv[1]}/a/b/pin")
run("mount", "-n", "-t", "tmpfs", "cover", f"{sys.argv[1]}/a")
os.symlink(sys.argv[2], f"{sys.argv[1]}/a/b")
"""


def test_a_link_in_a_containers_mounts_leads_nsh_to_no_file_of_the_machine(nsh: Program, tmp_path: Path) -> None:
    """A covered bind and a link in its path: `ls ns` opens nothing through it; to open a device is to use it."""
    bait = tmp_path / "bait"
    bait.mkdir()
    (bait / "pin").write_text("")
    cover = script(tmp_path, "cover", COVER)
    (tmp_path / "place").mkdir()
    with (
        opened_files(bait) as opened,
        container("--user", "--map-root-user", first=f"{cover} {tmp_path}/place {bait}") as pid,
    ):
        assert Path(f"/proc/{pid}/root{tmp_path}/place/a/b").is_symlink()
        assert "/place/a/b/pin" in Path(f"/proc/{pid}/mountinfo").read_text()
        done = nsh("-c", f"ls ns\nwhy {pid}\ntree {pid}")
        assert done.status == 0, done.err
        assert opened() == []
        (bait / "pin").read_text()
        assert opened() == ["pin"]


@contextlib.contextmanager
def opened_files(folder: Path) -> Iterator[Any]:
    """Tells which files of a folder have been opened since the last call (inotify(7))."""
    libc = ctypes.CDLL(None, use_errno=True)
    fd = libc.inotify_init1(os.O_CLOEXEC | os.O_NONBLOCK)
    assert libc.inotify_add_watch(fd, os.fsencode(folder), 0x20) > 0  # IN_OPEN

    def names() -> list[str]:
        found: list[str] = []
        while select.select([fd], [], [], 0)[0]:
            data = os.read(fd, 4096)
            while data:
                (length,) = struct.unpack_from("I", data, 12)
                found.append(data[16 : 16 + length].rstrip(b"\0").decode())
                data = data[16 + length :]
        return [name for name in found if name]

    try:
        yield names
    finally:
        os.close(fd)
