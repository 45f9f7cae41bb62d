# SPDX-License-Identifier: MIT
"""The loop between reader and engine, without a terminal."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from nsh.repl.endings import Endings
from nsh.repl.loop import Loop
from nsh.repl.marks import Marks, session_id
from tests.repl.fakes import FakeEngine, FakeReader, FakeSession

A, B, C = (f"\x1b]133;{mark};aid=feed\x07" for mark in "ABC")


def D(status: int) -> str:
    """The mark behind an output."""
    return f"\x1b]133;D;{status};aid=feed\x07"


class Desk:
    """A loop of fakes, and what it wrote."""

    def __init__(self, *texts: str | BaseException, answers: dict[str, int | BaseException] | None = None) -> None:
        self.session = FakeSession()
        self.engine = FakeEngine(answers)
        self.reader = FakeReader(*texts)
        self.written: list[str] = []
        self.loop = Loop(self.engine, self.session, self.reader, Marks(self.written.append, "feed"))  # type: ignore[arg-type]

    def run(self) -> int:
        """Until the texts are used up or the session ends."""
        return self.loop.run()


def test_lines_run_in_order_until_the_end_of_input() -> None:
    """Each text is a line for the engine; the last status is the answer."""
    desk = Desk("new uts a", "same uts a host", answers={"same uts a host": 1})
    assert desk.run() == 1
    assert desk.engine.lines == ["new uts a", "same uts a host"]


def test_the_session_ends_when_the_engine_says_so() -> None:
    """After `exit` nothing more is read."""
    desk = Desk("exit", "never")
    desk.run()
    assert desk.engine.lines == ["exit"]


def test_output_lies_between_the_marks_c_and_d() -> None:
    """D carries the status."""
    desk = Desk("bad", answers={"bad": 2})
    desk.run()
    assert desk.written == [C, D(2)]


def test_an_empty_line_does_nothing_and_keeps_the_status() -> None:
    """Enter alone repeats nothing; `$?` is still there to be read."""
    desk = Desk("bad", "", "   ", answers={"bad": 3})
    assert desk.run() == 3
    assert desk.engine.lines == ["bad"]
    assert desk.written == [C, D(3)] * 3


def test_ctrl_c_at_the_prompt_drops_the_line_and_keeps_the_session() -> None:
    """Status 130, and the next line is read; D without C says that nothing ran."""
    desk = Desk(KeyboardInterrupt(), "new uts a")
    desk.run()
    assert desk.engine.lines == ["new uts a"]
    assert desk.written == [D(130), C, D(0)]


def test_ctrl_c_in_a_command_ends_the_command_only() -> None:
    """Status 130, and the session goes on."""
    desk = Desk("slow", "after", answers={"slow": KeyboardInterrupt()})
    assert desk.run() == 0
    assert desk.engine.lines == ["slow", "after"]
    assert desk.written == [C, D(130), C, D(0)]


def test_a_block_runs_line_by_line() -> None:
    """Each line of a paste is shown under a prompt of its own, then run."""
    desk = Desk("new uts a\n\nnew uts b\n")
    desk.run()
    assert desk.reader.echoed == desk.engine.lines == ["new uts a", "new uts b"]
    assert desk.written == [C, D(0)] * 2


def test_a_block_stops_at_the_first_line_that_fails() -> None:
    """What was not run is counted; the next prompt is there."""
    desk = Desk("a\nbad\nb\nc", "after", answers={"bad": 1})
    desk.run()
    assert desk.engine.lines == ["a", "bad", "after"]
    assert desk.engine.said == ["stopped: 2 more pasted lines were not run"]


def test_a_block_whose_last_line_fails_has_nothing_left_to_count() -> None:
    """No remark when every line was run."""
    desk = Desk("a\nbad", answers={"bad": 1})
    desk.run()
    assert desk.engine.said == []


def test_ctrl_c_in_a_block_drops_the_rest() -> None:
    """An interrupted line counts as failed."""
    desk = Desk("slow\nafter", answers={"slow": KeyboardInterrupt()})
    desk.run()
    assert desk.engine.lines == ["slow"]
    assert desk.engine.said == ["stopped: 1 more pasted line was not run"]


def test_ctrl_c_in_a_command_that_must_not_be_cut_short_stops_the_block_behind_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The command is finished, and counts as interrupted; there is one mark for its end."""
    desk = Desk("new uts a\nnew uts b")

    def run_line(line: str) -> int:
        desk.engine.lines.append(line)
        desk.session.interrupts.count += 1
        return 0

    monkeypatch.setattr(desk.engine, "run_line", run_line)
    assert desk.run() == 130
    assert desk.engine.lines == ["new uts a"]
    assert desk.written == [C, D(130)]


