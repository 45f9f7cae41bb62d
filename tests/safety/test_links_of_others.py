# SPDX-License-Identifier: MIT
"""What somebody else has put where nsh writes, links above all, sends nothing of it elsewhere."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from nsh.repl import history
from nsh.session.beside import Beside, followed
from tests.program import Program

OTHER = 4321


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    """A folder like /tmp."""
    folder = tmp_path / "shared"
    folder.mkdir()
    folder.chmod(0o1777)
    return folder


def link(path: Path, target: Path, owner: int = OTHER) -> None:
    """A link that somebody else has made."""
    path.symlink_to(target)
    os.chown(path, owner, owner, follow_symlinks=False)


@pytest.mark.real
@pytest.mark.root
@pytest.mark.parametrize("suffix", ["sh", "py"])
def test_a_link_that_somebody_else_put_into_a_shared_folder_is_not_followed(
    suffix: str, shared: Path, tmp_path: Path, nsh: Program
) -> None:
    """The kernel would refuse (fs.protected_symlinks); nsh reads links itself, so it refuses too, in a line."""
    victim = tmp_path / "passwd"
    victim.write_text("as it was")
    target = shared / f"program.{suffix}"
    link(target, victim)
    done = nsh("-k", "-c", f"new -q user,uts a\nsave --force {target}")
    assert victim.read_text() == "as it was"
    assert target.is_symlink()
    assert "somebody else" in done.err
    assert "Traceback" not in done.err


@pytest.mark.root
def test_links_of_ones_own_and_of_the_owner_of_a_folder_are_followed(shared: Path, tmp_path: Path) -> None:
    """As the kernel does; also one that leads nowhere yet, and one behind another."""
    target = tmp_path / "file"
    link(shared / "own", target, owner=0)
    (shared / "second").symlink_to(shared / "own")
    assert followed(str(shared / "second")) == str(target)
    link(shared / "evil", target)
    (shared / "third").symlink_to("evil")
    with pytest.raises(PermissionError, match="somebody else"):
        followed(str(shared / "third"))
    private = tmp_path / "private"
    private.mkdir()
    link(private / "theirs", target)
    assert followed(str(private / "theirs")) == str(target)


@pytest.mark.root
def test_a_link_on_the_way_to_a_file_is_looked_at_too(shared: Path, tmp_path: Path) -> None:
    """A folder that is a link of somebody else's in a /tmp leads nowhere, nor does one behind a link of one's own."""
    inner = tmp_path / "private" / "inner"
    inner.mkdir(parents=True)
    link(shared / "folder", inner)
    (tmp_path / "own").symlink_to(shared / "folder")
    for path in (shared / "folder" / "file", shared / "folder" / ".." / "file", tmp_path / "own" / "file"):
        with pytest.raises(PermissionError, match="somebody else"):
            followed(str(path))
    link(tmp_path / "theirs", inner)
    assert followed(str(tmp_path / "theirs" / "file")) == str(inner / "file")
    assert followed(str(tmp_path / "theirs" / ".." / "file")) == str(tmp_path / "private" / "file")
    assert followed(str(tmp_path / "no" / "such" / "file")) == str(tmp_path / "no" / "such" / "file")


def test_links_in_a_circle_are_an_error(tmp_path: Path) -> None:
    """No more links than the kernel follows."""
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    with pytest.raises(OSError, match="symbolic links"):
        followed(str(tmp_path / "a"))


def test_a_folder_in_the_making_is_written_where_it_was_made(tmp_path: Path) -> None:
    """Whoever may write around it puts a link in its place: files go on into the folder, by its descriptor."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    new = Beside(str(tmp_path / "bundle"), is_folder=True)
    os.rename(new.path, tmp_path / "aside")
    os.symlink(elsewhere, new.path)
    (Path(f"/proc/self/fd/{new.fd}") / "config.json").write_text("{}")
    assert os.listdir(elsewhere) == []
    assert os.listdir(tmp_path / "aside") == ["config.json"]
    os.unlink(new.path)
    new.drop()


def test_a_link_under_the_name_of_the_shorter_history_is_not_written_through(tmp_path: Path) -> None:
    """The file that replaces a history that has grown too long is a new one, whatever lies under its name."""
    victim = tmp_path / "victim"
    victim.write_text("as it was")
    file = tmp_path / "history"
    file.write_text("".join(f"\n+line {number}\n" for number in range(100)))
    (tmp_path / f"history.{os.getpid()}").symlink_to(victim)
    kept = history.BoundedFileHistory(str(file), warn=pytest.fail, on_load=lambda _: None, limit=10)
    assert len(list(kept.load_history_strings())) == 10
    assert victim.read_text() == "as it was"
    assert history.parse(file.read_bytes()) == [f"line {number}" for number in range(90, 100)]


@pytest.mark.root
def test_a_link_to_a_folder_of_roots_makes_no_history_of_roots_there(tmp_path: Path) -> None:
    """`sudo -E nsh`: HOME is somebody else's, who makes .local/state lead where he may not write."""
    home, roots = tmp_path / "home", tmp_path / "roots"
    (home / ".local").mkdir(parents=True)
    roots.mkdir()
    (home / ".local/state").symlink_to(roots)
    for path in (home, home / ".local"):
        os.chown(path, OTHER, OTHER)
    assert history.history_path({"HOME": str(home)}, 0) is None
    os.chown(home, 0, 0)
    os.chown(home / ".local", 0, 0)
    assert history.history_path({"HOME": str(home)}, 0) is not None
