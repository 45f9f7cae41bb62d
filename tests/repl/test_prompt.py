# SPDX-License-Identifier: MIT
"""The prompt with keys from a pipe and no screen: what a key does to the line."""

from __future__ import annotations

import importlib
import os
import signal
from collections.abc import Callable, Iterator

import pytest
from prompt_toolkit.application.current import create_app_session
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output import ColorDepth, DummyOutput

from nsh import palette
from nsh.aliases import ABBREVIATIONS
from nsh.errors import HelperLost
from nsh.repl.endings import Endings
from nsh.repl.marks import Marks
from nsh.repl.prompt import TerminalReader, prompt_fragments
from nsh.settings import change
from tests.repl.fakes import FakeSession
from tests.repl.vocabulary import VOCABULARY

ENTER, TAB, ESCAPE, UP = "\r", "\t", "\x1b", "\x1b[A"
F1 = "\x1bOP"
CTRL_C, CTRL_D, CTRL_R, CTRL_U = "\x03", "\x04", "\x12", "\x15"


def paste(text: str) -> str:
    """As a terminal sends what is pasted."""
    return f"\x1b[200~{text}\x1b[201~"


class Keyboard:
    """A prompt, and keys for it."""

    def __init__(self, pipe: PipeInput) -> None:
        self.pipe = pipe
        self.session = FakeSession()
        self.said: list[str] = []
        self.marks: list[str] = []
        self.endings = Endings()
        self.reader = TerminalReader(
            VOCABULARY,
            self.session,  # type: ignore[arg-type]
            Marks(self.marks.append),
            self.said.append,
            self.endings,
            input=pipe,
            output=DummyOutput(),
        )

    def type(self, *keys: str) -> str:
        """The text that these keys end in."""
        self.pipe.send_text("".join(keys))
        return self.reader.read()


@pytest.fixture
def keyboard(monkeypatch: pytest.MonkeyPatch) -> Iterator[Keyboard]:
    """A prompt without a history file."""
    monkeypatch.setenv("NSH_HISTFILE", "/dev/null")
    with create_pipe_input() as pipe, create_app_session(input=pipe, output=DummyOutput()):
        yield Keyboard(pipe)


def test_enter_ends_a_line(keyboard: Keyboard) -> None:
    """What was typed, without its end."""
    assert keyboard.type("new uts demo", ENTER) == "new uts demo"


def test_ctrl_c_drops_the_line(keyboard: Keyboard) -> None:
    """And the next one begins empty."""
    with pytest.raises(KeyboardInterrupt):
        keyboard.type("new uts", CTRL_C)
    assert keyboard.type("ls", ENTER) == "ls"


def test_ctrl_d_on_an_empty_line_is_exit(keyboard: Keyboard) -> None:
    """It leaves the place, or nsh at host: the word for both."""
    assert keyboard.type(CTRL_D) == "exit"


def test_ctrl_d_in_a_line_deletes_a_letter(keyboard: Keyboard) -> None:
    """And at its end does nothing."""
    assert keyboard.type("xls", "\x01", CTRL_D, ENTER) == "ls"
    assert keyboard.type("ls", CTRL_D, ENTER) == "ls"


def test_a_terminal_that_is_gone_is_the_end(keyboard: Keyboard) -> None:
    """Not a Ctrl-D, of which there would be no end."""
    keyboard.pipe.close()
    with pytest.raises(EOFError):
        keyboard.reader.read()


def test_tab_completes_what_is_sure(keyboard: Keyboard) -> None:
    """A word that only one thing begins with, with a blank; of several what they share."""
    assert keyboard.type("ne", TAB, "uts", ENTER) == "new uts"
    assert keyboard.type("enter w", TAB, ENTER) == "enter web"


def test_a_name_is_completed_from_its_middle(keyboard: Keyboard) -> None:
    """What was typed is replaced by the name."""
    assert keyboard.type("enter db", TAB, ENTER) == "enter webdb "


def test_enter_on_a_chosen_completion_runs_nothing(keyboard: Keyboard) -> None:
    """The first Enter takes the word, the second ends the line."""
    assert keyboard.type("enter ", TAB, TAB, ENTER, " # here", ENTER) == "enter web # here"


def test_escape_closes_the_menu(keyboard: Keyboard) -> None:
    """The line is as it was before Tab."""
    assert keyboard.type("enter ", TAB, TAB, ESCAPE, "\x05", "b", ENTER) == "enter b"


def test_a_pasted_block_waits_for_enter(keyboard: Keyboard) -> None:
    """It comes back as one text."""
    assert keyboard.type(paste("new uts a\nnew uts b\n"), ENTER) == "new uts a\nnew uts b\n"