def test_a_block_ends_with_the_session() -> None:
    """What follows `exit` in a paste is not run."""
    desk = Desk("exit\nafter")
    desk.run()
    assert desk.engine.lines == ["exit"]


def test_a_continued_line_is_one_line() -> None:
    """A backslash at its end joins it with the next; it is no block."""
    desk = Desk("new uts \\\na")
    desk.run()
    assert desk.engine.lines == ["new uts \\\na"]
    assert desk.reader.echoed == []


def test_news_is_said_before_the_next_prompt() -> None:
    """Each notice is a line of talk, once."""
    desk = Desk("a", "b")
    desk.session.news = ["init of box was killed"]
    desk.run()
    assert desk.engine.said == ["init of box was killed"]


def test_lines_are_remembered_but_for_those_that_begin_with_a_blank() -> None:
    """The session's history is what was typed, in order."""
    desk = Desk("a", " b", "", "a")
    desk.run()
    assert desk.session.history == ["a", "a"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_deadly_signal_unwinds_with_its_status(number: signal.Signals) -> None:
    """TERM and HUP become SystemExit(128+N), so that what was made is removed; the handlers are put back."""
    before = signal.getsignal(number)
    with pytest.raises(SystemExit) as ended, Endings():
        os.kill(os.getpid(), number)
    assert ended.value.code == 128 + number
    assert signal.getsignal(number) is before


def test_the_marks_carry_the_id_of_whoever_started_us() -> None:
    """A long hexadecimal NSH_AID is taken over; anything else could break the mark, so it is not."""
    assert session_id({"NSH_AID": "0123456789abcdef"}) == "0123456789abcdef"
    for given in ("", "abc", "0123456789abcdeg", "0123456789abcdef\x07"):
        made = session_id({"NSH_AID": given})
        assert made != given
        assert len(made) == 16


def test_without_a_terminal_there_are_no_marks(capfd: pytest.CaptureFixture[str]) -> None:
    """A loop without a way to write marks writes none, nowhere."""
    marks = Marks(None)
    for mark in (marks.prompt_begins, marks.input_begins, marks.output_begins, lambda: marks.output_ends(0)):
        mark()
    assert capfd.readouterr() == ("", "")


def test_the_prompt_imports_little_and_hides_nothing_afterwards() -> None:
    """No ssl, no pygments; whoever needs ssl later gets it, and garbage is collected again."""
    code = (
        "import gc, sys\n"
        "from nsh.repl.loop import _import_terminal_reader\n"
        "_import_terminal_reader()\n"
        "print([name for name in ('ssl', 'pygments', 'rich', 'pexpect', 'pyroute2') if name in sys.modules])\n"
        "import ssl\n"
        "print(gc.isenabled(), ssl.OPENSSL_VERSION != '')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\nTrue True\n"


def test_the_plain_prompt_imports_no_prompt_toolkit() -> None:
    """`nsh -i` on a pipe starts without it."""
    code = "import sys, nsh.repl.loop, nsh.repl.plain\nprint('prompt_toolkit' in sys.modules)\n"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
