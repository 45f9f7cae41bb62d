# SPDX-License-Identifier: MIT
"""The words behind `nsh play` and its like: read by argparse, and what is wrong with them is said in one line.

The exit status means the same in all of them:

    0  done
    1  tried, and it did not go as it should: a page says otherwise, a disk is full
    2  nothing was tried: wrong words, a file that is not there, cannot be read or is no such thing
    3  nsh itself, or its sandbox, broke
    4  the page is not for this machine or this user
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from typing import NoReturn

from nsh.errors import NshError, UsageError
from nsh.spelling import did_you_mean

STATUSES = """\
exit status: 0 done, 1 it did not go as it should, 2 nothing was tried (wrong words, no such file or page),
3 the sandbox or nsh broke, 4 the page is not for this machine or user
"""

_CHOICE = re.compile(r"argument (?P<name>[^:]+): invalid choice: (?P<value>.+?) \(choose from (?P<known>.+)\)$")
_NO_VALUE = re.compile(r"argument (?P<name>[^:]+): expected (?:at least )?one argument$")
_NO_NUMBER = re.compile(r"argument (?P<name>[^:]+): invalid (?:int|float) value: (?P<value>.+)$")
_WRONG = re.compile(r"argument (?P<name>[^:]+): (?P<why>.+)$")
_MISSING = "the following arguments are required: "
_TOO_MANY = "unrecognized arguments: "


class Broke(NshError):
    """What plays pages broke off, which is the fault of nsh or of its sandbox."""

    exit_status = 3


class NotForHere(NshError):
    """The page is not for this machine or this user: nothing was played."""

    exit_status = 4


class CommandLine(argparse.ArgumentParser):
    """A parser for `nsh WORD`, whose `usage` is its shortest use."""

    def __init__(self, word: str, usage: str, description: str, epilog: str = "") -> None:
        super().__init__(
            prog=f"nsh {word}",
            usage=usage,
            description=description,
            epilog=epilog,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        self._word = word
        self._names: list[str] = []

    def option(self, *names: str, **how: object) -> None:
        """Add an option, or a word that is wanted."""
        self._names += [name for name in names if name.startswith("-")]
        self.add_argument(*names, **how)  # type: ignore[arg-type]

    def read(self, words: Sequence[str]) -> argparse.Namespace:
        """What these words ask for. Raises UsageError."""
        self._check_names(words)
        return self.parse_args(words)

    def _check_names(self, words: Sequence[str]) -> None:
        """An option that is not known is told before what else is missing; with a blank in it it is a value."""
        known = [*self._names, "--help", "-h"]
        for word in words[: words.index("--") if "--" in words else None]:
            name = word.partition("=")[0] if word.startswith("--") else word[:2]
            if name.startswith("-") and name != "-" and " " not in word and name not in known:
                raise UsageError(f"{self._word}: no such option: {name}", did_you_mean(name, known) or self._help())

    def error(self, message: str) -> NoReturn:
        """What argparse found, in our words."""
        raise UsageError(f"{self._word}: {_said(message)}", f"{self.usage}; {self._help()} tells more")

    def _help(self) -> str:
        return f"{self.prog} --help"


def _said(message: str) -> str:
    if message.startswith(_MISSING):
        return f"{message.removeprefix(_MISSING)} is missing"
    if message.startswith(_TOO_MANY):
        return f"one word too many: {message.removeprefix(_TOO_MANY)}"
    if found := _CHOICE.match(message):
        value, known = (re.sub("['\"]", "", found[name]) for name in ("value", "known"))
        return f"{found['name']} {value}: is none of {known}"
    if found := _NO_VALUE.match(message):
        return f"{found['name']}: the word behind it is missing"
    if found := _NO_NUMBER.match(message):
        return f"{found['name']}: {found['value']} is no number"
    found = _WRONG.match(message)
    return f"{found['name']}: {found['why']}" if found else message
