# SPDX-License-Identifier: MIT
"""The status line: which step, how the last one went, how late it is, and what can be pressed; never a diff."""

from __future__ import annotations

from nsh.printable import clip, columns
from nsh.stage.board import FREE, OVER, REPLAYING, RUNNING, TYPING, WAITING, Board
from nsh.stage.orders import AMBER, AUTO, GOOD, MANUAL, RECORDED, SKIPPED
from nsh.stage.screen import Fragments

_MARKS = {
    GOOD: ("class:stage.good", " ✓ "),
    AMBER: ("class:stage.amber", " ! "),
    SKIPPED: ("", " – "),
    RECORDED: ("class:stage.amber", " ▶ "),
}
_HINTS = {
    WAITING: "Space next  ? keys",
    TYPING: "Enter types the rest  Esc takes it back",
    RUNNING: "running: keys go to it  ^C ends it",
    FREE: "your prompt:  Tab on an empty line goes back",
    REPLAYING: "",
    OVER: "the end:  q quit  u back  g go to",
}


def status_line(board: Board, width: int) -> Fragments:
    """What fits into the window; what is said comes before what is only good to know."""
    count = board.programme.count
    left: Fragments = [("bold", f" {count} steps " if board.opening else f" {min(board.at, count)}/{count} ")]
    left += [_MARKS[board.last_mark]] if board.last_mark else []
    right: Fragments = [*_clock(board), ("", f"  {_typing(board)} ")]
    said = _said(board)
    room = width - _width(left) - 2
    heading = board.words.heading
    if _width(right) + columns(said) + 2 > room:
        right = _clock(board)
    if _width(right) + columns(said) + 2 > room:
        right = []
    middle: Fragments = [("bold" if board.said else "", clip(said, max(room - _width(right), 1)))]
    space = room - _width(right) - _width(middle)
    if heading and space > 12 and not board.opening:
        middle = [("", clip(heading, min(space - 4, 40)) + "   "), *middle]
    gap = width - _width(left) - _width(middle) - _width(right) - 1
    return [*left, ("", " "), *middle, ("", " " * max(gap, 0)), *right]


def _said(board: Board) -> str:
    live = board.sessions.get(board.active)
    if board.said or board.curtain:
        return board.said or ("^C ends a step that hangs" if board.progress else "")
    if live is not None and not live.alive and not board.job.all_recorded and board.state in (WAITING, FREE):
        return "nsh has ended here:  r another one  u g fresh sandbox"
    if board.opening:
        return f"Space begins  ? keys{'    ' + board.warning if board.warning else ''}"
    if board.job.all_recorded and board.state == WAITING:
        return f"all is recorded: {board.job.all_recorded}"
    return _HINTS.get(board.state, "")


def _clock(board: Board) -> Fragments:
    limit = board.programme.document.head.time
    text = _minutes(board.elapsed) + (f" / {_minutes(limit)}" if limit is not None else "")
    return [("class:stage.amber" if board.is_over_time else "", f" {text} ")]


def _minutes(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


def _typing(board: Board) -> str:
    speed = board.carried.speed
    if board.carried.typing == MANUAL:
        return f"manual ×{speed}"
    return f"auto {10 * speed}/s" if board.carried.typing == AUTO else board.carried.typing


def _width(fragments: Fragments) -> int:
    return sum(columns(text) for _, text in fragments)
