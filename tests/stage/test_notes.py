# SPDX-License-Identifier: MIT
"""`nsh notes`: follows a show from another terminal, comes and goes, and believes nothing it is told."""

from __future__ import annotations

import json
import os
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from nsh.errors import NshError
from nsh.stage import notes_socket
from nsh.stage.notes_page import clock, lines_of, page_of
from nsh.stage.notes_server import Server
from nsh.stage.orders import AMBER, News
from tests.program import ESCAPES, Program
from tests.stage.booth import Booth, last_of

pytestmark = pytest.mark.once

NEWS = News(
    step=2,
    steps=8,
    state="waiting",
    title="Words",
    heading="Second",
    session="host",
    prompt="nsh>",
    command="echo \x1b[31mtwo",
    next_command="echo three",
    expected=("two",),
    notes=("say \x1b]0;it\x07 slowly, " + "and then " * 20,),
    judged=1,
    verdict=AMBER,
    diff="- one\n+ \x1b[2Jeins",
    elapsed=61.0,
    time=480.0,
)


def test_nothing_on_the_page_is_shown_raw() -> None:
    """An escape sequence is shown as its letters."""
    rows = page_of(NEWS, 61.0, 60, 20)
    text = "\n".join(ESCAPES.sub("", row) for row in rows)
    assert "\x1b" not in text
    assert "echo \\x1b[31mtwo" in text
    assert "+ \\x1b[2Jeins" in text
    assert "\x1b" not in "\n".join(lines_of(NEWS))


@pytest.mark.parametrize("size", [(60, 20), (20, 5), (200, 60), (1, 1)])
def test_the_notes_fit_every_terminal(size: tuple[int, int]) -> None:
    """No row is wider, none too many."""
    width, height = size
    rows = page_of(NEWS, 61.0, width, height)
    assert len(rows) <= height
    assert all(len(ESCAPES.sub("", row)) <= max(width, 1) for row in rows)


def test_the_time_is_held_against_what_the_page_may_take() -> None:
    """One of eight steps is done, so a minute of eight may have passed."""
    assert page_of(NEWS, 61.0, 80, 20)[0].endswith("1:01 of 8:00, 0:01 behind\x1b[0m")
    assert "0:10 ahead" in page_of(NEWS, 50.0, 80, 20)[0]
    assert clock(3723.9) == "1:02:03"


