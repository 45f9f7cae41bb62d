# SPDX-License-Identifier: MIT
"""forward: packets passed on between devices, or not."""

from __future__ import annotations

import json
import subprocess

import pytest

from tests.commands.refusals import refused
from tests.program import NSH, Program

pytestmark = pytest.mark.real

BOX = "new user,net box -q\nenter box\nnew net a -q\nnew net f[1..2] -q\n"
FILES = "cat /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv6/conf/all/forwarding"


def test_it_is_the_sysctls_of_that_place_and_of_no_other(nsh: Program) -> None:
    """Both families; a place that only open files keep does as well."""
    done = nsh(
        "-c", f"{BOX}forward on a\nforward on f1\non a {FILES}\n{FILES}\nforward off a\non a {FILES}\nforward ls --json"
    )
    assert done.out.split("[")[0].split() == ["1", "1", "0", "0", "0", "0"]
    told = {row["place"]: (row["ipv4"], row["ipv6"]) for row in json.loads("[" + done.out.split("[", 1)[1])}
    assert told["f1"] == (True, True)
    assert told["a"] == told["f2"] == told["box"] == (False, False)


def test_without_a_place_it_is_where_you_are(nsh: Program) -> None:
    """And the table says on and off."""
    done = nsh("-c", f"{BOX}forward on\nforward ls .")
    assert done.out.splitlines()[1].split() == ["box", "on", "on"]


REFUSED = [
    ("forward on host", "the machine's own"),
    ("forward on nobody", "nobody: no such place"),
    ("forward up", "forward has no 'up'"),
    ("forward on u", "the machine's own"),
]


def test_each_mistake_is_one_clear_line(nsh: Program) -> None:
    """With a way out; nothing is written."""
    (told,) = refused(nsh, "new user,uts u -q\n", REFUSED, "forward ls host")
    assert told[0]["place"] == "host"


def test_with_host_what_was_before_is_back_in_the_end(nsh: Program) -> None:
    """The machine (here a namespace of the test's own) forwards while nsh runs, and not afterwards."""
    script = f"mount -t tmpfs none /run; {NSH} --host -c 'forward on host; {FILES}'; {FILES}"
    done = subprocess.run(
        ["unshare", "-Urnm", "sh", "-c", script], capture_output=True, text=True, check=False, env=nsh.environment
    )
    assert done.stdout.split() == ["1", "1", "0", "0"], done.stderr
