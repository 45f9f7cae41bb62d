# SPDX-License-Identifier: MIT
"""The prompt where nothing can be drawn."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest

from nsh.aliases import ABBREVIATIONS
from nsh.repl.plain import PlainReader
from tests.repl.fakes import FakeSession

Make = Callable[[str], tuple[PlainReader, Callable[[], str]]]


@pytest.fixture
def reader() -> Iterator[Make]:
    """Makes a reader of some text on a pipe, and a function for what it wrote."""
    fds: list[int] = []

    def make(text: str) -> tuple[PlainReader, Callable[[], str]]:
        (source, sink), (shown, screen) = os.pipe(), os.pipe()
        os.write(sink, text.encode())
        os.close(sink)
        fds.extend((source, shown, screen))
        return PlainReader(FakeSession(), source, screen), lambda: os.read(shown, 9999).decode()  # type: ignore[arg-type]

    yield make
    for fd in fds:
        os.close(fd)


def test_the_prompt_is_written_and_a_line_is_read(reader: Make) -> None:
    """One prompt for each line; no escape sequence."""
    plain, output = reader("new uts a\nls\n")
    assert [plain.read(), plain.read()] == ["new uts a", "ls"]
    assert output() == "nsh> nsh> "


def test_a_last_line_without_a_newline_counts(reader: Make) -> None:
    """The end of a pipe ends the line too; then there is no more."""
    plain, _ = reader("ls")
    assert plain.read() == "ls"
    with pytest.raises(EOFError):
        plain.read()


def test_an_abbreviation_is_shown_written_out(reader: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """The line that runs stands on the screen."""
    monkeypatch.setitem(ABBREVIATIONS, "nn", "new net")
    plain, output = reader("nn\n")
    assert plain.read() == "new net"
    assert output() == "nsh> nsh> new net\n"


def test_blank_lines_do_not_end_the_input(reader: Make) -> None:
    """Only the end of the file does."""
    plain, _ = reader("\n\nls\n")
    assert [plain.read(), plain.read(), plain.read()] == ["", "", "ls"]


def test_a_continued_line_is_read_to_its_end(reader: Make) -> None:
    """A backslash at the end of a line asks for the next one."""
    plain, _ = reader("new \\\nuts a\nls\n")
    assert plain.read() == "new \\\nuts a"


def test_a_line_can_be_shown(reader: Make) -> None:
    """As if it had been typed."""
    plain, output = reader("")
    plain.echo("new uts a")
    assert output() == "nsh> new uts a\n"


def test_what_follows_a_line_is_left_in_the_pipe(reader: Make) -> None:
    """It may be meant for the program that the line starts."""
    plain, _ = reader("cat\nfor cat\n")
    assert plain.read() == "cat"
    assert os.read(plain._input, 99) == b"for cat\n"


def test_lines_may_end_as_on_dos(reader: Make) -> None:
    """The carriage return is no part of the line."""
    plain, _ = reader("ls\r\n")
    assert plain.read() == "ls"
