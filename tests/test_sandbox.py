# SPDX-License-Identifier: MIT
"""The sandbox holds: what root inside tries to change on the machine stays as it is.

Every write that is tried would write what is there already, every unmount and
remount is that of the sandbox's own copy: should one succeed, nothing is lost.
"""

from __future__ import annotations

import os
import shlex
import stat
import subprocess
from pathlib import Path

import pytest

from tests.program import Program

pytestmark = pytest.mark.real

SYSCTLS = [
    "/proc/sys/vm/swappiness",
    "/proc/sys/vm/overcommit_memory",
    "/proc/sys/kernel/panic",
    "/proc/sys/kernel/printk",
    "/proc/sys/kernel/core_pattern",
    "/proc/sys/kernel/pid_max",
    "/proc/sys/kernel/threads-max",
    "/proc/sys/fs/file-max",
    "/proc/sys/net/core/somaxconn",
]
OWN_IN_NAMESPACES = {"/proc/sys/kernel/pid_max", "/proc/sys/net/core/somaxconn"}
"""Sysctls of a pid or net namespace: inside they are the sandbox's own."""


def inside(nsh: Program, script: str) -> tuple[int, list[str]]:
    """Run a shell script as root of a sandbox; its status and its lines."""
    done = nsh("--sandbox", "-c", "sh -c 'eval \"$SCRIPT\"'", SCRIPT=script)
    assert "Traceback" not in done.err, done.err
    return done.status, done.out.splitlines()


def contents(paths: list[str]) -> dict[str, str]:
    """What stands in some files of the machine."""
    found = {}
    for path in paths:
        try:
            found[path] = Path(path).read_text()
        except OSError:
            continue  # not on this machine, or not ours to read
    return found


def test_root_inside_is_nobody_outside(nsh: Program) -> None:
    """All types are its own but cgroup and time, it is 0 there, and its host name is `host`."""
    status, lines = inside(
        nsh, "id -u; hostname; for t in mnt uts ipc pid net user; do readlink /proc/self/ns/$t; done"
    )
    assert (status, lines[:2]) == (0, ["0", "host"])
    assert not set(lines[2:]) & {os.readlink(f"/proc/self/ns/{kind}") for kind in os.listdir("/proc/self/ns")}


def test_files_of_the_machine_cannot_be_written_made_or_removed(nsh: Program) -> None:
    """Read-only, everywhere but in empty folders of its own."""
    folders = [path for path in ("/etc", "/usr", "/usr/bin", "/var", "/opt", "/boot", "/srv") if os.path.isdir(path)]
    files = [path for path in ("/etc/passwd", "/etc/hostname", "/usr/bin/env") if os.path.exists(path)]
    script = [f"touch {folder}/nsh-was-here && echo made {folder}" for folder in folders]
    script += [
        f"{{ : >> {path}; }} && echo opened {path}; chmod --reference={path} {path} && echo changed {path}"
        for path in files
    ]
    script += [
        "touch /nsh-was-here && echo made /",
        "for d in /run /tmp /mnt; do touch $d/own || echo none in $d; done",
    ]
    _, lines = inside(nsh, "\n".join(script))
    assert lines == []
    assert not any(os.path.exists(f"{folder}/nsh-was-here") for folder in (*folders, "/"))
    assert not os.path.exists("/mnt/own")


@pytest.mark.parametrize(
    "where",
    [
        "",
        "unshare --fork --pid --mount --mount-proc ",
        "unshare --user --map-root-user --fork --pid --mount --mount-proc ",
    ],
)
def test_sysctls_of_the_machine_cannot_be_written(where: str, nsh: Program) -> None:
    """Through the /proc there is, and through a fresh one in a new pid namespace: even the value that is there."""
    before = contents(SYSCTLS)
    tries = [f'v=$(cat {path}) && {{ echo "$v" > {path}; }} 2>/dev/null && echo {path}' for path in SYSCTLS]
    # The script travels in the environment: the sandbox hides the folder of the test
    _, lines = inside(nsh, f"TRIES={shlex.quote(chr(10).join(tries))}; export TRIES; {where}sh -c 'eval \"$TRIES\"'")
    assert set(lines) <= OWN_IN_NAMESPACES
    assert contents(SYSCTLS) == before


def test_no_device_of_the_machine_can_be_made_or_opened(nsh: Program) -> None:
    """No disk in /dev, mknod refused, and the harmless ones work."""
    disks = [name for name in os.listdir("/dev") if stat.S_ISBLK(os.stat(f"/dev/{name}").st_mode)]
    script = [f"[ -e /dev/{name} ] && echo there {name}" for name in disks]
    script += ["mknod /tmp/disk b 254 0 && echo made a disk; mknod /tmp/kmsg c 1 11 && echo made kmsg"]
    script += ["for d in mem kmem port kmsg; do [ -e /dev/$d ] && echo there $d; done"]
    script += ["echo > /dev/null && head -c 1 /dev/zero | wc -c && echo tty >/dev/full || echo full"]
    _, lines = inside(nsh, "\n".join(script))
    assert lines == ["1", "full"]


