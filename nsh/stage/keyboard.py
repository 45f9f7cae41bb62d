# SPDX-License-Identifier: MIT
"""Where keys go: to the show while it waits for the speaker, to the session while something runs there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from typing import NamedTuple


class Key(NamedTuple):
    """`name` as prompt_toolkit calls it (`a`, `pagedown`, `c-m`), `data` what the terminal sent."""

    name: str
    data: str


ENTER = ("c-m", "c-j")
TAB, BACK_TAB, INTERRUPT = "c-i", "s-tab", "c-c"
NEXT, BACK = "pagedown", "pageup"

Taker = Callable[[Key], bool]
"""Takes a key, or says that the show is to have it."""


class Keyboard:
    """A queue of keys for the show, before which a session may take them all."""

    def __init__(self) -> None:
        self._waiting: asyncio.Queue[Key] = asyncio.Queue()
        self._taker: Taker | None = None

    def press(self, key: Key) -> None:
        """A key was pressed."""
        if self._taker is None or not self._taker(key):
            self._waiting.put_nowait(key)

    def give_to(self, taker: Taker | None) -> None:
        """Who gets the keys from now on; those of before are forgotten, but for ^C, which was meant for what runs."""
        is_interrupted = any(key.name == INTERRUPT for key in self.forget())
        self._taker = taker
        if is_interrupted and taker is not None:
            taker(Key(INTERRUPT, "\x03"))

    def forget(self) -> list[Key]:
        """What was pressed too early counts for nothing; it is given back."""
        return [self._waiting.get_nowait() for _ in range(self._waiting.qsize())]

    def again(self, key: Key) -> None:
        """This key is to be read once more."""
        self._waiting.put_nowait(key)

    async def next(self) -> Key:
        """The next key for the show."""
        return await self._waiting.get()

    async def one_of(self, names: Collection[str]) -> Key:
        """The next key of these; others are passed over."""
        while (key := await self.next()).name not in names:
            pass
        return key


HELP: tuple[tuple[str, str], ...] = (
    ("Space", "next: begin to type; in auto, instant: run"),
    ("any key", "type on; Enter: all, and run; Esc: undo"),
    ("PageDown", "type and run at once (a remote's next)"),
    ("PageUp, u", "back by one step, in a fresh sandbox"),
    ("r", "the last step again"),
    ("e", "edit the command at the prompt, then run it"),
    ("s", "skip the step"),
    ("f", "play the recording of the step, marked so"),
    ("g", "go to a heading or a step"),
    ("Tab", "a prompt of your own; Tab, Shift-Tab: back"),
    ("t", "typing: manual, auto, instant"),
    ("+ -", "faster, slower"),
    ("p", "panes: one, side by side, stacked"),
    ("b", "blank the screen"),
    ("^Z", "stop; fg goes on"),
    ("q", "quit, through the page's teardown"),
    ("?", "these keys; any key closes the list"),
)
"""Each key with what it does. While a command runs every key is its own, ^C too."""