def test_an_unfinished_line_goes_on(keyboard: Keyboard) -> None:
    """Enter after a backslash or `&&` begins the next line."""
    assert keyboard.type("new \\", ENTER, "uts &&", ENTER, "ls", ENTER) == "new \\\nuts &&\nls"


def test_an_open_quote_is_for_the_engine_to_refuse(keyboard: Keyboard) -> None:
    """Enter ends the line."""
    assert keyboard.type("echo 'open", ENTER) == "echo 'open"


def test_lines_come_back_from_history(keyboard: Keyboard) -> None:
    """Up finds those that begin as what is typed; Ctrl-R those that contain it."""
    for line in ("new uts a", "ls ns"):
        keyboard.type(line, ENTER)
    assert keyboard.type(UP, ENTER) == "ls ns"
    assert keyboard.type("ne", UP, ENTER) == "new uts a"
    assert keyboard.type(CTRL_R, "TS A", ENTER, ENTER) == "new uts a"


def test_an_abbreviation_is_written_out_by_a_blank_and_by_enter(keyboard: Keyboard) -> None:
    """In both editing modes; where it is no command it stays."""
    ABBREVIATIONS["nn"] = "new net"
    try:
        assert keyboard.type("nn a", ENTER) == "new net a"
        assert keyboard.type("ls; nn", ENTER) == "ls; new net"
        assert keyboard.type("echo nn x", ENTER) == "echo nn x"
        keyboard.session.settings["edit"] = "vi"
        assert keyboard.type("nn a", ENTER) == "new net a"
        assert keyboard.type("nn", "\x1b0x", ENTER) == "n"
    finally:
        ABBREVIATIONS.clear()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("ls; new uts ", "new TYPES [NAME]"),
        ("ls", "ls ns [--type KIND]"),
        ("", "F1 behind one"),
        ("zzz ", "no help on"),
    ],
)
def test_f1_shows_help_above_the_line(keyboard: Keyboard, typed: str, said: str) -> None:
    """Of the command being typed; the line goes on as it was."""
    importlib.import_module("nsh.commands.new")
    importlib.import_module("nsh.commands.ls")
    assert keyboard.type(typed, F1, "x", ENTER) == f"{typed}x"
    assert said in keyboard.said[0] or "ls types" in keyboard.said[0]


def test_settings_and_theme_hold_from_the_next_line_on(keyboard: Keyboard) -> None:
    """Colours of a theme, none at all, and a toolbar."""
    prompt = keyboard.reader._prompt
    change(keyboard.session.settings, "theme", "talk")
    try:
        keyboard.type("ls", ENTER)
        assert prompt.style is not None
        assert prompt.style.get_attrs_for_style_str("class:nsh.uts").bgcolor == "ansimagenta"
        assert prompt.color_depth is None
        keyboard.session.settings["color"] = "never"
        keyboard.type("ls", ENTER)
        assert prompt.color_depth is ColorDepth.MONOCHROME
    finally:
        palette.use("dark")


def test_the_prompt_tells_types_and_failures_by_colour() -> None:
    """Each type in its own; the end of the prompt is another one after a failure."""
    fragments = prompt_fragments("nsh[uts:web,net]>", has_failed=True)
    assert ("class:nsh.uts", "uts:web") in fragments
    assert ("class:nsh.net", "net") in fragments
    assert ("class:nsh.failed", ">") in fragments
    assert ("class:nsh.place", "box") in prompt_fragments("nsh[box]>")


def test_vi_keys_can_be_set(keyboard: Keyboard) -> None:
    """`set edit vi` holds from the next line on, and `set edit emacs` undoes it."""
    keyboard.session.settings["edit"] = "vi"
    assert keyboard.type("ls zz", ESCAPE, "0", "dw", "x", "iy", ENTER) == "yz"
    keyboard.session.settings["edit"] = "emacs"
    assert keyboard.type("zz", CTRL_U, "ls", ENTER) == "ls"


