# SPDX-License-Identifier: MIT
"""umask: the file mode mask of the process you sit in."""

from __future__ import annotations

from nsh.errors import UsageError
from nsh.ops import Op
from nsh.registry import command
from nsh.results import Quiet, Result, Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.session import Session


@command("umask [<mask:text>]", man=("umask(2)",), category="session")
def umask(session: Session, mask: str | None = None) -> Result:
    """Show or set, in octal, which permissions new files do not get.

    nsh> umask
    0022
    nsh> umask 077
    """
    if mask is None:
        value = session.number_of("umask")
        return Text(f"{value:04o}", {"umask": f"{value:04o}"})
    if not mask or not set(mask) <= set("01234567") or int(mask, 8) > 0o777:
        raise UsageError(f"{mask}: a mask is octal, from 000 to 777")
    session.do(Op("umask", int(mask, 8)))
    return Quiet()
