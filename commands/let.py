# SPDX-License-Identifier: MIT
"""let: variables of this session."""

from __future__ import annotations

from nsh.registry import command
from nsh.results import Column, Quiet, Result, Table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.session import Session

_COLUMNS = (Column("name", "name", style="name"), Column("value", "value"))


@command("let [<name:variable>] [<value:text>]", category="language")
def let(session: Session, name: str | None = None, value: str | None = None) -> Result:
    """Show the variables, or give one a value, which $NAME then stands for.

    Programs do not see it: that is the environment, `env`. A word stays one
    word, whatever blanks the value holds.

        nsh> let addr 10.1.1.1
        nsh> echo $addr
        10.1.1.1
    """
    if name is None or value is None:
        known = session.variables
        rows = [{"name": each, "value": known[each]} for each in sorted(known) if name in (None, each)]
        missing = (f"{name} has no value: let {name} VALUE",) if name and not rows else ()
        return Table(_COLUMNS, rows, missing, status=1 if missing else 0)
    session.variables[name] = value
    return Quiet()
