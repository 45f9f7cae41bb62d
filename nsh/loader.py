# SPDX-License-Identifier: MIT
"""Where command forms come from: nsh.commands, and the user's own files, each imported when first needed."""

from __future__ import annotations

import os

from nsh.commands import FIRST_WORDS
from nsh.errors import NshError
from nsh.registry import RegistryError


class Loader:
    """Imports the module behind a first word; `NAME.py` in `folder` is the user's command NAME."""

    __slots__ = ("_first_words", "_folder", "_loaded")

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._loaded: set[str] = set()
        self._first_words: tuple[str, ...] | None = None

    def first_words(self) -> tuple[str, ...]:
        """Every first word there is, without an import; the user's folder is read once."""
        if self._first_words is None:
            self._first_words = (*FIRST_WORDS, *(word for word in self._own_words() if word not in FIRST_WORDS))
        return self._first_words

    def _own_words(self) -> list[str]:
        try:
            names = sorted(os.listdir(self._folder))
        except OSError:  # most people have no such folder
            return []
        return [name[:-3] for name in names if name.endswith(".py") and name[:-3].isidentifier()]

    def load(self, first: str) -> None:
        """Import what declares this first word, if anything does. NshError where the user's file is wrong."""
        if first in self._loaded:
            return
        if first in FIRST_WORDS:
            __import__(f"nsh.commands.{FIRST_WORDS[first]}")
            self._loaded.add(first)
        elif first.isidentifier():
            self._load_own(f"{self._folder}/{first}.py")

    def _load_own(self, path: str) -> None:
        try:
            owner = os.stat(path).st_uid
        except OSError:  # the word is no command of the user's
            return
        if owner not in (0, os.geteuid()):
            raise NshError(f"{path}: belongs to another user, so nsh does not run it", f"chown {os.geteuid()} {path}")
        self._loaded.add(os.path.basename(path)[:-3])
        try:
            with open(path, "rb") as file:
                code = compile(file.read(), path, "exec")
            exec(code, {"__name__": f"nsh.own.{os.path.basename(path)[:-3]}", "__file__": path})
        except (RegistryError, SyntaxError, ImportError, NameError, OSError) as error:
            raise NshError(f"{path}: {error}") from error


def own_folder() -> str:
    """`$XDG_CONFIG_HOME/nsh/commands`."""
    config = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
    return f"{config}/nsh/commands"
