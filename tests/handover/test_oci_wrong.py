# SPDX-License-Identifier: MIT
"""What can go wrong when a bundle is written: one clear line each, and nothing half-written."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest

from nsh.errors import NshError
from nsh.session.newfolder import NewFolder
from nsh.session.session import Session
from tests.handover.containers import config_of, in_sandbox
from tests.program import NSH, Program, Shell

BOX = "new user,uts,mnt box -q"
real = pytest.mark.real


def left_in(folder: Path) -> list[str]:
    """What is in a folder, hidden or not, but for the home of the test."""
    return sorted(set(os.listdir(folder)) - {"home", "there"})


def refused(nsh: Program, line: str, status: int = 1) -> str:
    """The first line of the error that a line ends with, after a box was made."""
    done = nsh("-c", f"{BOX}\n{line}")
    assert done.status == status, done.err
    assert "Traceback" not in done.err
    return done.err.splitlines()[0].removeprefix("-c:2: ")


@real
@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("save --oci nobody b", "nobody: no such place"),
        ("save --oci host b", "host: is in no namespace that host is not in"),
        ("save --oci box there", "there: there is such a folder already, and it is not empty"),
        ("save --oci box there/file", "there/file: Not a directory"),
        ("save --oci box nowhere/b", "nowhere/b: No such file or directory"),
        ("save --oci box .", ".: there is such a folder already, and it is not empty"),
        ("save --oci box b --rootfs nowhere", "nowhere: no such folder"),
        ("save --oci box b --rootfs there", "there: nothing to mount /proc on"),
        ("save --oci box b -- gcc", "gcc: no such program in that root"),
        ("lab save --oci b", "there is no lab"),
        ("lab star 2 -q; lab save --oci there", "there: there is such a folder already, and it is not empty"),
        ("lab star 2 -q; lab save --oci b nolab", "nolab: no such lab"),
        ("lab star 2 -q; lab save --oci b -- gcc", "gcc: no such program in that root"),
        (f"save --oci box {'x' * 256}", f"{'x' * 30}…{'x' * 30}: File name too long"),
    ],
)
def test_what_cannot_be_is_one_line_and_nothing_is_written(nsh: Program, tmp_path: Path, line: str, said: str) -> None:
    """No such place or folder, a folder with something in it, a root that will not do, a program that is not there."""
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "file").touch()
    assert refused(nsh, line) == said
    assert left_in(tmp_path) == []


@real
def test_a_lab_is_no_place_and_what_writes_labs_is_named(nsh: Program) -> None:
    """Both have names; the hint has the line to type."""
    done = nsh("-c", "lab star 1 -q; save --oci star1 b")
    assert done.err.splitlines() == [
        "star1: no such place",
        "hint: a lab is written by `lab save --oci b star1`",
    ]


@real
@pytest.mark.parametrize("line", ["save --oci", "save --oci box", "save --oci box b --", "lab save --oci"])
def test_a_word_too_few_is_usage(nsh: Program, tmp_path: Path, line: str) -> None:
    """Status 2, and nothing was tried."""
    refused(nsh, line, status=2)
    assert left_in(tmp_path) == []


@real
@pytest.mark.rootless
def test_a_folder_that_may_not_be_written_is_said(nsh: Program, tmp_path: Path) -> None:
    """EACCES with the name that was typed."""
    (tmp_path / "there").mkdir(mode=0o500)
    assert refused(nsh, "save --oci box there/b") == "there/b: Permission denied"


@real
def test_without_busybox_the_package_is_named(nsh: Program, tmp_path: Path) -> None:
    """One that is linked dynamically will not do either: it would find nothing in that root."""
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "busybox").symlink_to("/bin/true")
    done = nsh("-c", f"{BOX}\nsave --oci box b", PATH=str(tmp_path / "there"))
    assert done.status == 1
    assert "apt-get install busybox-static" in done.err
    assert left_in(tmp_path) == []


@real
@pytest.mark.root
def test_a_full_disk_is_said_and_nothing_is_left(tmp_path: Path) -> None:
    """busybox alone does not fit."""
    script = (
        f"mount -t tmpfs -o size=1m small /mnt\ncd /mnt\n{NSH} -c '{BOX}; save --oci box b' 2>&1 || true\nls -A /mnt"
    )
    said = in_sandbox(script, tmp_path)
    assert said == "b/rootfs/bin/busybox: No space left on device\n"


@real
def test_names_that_are_strange_stay_inside(nsh: Program, tmp_path: Path) -> None:
    """A host may be called rootfs or ü: its bundle goes by a name that runtimes take, and its hostname stays."""
    lab = tmp_path / "there"
    lab.mkdir()
    (lab / "l.yaml").write_text("hosts:\n  rootfs: {}\n  ü..+: {}\n  up.sh: {}\nlinks:\n  - [rootfs, ü..+]\n")
    done = nsh("-c", "lab load there/l.yaml --name ö -q\nlab save --oci l")
    assert done.status == 0, done.err
    folders = sorted(path.name for path in (tmp_path / "l").iterdir() if (path / "config.json").exists())
    assert len(folders) == 3
    assert not {"rootfs", "up.sh", ".."} & set(folders)
    assert all(name.isascii() for name in folders)
    assert {config_of(tmp_path / "l" / name)["annotations"]["nsh.place"] for name in folders} == {
        "rootfs",
        "ü..+",
        "up.sh",
    }


@real
@pytest.mark.root
def test_a_device_that_no_line_of_ip_can_name_is_refused(nsh: Program, tmp_path: Path) -> None:
    """`#` begins a comment in ip -batch, quoted or not; a quote can stand in other quotes."""
    said = nsh("-c", "lab star 1 -q\nlink rename h1:eth0 'a#b'\nlab save --oci l")
    assert said.status == 1
    assert "a#b: ip -batch has no way to say this name" in said.err
    assert left_in(tmp_path) == []
    done = nsh("-c", 'lab star 1 -q\nlink rename h1:eth0 "\'a"\nlab save --oci l')
    assert done.status == 0, done.err
    assert in_sandbox('RUNTIME=none ./l/up.sh\nip -br -netns star1-h1 link | grep -c "^\'a"\n', tmp_path) == "1\n"


@real
@pytest.mark.terminal
def test_an_interrupt_half_way_leaves_nothing(make_shell: Callable[..., Shell], tmp_path: Path) -> None:
    """^C while a lab is looked at: status 130, and neither the folder nor the one beside it is there."""
    shell = make_shell()
    assert shell.do("lab star 40 -q").status == 0
    shell.type("lab save --oci l")
    shell.child.send("\x03")
    status = shell.finish().status
    assert (status, left_in(tmp_path)) in ((130, []), (0, ["l"]))


class Interrupted:
    """A session at host that hears ^C at the third look."""

    def __init__(self, cwd: Path) -> None:
        self.host = self
        self.cwd = str(cwd)
        self.in_sandbox = False
        self.interrupts = self
        self.looks = 0

    def check(self) -> None:
        """Raise at the third time."""
        self.looks += 1
        if self.looks == 3:
            raise KeyboardInterrupt


def test_an_interrupt_between_two_files_leaves_nothing(tmp_path: Path) -> None:
    """Nor does one that comes when all is written and only the name is missing."""
    for files in (5, 2):
        with pytest.raises(KeyboardInterrupt):
            write(cast("Session", Interrupted(tmp_path)), [str(number) for number in range(files)])
        assert os.listdir(tmp_path) == []


@real
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_that_ends_nsh_leaves_nothing_wherever_it_falls(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    """TERM and HUP unwind, and so does a signal that comes at the very moment when the folder was made."""
    mkdir = os.mkdir

    def made_and_ended(path: str) -> None:
        mkdir(path)
        os.kill(os.getpid(), number)

    def end(*_: object) -> None:
        raise SystemExit(128 + number)

    monkeypatch.setattr(os, "mkdir", made_and_ended)
    before = signal.signal(number, end)
    try:
        with pytest.raises(SystemExit):
            write(quiet(tmp_path), ["one", "two"])
    finally:
        signal.signal(number, before)
    assert left_in(tmp_path) == []
    assert number not in signal.pthread_sigmask(signal.SIG_BLOCK, ())


def test_what_a_killed_one_left_is_in_nobodys_way(tmp_path: Path) -> None:
    """KILL leaves a hidden folder; a later nsh may have the same pid, as the first in a sandbox has."""
    (tmp_path / f".b.new-{os.getpid()}").mkdir()
    write(quiet(tmp_path), ["one"])
    assert os.listdir(tmp_path / "b") == ["one"]


def test_a_name_may_be_as_long_as_the_file_system_takes_it(tmp_path: Path) -> None:
    """255 bytes (NAME_MAX), which are fewer letters where they take more than one each."""
    name = "日" * 85
    with NewFolder(quiet(tmp_path), name) as folder:
        folder.write("one", "")
    assert left_in(tmp_path) == [name]


def write(session: Session, names: list[str]) -> None:
    """A new folder b with files of these names."""
    with NewFolder(session, "b") as folder:
        for name in names:
            folder.write(name, "text")


def test_no_name_leads_out_of_the_folder(tmp_path: Path) -> None:
    """Neither by .. nor from the root: where such a name came from is then no matter."""
    for name in ("../x", "/etc/x", "a/../../x", ".."):
        with pytest.raises(NshError, match="leads out of b"):
            write(quiet(tmp_path), [name])
    assert os.listdir(tmp_path) == []


def test_an_empty_folder_is_taken_and_a_link_is_not(tmp_path: Path) -> None:
    """What is there is only replaced when nothing is lost by it."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "link").symlink_to("empty")
    with NewFolder(quiet(tmp_path), "empty") as folder:
        folder.write("x", "text", 0o755)
    assert (tmp_path / "empty" / "x").stat().st_mode & 0o777 == 0o755
    (tmp_path / "empty" / "x").unlink()
    with pytest.raises(NshError, match="a link"):
        NewFolder(quiet(tmp_path), "link")


def quiet(cwd: Path) -> Session:
    """A session at host that hears no ^C."""
    session = Interrupted(cwd)
    session.looks = 3
    return cast("Session", session)