@pytest.fixture
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A runtime folder of our own."""
    folder = tmp_path / "run"
    folder.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    return folder


@pytest.fixture
def server(runtime: Path) -> Iterator[Server]:
    """A show that tells its news."""
    server = Server("/a/page.md", "Words")
    yield server
    server.close()


def listener_of() -> socket.socket:
    """One more client."""
    folder = notes_socket.open_folder()
    (name,) = notes_socket.shows(folder)
    connection = notes_socket.connect(folder, name)
    os.close(folder)
    assert connection is not None
    return connection


def heard(connection: socket.socket, until: bytes) -> bytes:
    """All up to a text."""
    data = b""
    while until not in data:
        data += connection.recv(4096)
    return data


@pytest.mark.real
def test_each_client_hears_the_latest_news_and_those_that_come(server: Server) -> None:
    """Whenever it came; one that goes is not missed."""
    with listener_of() as first, listener_of() as second:
        assert json.loads(heard(first, b"\n")) == {"page": "/a/page.md", "title": "Words"}
        os.write(server.events, NEWS.to_json().encode() + b"\n")
        assert b'"step": 2' in heard(first, b"}\n")
        heard(second, b'"step": 2')
        with listener_of() as late:
            heard(late, b'"step": 2')
    assert server.step == 2
    with listener_of() as again:
        os.write(server.events, NEWS.to_json().replace('"step": 2', '"step": 3').encode() + b"\n")
        heard(again, b'"step": 3')


@pytest.mark.real
def test_news_that_are_none_end_nothing(server: Server) -> None:
    """They come out of a sandbox, where anybody may write them."""
    os.write(server.events, b'\xff\n[]\n{"step": -7}\n{"step": 1e999}\n\n' + b"x" * 5000 + b"\n")
    os.write(server.events, b"[" * 100_000 + b"\n")
    os.write(server.events, NEWS.to_json().encode() + b"\n")
    with listener_of() as client:
        heard(client, b'"step": 2')


@pytest.mark.real
def test_the_end_of_the_show_ends_each_connection(runtime: Path) -> None:
    """And nothing is left of its socket."""
    server = Server("/a/page.md", "Words")
    with listener_of() as client:
        heard(client, b"\n")
        server.close()
        assert client.recv(1) == b""
    assert list((runtime / "nsh").iterdir()) == []


@pytest.mark.real
@pytest.mark.parametrize("what", ["link", "open", "file"])
def test_a_folder_that_is_not_ours_alone_is_not_used(runtime: Path, tmp_path: Path, what: str) -> None:
    """Somebody else may have put it there."""
    folder = runtime / "nsh"
    if what == "link":
        (tmp_path / "other").mkdir(mode=0o700)
        folder.symlink_to(tmp_path / "other")
    elif what == "open":
        folder.mkdir()
        folder.chmod(0o770)
    else:
        folder.write_text("")
    with pytest.raises(NshError, match=re.escape(str(folder))):
        notes_socket.open_folder()


@pytest.mark.terminal
def test_the_notes_follow_a_show_and_the_next_one(environment: dict[str, str], tmp_path: Path) -> None:
    """They wait before it, show the diff that no audience sees, and end with q."""
    page = tmp_path / "page.md"
    page.write_text(
        "---\nnsh: 1\ntitle: Words\ntime: 5m\n---\n# Words\n<!-- note: say it slowly -->\n"
        "```nsh\nnsh> echo one\neins\nnsh> echo two\ntwo\n```\n"
    )
    desk, hall = Booth(environment, tmp_path, (20, 60)), Booth(environment, tmp_path)
    try:
        desk.begin("notes page.md")
        desk.see("no show of page.md yet")
        for _ in range(2):
            hall.begin("play -y --typing instant page.md")
            hall.see("Space begins")
            hall.press(" ")
            desk.see("say it slowly")
            desk.see("host: nsh> echo one")
            desk.see("of 5:00")
            hall.press(" ")
            desk.see("step 1: NOT as the page says")
            desk.see("eins")
            assert "eins" not in hall.text
            hall.see_step(2, "!")
            hall.press("q")
            hall.see("q again")
            hall.press("q")
            hall.see("ended with 0")
            desk.see("the show is over")
        desk.press("q")
        desk.see("ended with 0")
    finally:
        desk.child.close(force=True)
        hall.child.close(force=True)


@pytest.mark.terminal
def test_the_notes_can_be_stopped_as_any_job(environment: dict[str, str], tmp_path: Path) -> None:
    """The shell has its terminal meanwhile; the notes have theirs again afterwards, and a key ends them."""
    desk = Booth(environment, tmp_path, (20, 60))
    try:
        desk.begin("notes")
        desk.see("q ends the notes")
        desk.press("\x1a")
        desk.see(r"Stopped")
        assert last_of(desk.raw, "1049") == "l"
        desk.press("clear\r")
        desk.see(lambda: "q ends" not in desk.text)
        desk.press("fg\r")
        desk.see("q ends the notes")
        desk.press("q")
        desk.see("ready:")
        assert last_of(desk.raw, "1049") == "l"
    finally:
        desk.child.close(force=True)


@pytest.mark.terminal
def test_the_notes_of_a_page_are_there_in_the_middle_of_its_show(environment: dict[str, str], tmp_path: Path) -> None:
    """At once, and not only when the speaker does something again."""
    (tmp_path / "page.md").write_text("---\nnsh: 1\n---\n# Words\n```nsh\nnsh> echo one\none\n```\n")
    desk, hall = Booth(environment, tmp_path, (20, 60)), Booth(environment, tmp_path)
    try:
        hall.begin("play -y page.md")
        hall.see("Space begins")
        for words in ("notes page.md", "notes"):
            desk.begin(words)
            desk.see("host: nsh> echo one")
            desk.press("q")
            desk.see("ended with 0")
        hall.press("q")
        hall.see("ended with 0")
    finally:
        desk.child.close(force=True)
        hall.child.close(force=True)


@pytest.mark.real
@pytest.mark.parametrize(("name", "said"), [("none.md", "No such file"), (".", "is neither a page nor a socket")])
def test_notes_of_nothing_are_refused(nsh: Program, name: str, said: str) -> None:
    """In a line."""
    done = nsh("notes", name)
    assert done.status in (1, 2)
    assert said in done.err


@pytest.mark.real
@pytest.mark.parametrize("asked", [(), ("link",)])
def test_off_a_terminal_each_change_is_a_few_lines(
    server: Server, nsh: Program, runtime: Path, asked: tuple[str, ...]
) -> None:
    """For a file, or a program that reads; a show's own socket may be given, by a link too."""
    os.write(server.events, NEWS.to_json().encode() + b"\n")
    (nsh.cwd / "link").symlink_to(next((runtime / "nsh").iterdir()))
    reader = nsh.popen("notes", *asked, XDG_RUNTIME_DIR=str(runtime))
    assert reader.stdout is not None
    lines = [reader.stdout.readline().decode() for _ in range(3)]
    reader.terminate()
    assert reader.wait() == 143
    reader.communicate()
    assert lines[0] == "a show begins\n"
    assert lines[1].startswith("2/8 Second  1:01 of 8:00")
