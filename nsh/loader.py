# SPDX-License-Identifier: MIT
"""Where command forms come from: nsh.commands, and the user's own files, each imported when first needed."""

from __future__ import annotations

import os

from nsh.commands import FIRST_WORDS
from nsh.errors import NshError
from nsh.registry import RegistryError

_MISTAKES = (
    RegistryError,
    SyntaxError,
    ImportError,
    NameError,
    AttributeError,
    TypeError,
    ValueError,
    LookupError,
    ArithmeticError,
    AssertionError,
    OSError,
)
"""What a file of the user's can be stopped by."""

_FORM_HINT = "a command is written as those in nsh's folder commands/ are: commands/uts.py"


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
        if not os.path.exists(path):  # the word is no command of the user's
            return
        try:
            with open(path, "rb") as file:  # asked of the file that is read, whatever lies at the path meanwhile
                if not is_trusted(os.fstat(file.fileno()).st_uid):
                    hint = f"chown {os.geteuid()} {path}"
                    raise NshError(f"{path}: belongs to another user, so nsh does not run it", hint)
                self._loaded.add(os.path.basename(path)[:-3])
                code = compile(file.read(), path, "exec")
            exec(code, {"__name__": f"nsh.own.{os.path.basename(path)[:-3]}", "__file__": path})
        except _MISTAKES as error:
            raise NshError(f"{path}{_line_in(path, error)}: {error}", _FORM_HINT) from error


def _line_in(path: str, error: Exception) -> str:
    """`:12`, the line of the file that the mistake came from, as far as it is known."""
    number = getattr(error, "lineno", None) if isinstance(error, SyntaxError) else None
    trace = error.__traceback__
    while trace is not None and number is None:
        number = trace.tb_lineno if trace.tb_frame.f_code.co_filename == path else None
        trace = trace.tb_next
    return "" if number is None else f":{number}"


def is_trusted(owner: int) -> bool:
    """Whether a file of this user may decide what nsh does: root's, and our own.

    In a sandbox other users' ids are not mapped, root's included, and nothing
    can be done to the machine.
    """
    return owner in (0, os.geteuid()) or os.environ.get("NSH_SANDBOX") == "1"


def config_folder() -> str:
    """`$XDG_CONFIG_HOME/nsh`, by default `~/.config/nsh`: where all that is the user's own lies."""
    config = os.environ.get("XDG_CONFIG_HOME", "")
    if not config.startswith("/"):  # the specification: a relative one is to be ignored
        config = os.path.expanduser("~/.config")
    return f"{config}/nsh"


def own_folder() -> str:
    """The folder for the user's own commands."""
    return f"{config_folder()}/commands"
