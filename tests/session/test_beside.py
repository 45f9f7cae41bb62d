# SPDX-License-Identifier: MIT
"""nsh.session.beside and newfile: whole or not at all, and nothing is left for ever by one that was killed."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from nsh.errors import SessionError
from nsh.session.beside import Beside, name_for
from nsh.session.newfile import NewFile


def killed_while_writing(target: Path, *, is_folder: bool) -> None:
    """By a process of ours that ends by KILL in the middle of it."""
    pid = os.fork()
    if pid == 0:
        made = Beside(str(target), is_folder=is_folder)
        if is_folder:
            Path(made.path, "half").write_text("half")
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(pid, 0)


@pytest.mark.parametrize("is_folder", [True, False])
def test_what_a_killed_one_left_goes_when_the_same_is_written_again(tmp_path: Path, is_folder: bool) -> None:
    """Its lock went with it; what belongs to another name stays."""
    for name in ("a.oci", "b.oci"):
        killed_while_writing(tmp_path / name, is_folder=is_folder)
    assert len(os.listdir(tmp_path)) == 2
    made = Beside(str(tmp_path / "a.oci"), is_folder=is_folder)
    made.publish()
    left = sorted(os.listdir(tmp_path))
    assert len(left) == 2
    assert left[0].startswith(".b.oci.new-")
    assert left[1] == "a.oci"


@pytest.mark.parametrize("is_folder", [True, False])
def test_what_a_living_one_writes_is_left_alone(tmp_path: Path, is_folder: bool) -> None:
    """Two that write the same at once do not hurt each other; the last one wins, and of the first nothing is left."""
    first = Beside(str(tmp_path / "a"), is_folder=is_folder)
    second = Beside(str(tmp_path / "a"), is_folder=is_folder)
    assert {os.path.dirname(each.path) for each in (first, second)} == {str(tmp_path)}
    assert os.path.exists(first.path)
    second.publish()
    first.drop()
    first.drop()
    assert os.listdir(tmp_path) == ["a"]


def test_names_that_others_give_are_not_taken_for_leftovers(tmp_path: Path) -> None:
    """A recording that was killed (.part), a longer name, and a link that leads to a folder of somebody's."""
    (tmp_path / "precious").mkdir()
    kept = [tmp_path / name for name in (".a.new-notes.txt", ".a.new-12345678.md", "precious/one")]
    kept.append(Path(name_for(str(tmp_path / "a"), "part")))
    for path in kept:
        path.write_text("kept")
    (tmp_path / ".a.new-00000000").symlink_to(tmp_path / "precious")
    Beside(str(tmp_path / "a")).drop()
    assert all(path.read_text() == "kept" for path in kept)


def test_a_file_is_the_old_one_until_the_new_one_is_whole(tmp_path: Path) -> None:
    """`save -f`: never empty, the same modes, and a link stays a link."""
    page, link = tmp_path / "page.md", tmp_path / "link.md"
    page.write_text("old")
    page.chmod(0o640)
    link.symlink_to("page.md")
    with NewFile("link.md", str(tmp_path), force=True) as file:
        file.write("new")
        assert page.read_text() == "old"
    assert page.read_text() == "new"
    assert page.stat().st_mode & 0o777 == 0o640
    assert link.is_symlink()
    assert sorted(os.listdir(tmp_path)) == ["link.md", "page.md"]


@pytest.mark.root
def test_a_file_that_is_replaced_stays_its_owners(tmp_path: Path) -> None:
    """`sudo nsh`, `save --force` of a page in one's own home."""
    page = tmp_path / "page.md"
    page.write_text("old")
    page.chmod(0o640)
    os.chown(page, 4321, 4322)
    with NewFile("page.md", str(tmp_path), force=True) as file:
        file.write("new")
    found = page.stat()
    assert (page.read_text(), found.st_uid, found.st_gid, found.st_mode & 0o777) == ("new", 4321, 4322, 0o640)


def test_a_file_that_came_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    """Without --force, also where it was not there in the beginning."""
    with pytest.raises(SessionError, match="there is such a file already"), NewFile("a", str(tmp_path), force=False):
        (tmp_path / "a").write_text("theirs")
    assert (tmp_path / "a").read_text() == "theirs"
    assert os.listdir(tmp_path) == ["a"]
