# SPDX-License-Identifier: MIT
"""Read a line, run it, say what happened: until the session ends.

The loop owns what must hold on every way out: the terminal's modes are put
back, and a signal that ends us unwinds so that the session can clean up.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from nsh.loader import config_folder
from nsh.outlets import terminal_width, writer
from nsh.repl.block import split_block
from nsh.repl.endings import Endings
from nsh.repl.marks import Marks, session_id
from nsh.results import Prose
from nsh.session.recorded import Recorded

if TYPE_CHECKING:
    from prompt_toolkit.input import Input
    from prompt_toolkit.output import Output

    from nsh.engine import Engine
    from nsh.repl.prompt import TerminalReader
    from nsh.session.session import Session

INTERRUPTED = 128 + signal.SIGINT


class Reader(Protocol):
    """Where lines come from."""

    def read(self) -> str:
        """The next text; EOFError at the end, KeyboardInterrupt when it was dropped."""

    def echo(self, line: str) -> None:
        """Show prompt and line, for a line that was not typed here."""

    def ran(self, seconds: float) -> None:
        """Learn how long the last line took."""


def run(
    engine: Engine,
    session: Session,
    *,
    configured: bool = False,
    input: Input | None = None,
    output: Output | None = None,
) -> int:
    """Run lines until `quit`, end of input or a signal; return the last status.

    `configured`: after what the user's configuration says.

    On a terminal that can draw, lines come from prompt_toolkit (which is only
    then imported); elsewhere from plain reads. `input` and `output` are
    prompt_toolkit's, for tests.
    """
    with _modes_kept(), Endings() as endings:
        if input is not None or _can_draw():
            marks = Marks(None if output is not None else writer(1), session_id(os.environ))
            make = _import_terminal_reader()
            reader: Reader = make(engine.registry, session, marks, engine.say, endings, input=input, output=output)
        else:
            from nsh.repl.plain import PlainReader

            marks = Marks(None)
            reader = PlainReader(session)
        if configured and os.path.isdir(config_folder()):
            from nsh.repl import startup

            startup.begin(engine, session)
        return Loop(engine, session, reader, marks).run()


class Loop:
    """Reader, engine and marks, and the order in which they act."""

    def __init__(self, engine: Engine, session: Session, reader: Reader, marks: Marks) -> None:
        self._engine = engine
        self._session = session
        self._reader = reader
        self._marks = marks
        self._recorded = session.recorded = Recorded()
        engine.told_to(self._recorded.hear)

    def run(self) -> int:
        """Until the session ends; the status it ends with."""
        while not self._engine.ended:
            try:
                self._say_news()
                text = self._reader.read()
                self._run_text(text)
            except KeyboardInterrupt:
                self._finish(INTERRUPTED)
            except EOFError:
                break
        return self._session.status

    def _run_text(self, text: str) -> None:
        lines = split_block(text)
        if len(lines) > 1:
            self._run_block(lines)
        else:
            self._run_line("".join(lines))

    def _say_news(self) -> None:
        for line in self._session.notices():
            self._engine.say(line)

    def _run_block(self, lines: list[str]) -> None:
        """Line by line, each under its own prompt; the first that fails is the last that runs."""
        for number, line in enumerate(lines, 1):
            self._reader.echo(line)
            status = self._run_line(line)
            left = len(lines) - number
            if status and left:
                self._engine.say(f"stopped: {left} more pasted {'line was' if left == 1 else 'lines were'} not run")
            if status or self._engine.ended:
                return

    def _run_line(self, line: str) -> int:
        self._marks.output_begins()
        start = time.monotonic()
        status = self._answer(line) if line else self._session.status
        self._reader.ran(time.monotonic() - start)
        self._finish(status)
        if "nsh.session.tour" in sys.modules and not self._engine.ended:
            self._go_on_with_tour()
        return status

    def _go_on_with_tour(self) -> None:
        """Say what the line has done for the tour, where there is one."""
        from nsh.session import tour

        running = tour.running(self._session)
        if running is None:
            return
        with self._session.interrupts:
            blocks = running.look()
        if blocks:
            self._engine.say(Prose(blocks, None).text(terminal_width(), False))
        if running.is_over:
            tour.stop()

    def _answer(self, line: str) -> int:
        if not line.startswith(" "):  # a blank before it keeps a line out of history
            self._session.history.append(line)
        self._recorded.begin(self._session.prompt(), line)
        # A command of nsh's own is no job: stopped in the middle, it would take nsh with it, and its terminal's modes.
        before = signal.signal(signal.SIGTSTP, signal.SIG_IGN)
        try:
            with self._session.interrupts:  # ^C is counted while a line runs, never thrown into the middle of it
                status = self._engine.run_line(line)
        except KeyboardInterrupt:
            status = INTERRUPTED
        finally:
            signal.signal(signal.SIGTSTP, before)
        self._recorded.end(status)
        return status

    def _finish(self, status: int) -> None:
        self._session.status = status
        self._marks.output_ends(status)


def _import_terminal_reader() -> type[TerminalReader]:
    """Import prompt_toolkit without a seventh of what that costs.

    asyncio looks for ssl, whose library takes its time to wake up, and does
    without where there is none. The garbage collector would look through all
    that is imported again and again, and modules are no garbage.
    """
    hidden = "ssl" not in sys.modules
    gc.disable()
    if hidden:
        sys.modules["ssl"] = None  # type: ignore[assignment]
    try:
        from nsh.repl.prompt import TerminalReader
    finally:
        if hidden:
            del sys.modules["ssl"]
        gc.freeze()
        gc.enable()
    return TerminalReader


def _can_draw() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("TERM", "").lower() not in ("dumb", "unknown")


@contextmanager
def _modes_kept() -> Iterator[None]:
    """Put the terminal's modes back, whatever ended us, also from the background."""
    try:
        saved = termios.tcgetattr(0)
    except termios.error:  # not a terminal
        yield
        return
    try:
        yield
    finally:
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTOU})
        try:
            termios.tcsetattr(0, termios.TCSADRAIN, saved)
        except termios.error:  # hung up: nobody is left to see its modes, or to read what Python still holds
            _write_to_nobody()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def _write_to_nobody() -> None:
    null = os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC)
    os.dup2(null, 1)
    os.dup2(null, 2)
    os.close(null)
