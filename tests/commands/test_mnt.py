# SPDX-License-Identifier: MIT
"""mnt: mounts made by the kernel's calls, listed as a tree, with their peers and what differs from host."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.program import Program

pytestmark = pytest.mark.real

BOX = "new user,mnt m -q\nenter m"


def listed(text: str) -> list[dict[str, object]]:
    """The rows of the array at the end of what was printed."""
    found = json.loads(text[text.index("[") :])
    assert isinstance(found, list)
    return found


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A directory to mount on."""
    folder = tmp_path / "place"
    folder.mkdir()
    return folder


@pytest.mark.parametrize(
    ("types", "kind", "options"),
    [
        ("user,mnt", "tmpfs", "--options size=64k"),
        ("user,mnt", "ramfs", ""),
        ("user,mnt", "devpts", "--options newinstance"),
        ("user,mnt,pid", "proc", ""),
        ("user,mnt,net", "sysfs", ""),
        ("user,mnt,ipc", "mqueue", ""),
        ("user,mnt,cgroup", "cgroup2", ""),
        ("user,mnt", "overlay", "--options lowerdir=/usr/bin:/usr/sbin"),
    ],
)
def test_each_file_system_is_mounted_where_its_namespace_is_owned(
    types: str, kind: str, options: str, nsh: Program, place: Path
) -> None:
    """Inside it is there, outside it is not: the mount is the namespace's own."""
    done = nsh("-c", f"new {types} m -q\non m mnt add {kind} {place} {options}\nmnt ls m --differs --json")
    assert done.status == 0, done.err
    assert (str(place), kind, "here") in {(row["mountpoint"], row["fstype"], row["only"]) for row in listed(done.out)}
    assert str(place) not in Path("/proc/self/mountinfo").read_text()


@pytest.mark.parametrize(
    ("kind", "wanted"), [("proc", "pid"), ("sysfs", "net"), ("mqueue", "ipc"), ("cgroup2", "cgroup")]
)
def test_a_file_system_of_somebody_elses_namespace_is_refused(
    kind: str, wanted: str, nsh: Program, place: Path
) -> None:
    """The hint names the namespace that is missing, as the kernel says who owns the one we are in."""
    done = nsh("-c", f"{BOX}\nmnt add {kind} {place}")
    assert done.status == 1
    assert "Operation not permitted" in done.err
    assert f"does not own the {wanted} namespace you are in: `new user,mnt,{wanted}`" in done.err


def test_a_bind_shows_the_same_files_and_may_be_read_only(nsh: Program, place: Path, tmp_path: Path) -> None:
    """Read-only is of the mount: the source is written as before."""
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "file").write_text("here\n")
    source = tmp_path / "source"
    done = nsh(
        "-c",
        f"{BOX}\nmnt add bind {place} --source {source} --read-only\ncat {place}/file\n"
        f"- touch {place}/no\ntouch {source}/yes\nls {place}",
    )
    assert done.out.split() == ["here", "file", "yes"]
    assert "Read-only file system" in done.err


def test_overlay_writes_to_its_upper_directory(nsh: Program, place: Path, tmp_path: Path) -> None:
    """The lower directory stays as it was."""
    for name in ("lower", "box"):
        (tmp_path / name).mkdir()
    (tmp_path / "lower" / "old").touch()
    box = tmp_path / "box"
    done = nsh(
        "-c",
        f"{BOX}\nmnt add tmpfs {box}\nmkdir {box}/upper {box}/work\n"
        f"mnt add overlay {place} --options lowerdir={tmp_path}/lower,upperdir={box}/upper,workdir={box}/work\n"
        f"touch {place}/new\nls {place}\nls {box}/upper",
    )
    assert done.out.split() == ["new", "old", "new"]
    assert [path.name for path in (tmp_path / "lower").iterdir()] == ["old"]


def test_what_is_on_top_covers(nsh: Program, place: Path) -> None:
    """On the same directory, and on one further up: no path leads to what lies below."""
    deep = place / "deep"
    deep.mkdir()
    done = nsh(
        "-c", f"{BOX}\nmnt add tmpfs {deep}\nmnt add tmpfs {deep}\nmnt add ramfs {place}\nmnt ls . --differs --json"
    )
    told = [(row["mountpoint"], row["fstype"], row["covered"]) for row in listed(done.out)]
    assert told == [(str(deep), "tmpfs", True), (str(deep), "tmpfs", True), (str(place), "ramfs", False)]


