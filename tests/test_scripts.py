# SPDX-License-Identifier: MIT
"""Scripts as lines."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from nsh.errors import Refused
from nsh.scripts import decode, logical_lines, read_script


def lines(text: str) -> list[tuple[int, str]]:
    """The logical lines of a text."""
    return list(logical_lines(text.split("\n")))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("a\nb\n", [(1, "a"), (2, "b")]),
        ("a\n\n  \nb", [(1, "a"), (4, "b")]),
        ("a\r\nb\r\n", [(1, "a"), (2, "b")]),
        ("a \\\n b\nc", [(1, "a \\\n b"), (3, "c")]),
        ("a 'x\n\ny' b\nc", [(1, "a 'x\n\ny' b"), (4, "c")]),
        ("a |\n\nb\nc", [(1, "a |\n\nb"), (4, "c")]),
        ("a && # why\nb", [(1, "a && # why\nb")]),
        ("# don't\na", [(1, "# don't"), (2, "a")]),
        ("a 'x\nb", [(1, "a 'x\nb")]),
        ("'a\0\nb", [(1, "'a\0"), (2, "b")]),
    ],
)
def test_a_script_is_read_in_logical_lines(text: str, expected: list[tuple[int, str]]) -> None:
    """Blank lines say nothing and end nothing; quotes, `\\`, `|`, `&&` go on; numbers are those of the file."""
    assert lines(text) == expected


def test_an_open_quote_does_not_make_a_long_script_slow() -> None:
    """A quote that is never closed costs one reading, not one for each line after it."""
    ((number, text),) = lines("echo 'a\n" + "line\n" * 200_000)

    assert number == 1
    assert text.startswith("echo 'a\nline")


def test_bytes_survive_that_are_no_utf8() -> None:
    """They come out as they went in; a byte order mark is dropped."""
    assert decode(b"\xef\xbb\xbfa\xff\n").encode("utf-8", "surrogateescape") == b"a\xff\n"


def test_a_script_is_found_below_the_folder_it_is_asked_from(tmp_path: Path) -> None:
    """A path without a `/` is where one sits; an absolute path is itself."""
    (tmp_path / "x.nsh").write_text("ls ns")

    assert read_script("x.nsh", str(tmp_path)) == "ls ns"
    assert read_script(str(tmp_path / "x.nsh"), "/nonexistent") == "ls ns"


@pytest.mark.parametrize("path", ["/nonexistent", "/", "/dev/zero", "a\0b"])
def test_what_is_no_script_is_refused(path: str) -> None:
    """Nothing there, a directory, a file without an end: one error with the call and its errno."""
    with pytest.raises(Refused):
        read_script(path)


CODE = (
    "from nsh.scripts import stdin_lines; lines = stdin_lines(); print(next(lines)); import os; print(os.read(0, 99))"
)


@pytest.mark.parametrize("kind", ["pipe", "file"])
def test_what_follows_a_line_on_stdin_is_left_for_its_program(kind: str, tmp_path: Path) -> None:
    """As in sh(1): the line is read and not a byte more."""
    text = b"first\nsecond\n"
    (tmp_path / "input").write_bytes(text)
    reader, writer = os.pipe()
    os.write(writer, text)
    os.close(writer)
    with open(tmp_path / "input", "rb") as file, os.fdopen(reader, "rb") as pipe:
        done = subprocess.run(
            [sys.executable, "-c", CODE], stdin=file if kind == "file" else pipe, capture_output=True, check=True
        )
    assert done.stdout == b"first\nb'second\\n'\n"
