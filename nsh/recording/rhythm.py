# SPDX-License-Identifier: MIT
"""How long everything takes in a recording: as a person types and reads, never as the machine happened to run.

All is drawn from a seed, so the same page has the same rhythm.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

KEY = 0.055
"""Seconds from key to key, give or take half."""
_AFTER_A_WORD = 0.05
LONGEST_LINE = 4.0
"""Seconds in which any line is typed, however long."""
BEFORE_TYPING, BEFORE_ENTER, BEFORE_OUTPUT = 0.4, 0.35, 0.15
_PER_LINE = 0.18
LONGEST_PAUSE = 2.0
"""Players cut what is longer (`idle_time_limit`)."""
AT_THE_END = 2.0


class Rhythm:
    """The times of one step. What is typed gives their number, what the page says their lengths."""

    def __init__(self, seed: str, number: int) -> None:
        self._random = random.Random(f"{seed} {number}")

    def typing(self, text: str) -> Iterator[float]:
        """Seconds before each character."""
        times = [self._key(before) for before in f" {text}"[:-1]]
        pace = min(1.0, LONGEST_LINE / sum(times)) if times else 1.0
        yield from (_milliseconds(time * pace) for time in times)

    def _key(self, before: str) -> float:
        return KEY * (0.5 + self._random.random()) + (_AFTER_A_WORD * self._random.random() if before == " " else 0.0)


def reading(lines: int) -> float:
    """Seconds that somebody looks at an output."""
    return _milliseconds(min(LONGEST_PAUSE, BEFORE_TYPING + _PER_LINE * lines))


def _milliseconds(seconds: float) -> float:
    return round(seconds, 3)
