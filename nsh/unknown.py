# SPDX-License-Identifier: MIT
"""A first word that nothing goes by: what was meant."""

from __future__ import annotations

from nsh import nstypes
from nsh.spelling import did_you_mean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

_SHELL = "that is the shell's: bash -c '…'"
_INSTEAD = {
    "$": "the line was pasted with a prompt: leave the $ away",
    ".": "source FILE",
    "export": "env set NAME=VALUE",
    "unset": "env rm NAME",
    "logout": "quit",
    "sudo": "`can` says what you may; to be root, of your own: unshare user --map root",
    **dict.fromkeys(("case", "eval", "exec", "for", "function", "if", "read", "trap", "while", "{"), _SHELL),
}


def meant_command(name: str, known: Collection[str]) -> str | None:
    """The hint for a first word that is neither command nor place nor program."""
    if name in nstypes.BY_NAME:
        return f"a type of namespace: new {name}, unshare {name}, help {name}"
    if name.startswith("("):
        return f"there are no subshells: {_SHELL}"
    variable, equals, value = name.partition("=")
    if equals and variable.isidentifier():
        return f"let {variable} {value or 'VALUE'}, or for one program: env {variable}={value or 'VALUE'} CMD"
    return _INSTEAD.get(name) or did_you_mean(name, known)


def meant_filter(name: str, known: Collection[str], is_first: bool) -> str | None:
    """The hint for a word that can only be a program: behind `!` or `|`."""
    if name not in known:
        return None
    return f"without the '!' it is one of nsh: {name}" if is_first else "after '|' stand programs only"
