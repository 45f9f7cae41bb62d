# SPDX-License-Identifier: MIT
"""user: IDs, capabilities and keys, each as a user namespace sees them."""

from __future__ import annotations

from nsh.errors import SessionError, UsageError
from nsh.kernel import capabilities, proc
from nsh.registry import command
from nsh.results import Column, Quiet, Record, Result, Table, Text
from nsh.session import identity, objects
from nsh.session.maps import HIGHEST_ID

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.session import Session

_ASKED = (0, 1000, 65534)
_HIGHEST_SERIAL = 0x7FFFFFFF
_LONGEST_DESCRIPTION = 4095


@command("user map [<ref:ref>] [--id <ids:int>]...", man=("user_namespaces(7)", "newuidmap(1)"), category="inside")
def user_map(session: Session, ref: str = ".", *, ids: tuple[int, ...] = ()) -> Result:
    """Show the ID mapping of a user namespace, and what ids become on both sides.

    INSIDE IS is what an id of the inside is outside, where nsh was started;
    OUTSIDE IS what an id of the outside is inside. One that is not mapped shows
    as 65534 on the other side, owns nothing there, and nobody can become it.
    Without --id it tells of 0, 1000 and 65534. MAP is the lines of the map,
    each `INNER OUTER COUNT`; `new user --map` writes them, once. Ranges that
    overlap are refused: an id would have two meanings.

        nsh> user map box
        nsh> user map box --id 33
    """
    target = session.resolve(ref, "user")
    if target.pid is None:
        raise SessionError(f"{ref}: no process is in it whose maps could be read", "enter it, then `user map`")
    if any(not 0 <= number < HIGHEST_ID for number in ids):
        raise UsageError(f"ids are from 0 to {HIGHEST_ID - 1}")
    rows = [row for kind in ("uid", "gid") for row in _map_rows(target.pid, kind, ids or _ASKED)]
    columns = (
        Column("kind", "kind"),
        Column("id", "id", align="right", style="number"),
        Column("inside_is_outside", "inside is", align="right"),
        Column("outside_is_inside", "outside is", align="right"),
        Column("map", "map"),
    )
    return Table(columns, rows)


def _map_rows(pid: int, kind: str, numbers: tuple[int, ...]) -> list[dict[str, object]]:
    lines = identity.read_map(pid, kind)
    return [
        {
            "kind": kind,
            "id": number,
            "inside_is_outside": identity.outside(lines, number),
            "outside_is_inside": identity.inside(lines, number),
            "map": [str(line) for line in lines],
        }
        for number in numbers
    ]


@command("user caps [<ref:ref>]", man=("capabilities(7)", "user_namespaces(7)"), category="inside")
def user_caps(session: Session, ref: str = ".") -> Result:
    """Show the capabilities of a process or a place's holder, and what they count for.

    They count for its own user namespace and for the namespaces that this one
    owns, itself or by its descendants, and for no other: root in a box has them
    all and may still not change the machine. A program that is not uid 0 loses
    them at its execve(2).

        nsh> user caps
        nsh> user caps box
    """
    target = session.resolve(ref)
    if target.pid is None:
        raise SessionError(f"{ref}: no process is in it that could have capabilities", "enter it, then `user caps`")
    number = target.pid
    sets = identity.capability_sets(number)
    over = proc.namespace(number, "user")
    ours, others = identity.governed(number)
    data: dict[str, object] = {"pid": number, "user": over, **sets, "count_for": ours, "not_for": others}
    fields: list[tuple[str, object]] = [("pid", number)]
    fields += [(name, _shown(names)) for name, names in sets.items()]
    fields += [("over", f"user:[{over}]"), ("count for", ours), ("not for", others)]
    return Record(fields, data)


def _shown(names: list[str]) -> str:
    return f"all {len(names)}" if len(names) >= len(capabilities.NAMES) else " ".join(names) or "none"


@command("user keys ls", man=("keyrings(7)", "user_namespaces(7)"), category="inside")
def user_keys(session: Session) -> Result:
    """List the keys in the user keyring where you sit: each user has one in each user namespace.

    nsh> on box user keys ls
    """
    columns = (
        Column("serial", "serial", style="number"),
        Column("kind", "type", style="type"),
        Column("uid", "uid", align="right"),
        Column("gid", "gid", align="right"),
        Column("perms", "perms"),
        Column("description", "description", style="name"),
    )
    return Table(columns, identity.keys(session))


@command("user keys add <description:text> <payload:text>", man=("add_key(2)", "user-keyring(7)"), category="inside")
def user_keys_add(session: Session, description: str, payload: str) -> Result:
    """Put a key of type `user` into the user keyring where you sit; one of that name gets the new payload.

    nsh> on box user keys add token s3cret
    """
    if not description or len(description) > _LONGEST_DESCRIPTION or "\0" in description + payload:
        raise UsageError(f"the description of a key has 1 to {_LONGEST_DESCRIPTION} characters, none of them NUL")
    session.guard("user", "the user keyring")
    shown = f'add_key("user", "{description}", …, {len(payload)}, KEY_SPEC_USER_KEYRING)'
    serial = objects.make(session, shown, "add_key", description, payload)
    return Text(f"key {serial}", {"serial": serial})


@command("user keys rm <serial:int>", man=("keyctl_unlink(3)",), category="inside", shows=False)
def user_keys_rm(session: Session, serial: int) -> Result:
    """Take a key out of the user keyring; it ends with its last link.

    nsh> on box user keys rm 959899733
    """
    if not 0 < serial <= _HIGHEST_SERIAL:
        raise UsageError(f"{serial}: a serial number is from 1 to {_HIGHEST_SERIAL}", "`user keys ls`")
    session.guard("user", f"key {serial}")
    shown = f"keyctl(KEYCTL_UNLINK, {serial}, KEY_SPEC_USER_KEYRING)"
    objects.make(session, shown, "unlink_key", serial)
    return Quiet()
