# SPDX-License-Identifier: MIT
"""Names are somebody else's text: no terminal obeys them, no shell reads them, no program is started for them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.program import TIMEOUT, Program

pytestmark = pytest.mark.real

EVIL = "\x1b[31mX\x1b]52;c;cm0=\x07\nY\x9bZ\u202eW"
NAME_IT = """
import ctypes, os, sys
libc = ctypes.CDLL(None)
evil = sys.argv[1].encode()
libc.sethostname(evil, len(evil)), libc.setdomainname(evil, len(evil))
"""
LISTINGS = ["ls ns", "ls procs", "on box uts hostname", "on box mnt ls", "show box", "why box", "tree box", "graph box"]
LISTINGS += ["on box link ls", "env ls", "diff host box", "on box ls ns --json", "on box mnt ls --json"]
LISTINGS += [f"enter '{EVIL}'", f"new uts '{EVIL}'", f"why '{EVIL}'", f"'/none{EVIL}'", f"on box mnt rm '/{EVIL}'"]


def unsafe(text: str) -> set[str]:
    """What a terminal could obey, or show in another order."""
    return {char for char in text if char != "\n" and not char.isprintable()}


def test_no_listing_and_no_error_carries_an_escape_of_a_name_to_the_terminal(nsh: Program, tmp_path: Path) -> None:
    """Hostname, domain, mount, variable, command, what was typed: ESC, OSC 52, C1, newline, bidi are spelled."""
    (tmp_path / "name.py").write_text(NAME_IT)
    made = [
        "new -q user,pid,mnt,uts,net box",
        f"box python3 -IS {tmp_path}/name.py '{EVIL}'",
        "box mount -n -t tmpfs none /mnt",
        f"box mkdir '/mnt/{EVIL}'",
        f"box mount -n -t tmpfs '{EVIL}' '/mnt/{EVIL}'",
        f"box ip link set lo alias '{EVIL.partition(chr(10))[0]}'",
        f"on box sh -c 'read _ < /dev/zero' '{EVIL}' &",
    ]
    script = tmp_path / "all.nsh"
    for listing in LISTINGS:
        text = "\n".join([*made[:-1], listing]).replace(EVIL, "${E}")
        script.write_text(text.replace("'", '"'))
        done = nsh("-k", str(script), E=EVIL)
        assert unsafe(done.out + done.err) == set(), listing
        assert "Traceback" not in done.err, listing
        if listing in ("on box uts hostname", "on box mnt ls", "env ls"):
            assert "\\x1b[31mX\\x1b]52;c;cm0=\\x07" in done.out


@pytest.mark.parametrize("program", ["ps", "ip", "nft", "sh", "mount", "hostname", "nsenter", "python3", "lsns"])
def test_what_nsh_itself_does_in_a_box_starts_no_program_there(program: str, nsh: Program, tmp_path: Path) -> None:
    """A program of that name, first on PATH, is not run by any listing: only what is typed is."""
    bad = tmp_path / program
    bad.write_text("#!/bin/sh\n: > ${0%/*}/started\n")
    bad.chmod(0o755)
    lines = ["new -q user,pid,mnt,uts,net box", "enter box", "ls ns", "ls procs", "mnt ls", "link ls", "addr ls"]
    lines += ["route ls", "uts hostname x", "why box", "tree box", "graph"]
    done = nsh("-k", "-c", "\n".join(lines), PATH=f"{tmp_path}:{nsh.environment['PATH']}")
    assert done.status == 0, done.err
    assert "loopback" in done.out
    assert not (tmp_path / "started").exists()


@pytest.mark.parametrize("suffix", ["sh", "py"])
def test_words_in_a_saved_program_are_never_read_by_a_shell(suffix: str, nsh: Program, tmp_path: Path) -> None:
    """Substitutions, separators and quotes in words come out as they were typed, and nothing of them is run."""
    word = '$(touch pwned)`touch pwned`;touch pwned|touch pwned&" > pwned'
    file = tmp_path / f"program.{suffix}"
    done = nsh(
        "-c", f"new -q user,uts,mnt q\non q printf %s '{word}'\non q sh -c 'printf %s \"$0\"' '{word}'\nsave {file}"
    )
    assert done.status == 0, done.err
    run = ["sh" if suffix == "sh" else "python3", str(file)]
    again = subprocess.run(run, env=nsh.environment, cwd=nsh.cwd, capture_output=True, timeout=TIMEOUT, check=False)
    assert again.stdout.decode() == done.out == word * 2
    assert not list(tmp_path.rglob("*pwned*"))


@pytest.mark.terminal
def test_a_module_in_the_folder_one_is_in_is_not_imported(make_shell, nsh: Program) -> None:  # type: ignore[no-untyped-def]
    """`save page.md` plays the lines in an interpreter of its own, which looks for its modules where Python is."""
    for name in ("json", "subprocess", "pexpect", "socket"):
        (nsh.cwd / f"{name}.py").write_text(f"open('{nsh.cwd}/imported', 'w')\n")
    shell = make_shell("--norc")
    shell.do("true")
    assert shell.do("save page.md").status == 0
    assert (nsh.cwd / "page.md").exists()
    assert not (nsh.cwd / "imported").exists()
