# SPDX-License-Identifier: MIT
"""The picture of the show: caption above, panes in the middle, one status line below; drawn by prompt_toolkit."""

from __future__ import annotations

from collections.abc import Iterable

from prompt_toolkit.application import get_app
from prompt_toolkit.data_structures import Point
from prompt_toolkit.filters import Condition
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.layout import (
    ConditionalContainer,
    Container,
    Dimension,
    DynamicContainer,
    Float,
    FloatContainer,
    FormattedTextControl,
    HSplit,
    Layout,
    UIContent,
    UIControl,
    VSplit,
    Window,
)
from prompt_toolkit.styles import Style

from nsh import palette
from nsh.printable import clip, columns
from nsh.repl import style
from nsh.stage.board import BLANK, Board
from nsh.stage.caption import caption
from nsh.stage.keyboard import HELP
from nsh.stage.orders import COLUMNS, COMFORTABLE, ONE
from nsh.stage.screen import Fragments, folded
from nsh.stage.statusline import status_line

SMALLEST = (40, 10)
"""Columns and rows below which there is nothing to see."""
_WAYS = "↑ ↓ Enter  Esc"
_HIGHEST_CAPTION = 9
_SHARE_OF_CAPTION = 4  # a quarter of the rows


class Pane(UIControl):
    """The screen of one session. It takes the place of a session that is not there yet, too."""

    def __init__(self, board: Board, name: str) -> None:
        self._board = board
        self._name = name

    def is_focusable(self) -> bool:
        """The cursor is in the active one."""
        return True

    def create_content(self, width: int, height: int) -> UIContent:
        """What fits of the screen."""
        live = self._board.sessions.get(self._name)
        if live is None or self._board.curtain or width < 1 or height < 1:
            return UIContent(get_line=lambda _: [], line_count=1, show_cursor=False)
        live.fit(height, width)
        view = folded(live.screen, width, height)
        return UIContent(
            get_line=lambda number: list(view.lines[number]),
            line_count=len(view.lines),
            cursor_position=Point(view.column, view.row),
            show_cursor=not live.screen.cursor.hidden,
        )


