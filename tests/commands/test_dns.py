# SPDX-License-Identifier: MIT
"""dns: the resolv.conf that programs in a place read."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.commands.refusals import refused
from tests.program import NSH, Program

pytestmark = pytest.mark.real

WEB = "new user,net,mnt web -q\n"


def test_programs_there_read_the_servers_and_others_do_not(nsh: Program) -> None:
    """A second line replaces the first, by one mount; `dns rm` gives the old file back."""
    before = Path("/etc/resolv.conf").read_text()
    done = nsh(
        "-c",
        f"{WEB}dns web 10.1.1.1\ndns web 10.1.1.2 fd00::1\nweb cat /etc/resolv.conf\ndns ls web --json\n"
        "web grep -c nsh-dns /proc/self/mounts\ndns rm web\nweb cat /etc/resolv.conf\ncat /etc/resolv.conf",
    )
    text, rest = done.out.split("[", 1)
    assert text == "# by nsh: dns web\nnameserver 10.1.1.2\nnameserver fd00::1\n"
    told, after = ("[" + rest).split("]\n", 1)
    assert json.loads(told + "]") == [{"server": "10.1.1.2"}, {"server": "fd00::1"}]
    assert after == f"1\n{before}{before}"


@pytest.mark.root
def test_a_pinned_name_has_its_file_where_ip_netns_looks(nsh: Program, tmp_path: Path) -> None:
    """Made with --host, bound by `on`, read by `ip netns exec`, and gone after `dns rm`."""
    for name in ("resolv.conf", "nsswitch.conf", "passwd"):
        (tmp_path / name).write_text("")
    lines = (
        "new net p -q --pin\ndns p 10.1.1.1\non p cat /etc/resolv.conf\nip netns exec p cat /etc/resolv.conf\n"
        "dns rm p\nls /etc/netns\nunpin p"
    )
    script = f"mount --bind {tmp_path} /etc && mount -t tmpfs none /run && exec {NSH} --host -c '{lines}'"
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", script], capture_output=True, text=True, check=False, env=nsh.environment
    )
    assert done.stdout == "# by nsh: dns p\nnameserver 10.1.1.1\n" * 2, done.stderr


REFUSED = [
    ("dns n 10.1.1.1", "`new net,mnt NAME` makes a place with files of its own"),
    ("dns host 10.1.1.1", "the machine's"),
    ("dns nobody 10.1.1.1", "nobody: no such place"),
    ("dns web 10.1.1", "an IPv4 address has four octets"),
    ("dns web 10.1.1.1/24", "without a prefix"),
    ("dns web", "SERVERS is missing"),
    ("dns web 10.0.0.1 10.0.0.2 10.0.0.3 10.0.0.4", "asks 3 at most"),
    ("dns rm web", "has the resolv.conf it came with"),
]


def test_each_mistake_is_one_clear_line(nsh: Program) -> None:
    """With a way out; no file is changed."""
    before, after = refused(nsh, f"{WEB}new user,net n -q\n", REFUSED, "dns ls\ndns ls web")
    assert before == after
