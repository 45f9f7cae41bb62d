# SPDX-License-Identifier: MIT
"""env: the environment that programs get where you sit."""

from __future__ import annotations

from nsh.errors import UsageError
from nsh.registry import command
from nsh.results import Lines, Quiet, Result

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.session import Session


@command("env ls", man=("environ(7)",), category="session", shares_program=True)
def env_ls(session: Session) -> Result:
    """Show the environment that programs get here, as the program env(1) does.

    nsh> env ls
    """
    environment = session.seat.environment
    return Lines([f"{name}={value}" for name, value in environment.items()], dict(environment))


@command("env set <assignments:text>...", man=("environ(7)",), category="session", shares_program=True)
def env_set(session: Session, assignments: list[str]) -> Result:
    """Set variables of the environment that programs get here.

    nsh> env set EDITOR=vim
    """
    pairs = []
    for text in assignments:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise UsageError(f"{text}: not NAME=VALUE")
        pairs.append((name, value))
    session.seat.environment.update(pairs)
    return Quiet()


@command("env rm <names:text>...", man=("environ(7)",), category="session", shares_program=True)
def env_rm(session: Session, names: list[str]) -> Result:
    """Take variables out of the environment.

    nsh> env rm EDITOR
    """
    for name in names:
        if name not in session.seat.environment:
            raise UsageError(f"{name}: not in the environment")
    for name in names:
        del session.seat.environment[name]
    return Quiet()
