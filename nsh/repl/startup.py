# SPDX-License-Identifier: MIT
"""What the user wants of every prompt: `config.toml` and `nshrc` in `$XDG_CONFIG_HOME/nsh`.

Only the prompt reads them, so that a script means the same for everybody.
Whatever is wrong in the one is said with its line, and the rest holds; the
other is a script like any other, whose failures do not end it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from nsh import aliases, palette
from nsh.errors import NshError
from nsh.loader import config_folder, is_trusted
from nsh.settings import SETTINGS, change
from nsh.spelling import did_you_mean

if TYPE_CHECKING:
    from nsh.engine import Engine
    from nsh.registry import Registry
    from nsh.session.session import Session

    Take = Callable[[str, str], None]

_LARGEST = 1 << 20


def begin(engine: Engine, session: Session) -> None:
    """Read both files, where they are; say what is wrong with them."""
    folder = config_folder()
    for complaint in configure(f"{folder}/config.toml", session, engine.registry):
        engine.say(complaint)
    path = f"{folder}/nshrc"
    try:
        text = _read(path)
    except NshError as error:
        engine.say(error.message)
        return
    with session.interrupts:
        engine.run_script(text, path, keep_going=True)


def configure(path: str, session: Session, registry: Registry) -> list[str]:
    """Take over what the file says; a line for each mistake in it: `FILE:LINE: what`."""
    try:
        text = _read(path)
    except NshError as error:
        return [error.message]
    return _Config(path, text, session, registry).complaints if text.strip() else []


def _read(path: str) -> str:
    """The text of a file that only root and the user can have written; '' where there is none. NshError says more."""
    try:
        with open(path, "rb") as file:
            owner = os.fstat(file.fileno()).st_uid
            text = file.read(_LARGEST).decode("utf-8")
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise NshError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise NshError(f"{path}: is no UTF-8 text (byte {error.start})") from error
    if not is_trusted(owner):
        raise NshError(f"{path}: belongs to another user, so nsh does not read it")
    return text


class _Config:
    """One configuration file, and what is wrong with it."""

    def __init__(self, path: str, text: str, session: Session, registry: Registry) -> None:
        self.complaints: list[str] = []
        self._path = path
        self._text = text
        self._session = session
        self._registry = registry
        tables: dict[str, Take] = {
            "settings": self._setting,
            "aliases": lambda name, value: aliases.define(registry, name, value, session.places),
            "abbreviations": lambda name, value: aliases.define(
                registry, name, value, session.places, is_abbreviation=True
            ),
            "colors": self._colour,
        }
        for table, values in self._parsed().items():
            if table not in tables:
                self._complain(_line_of(text, table), f"no such table: [{table}]", table, tables)
            elif not isinstance(values, dict):
                self._complain(_line_of(text, table), f"{table} is a table: [{table}]")
            else:
                self._take_all(table, values, tables[table])

    def _parsed(self) -> dict[str, object]:
        import tomllib  # only where there is such a file

        try:
            return tomllib.loads(self._text)
        except tomllib.TOMLDecodeError as error:
            message, _, where = str(error).partition(" (at ")
            number = "".join(char for char in where.partition(",")[0] if char.isdigit())
            self._complain(int(number or self._text.count("\n") + 1), message)
            return {}

    def _take_all(self, table: str, values: dict[str, object], take: Take) -> None:
        for name, value in values.items():
            number = _line_of(self._text, table, name)
            if isinstance(value, bool):
                value = "on" if value else "off"
            if not isinstance(value, str):
                self._complain(number, f"{name}: a text in quotes is wanted")
                continue
            try:
                take(name, value)
            except NshError as error:
                shown = error.message + (f"; {error.hint}" if error.hint else "")
                self._complain(number, shown)

    def _setting(self, name: str, value: str) -> None:
        if name not in SETTINGS:
            raise NshError(f"no such setting: {name}", _meant(name, SETTINGS))
        change(self._session.settings, name, value)

    def _colour(self, name: str, value: str) -> None:
        if name not in palette.ROLES:
            raise NshError(f"nothing has a colour of the name {name}", _meant(name, palette.ROLES))
        if wrong := palette.problem(value):
            raise NshError(f"{name}: {wrong}", "for example: green, or brightblue bold, or black on cyan")
        palette.recolour({name: value})

    def _complain(self, number: int, message: str, word: str = "", known: Collection[str] = ()) -> None:
        hint = f"; {_meant(word, known)}" if word else ""
        self.complaints.append(f"{self._path}:{number}: {message}{hint}")


def _meant(word: str, known: Collection[str]) -> str:
    return did_you_mean(word, known) or f"one of: {', '.join(known)}"


def _line_of(text: str, table: str, key: str | None = None) -> int:
    """The number of the line where a table begins, or a key of it stands."""
    at, found = "", 1
    for number, line in enumerate(text.split("\n"), 1):
        line = line.strip()
        if line.startswith("["):
            at = line.strip("[] \t").partition("#")[0].strip("[] \t\"'")
            found = number if at == table else found
        name, equals, _ = line.partition("=")
        spelled = name.strip().replace('"', "").replace("'", "")
        if equals and (
            spelled == f"{table}.{key}" or (at == table and spelled == key) or (not at and spelled == table)
        ):
            return number
    return found
