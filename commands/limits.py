# SPDX-License-Identifier: MIT
"""limits: how many namespaces of a type a user namespace allows."""

from __future__ import annotations

from nsh import nstypes
from nsh.ops import Op
from nsh.registry import command
from nsh.results import Column, Quiet, Result, Table
from nsh.session import inventory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.session import Session

_FOLDER = "/proc/sys/user"


def _path(kind: str) -> str:
    return f"{_FOLDER}/max_{kind}_namespaces"


@command("limits [<kind:type>] [<count:int>]", man=("namespaces(7)",), category="inside")
def limits(session: Session, kind: str | None = None, count: int | None = None) -> Result:
    """Show, or set, how many namespaces a user namespace allows.

    SEEN counts those that some process is in, anywhere below host: the kernel
    counts for each user namespace and user, and tells nobody. A namespace that
    a file keeps counts too, and net and pid are counted a moment longer than
    they live. COUNT is set for the user namespace you are in, and holds for all
    below it. With no more than there are, the next `new` fails for as long as
    the old one lives: so its lifetime can be seen.

        nsh> limits uts
        nsh> new user lab
        nsh> on lab limits uts 1
    """
    if kind is not None and count is not None:
        session.guard("user", f"the limit on {kind} namespaces")
        session.do(Op("write", _path(kind), f"{count}\n"), types=(kind,))
        return Quiet()
    found = inventory.scan().in_order()
    rows: list[dict[str, object]] = []
    for name in (kind,) if kind else nstypes.NAMES:
        text = session.read_there(_path(name)).strip()
        rows.append(
            {
                "type": name,
                "maximum": int(text) if text.isdecimal() else None,
                "seen": sum(one.kind == name for one in found),
                "user_namespace": session.seat.ns.get("user"),
            }
        )
    columns = (
        Column("type", "type", style="type"),
        Column("maximum", "maximum", align="right", style="number"),
        Column("seen", "seen", align="right"),
        Column("user_namespace", "set in", show=lambda value: f"user:[{value}]"),
    )
    return Table(columns, rows)
