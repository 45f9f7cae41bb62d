# SPDX-License-Identifier: MIT
"""The prompt on a terminal that can draw: one prompt_toolkit session, set up once."""

from __future__ import annotations

import os
from asyncio import ensure_future, get_running_loop
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from prompt_toolkit import PromptSession, print_formatted_text
from prompt_toolkit.application.current import get_app_session
from prompt_toolkit.application.run_in_terminal import run_in_terminal
from prompt_toolkit.auto_suggest import AutoSuggestFromHistory, DummyAutoSuggest
from prompt_toolkit.cursor_shapes import ModalCursorShapeConfig
from prompt_toolkit.enums import EditingMode
from prompt_toolkit.formatted_text import FormattedText, StyleAndTextTuples
from prompt_toolkit.output import ColorDepth

from nsh.errors import NshError
from nsh.printable import printable
from nsh.repl import keys, style, visible
from nsh.repl.colours import prompt_pieces
from nsh.repl.completer import NshCompleter
from nsh.repl.history import BoundedFileHistory, history_path
from nsh.repl.lexer import NshLexer
from nsh.session.terminal import SANE

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

    from prompt_toolkit.input import Input
    from prompt_toolkit.output import Output

    from nsh.registry import Registry
    from nsh.repl.endings import Endings
    from nsh.repl.marks import Marks
    from nsh.session.session import Session

KILLED = 128
"""A status above is that of a program killed by a signal."""

CONTINUATION = "...> "

MENU = 10
"""Rows that the menu may take: the types, and one for the line itself."""

_DEPTHS = {"never": ColorDepth.MONOCHROME, "always": ColorDepth.ANSI_COLORS_ONLY}

LEXERS_KEPT = 10
"""More than the eight lines whose colours prompt_toolkit remembers by the lexer's id()."""


def prompt_fragments(text: str, has_failed: bool = False) -> StyleAndTextTuples:
    """`nsh[box]>` in its colours, each type in its own, with the blank behind it; the `>` tells of a failure."""
    return [(f"class:nsh.{role}" if role else "", piece) for role, piece in prompt_pieces(text, has_failed)]


def _before_a_further_line(_width: int, _number: int, wrapped: int) -> str:
    """Nothing before what is only too long for one row."""
    return "" if wrapped else CONTINUATION


