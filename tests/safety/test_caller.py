# SPDX-License-Identifier: MIT
"""What whoever starts nsh, or sits beside it, has set up: variables that make programs run files, a socket's door."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from nsh.stage.notes_server import Server
from tests.program import TIMEOUT, Program

TELL = "import os\nopen({!r}, 'a').write(f'{{os.getpid()}} ')\n"
LINES = "new -q user,pid,mnt,uts,net a\na true\non a link ls\nenter a\ntrue\nuts hostname x"


@pytest.mark.real
def test_variables_that_make_interpreters_run_a_file_run_none_in_nsh(nsh: Program) -> None:
    """PYTHONSTARTUP, PYTHONINSPECT, BASH_ENV, ENV: neither nsh nor a helper starts what reads them."""
    ran, bad = nsh.cwd / "ran", nsh.cwd / "bad"
    bad.write_text(f": > {ran}\n")
    (nsh.cwd / "bad.py").write_text(TELL.format(str(ran)))
    python = {"PYTHONSTARTUP": str(nsh.cwd / "bad.py"), "PYTHONINSPECT": "1", "PYTHONBREAKPOINT": "bad.main"}
    done = nsh("-c", LINES, BASH_ENV=str(bad), ENV=str(bad), **python)
    assert done.status == 0, done.err
    assert not ran.exists()


@pytest.mark.real
def test_the_modules_of_pythonpath_are_nshs_own_and_no_helpers(nsh: Program) -> None:
    """They act on nsh, as is said; the interpreter that nsh starts for its helpers reads none (-I, -S)."""
    ran = nsh.cwd / "ran"
    folder = nsh.cwd / "modules"
    folder.mkdir()
    for name in ("sitecustomize", "usercustomize", "json", "subprocess"):
        (folder / f"{name}.py").write_text(TELL.format(str(ran)))
    process = nsh.popen("-i", PYTHONPATH=str(folder))  # a prompt's zygote is an interpreter of its own
    _, err = process.communicate(LINES.encode(), timeout=TIMEOUT)
    assert process.returncode == 0, err
    assert set(ran.read_text().split()) == {str(process.pid)}


@pytest.mark.real
@pytest.mark.root
def test_root_runs_no_command_of_another_users_configuration(nsh: Program) -> None:
    """`sudo -E nsh`: what lies under HOME is a user's, and would be run by root."""
    ran, folder = nsh.cwd / "ran", nsh.cwd / "config/nsh/commands"
    folder.mkdir(parents=True)
    (folder / "mine.py").write_text(TELL.format(str(ran)))
    os.chown(folder / "mine.py", 4321, 4321)
    (folder / "linked.py").symlink_to("mine.py")
    done = nsh("-k", "-c", "mine\nlinked", XDG_CONFIG_HOME=str(nsh.cwd / "config"))
    assert done.err.count("belongs to another user, so nsh does not run it") == 2
    assert not ran.exists()


@pytest.fixture
def runtime(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A runtime folder that others can pass, unlike those of pytest."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    yield folder
    shutil.rmtree(folder)


CONNECT = """
import socket, sys
sock = socket.socket(socket.AF_UNIX)
sock.connect(sys.argv[1])
print(len(sock.recv(1000)))
"""


@pytest.mark.root
def test_nobody_else_is_told_what_a_show_says(runtime: Path) -> None:
    """The folder lets nobody in (0700), and who got to the socket nevertheless is asked who he is: told nothing."""
    server = Server("talk.md", "A talk")
    try:
        (sock,) = (runtime / "nsh").iterdir()
        assert (runtime / "nsh").stat().st_mode & 0o777 == 0o700
        assert told(sock, 1234) == ""
        (runtime / "nsh").chmod(0o711)
        sock.chmod(0o777)
        assert told(sock, 1234) == "0"
        assert int(told(sock, os.geteuid())) > 0
    finally:
        server.close()


def told(sock: Path, uid: int) -> str:
    """How much a process of that user is told there; '' where it does not get there."""
    argv = [sys.executable, "-I", "-S", "-c", CONNECT, str(sock)]
    return subprocess.run(
        argv, user=uid, cwd="/", capture_output=True, text=True, timeout=TIMEOUT, check=False
    ).stdout.strip()
