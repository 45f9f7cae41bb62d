# SPDX-License-Identifier: MIT
"""What a person sees: the prompt on a screen drawn by a terminal emulator (pyte)."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pexpect
import pyte
import pytest

from tests.program import NSH, TIMEOUT

pytestmark = [pytest.mark.terminal, pytest.mark.once]

TAB, ENTER, ESCAPE, CTRL_C = "\t", "\r", "\x1b", "\x03"


class Terminal(pyte.Screen):
    """A screen that answers what it is asked, as terminals do."""

    def __init__(self, rows: int, columns: int, answer: Callable[[str], object]) -> None:
        super().__init__(columns, rows)
        self._answer = answer

    def write_process_input(self, data: str) -> None:
        """Send the answer as if it had been typed."""
        self._answer(data)


class Window:
    """`nsh` in a terminal window; nothing is looked for in bytes, only on the screen."""

    def __init__(self, environment: dict[str, str], cwd: Path, rows: int, columns: int) -> None:
        self.child: pexpect.spawn[bytes] = pexpect.spawn(
            NSH, env=environment, cwd=str(cwd), dimensions=(rows, columns), timeout=TIMEOUT
        )
        self.child.delaybeforesend = None
        self.screen = Terminal(rows, columns, self.child.send)
        self.stream = pyte.ByteStream(self.screen)
        self.log = b""

    def wait(self, seen: Callable[[], bool]) -> None:
        """Draw what comes until the screen shows it."""
        end = time.monotonic() + TIMEOUT
        while not seen():
            try:
                data = self.child.read_nonblocking(65536, 0.05)
                self.log += data
                self.stream.feed(data)
            except pexpect.TIMEOUT:
                assert time.monotonic() < end, "\n".join(["never seen on:", *self.screen.display])

    def lines(self) -> list[str]:
        """The rows that show something."""
        return [row.rstrip() for row in self.screen.display if row.strip()]

    def cursor_row(self) -> str:
        """The row with the cursor, up to the cursor."""
        cells = self.screen.buffer[self.screen.cursor.y]
        return "".join(cells[x].data for x in range(self.screen.cursor.x))  # of a wide letter the second cell is empty

    def at(self, text: str) -> None:
        """Wait until the cursor stands behind this."""
        self.wait(lambda: self.cursor_row() == text)

    def type(self, keys: str, until: str) -> None:
        """Type, and wait until the cursor stands behind `until`."""
        self.child.send(keys)
        self.at(until)

    def run(self, line: str, until: str = "nsh> ") -> None:
        """Type a line and Enter, and wait for the next prompt."""
        self.type(line, self.cursor_row() + line)
        self.type(ENTER, until)

    def colour(self, word: str) -> str:
        """The colour in which a word first stands on the screen."""
        for y, row in enumerate(self.screen.display):
            if word in row:
                return str(self.screen.buffer[y][row.index(word)].fg)
        raise AssertionError(f"{word!r} is not on the screen")

    def resize(self, rows: int, columns: int) -> None:
        """As when the window is dragged."""
        self.screen.resize(rows, columns)
        self.child.setwinsize(rows, columns)


@pytest.fixture
def open_window(environment: dict[str, str], tmp_path: Path) -> Iterator[Callable[..., Window]]:
    """Opens windows, by default of 24 by 80, at the first prompt."""
    windows: list[Window] = []

    def start(rows: int = 24, columns: int = 80, **more: str) -> Window:
        windows.append(Window({**environment, **more}, tmp_path, rows, columns))
        windows[-1].at("nsh> ")
        return windows[-1]

    yield start
    for window in windows:
        window.child.close(force=True)


@pytest.fixture
def window(open_window: Callable[..., Window]) -> Window:
    """A window of 24 by 80."""
    return open_window()


def test_the_menu_shows_words_with_remarks_and_goes_away(window: Window) -> None:
    """Tab opens it, Tab walks, Enter takes the word and runs nothing, Escape closes."""
    window.type("enter ", "nsh> enter ")
    window.child.send(TAB)
    window.wait(lambda: any("where nsh was started" in row for row in window.lines()))
    window.type(TAB, "nsh> enter host")
    window.type(ENTER, "nsh> enter host")
    window.wait(lambda: window.lines()[-1] == "nsh> enter host")
    window.child.send(CTRL_C)
    window.at("nsh> ")
    window.type("same ", "nsh> same ")
    window.child.send(TAB)
    window.wait(lambda: any("hostname and NIS domain name" in row for row in window.lines()))
    window.child.send(ESCAPE)
    window.wait(lambda: window.lines()[-1] == "nsh> same")


def test_history_suggests_the_rest_of_a_line_in_grey(window: Window) -> None:
    """The right arrow takes it; typing on changes it."""
    window.run("new uts demo")
    window.child.send("new u")
    window.wait(lambda: window.lines()[-1] == "nsh> new uts demo")
    assert window.cursor_row() == "nsh> new u"
    row = window.screen.cursor.y
    assert window.screen.buffer[row][window.screen.cursor.x].fg == "brightblack"
    window.type("\x1b[C", "nsh> new uts demo")


def test_words_are_coloured_while_they_are_typed(window: Window) -> None:
    """Unknown red, command green, type magenta."""
    window.type("zzz", "nsh> zzz")
    assert window.colour("zzz") == "red"
    window.type("\x15new uts", "nsh> new uts")
    assert window.colour("new") == "green"
    assert window.colour("uts") == "magenta"


def test_the_prompt_begins_at_the_left_edge(window: Window) -> None:
    """Also after output that did not end its line; after other output there is no empty row."""
    window.run("printf abc")
    window.run("echo def")
    assert window.lines()[-5:] == ["nsh> printf abc", "abc", "nsh> echo def", "def", "nsh>"]


def test_a_narrow_window_wraps_a_long_line(open_window: Callable[..., Window]) -> None:
    """Nothing is put before the rest; wide letters are not torn."""
    window = open_window(20, 40)
    window.child.send("echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa日本語日本語")
    window.wait(lambda: window.screen.cursor.y > 0 and window.cursor_row().replace(" ", "").endswith("本語"))
    assert "...>" not in "".join(window.lines())
    window.child.send(ENTER)
    window.at("nsh> ")
    assert "".join("".join(window.lines()).split()).count("日本語日本語") == 2


def test_a_window_can_change_its_size_while_a_line_is_typed(window: Window) -> None:
    """The line is drawn anew, once, and goes on."""
    window.type("echo one", "nsh> echo one")
    window.resize(20, 50)
    window.child.send(" two")
    window.at("nsh> echo one two")
    window.type(ENTER, "nsh> ")
    assert window.lines()[-2:] == ["one two", "nsh>"]


def test_a_full_screen_program_gives_the_screen_back(window: Window) -> None:
    """`less` comes and goes, and the prompt is where it was."""
    window.run("echo before")
    window.child.send("less /etc/passwd" + ENTER)
    window.wait(lambda: any(row.startswith("root:") for row in window.lines()))
    window.child.send("q")
    window.at("nsh> ")
    window.run("echo after")
    assert window.lines()[-2:] == ["after", "nsh>"]


def test_a_caret_stands_under_the_mistake(window: Window) -> None:
    """Right below the line, which is not repeated."""
    window.run("new utss demo")
    at = window.lines().index("nsh> new utss demo")
    assert window.lines()[at + 1] == "         ^^^^"


def test_a_killed_program_does_not_keep_the_mouse_or_the_keys(window: Window) -> None:
    """What it switched on is switched off, for it cannot do that any more."""
    window.child.send(r"sh -c 'printf \\033[?1000h\\033[?1h\\033[31m; kill -9 $$'" + ENTER)
    window.wait(lambda: window.cursor_row() == "nsh> " and "killed" in "".join(window.lines()))
    window.run("echo plain")
    assert window.screen.buffer[window.screen.cursor.y - 1][0].fg == "default"
    assert 1000 << 5 not in window.screen.mode


def test_the_toolbar_says_where_one_is_and_as_whom(open_window: Callable[..., Window]) -> None:
    """Below the line while it is typed, gone from what has been typed; in 40 columns it is cut by rank."""
    for columns in (40, 80):
        window = open_window(24, columns)
        window.run("set toolbar on")
        window.run("new user,uts box")
        window.run("enter box", "nsh[box]> ")
        window.run("false", "nsh[box]> ")
        below = window.screen.display[window.screen.cursor.y + 1]
        assert below.startswith(" box")
        assert "status 1" in below
        assert ("caps all" in below) == (columns == 80)
        assert sum("status" in row for row in window.lines()) == 1
        window.type("set toolbar off", "nsh[box]> set toolbar off")
        window.type(ENTER, "nsh[box]> ")
        assert not any("status" in row for row in window.lines())


def test_the_toolbar_stays_at_the_foot_of_a_full_screen(open_window: Callable[..., Window]) -> None:
    """The screen scrolls for it; the line and the menu keep their room."""
    window = open_window(12, 60)
    window.run("set toolbar on")
    window.child.send("seq 30" + ENTER)
    window.wait(lambda: window.screen.display[-2].startswith("nsh> ") and "status 0" in window.screen.display[-1])
    window.child.send("same " + TAB)
    window.wait(lambda: any("hostname and NIS domain name" in row for row in window.lines()))
    window.child.send(ESCAPE)
    window.wait(lambda: "nsh> same" in window.lines()[-2:])
    window.type("uts", "nsh> same uts")


@pytest.mark.parametrize(("theme", "ink", "paper"), [("dark", "magenta", "default"), ("talk", "white", "magenta")])
def test_a_type_has_the_colour_of_the_theme_at_the_prompt_and_in_tables(
    window: Window, theme: str, ink: str, paper: str
) -> None:
    """The same in both."""
    window.run(f"set theme {theme}")
    window.run("ls types")
    window.type("new uts", "nsh> new uts")
    for row in (window.screen.cursor.y, window.lines().index("nsh> new uts") - 7):
        line = window.screen.display[row]
        cell = window.screen.buffer[row][line.index("uts")]
        assert (cell.fg.removeprefix("bright"), cell.bg) == (ink, paper), line


def test_a_killed_editor_does_not_take_the_word_on_its_end_along(window: Window) -> None:
    """It had the alternate screen; the message stands on the screen that stays."""
    window.child.send(r"sh -c 'printf \033[?1049h\033[2Jgone; kill -9 $$'" + ENTER)
    window.wait(lambda: window.cursor_row() == "nsh> " and any("killed by SIGKILL" in row for row in window.lines()))
    log = window.log.decode(errors="replace")
    assert log.index("\x1b[?1047l") < log.index("killed by")


def test_a_place_that_ends_is_told_of_above_the_line_being_typed(window: Window) -> None:
    """The line goes on as it was; what does not change the prompt is told before the next one."""
    window.run("new user,pid,mnt box -q")
    window.run("ls procs box")
    window.run("enter box", "nsh[box]> ")
    window.type("echo half", "nsh[box]> echo half")
    pid = next(row.split()[0] for row in window.lines() if "(holder)" in row)
    subprocess.run(["kill", "-9", pid], check=True)
    window.wait(lambda: "you are back in nsh>" in "".join(window.lines()) and window.cursor_row() == "nsh> echo half")
    window.wait(lambda: not Path(f"/proc/{pid}").exists())  # an init ends when its last member has been waited for
    window.type(ENTER, "nsh> ")
    assert "half" in window.lines()
    assert any("box is gone" in row for row in window.lines())


def test_fg_shows_what_it_continues(window: Window) -> None:
    """As shells do."""
    window.run("sleep 3 &")
    window.run("fg")
    assert "sleep 3" in window.lines()


def test_names_that_take_two_columns_stand_where_they_should(window: Window) -> None:
    """In the prompt, in the menu, in a table, and with a caret below."""
    window.run("new user,uts 日本 -q")
    window.run("ls places")
    heading = window.lines()[-3]
    assert re.match(r"NAME {2,}PID  KEPT BY", heading)
    assert heading.index("KEPT") == window.lines()[-2].index("holder") + 2  # 日本 are two letters in four columns
    window.type("enter 日", "nsh> enter 日")
    window.type(TAB, "nsh> enter 日本 ")
    window.type(ENTER, "nsh[日本]> ")
    window.run("same uts 日本 x y", "nsh[日本]> ")
    assert "^" in "".join(window.lines())


def test_the_terminal_is_never_asked_where_its_cursor_is(window: Window) -> None:
    """Not for the toolbar, nor for the menu: where nothing answers, each line would wait for a second."""
    window.run("set toolbar on")
    window.child.send("same " + TAB)
    window.wait(lambda: any("hostname and NIS domain name" in row for row in window.lines()))
    assert b"\x1b[6n" not in window.log