class TerminalReader:
    """Reads lines with completion, colours, history and suggestions.

    `say` prints a line of talk; it is used for news that cannot wait.
    """

    def __init__(
        self,
        registry: Registry,
        session: Session,
        marks: Marks,
        say: Callable[[str], None],
        endings: Endings,
        *,
        input: Input | None = None,
        output: Output | None = None,
    ) -> None:
        self._registry = registry
        self._session = session
        self._marks = marks
        self._say = say
        self._endings = endings
        self._ending: SystemExit | None = None
        self._loop: AbstractEventLoop | None = None
        self._rules = style.rules()
        self._style = style.style()
        self._seconds = 0.0
        self._lexers: deque[NshLexer] = deque(maxlen=LEXERS_KEPT)
        self._watched: list[int] = []
        self._unmarked = False
        if output is None:
            output = get_app_session().output
            # Where nothing answers the question for the cursor's place each line would wait for a second,
            # and nothing that we draw needs the answer.
            output.enable_cpr = False  # type: ignore[attr-defined]
            # The toolbar is drawn where the rows left below are known: there is one, or the screen scrolls.
            output.get_rows_below_cursor_position = lambda: 1  # type: ignore[method-assign]
        visible.spell_hidden()
        self._prompt = self._make_prompt(input, output)

    def _make_prompt(self, input: Input | None, output: Output) -> PromptSession[str]:
        prompt: PromptSession[str] = PromptSession(
            message=self._message,
            completer=NshCompleter(self._registry, self._session),
            style=self._style,
            include_default_pygments_style=False,
            history=BoundedFileHistory(
                history_path(dict(os.environ), os.geteuid()), warn=self._say, on_load=self._remember
            ),
            complete_while_typing=False,
            enable_history_search=True,
            search_ignore_case=True,
            enable_suspend=True,
            enable_open_in_editor=True,
            tempfile_suffix=".nsh",
            multiline=keys.line_goes_on,
            prompt_continuation=_before_a_further_line,
            key_bindings=keys.bindings(self._help),
            input=input,
            output=output,
        )
        prompt.app.ttimeoutlen = 0.05  # seconds; Escape need not wait for more
        prompt.app.after_render += self._after_render
        return prompt

    def read(self) -> str:
        """The text up to Enter: one line, or a pasted block of several.

        Raises KeyboardInterrupt on Ctrl-C, EOFError on Ctrl-D and when the
        terminal is gone, SystemExit on a signal that ends nsh.
        """
        self._apply_settings()
        self._lexers.append(NshLexer(self._registry, self._session))
        self._prompt.lexer = self._lexers[-1]
        self._prompt.app.erase_when_done = False
        self._unmarked = True
        self._begin_line()
        self._endings.tell = self._end
        try:
            return self._read()
        finally:
            self._endings.tell = None
            if self._ending is not None:
                raise self._ending

    def _read(self) -> str:
        default = ""
        while True:
            try:
                return self._prompt.prompt(default=default, pre_run=self._start)
            except InterruptedError:  # a signal in the middle of a terminal call; what was typed is kept
                default = self._prompt.default_buffer.text
            except OSError as error:  # the terminal has hung up
                raise EOFError from error
            finally:
                self._loop = None

    def _start(self) -> None:
        self._loop = get_running_loop()
        self._stop_if_ended()
        self._watch_events()

    def _end(self, ending: SystemExit) -> None:
        """Called by a signal, between any two steps of ours: remember it and let the event loop act."""
        self._ending = ending
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._stop_if_ended)

    def _stop_if_ended(self) -> None:
        if self._ending is not None and not self._prompt.app.is_done:
            self._prompt.app.exit(exception=self._ending)

    def echo(self, line: str) -> None:
        """Draw prompt and line as if the line had been typed: for each line of a pasted block."""
        self._begin_line()
        self._print(self._message(), end="")
        self._marks.input_begins()
        for number, pieces in enumerate(self._lexers[-1].lines(line)):
            self._print([("", CONTINUATION if number else ""), *pieces], end="\n")

    def _begin_line(self) -> None:
        self._to_left_edge()
        self._marks.prompt_begins()

    def _to_left_edge(self) -> None:
        """Begin a line, wherever a program left the cursor.

        A row of blanks ends in the next line unless it began at the left edge;
        then it ends in the same one, for terminals wrap only at the next letter.
        A program that was killed could not tidy up: that is done for it.
        """
        output = self._prompt.output
        if self._session.status > KILLED:
            output.write_raw(SANE)
        output.write_raw(" " * output.get_size().columns + "\r")
        output.flush()

    def _print(self, fragments: StyleAndTextTuples, end: str) -> None:
        print_formatted_text(
            FormattedText([(fragment[0], printable(fragment[1])) for fragment in fragments]),
            end=end,
            style=self._style,
            output=self._prompt.output,
            color_depth=self._prompt.color_depth,
            include_default_pygments_style=False,
        )

    def _message(self) -> StyleAndTextTuples:
        return prompt_fragments(self._session.prompt(), bool(self._session.status))

    def ran(self, seconds: float) -> None:
        """A line took so long."""
        self._seconds = seconds

    def _help(self, text: str) -> None:
        """The help of the command in an unfinished line."""
        from nsh.repl.hint import help_text  # with the first F1

        self._say(help_text(self._registry, text, self._prompt.output.get_size().columns))
        self._begin_line()

    def _apply_settings(self) -> None:
        settings = self._session.settings
        self._prompt.reserve_space_for_menu = min(MENU, self._prompt.output.get_size().rows // 2)
        vi = settings.get("edit") == "vi"
        self._apply_colours(settings)
        self._prompt.bottom_toolbar = self._toolbar() if settings.get("toolbar") == "on" else None
        self._prompt.editing_mode = EditingMode.VI if vi else EditingMode.EMACS
        self._prompt.cursor = ModalCursorShapeConfig() if vi else None
        self._prompt.auto_suggest = DummyAutoSuggest() if settings.get("suggest") == "off" else AutoSuggestFromHistory()

    def _toolbar(self) -> StyleAndTextTuples:
        from nsh.repl.toolbar import toolbar  # most do without

        return toolbar(self._session, self._seconds, self._prompt.output.get_size().columns)

    def _apply_colours(self, settings: dict[str, str]) -> None:
        if self._rules != (rules := style.rules()):
            self._rules, self._style = rules, style.style()
            self._prompt.style = self._style
        self._prompt.color_depth = _DEPTHS.get(settings.get("color", ""))

    def _remember(self, old: list[str]) -> None:
        self._session.history[:0] = old

    def _after_render(self, _: object) -> None:
        """Mark where the input begins, once: the cursor is there after the first drawing."""
        if self._unmarked:
            self._unmarked = False
            self._marks.input_begins()

    def _watch_events(self) -> None:
        """While the prompt waits, look at what the helpers and background programs say."""
        self._ignore_events()
        self._watched = list(self._session.event_filenos())
        for fd in self._watched:
            get_running_loop().add_reader(fd, self._handle_events)

    def _ignore_events(self) -> None:
        for fd in self._watched:
            get_running_loop().remove_reader(fd)
        self._watched = []

    def _handle_events(self) -> None:
        """What a program wrote, and why the prompt changes, is shown at once above the line; other news waits."""
        before = self._session.prompt()
        try:
            self._session.handle_events()
        except NshError as error:  # nothing can be run any more
            self._ignore_events()
            if not self._prompt.app.is_done:
                self._prompt.app.exit(exception=error)
            return
        if self._session.jobs.has_output() or self._session.prompt() != before:
            self._ignore_events()  # until it was shown it would be new again and again
            has_changed = self._session.prompt() != before
            shown = ensure_future(run_in_terminal(lambda: self._show(has_changed)))
            shown.add_done_callback(lambda _: self._watch_events())
        else:
            self._watch_events()

    def _show(self, news: bool) -> None:
        self._session.jobs.pass_output_on()
        self._to_left_edge()
        if news:
            for line in self._session.notices():
                self._say(line)
