# SPDX-License-Identifier: MIT
"""How a command comes to the prompt: with the speaker's keys, by itself as a person types, or at once."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from random import Random

from nsh.stage.keyboard import BACK, ENTER, INTERRUPT, NEXT, Key, Keyboard
from nsh.stage.orders import AUTO, MANUAL

_SPREAD = 0.2
"""A person does not type like a clock: each pause is up to so much longer or shorter."""
_ERASE = "\x7f"
TAKES_BACK = (BACK, INTERRUPT, "escape")
DROP_LINE = "\x05\x15"
"""The keys to the end of the line, and to erase all before it: ^E ^U."""


class Typist:
    """Types one command. `send` gets the keys, `tell` is told how many characters are left.

    The keys `takes_back` take back what is typed.
    """

    def __init__(
        self,
        keyboard: Keyboard,
        send: Callable[[str], None],
        tell: Callable[[int], None],
        takes_back: Sequence[str] = TAKES_BACK,
    ) -> None:
        self._keyboard = keyboard
        self._takes_back = takes_back
        self._send = send
        self._tell = tell
        self._random = Random(0)

    async def type(self, command: str, how: str, speed: int) -> bool:
        """Types it all; False if the speaker took it back."""
        keys = [_pasted(letter) for letter in command]
        if how == MANUAL:
            return await self._by_hand(keys, speed)
        if how == AUTO:
            return await self._by_itself(keys, 10.0 * speed)
        self._send("".join(keys))
        return True

    async def _by_hand(self, keys: list[str], speed: int) -> bool:
        """Each key types `speed` characters; the one that came here is the first."""
        at = self._typed(keys, 0, speed)
        while True:
            self._tell(len(keys) - at)
            key = await self._keyboard.next()
            if key.name in (*ENTER, NEXT):
                self._typed(keys, at, len(keys))
                return True
            if key.name in self._takes_back:
                self._send(DROP_LINE)
                return False
            if key.name == "c-h":
                self._send(_ERASE if at else "")
                at = max(at - 1, 0)
            elif counts(key):
                at = self._typed(keys, at, speed)

    def _typed(self, keys: list[str], at: int, count: int) -> int:
        self._send("".join(keys[at : at + count]))
        return min(at + count, len(keys))

    async def _by_itself(self, keys: list[str], a_second: float) -> bool:
        """At about that many characters a second; Enter or a next key types the rest at once. Was it not taken back?"""
        for at, key in enumerate(keys):
            self._send(key)
            self._tell(len(keys) - at - 1)
            pause = (1.0 + self._random.uniform(-_SPREAD, _SPREAD)) / a_second
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    pressed = await self._keyboard.one_of((*ENTER, NEXT, " ", *self._takes_back))
                    is_taken_back = pressed.name in self._takes_back
                    self._send(DROP_LINE if is_taken_back else "".join(keys[at + 1 :]))
                    return not is_taken_back
        return True


def counts(key: Key) -> bool:
    """Is this a key that types? Escape, ^C, arrows and the like are not."""
    return len(key.name) == 1 and key.name != INTERRUPT


def _pasted(letter: str) -> str:
    """A line's end is pasted, for Enter would run what is there."""
    return "\x1b[200~\n\x1b[201~" if letter == "\n" else letter
