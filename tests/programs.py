# SPDX-License-Identifier: MIT
"""The programs that tests and the bench put beside nsh: which Debian package has each, and what lacks without it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from typing import NamedTuple


class Wanted(NamedTuple):
    """A Debian package, and the tests (or the rows of the bench) that use a program of it."""

    package: str
    users: str


PROGRAMS = {
    "asciinema": Wanted("asciinema", "recordings"),
    "bash": Wanted("bash", "the prompt, the transcripts"),
    "busybox": Wanted("busybox-static", "containers (OCI)"),
    "crun": Wanted("crun", "containers (OCI)"),
    "dot": Wanted("graphviz", "graphs of networks"),
    "gcc": Wanted("build-essential", "programs in C that save and explain write"),
    "groff": Wanted("groff-base", "the man page"),
    "hostname": Wanted("hostname", "most real tests, the transcripts"),
    "ifconfig": Wanted("net-tools", "transcripts of networks"),
    "ip": Wanted("iproute2", "all tests that root runs, networks"),
    "iptables": Wanted("iptables", "firewalls"),
    "less": Wanted("less", "jobs and the prompt"),
    "newuidmap": Wanted("uidmap", "subordinate ids"),
    "nft": Wanted("nftables", "nat, firewalls"),
    "nsenter": Wanted("util-linux", "all tests that root runs, the transcripts"),
    "ping": Wanted("iputils-ping", "networks"),
    "ps": Wanted("procps", "the prompt, the transcripts"),
    "pstree": Wanted("psmisc", "the transcripts"),
    "runc": Wanted("runc", "containers (OCI)"),
    "shellcheck": Wanted("shellcheck", "scripts that save writes"),
    "strace": Wanted("strace", "what is traced, faults that are injected"),
    "tree": Wanted("tree", "containers (OCI)"),
    "tshark": Wanted("tshark", "captures"),
    "vim": Wanted("vim", "recordings, the prompt"),
}
"""What `make test` uses."""

SLOW_PROGRAMS = {
    "chromedriver": Wanted("chromium-driver", "pages in a browser"),
    "chromium": Wanted("chromium", "pages in a browser"),
    "debootstrap": Wanted("debootstrap", "a fresh Debian"),
    "go": Wanted("golang-go", "programs in Go that save and explain write"),
}
"""What `make test-all` uses beside them."""

PEERS = {
    "brctl": Wanted("bridge-utils", "Mininet"),
    "cc": Wanted("build-essential", "the same in C"),
    "ifconfig": Wanted("net-tools", "Mininet"),
    "ip": Wanted("iproute2", "ip -batch, networks"),
    "lsns": Wanted("util-linux", "lsns"),
    "mn": Wanted("mininet", "Mininet"),
    "nsenter": Wanted("util-linux", "nsenter"),
    "ping": Wanted("iputils-ping", "Mininet's pingAll"),
}
"""What `make bench` measures nsh beside."""


def say(text: str) -> None:
    """A line of our own on stderr."""
    print(text, file=sys.stderr, flush=True)


def missing(programs: Mapping[str, Wanted]) -> dict[str, Wanted]:
    """Those of `programs` that are not on PATH."""
    return {program: wanted for program, wanted in programs.items() if shutil.which(program) is None}


def packages(programs: Mapping[str, Wanted]) -> list[str]:
    """The packages that have `programs`."""
    return sorted({wanted.package for wanted in programs.values()})


def listed(programs: Mapping[str, Wanted], users: str) -> str:
    """A table of `programs` for somebody who has to find them on another system; `users` are tests or rows."""
    rows = [("program", "Debian package", f"its {users}"), *((name, *programs[name]) for name in sorted(programs))]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    return "\n".join(f"  {row[0]:{widths[0]}}  {row[1]:{widths[1]}}  {row[2]}" for row in rows)


def provide(programs: Mapping[str, Wanted], users: str = "tests") -> None:
    """Have what is missing of `programs` installed; where that cannot be, say what is missing and what it is for."""
    absent = missing(programs)
    if absent and (why_not := install(packages(absent), users)):
        still = missing(absent)
        say(f"{why_not}; missing, and the {users} that need them will be skipped or fail:\n{listed(still, users)}")


def install(names: list[str], users: str) -> str:
    """Have Debian packages installed; why it was not possible, or nothing."""
    line = f"apt-get install {' '.join(names)}"
    if os.geteuid() != 0:
        return f"not root, who could: {line}"
    if shutil.which("apt-get") is None:
        return "this machine has no apt-get"
    say(f"installing for the {users}: {' '.join(names)}")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    get = ["apt-get", "-qq", "install", "--yes", "--no-install-recommends", *names]
    for command in (["apt-get", "-qq", "update"], get):
        if subprocess.run(command, env=quiet, stdout=subprocess.DEVNULL, check=False).returncode:
            return f"did not succeed: {line}"
    return ""
