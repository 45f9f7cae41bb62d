# SPDX-License-Identifier: MIT
"""The line below the prompt."""

from __future__ import annotations

import subprocess
import sys

import pytest
from prompt_toolkit.formatted_text import StyleAndTextTuples

from nsh.printable import columns
from nsh.repl.toolbar import Piece, fitted
from tests.program import Program

PIECES = [
    Piece(0, "box"),
    Piece(4, "uts,net"),
    Piece(3, "pid 4242→2"),
    Piece(2, "uid 1000→0"),
    Piece(5, "caps all"),
    Piece(1, "status 0"),
    Piece(6, "12 ms"),
]


def text(shown: StyleAndTextTuples) -> str:
    """What stands there."""
    return "".join(fragment[1] for fragment in shown)


@pytest.mark.parametrize(
    ("width", "expected"),
    [
        (200, " box  uts,net  pid 4242→2  uid 1000→0  caps all  status 0  12 ms"),
        (64, " box  uts,net  pid 4242→2  uid 1000→0  caps all  status 0"),
        (40, " box  pid 4242→2  uid 1000→0  status 0"),
        (27, " box  uid 1000→0  status 0"),
        (16, " box  status 0"),
        (7, " box"),
    ],
)
def test_what_matters_least_goes_first_where_the_window_is_narrow(width: int, expected: str) -> None:
    """The order stays; the rest of the row is filled."""
    assert text(fitted(PIECES, width)).rstrip() == expected
    assert columns(text(fitted(PIECES, width))) == width


def test_a_long_name_is_cut() -> None:
    """Wide letters are counted as two columns."""
    assert columns(text(fitted([Piece(0, "名前" * 40)], 40))) == 40


@pytest.mark.real
def test_the_toolbar_of_a_real_place_knows_both_numbers(nsh: Program) -> None:
    """Pid and uid outside and inside, and all capabilities in a user namespace of one's own."""
    script = (
        "from nsh.cli import make_session; from nsh.engine import Engine; from nsh.registry import REGISTRY\n"
        "from nsh.repl.toolbar import toolbar\n"
        "session = make_session(False); engine = Engine(session, REGISTRY, print, print); session.start()\n"
        "engine.run_line('new user,pid,mnt box -q'); engine.run_line('enter box'); engine.run_line('false')\n"
        "print(''.join(piece[1] for piece in toolbar(session, 0.25, 200)).strip()); session.close()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], env=nsh.environment, capture_output=True, text=True, check=True
    )
    pieces = done.stdout.strip().split("  ")
    assert pieces[:2] == ["box", "mnt,pid,user"]
    assert pieces[2].startswith("pid ")
    assert pieces[2].endswith("→2")
    assert pieces[-3:] == ["caps all", "status 1", "0.2 s"]
