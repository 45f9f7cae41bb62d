# SPDX-License-Identifier: MIT
"""cd: the directory of the process you sit in."""

from __future__ import annotations

from nsh.errors import UsageError
from nsh.ops import Op
from nsh.registry import command
from nsh.results import Quiet, Result

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.session import Session


@command("cd [<path:path>]", man=("chdir(2)",), category="session")
def cd(session: Session, path: str | None = None) -> Result:
    """Change the directory of the process you sit in; home without a word, back with `-`.

    nsh> cd /tmp
    nsh> cd -
    """
    environment = session.seat.environment
    if path is None:
        path = environment.get("HOME", "/")
    if path == "-":
        if "OLDPWD" not in environment:
            raise UsageError("-: there is no directory before this one")
        path = environment["OLDPWD"]
    if "\0" in path:
        raise UsageError("a NUL byte cannot be in a path")
    before = session.seat.cwd
    session.do(Op("chdir", path))
    session.seat.cwd = session.facts().get("cwd", path)
    environment["OLDPWD"], environment["PWD"] = before, session.seat.cwd
    return Quiet()
