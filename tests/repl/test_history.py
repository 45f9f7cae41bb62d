# SPDX-License-Identifier: MIT
"""The history file: private, bounded, shared, and never in the way."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest

from nsh.repl import history
from nsh.repl.history import BoundedFileHistory, history_path, parse


class Book:
    """A history in a file of the test's own, and what it said and loaded."""

    def __init__(self, path: Path, limit: int = history.LIMIT) -> None:
        self.path = path
        self.said: list[str] = []
        self.loaded: list[str] = []
        self.limit = limit
        self.history = self.session()

    def session(self) -> BoundedFileHistory:
        """One more session that has the same file."""
        return BoundedFileHistory(str(self.path), warn=self.said.append, on_load=self.loaded.extend, limit=self.limit)

    def entries(self) -> list[str]:
        """What a new session reads, oldest first."""
        return list(self.session().load_history_strings())[::-1]


@pytest.fixture
def book(tmp_path: Path) -> Book:
    """A history that has no file yet."""
    return Book(tmp_path / "state" / "nsh" / "history")


def test_a_line_is_there_for_the_next_session(book: Book) -> None:
    """What one session stores the next one loads, in the order typed."""
    for line in ("new uts demo", "enter demo"):
        book.history.append_string(line)
    assert book.entries() == ["new uts demo", "enter demo"]
    assert book.loaded == ["new uts demo", "enter demo"]


def test_a_block_of_lines_is_one_entry(book: Book) -> None:
    """Several lines accepted at once come back as they were."""
    book.history.append_string("new uts a\nnew uts b")
    assert book.entries() == ["new uts a\nnew uts b"]


def test_bytes_that_are_no_utf_8_survive(book: Book) -> None:
    """A file name in another encoding is kept byte for byte."""
    book.history.append_string("cat caf\udce9 日本")
    assert book.entries() == ["cat caf\udce9 日本"]


def test_file_and_folder_are_the_users_alone(book: Book) -> None:
    """Mode 0600 in a folder of mode 0700."""
    book.history.append_string("a")
    assert book.path.stat().st_mode & 0o777 == 0o600
    assert book.path.parent.stat().st_mode & 0o777 == 0o700


def test_a_file_that_others_could_read_is_closed_to_them(book: Book) -> None:
    """A mode left too open is put right at the next write."""
    book.path.parent.mkdir(parents=True)
    book.path.write_text("")
    book.path.chmod(0o644)
    book.history.append_string("a")
    assert book.path.stat().st_mode & 0o777 == 0o600


def test_repeats_and_lines_that_begin_with_a_blank_are_left_out(book: Book) -> None:
    """A line repeated at once counts once; a blank in front keeps a line out."""
    for line in ("a", "a", " secret", "b", "a", "  "):
        book.history.append_string(line)
    assert book.entries() == ["a", "b", "a"]


def test_two_sessions_at_once_lose_nothing(book: Book) -> None:
    """Lines of two sessions mix in the file in the order they were typed."""
    other = book.session()
    book.history.append_string("mine")
    other.append_string("theirs")
    book.history.append_string("mine again")
    assert book.entries() == ["mine", "theirs", "mine again"]


def test_the_file_is_bounded(tmp_path: Path) -> None:
    """Past a fifth over the limit the oldest entries go when the file is read."""
    book = Book(tmp_path / "history", limit=10)
    for number in range(12):
        book.history.append_string(f"line {number}")
    assert len(book.entries()) == 12
    book.history.append_string("line 12")
    assert book.entries() == [f"line {number}" for number in range(3, 13)]
    assert len(parse(book.path.read_bytes()) or []) == 10
    assert [path.name for path in tmp_path.iterdir()] == ["history"]


def test_a_line_stored_while_another_session_shortens_the_file_is_kept(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever has the old file open notices that it was replaced, and takes the new one."""
    book.history.append_string("old")
    real = fcntl.flock
    replaced: list[bool] = []

    def flock(fd: int, operation: int) -> None:
        if not replaced:
            replaced.append(True)
            history._replace(str(book.path), ["kept"])
        real(fd, operation)

    monkeypatch.setattr(fcntl, "flock", flock)
    book.history.append_string("new")
    assert book.entries() == ["kept", "new"]


def test_what_is_no_history_is_set_aside(book: Book) -> None:
    """A file of something else is renamed, said once, and a new one begins."""
    book.path.parent.mkdir(parents=True)
    book.path.write_bytes(b"\x7fELF\0\0")
    assert book.entries() == []
    assert book.said == [f"{book.path} is not a history file; it is {book.path}.corrupt now, and a new one begins"]
    assert Path(f"{book.path}.corrupt").read_bytes() == b"\x7fELF\0\0"
    book.history.append_string("a")
    assert book.entries() == ["a"]


def test_a_last_line_that_was_cut_off_is_forgiven() -> None:
    """The machine may stop in the middle of a write."""
    assert parse(b"\n# 2026-11-22\n+new uts a\n\n# 2026-11-22\n+new ut") == ["new uts a", "new ut"]
    assert parse(b"") == []


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo], ids=["directory", "fifo"])
def test_a_file_that_cannot_be_used_is_said_once(book: Book, make: object) -> None:
    """History goes on in memory when its file is no file; nothing hangs."""
    book.path.parent.mkdir(parents=True)
    assert callable(make)
    make(book.path)
    book.history.append_string("a")
    book.history.append_string("b")
    assert len(book.said) == 1
    assert book.said[0].startswith(f"history is kept in memory only: {book.path}: ")
    assert book.history.get_strings() == ["a", "b"]


def test_a_session_stopped_with_the_lock_does_not_hang_others(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a short while the line is kept in memory instead."""
    monkeypatch.setattr(history, "PATIENCE", 0.0)
    book.history.append_string("a")
    with book.path.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        book.history.append_string("b")
    assert len(book.said) == 1
    assert book.entries() == ["a"]


def test_the_place_follows_the_xdg_rule(tmp_path: Path) -> None:
    """XDG_STATE_HOME if absolute, else ~/.local/state; NSH_HISTFILE before both."""
    uid = os.geteuid()
    home = str(tmp_path)
    assert history_path({"HOME": home}, uid) == f"{home}/.local/state/nsh/history"
    assert history_path({"HOME": home, "XDG_STATE_HOME": f"{home}/s"}, uid) == f"{home}/s/nsh/history"
    assert history_path({"HOME": home, "XDG_STATE_HOME": "relative"}, uid) == f"{home}/.local/state/nsh/history"
    assert history_path({"HOME": home, "NSH_HISTFILE": "/x/y"}, uid) == "/x/y"


@pytest.mark.parametrize(
    "environ",
    [{}, {"HOME": ""}, {"HOME": "/nonexistent"}, {"NSH_HISTFILE": ""}, {"NSH_HISTFILE": "/dev/null"}],
)
def test_without_a_place_there_is_no_file(environ: dict[str, str]) -> None:
    """No home, or switched off: nothing is written."""
    assert history_path(environ, os.geteuid()) is None


def test_a_home_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    """Under sudo HOME may be another's: a file of ours there would lock its owner out."""
    assert history_path({"HOME": str(tmp_path)}, os.geteuid() + 1) is None


def test_off_means_memory(tmp_path: Path) -> None:
    """Without a path the session still remembers its own lines."""
    loaded: list[str] = []
    book = BoundedFileHistory(None, warn=loaded.append, on_load=loaded.extend)
    book.append_string("a")
    assert book.get_strings() == ["a"]
    assert loaded == []