class Picture:
    """The layout of a board. `layout` goes into the application."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._heights: dict[tuple[int, int], int] = {}
        names = board.programme.sessions() or ["host"]
        self._windows = {name: Window(Pane(board, name), wrap_lines=False, always_hide_cursor=False) for name in names}
        self._labelled = {name: self._with_label(name) for name in names}
        body = HSplit([self._caption(), DynamicContainer(self._panes), self._status()])
        overlays = [Float(self._overlay(), top=1), Float(self._curtain())]
        whole = FloatContainer(body, overlays)
        self._empty = Window()
        self._too_small = Window(FormattedTextControl(self._size_text), wrap_lines=True)
        self._whole = whole
        self.layout = Layout(DynamicContainer(self._chosen), focused_element=self._windows[names[0]])

    def before_render(self) -> None:
        """The cursor is where the next step is typed."""
        window = self._windows.get(self._board.active)
        if window is not None and self._chosen() is self._whole:
            self.layout.current_window = window
        size = get_app().output.get_size()
        rows = size.rows - 2 - self._caption_height(size.columns)
        columns, wanted = size.columns, (len(self._windows) if self._is_side_by_side() else 1)
        small = columns // wanted < COMFORTABLE[0] or rows < COMFORTABLE[1]
        self._board.warning = (
            f"{columns // wanted}x{rows} free: {COMFORTABLE[0]}x{COMFORTABLE[1]} read better" if small else ""
        )

    def _chosen(self) -> Container:
        size = get_app().output.get_size()
        if size.columns < SMALLEST[0] or size.rows < SMALLEST[1]:
            return self._too_small
        return self._empty if self._board.state == BLANK else self._whole

    def _size_text(self) -> str:
        size = get_app().output.get_size()
        return f"too small: {size.columns}x{size.rows}, at least {SMALLEST[0]}x{SMALLEST[1]}"

    # Above.

    def _caption(self) -> Container:
        return Window(
            FormattedTextControl(self._caption_text),
            height=lambda: self._caption_height(get_app().output.get_size().columns),
            style="class:stage.caption",
            wrap_lines=False,
        )

    def _caption_lines(self, columns: int) -> list[Fragments]:
        rows = get_app().output.get_size().rows
        return caption(self._board.words, max(columns - 2, 1), _highest(rows))

    def _caption_height(self, columns: int) -> int:
        """The same for the whole page, so that the panes stay where they are."""
        size = (columns, get_app().output.get_size().rows)
        if size not in self._heights:
            programme = self._board.programme
            height = _highest(size[1])
            words = {programme.opening, *(cue.words for cue in programme.cues)}
            self._heights[size] = max(len(caption(each, max(columns - 2, 1), height)) for each in words)
        return self._heights[size]

    def _caption_text(self) -> StyleAndTextTuples:
        text: StyleAndTextTuples = []
        for line in self._caption_lines(get_app().output.get_size().columns):
            text += [("", " "), *line, ("", "\n")]
        return text

    # In the middle.

    def _is_side_by_side(self) -> bool:
        return self._board.layout(get_app().output.get_size().columns) == COLUMNS

    def _panes(self) -> Container:
        how = self._board.layout(get_app().output.get_size().columns)
        panes = list(self._labelled.values())
        if how == ONE:
            name = self._board.active if self._board.active in self._labelled else next(iter(self._labelled))
            return self._labelled[name]
        if how == COLUMNS:
            return VSplit(panes, padding=1, padding_char="│", padding_style="class:stage.rule")
        return HSplit(panes)

    def _with_label(self, name: str) -> Container:
        label = Window(FormattedTextControl(lambda: self._label(name)), height=1, style="class:stage.rule", char="─")
        # None wants more than another: the room is parted evenly, whatever the screens hold.
        return HSplit([label, self._windows[name]], width=Dimension(preferred=0), height=Dimension(preferred=0))

    def _label(self, name: str) -> StyleAndTextTuples:
        live = self._board.sessions.get(name)
        text: StyleAndTextTuples = []
        if len(self._windows) > 1:
            style = "class:stage.active" if name == self._board.active else "class:stage.label"
            text += [("class:stage.rule", "─"), (style, f" {name} ")]
        if live is not None and live.stamp:
            text += [("class:stage.rule", "─"), ("class:stage.amber", f" {live.stamp} ")]
        elif live is not None and not live.alive and not self._board.job.all_recorded:
            text += [("class:stage.rule", "─"), ("class:stage.amber", " ended ")]
        return text

    # Below and above all.

    def _status(self) -> Container:
        control = FormattedTextControl(self._status_text)
        return Window(control, height=1, style="class:stage.status", wrap_lines=False)

    def _status_text(self) -> StyleAndTextTuples:
        return [*status_line(self._board, get_app().output.get_size().columns)]

    def _curtain(self) -> Container:
        control = FormattedTextControl(self._curtain_text)
        return ConditionalContainer(
            Window(control, dont_extend_width=True, dont_extend_height=True),
            Condition(lambda: bool(self._board.curtain)),
        )

    def _curtain_text(self) -> str:
        board = self._board
        progress = f"   {board.progress[0]}/{board.progress[1]}" if board.progress else " …"
        return f"  {board.curtain}{progress}  "

    def _overlay(self) -> Container:
        control = FormattedTextControl(self._overlay_text)
        return ConditionalContainer(
            Window(control, style="class:stage.overlay", dont_extend_width=True, dont_extend_height=True),
            Condition(lambda: self._board.help or self._board.jump is not None),
        )

    def _overlay_text(self) -> StyleAndTextTuples:
        if self._board.jump is not None:
            return self._jump_text()
        size = get_app().output.get_size()
        width = min(size.columns - 4, 88)
        return _boxed(([("bold", f"{key:>10}"), ("", f"  {what}")] for key, what in HELP[: size.rows - 4]), width)

    def _jump_text(self) -> StyleAndTextTuples:
        jump = self._board.jump
        assert jump is not None
        size = get_app().output.get_size()
        room, width = max(size.rows - 6, 1), min(size.columns - 4, 88)
        shown = jump.shown()
        picked = min(jump.picked, len(shown) - 1)
        top = min(max(picked - room // 2, 0), max(len(shown) - room, 0))
        lines: list[Fragments] = [[("", "go to: "), ("bold", jump.filter), ("reverse", " "), ("", f"   {_WAYS}")]]
        for at, (text, number) in enumerate(shown[top : top + room], start=top):
            words = "reverse" if at == picked else "" if text.lstrip().startswith(str(number)) else "bold"
            lines.append([(words, text)])
        return _boxed(lines if shown else [*lines, [("", "no heading and no step has that in it")]], width)


def _highest(rows: int) -> int:
    """How many rows a caption may have in a window of that many."""
    return min(max(rows // _SHARE_OF_CAPTION, 2), _HIGHEST_CAPTION)


def _boxed(lines: Iterable[Fragments], width: int) -> StyleAndTextTuples:
    """Lines of one width, with air around them."""
    text: StyleAndTextTuples = [("", " " * (width + 2) + "\n")]
    for line in lines:
        left = width
        text.append(("", " "))
        for words, part in line:
            seen = clip(part, left) if left else ""
            text.append((words, seen))
            left -= columns(seen)
        text.append(("", " " * left + " \n"))
    return [*text, ("", " " * (width + 2))]


_RULES = {
    "talk": {
        "heading": "bold underline",
        "code": "bold",
        "active": "fg:ansiwhite bg:ansiblue bold",
        "label": "",
        "rule": "",
        "status": "reverse",
        "good": "noreverse fg:ansiblack bg:ansigreen",
        "amber": "noreverse fg:ansiblack bg:ansiyellow",
        "overlay": "reverse",
    }
}
_RULES["dark"] = {**_RULES["talk"], "code": "fg:ansicyan", "rule": "fg:ansibrightblack", "label": "fg:ansibrightblack"}
_RULES["light"] = {**_RULES["talk"], "code": "fg:ansiblue", "rule": "fg:ansibrightblack"}


def style_of(theme: str) -> Style:
    """The style sheet of the show."""
    palette.use(theme)
    return Style.from_dict({**style.rules(), **{f"stage.{name}": rule for name, rule in _RULES[theme].items()}})