def test_old_lines_go_into_the_sessions_history(
    keyboard: Keyboard, tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the file holds stands before what is typed now."""
    monkeypatch.setenv("NSH_HISTFILE", f"{tmp_path}/history")
    with open(f"{tmp_path}/history", "w") as file:
        file.write("\n+old one\n\n+old two\n")
    again = Keyboard(keyboard.pipe)
    again.session.history.append("new one")
    assert again.type(UP, UP, ENTER) == "old one"
    assert again.session.history == ["old one", "old two", "new one"]


def test_each_prompt_is_marked_before_and_behind_once(keyboard: Keyboard) -> None:
    """However often it is drawn."""
    keyboard.type("new", ENTER)
    keyboard.type("ls", ENTER)
    assert [mark[6] for mark in keyboard.marks] == ["A", "B", "A", "B"]


class Event:
    """Something that happens while the prompt waits."""

    def __init__(self, keyboard: Keyboard, happen: Callable[[], None]) -> None:
        self.ready, self.go = os.pipe()
        self.happen = happen
        keyboard.session.watched = [self.ready]
        keyboard.session.on_event = self.arrive
        os.write(self.go, b"x")

    def arrive(self) -> None:
        """The session takes it in."""
        os.read(self.ready, 1)
        self.happen()

    def close(self) -> None:
        """Let go of the pipe."""
        os.close(self.ready)
        os.close(self.go)


Happens = Callable[[Callable[[], None]], None]


@pytest.fixture
def meanwhile(keyboard: Keyboard) -> Iterator[Happens]:
    """Makes something happen while the prompt waits; it must type the rest of the line."""
    events: list[Event] = []
    yield lambda happen: events.append(Event(keyboard, happen))
    for event in events:
        event.close()


def test_news_that_changes_the_prompt_is_said_at_once(keyboard: Keyboard, meanwhile: Happens) -> None:
    """The place where we sat is gone: the prompt says so, and why, over the line being typed."""

    def happen() -> None:
        keyboard.session.shown = "nsh>"
        keyboard.session.news = ["init of box was killed"]
        keyboard.pipe.send_text(" ns" + ENTER)

    keyboard.session.shown = "nsh[box]>"
    keyboard.pipe.send_text("ls")
    meanwhile(happen)
    assert keyboard.reader.read() == "ls ns"
    assert keyboard.said == ["init of box was killed"]


def test_other_news_waits_for_the_next_prompt(keyboard: Keyboard, meanwhile: Happens) -> None:
    """Nothing is printed into a line being typed."""

    def happen() -> None:
        keyboard.session.news = ["[1] done  sleep 1"]
        keyboard.pipe.send_text(ENTER)

    meanwhile(happen)
    keyboard.reader.read()
    assert keyboard.said == []


def test_what_background_programs_write_is_passed_on_at_once(keyboard: Keyboard, meanwhile: Happens) -> None:
    """Once, and not what else is new."""

    def happen() -> None:
        keyboard.session.jobs.output = "ping\n"
        keyboard.session.news = ["[1] done  ping"]
        keyboard.pipe.send_text("ls" + ENTER)

    meanwhile(happen)
    assert keyboard.reader.read() == "ls"
    assert keyboard.session.jobs.shown == ["ping\n"]
    assert keyboard.said == []


def test_the_end_of_all_ends_the_prompt(keyboard: Keyboard, meanwhile: Happens) -> None:
    """Without the helper of host nothing can be run: the prompt does not wait for a line."""

    def happen() -> None:
        raise HelperLost("the helper of host is gone")

    meanwhile(happen)
    with pytest.raises(HelperLost):
        keyboard.reader.read()


def test_a_deadly_signal_ends_the_prompt_in_its_own_order(keyboard: Keyboard, meanwhile: Happens) -> None:
    """An exception out of nowhere could leave asyncio waiting for ever; so it is the event loop that ends."""
    meanwhile(lambda: os.kill(os.getpid(), signal.SIGTERM))
    with keyboard.endings, pytest.raises(SystemExit) as ended:
        keyboard.reader.read()
    assert ended.value.code == 128 + signal.SIGTERM


def test_a_deadly_signal_while_something_is_shown(
    keyboard: Keyboard, meanwhile: Happens, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is being shown is shown to its end."""
    shown: list[str] = []

    def show(line: str) -> None:
        os.kill(os.getpid(), signal.SIGHUP)
        shown.append(line)

    def happen() -> None:
        keyboard.session.shown = "nsh>"
        keyboard.session.news = ["init of box was killed"]

    monkeypatch.setattr(keyboard.reader, "_say", show)
    keyboard.session.shown = "nsh[box]>"
    meanwhile(happen)
    with keyboard.endings, pytest.raises(SystemExit) as ended:
        keyboard.reader.read()
    assert ended.value.code == 128 + signal.SIGHUP
    assert shown == ["init of box was killed"]


def test_a_deadly_signal_before_the_first_drawing_is_not_lost(
    keyboard: Keyboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ends the prompt as soon as there is one."""
    monkeypatch.setattr("nsh.repl.prompt.get_running_loop", lambda: os.kill(os.getpid(), signal.SIGTERM))
    with keyboard.endings, pytest.raises(SystemExit):
        keyboard.reader.read()


@pytest.mark.parametrize("text", ["nsh>", "nsh[box]>", "nsh[uts:web,net]>", "nsh[pid:next]>"])
def test_the_prompt_is_the_sessions_with_a_blank(text: str) -> None:
    """Its colours add nothing to it."""
    assert "".join(piece for _, piece, *_ in prompt_fragments(text)) == text + " "