def test_the_tree_begins_with_the_root_and_children_are_indented(nsh: Program, place: Path) -> None:
    """As findmnt(8) draws it, by depth."""
    (place / "x").mkdir()
    done = nsh("-c", f"{BOX}\nmnt add tmpfs {place}\nmkdir {place}/x\nmnt add tmpfs {place}/x\nmnt ls")
    lines = done.out.splitlines()
    above, below = (next(line for line in lines if line.split()[0] == str(point)) for point in (place, place / "x"))
    assert len(below) - len(below.lstrip()) == len(above) - len(above.lstrip()) + 2


def test_peers_are_named_with_their_place(nsh: Program, place: Path) -> None:
    """A shared mount's group is seen from both sides; a slave names its master's."""
    (place / "in").mkdir()
    done = nsh(
        "-c",
        f"{BOX}\nmnt add tmpfs {place}\nmnt propagation shared {place}\nmkdir {place}/in\n"
        "new mnt peer -q --propagation unchanged\nnew mnt slave -q --propagation slave\nnew mnt alone -q\n"
        f"on peer mnt add ramfs {place}/in\n"
        "mnt ls peer --differs --json\nmnt ls slave --differs --json\nmnt ls alone --differs --json",
    )
    tables = [json.loads(part + "]") for part in done.out.split("]\n") if part.strip()]
    peer, slave, alone = ({row["fstype"]: row for row in rows if row["only"] == "here"} for rows in tables)
    assert set(peer) == set(slave) == {"tmpfs", "ramfs"}
    assert set(alone) == {"tmpfs"}
    assert f"m:{place}" in peer["tmpfs"]["peers"]
    assert slave["tmpfs"]["master"] == peer["tmpfs"]["peer_group"] is not None
    assert f"peer:{place}" in slave["tmpfs"]["peers"]
    assert (alone["tmpfs"]["peer_group"], alone["tmpfs"]["peers"]) == (None, [])


@pytest.mark.parametrize(
    ("line", "errno", "hint"),
    [
        ("mnt add tmpfs {place}/none", "No such file", "`mkdir -p {place}/none` first"),
        ("mnt add bind {place} --source {place}/none", "No such file", "{place}/none is not there"),
        ("mnt add tmpfs {place} --options nope=1", "Invalid argument", "the options are not those of tmpfs"),
        ("mnt add overlay {place}", "Invalid argument", "lowerdir="),
        ("mnt rm {place}", "Invalid argument", "{place} is not a mount point here"),
        ("mnt propagation shared {place}", "Invalid argument", "{place} is not a mount point here"),
        ("mnt rm /proc", "Invalid argument", "/proc is locked"),
        ("mnt add tmpfs {place}\nmkdir {place}/x\nmnt add tmpfs {place}/x\nmnt rm {place}", "busy", "`--lazy`"),
    ],
)
def test_a_refused_mount_says_why(line: str, errno: str, hint: str, nsh: Program, place: Path) -> None:
    """The cause is looked for where it was refused."""
    done = nsh("-c", f"{BOX}\n{line.format(place=place)}")
    assert done.status == 1
    assert errno in done.err
    assert hint.format(place=place) in done.err


def test_a_busy_mount_is_let_go_lazily(nsh: Program, place: Path) -> None:
    """Out of sight at once."""
    lines = (
        f"mnt add tmpfs {place}\nmkdir {place}/x\nmnt add tmpfs {place}/x\nmnt rm {place} --lazy\nmnt ls . --differs"
    )
    done = nsh("-c", f"{BOX}\n{lines}")
    assert (done.status, done.out) == (0, "")


@pytest.mark.parametrize("line", ["mnt add bind /mnt", "mnt add tmpfs /mnt --source /usr"])
def test_a_source_goes_with_bind(line: str, nsh: Program) -> None:
    """And bind with a source."""
    assert nsh("-c", f"{BOX}\n{line}").status == 2


@pytest.mark.parametrize("line", ["mnt add tmpfs /mnt", "mnt rm /proc", "mnt propagation shared"])
def test_the_machines_table_is_left_alone(line: str, nsh: Program) -> None:
    """Outside a sandbox nothing is mounted where nsh was started."""
    done = nsh("-c", line)
    assert done.status == 1
    assert "the machine's own" in done.err
