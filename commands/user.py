# SPDX-License-Identifier: MIT
"""user: IDs, capabilities and keys, each as a user namespace sees them."""

from __future__ import annotations

from nsh.errors import SessionError
from nsh.registry import command
from nsh.results import Column, Record, Result, Table
from nsh.session import identity

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.session import Session

_ASKED = (0, 1, 1000, 65534)


@command("user map [<ref:ref>] [--id <ids:int>]...", man=("user_namespaces(7)",), category="inside")
def user_map(session: Session, ref: str = ".", *, ids: tuple[int, ...] = ()) -> Result:
    """Show the ID mapping of a user namespace, and what ids become on both sides.

    IN is an id inside, OUT the same user outside, where nsh was started; an id
    that is not mapped shows as 65534 on the other side and can own nothing
    there. Without --id it tells of 0, 1, 1000 and 65534.

        nsh> user map lab
        nsh> user map lab --id 33
    """
    target = session.resolve(ref, "user")
    if target.pid is None:
        raise SessionError(f"{ref}: no process is in it whose maps could be read", "enter it, then `user map`")
    maps = {kind: identity.read_map(target.pid, kind) for kind in ("uid", "gid")}
    rows: list[dict[str, object]] = []
    for kind, lines in maps.items():
        text = [str(line) for line in lines] or ["none"]
        for number in ids or _ASKED:
            rows.append(
                {
                    "kind": kind,
                    "id": number,
                    "inside_is_outside": identity.outside(lines, number),
                    "outside_is_inside": identity.inside(lines, number),
                    "map": text,
                }
            )
    columns = (
        Column("kind", "kind"),
        Column("id", "id", align="right", style="number"),
        Column("inside_is_outside", "id inside is outside", align="right", show=lambda value: str(value)),
        Column("outside_is_inside", "id outside is inside", align="right"),
        Column("map", "map"),
    )
    return Table(columns, rows)


@command("user caps [<pid:pid>]", man=("capabilities(7)", "user_namespaces(7)"), category="inside")
def user_caps(session: Session, pid: int | None = None) -> Result:
    """Show the capabilities of a process, by default the one you sit in.

    They are over its own user namespace and what that owns, over nothing else:
    root in a box has them all and may still not change the machine.

        nsh> on lab user caps
    """
    number = session.seat.peer.pid if pid is None else pid
    sets = identity.capability_sets(number)
    target = session.resolve(str(number), "user")
    data: dict[str, object] = {"pid": number, "user": target.ns["user"], **sets}
    fields: list[tuple[str, object]] = [("pid", number), ("over", f"user:[{target.ns['user']}]")]
    fields += [(name, _shown(names)) for name, names in sets.items()]
    return Record(fields, data)


def _shown(names: list[str]) -> str:
    return f"all {len(names)}" if len(names) >= len(identity.CAPABILITIES) else " ".join(names) or "none"


@command("user keys", man=("keyrings(7)", "user_namespaces(7)"), category="inside")
def user_keys(session: Session) -> Result:
    """List the keys that can be seen where you sit: keys are per user namespace too.

    nsh> on lab user keys
    """
    rows = identity.keys_of(session.read_there("/proc/keys"))
    columns = (
        Column("serial", "serial", align="right", style="number", show=lambda value: f"{value:08x}"),
        Column("uid", "uid", align="right"),
        Column("perms", "perms"),
        Column("kind", "kind", style="type"),
        Column("description", "description"),
    )
    return Table(columns, rows)
