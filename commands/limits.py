# SPDX-License-Identifier: MIT
"""limits: how many namespaces of a type a user namespace allows."""

from __future__ import annotations

from nsh import nstypes
from nsh.errors import Refused, UsageError
from nsh.ops import Op
from nsh.registry import command
from nsh.results import Column, Quiet, Result, Table
from nsh.session import charges

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.session import Session


def _path(kind: str) -> str:
    return f"/proc/sys/user/max_{kind}_namespaces"


@command("limits [<kind:type>] [<count:int>]", man=("namespaces(7)",), category="inside")
def limits(session: Session, kind: str | None = None, count: int | None = None) -> Result:
    """Show, or set, how many namespaces a user namespace allows.

    IN USE counts those that this user namespace, or one below it, owns and that
    can be seen. The kernel counts for each user apart, tells nobody, and is
    late: net and pid count for a moment after their end. COUNT is set for the
    user namespace you are in, and holds for all below it as well; a new one
    begins with 2147483647, which is none: those above it hold. With as many
    allowed as there are, the next `new` fails for as long as the old one lives:
    so the end of a namespace can be seen.

        nsh> limits uts
        nsh> new user box
        nsh> on box limits uts 1
    """
    if kind is not None and count is not None:
        return _set(session, kind, count)
    user = session.seat.ns.get("user")
    used = charges.in_use(session, user) if user is not None else {}
    rows: list[dict[str, object]] = []
    for name in (kind,) if kind else nstypes.NAMES:
        text = session.read_there(_path(name)).strip()
        maximum = int(text) if text.isdecimal() else None
        rows.append({"type": name, "maximum": maximum, "in_use": used.get(name), "user_namespace": user})
    columns = (
        Column("type", "type", style="type"),
        Column("maximum", "maximum", align="right", style="number"),
        Column("in_use", "in use", align="right"),
        Column("user_namespace", "set in", show=lambda value: f"user:[{value}]"),
    )
    return Table(columns, rows)


def _set(session: Session, kind: str, count: int) -> Result:
    if not 0 <= count <= charges.NO_LIMIT:
        raise UsageError(f"{count}: a limit is from 0 to {charges.NO_LIMIT}")
    session.guard("user", f"the limit on {kind} namespaces")
    path = _path(kind)
    try:
        session.do(Op("write", path, f"{count}\n"), types=(kind,))
    except Refused as refusal:
        hint = f"only root of the user namespace you are in may set it: {path} is that namespace's own file"
        raise Refused(refusal.op, refusal.errno, hint) from refusal
    return Quiet()
