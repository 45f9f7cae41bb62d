# SPDX-License-Identifier: MIT
"""Namespaces for a whole test run: real rights inside, and nothing of the machine within reach.

As root, tests exercise real root rights: mounts, links, hostnames, /run/netns.
A mistake must not hurt the machine they run on, so the run starts in its own
mount, uts, ipc, net, pid and cgroup namespaces with an empty /run. The user namespace
stays the initial one: root there is root.

`python tests/private.py UID CMD...` is the first process inside: it is the
init that reaps what tests orphan, and becomes UID for CMD.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from nsh.net import changes

INSIDE = "NSH_TESTS_PRIVATE"
"""Set in the environment of everything that runs in such namespaces."""

USER = ("nshtest", 1234)
"""The unprivileged user. He exists in the private mount namespace only, with 65,536 subordinate ids."""

ACCOUNTS = {
    "/etc/passwd": "{user}:x:{uid}:{uid}:tests of nsh:/nonexistent:/bin/sh\n",
    "/etc/group": "{user}:x:{uid}:\n",
    "/etc/subuid": "{user}:300000:65536\n",
    "/etc/subgid": "{user}:300000:65536\n",
}


def is_inside(environ: Mapping[str, str] = os.environ) -> bool:
    """Does this process run in namespaces made here?"""
    return INSIDE in environ


def wrapped(argv: Sequence[str], uid: int = 0) -> list[str]:
    """The command line that runs `argv` in namespaces of its own, as `uid` (unshare(1), root only)."""
    unshare = ["unshare", "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup", "--fork", "--kill-child"]
    return [*unshare, "--mount-proc", "--propagation", "private", sys.executable, __file__, str(uid), *argv]


def clean_up_when_ended() -> None:
    """Let ^C, SIGTERM and the SIGHUP of a closed terminal end this process with all clean-up, and without a word."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup(1) means it
            signal.signal(number, lambda number, _: sys.exit(128 + number))


def furnish() -> None:
    """What a fresh machine would have: an empty /run, `lo` up, a hostname, the unprivileged user.

    Done without ip(8) and hostname(1): where these are missing, the tests that need neither still run.
    """
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755", "tests", "/run"], check=True)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as sock:
        changes.set_up(sock, "lo", "lo")
    socket.sethostname("testhost")
    for path, line in ACCOUNTS.items():
        add_line(Path(path), line.format(user=USER[0], uid=USER[1]))


def add_line(path: Path, line: str) -> None:
    """Let `path` end with `line`, in this mount namespace only."""
    if not path.exists():
        return
    copy = Path("/run", path.name)
    copy.write_text(path.read_text() + line)
    subprocess.run(["mount", "--bind", str(copy), str(path)], check=True)
    copy.unlink()


def become(uid: int) -> None:
    """Give up root for good: no groups, no capabilities (credentials(7))."""
    if uid:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)


def exit_status(wait_status: int) -> int:
    """What a shell would say: the exit status, or 128 and the signal."""
    code = os.waitstatus_to_exitcode(wait_status)
    return code if code >= 0 else 128 - code


def reap_until(child: int) -> int:
    """Be an init: wait for everybody, and return the exit status of `child`."""
    while True:
        pid, wait_status = os.wait()
        if pid == child:
            return exit_status(wait_status)


def main(uid: int, argv: list[str]) -> int:
    """Furnish the namespaces, run `argv` in them as `uid`, and return its exit status."""
    furnish()
    child = os.fork()
    if child == 0:
        become(uid)
        os.execvpe(argv[0], argv, {**os.environ, INSIDE: "yes"})
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return reap_until(child)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2:]))