def test_what_the_sandbox_mounted_cannot_be_unmounted_or_made_writable(nsh: Program) -> None:
    """Each mount of its table: umount is refused (locked), and what was read-only before is so afterwards."""
    script = """
    cat /proc/self/mountinfo
    echo
    while read -r id parent dev root point rest; do
        case $point in /proc|/proc/*) continue;; esac
        umount "$point" 2>/dev/null
        mount -o remount,bind,rw "$point" 2>/dev/null
        mount -o remount,rw "$point" 2>/dev/null
    done < /proc/self/mountinfo
    umount -l / 2>/dev/null
    cat /proc/self/mountinfo
    touch /etc/nsh-was-here 2>/dev/null && echo written
    mount -t tmpfs none /etc && touch /etc/only-inside && umount /etc && echo covered for a while
    """
    status, lines = inside(nsh, script)
    middle = lines.index("")
    assert (status, lines.pop()) == (0, "covered for a while")
    assert rights(lines[:middle]) == rights(lines[middle + 1 :])
    assert "ro" in rights(lines[:middle]).values()
    assert not os.path.exists("/etc/nsh-was-here")
    assert not os.path.exists("/etc/only-inside")


def rights(lines: list[str]) -> dict[str, str]:
    """{mount point and device: ro or rw} of a mount table, the ids left out."""
    rows = [line.split() for line in lines]
    return {f"{row[4]} {row[2]} {row[3]}": row[5][:2] for row in rows}


def test_sys_and_cgroups_are_as_they_were(nsh: Program) -> None:
    """Nothing under /sys can be opened for writing, no cgroup made."""
    before = sorted(os.listdir("/sys/fs/cgroup")) if os.path.isdir("/sys/fs/cgroup") else []
    script = """
    for f in /sys/kernel/mm/transparent_hugepage/enabled /sys/kernel/profiling /sys/block/*/queue/scheduler; do
        [ -e $f ] && sh -c ": >> $f" 2>/dev/null && echo opened $f
    done
    for d in /sys/fs/cgroup /sys/fs/cgroup/*/; do mkdir $d/nsh-was-here 2>/dev/null && echo cgroup $d; done
    true
    """
    assert inside(nsh, script) == (0, [])
    assert (sorted(os.listdir("/sys/fs/cgroup")) if before else []) == before


def test_devices_and_processes_of_the_machine_are_out_of_reach(nsh: Program) -> None:
    """Its network has only lo, which is up; its pid 1 is its own init; the test that runs it cannot be seen."""
    script = "cut -d: -f1 /proc/net/dev | tail -n +3; ps -e -o args= | grep -c '[p]ytest'; readlink /proc/1/root"
    _, lines = inside(nsh, script)
    assert [line.strip() for line in lines] == ["lo", "0", "/"]


def test_inside_nsh_works_as_on_a_machine(nsh: Program) -> None:
    """Places with all types, a hostname, mounts, a nested user namespace; and it leaves nothing."""
    lines = [
        "new -q all box",
        "on box hostname inside",
        "on box hostname",
        "hostname",
        "new -q pid,mnt -- sh -c 'echo $$'",
    ]
    done = nsh("--sandbox", "-c", "\n".join(lines))
    assert (done.status, done.out) == (0, "inside\nhost\n1\n"), done.err


def test_its_status_is_that_of_what_ran(nsh: Program) -> None:
    """The program's, a failing script's, and 128 + N."""
    assert nsh("--sandbox", "-c", "sh -c 'exit 7'").status == 7
    assert nsh("--sandbox", "-c", "sh -c 'kill -9 $$'").status == 137


def test_killed_outright_it_is_gone(nsh: Program) -> None:
    """Both its namespaces and all that ran in it end with nsh."""
    process = nsh.popen("--sandbox", "-c", "new -q user,pid box; on box setsid -f sleep 1000; echo ready; sleep 1000")
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    process.kill()
    process.communicate()


@pytest.mark.root
def test_what_nsh_needs_in_a_closed_home_is_brought_out_of_it(nsh: Program) -> None:
    """Where nsh was started in root's home it is so inside, read-only; of that home nothing else is seen."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=700", "tmpfs", "/srv"], check=True)
    try:
        nsh.cwd = Path("/srv/work")
        nsh.cwd.mkdir()
        Path("/srv/secret").touch()
        done = nsh("--sandbox", "-c", "!pwd; !ls /srv; !touch file")
        assert done.out == "/srv/work\nwork\n"
        assert "Read-only file system" in done.err
    finally:
        subprocess.run(["umount", "/srv"], check=True)
