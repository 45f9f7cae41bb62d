# SPDX-License-Identifier: MIT
"""What `pin` and `unpin` do: keep namespaces alive, and let them go."""

from __future__ import annotations

from nsh.errors import NameTaken, SessionError
from nsh.kernel import proc
from nsh.printable import excerpt
from nsh.session import inventory, pins, records
from nsh.session.places import Place

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.refs import Target
    from nsh.session.session import Session

    Kept = list[tuple[str, int, str, str | None]]  # type, inode, name, path


def by_mounts(session: Session, ref: str, name: str | None, *, force: bool) -> Kept:
    """Pin by bind mounts, under the name of the place when none is given. Raises SessionError, Refused."""
    target = session.resolve(ref)
    chosen = name or _name_of(target, ref)
    made = pins.pin(session, target, target.types, chosen, force=force)
    session.pinned_by_us.update(one.path for one in made)
    return [(one.kind, one.inode or 0, chosen, one.path) for one in made]


def _name_of(target: Target, ref: str) -> str:
    if target.place is None:
        raise SessionError(f"{excerpt(ref)}: a pin needs a name", f"pin {ref} NAME")
    return target.place.name


def by_files(session: Session, ref: str, name: str | None) -> Kept:
    """Keep by open files of nsh: as a place of its own, or more hold on the one that is meant. Raises NameTaken."""
    target = session.resolve(ref)
    place = target.place
    if name is not None or place is None:
        chosen = name or _name_of(target, ref)
        if chosen in session.places:
            raise NameTaken(f"{chosen}: there is a place of that name")
        place = Place(chosen, target.types, "fds")
        place.whole = {**session.host.ns, **target.ns}
    place.fds = {kind: target.open_fd(kind) for kind in place.types if kind not in place.fds} | place.fds
    session.places.setdefault(place.name, place)
    return [(kind, place.whole[kind], place.name, None) for kind in place.types]


def names_of_ours() -> list[str]:
    """The names under which nsh, this one or another, has pinned something."""
    return sorted({one.name for one in pins.all_pins() if one.inode is None or _is_ours(one)})


def let_go(session: Session, name: str) -> list[str]:
    """Unpin a name; what lives on, and why. Raises SessionError, Refused."""
    if _drop_files(session, name) and not any(one.name == name for one in pins.all_pins()):
        return []
    found = [one for one in pins.all_pins() if one.name == name]
    foreign = [one for one in found if one.inode is not None and not _is_ours(one)]
    if foreign and not session.guard.is_lifted:
        raise SessionError(
            f"{foreign[0].path}: not pinned by nsh",
            f"`ip netns delete {name}` takes it away, or `unpin {name}` in an `nsh --host`",
        )
    gone = pins.unpin(session, name)
    session.pinned_by_us.difference_update(one.path for one in gone)
    return [line for one in gone if (line := _lives_on(one)) is not None]


def _is_ours(one: pins.Pin) -> bool:
    return one.kind != "net" or records.is_ours(one.name)


def _drop_files(session: Session, name: str) -> bool:
    """Close what `pin --fd` opened under a name; a place that nothing else kept goes with it."""
    place = session.places.get(name)
    if place is None or not place.fds:
        return False
    if place.how == "fds":
        session.forget(place)
        session.ended[name] = f"{name} was unpinned; make a new one"
    else:
        place.drop_files()
    return True


def _lives_on(one: pins.Pin) -> str | None:
    if one.inode is None:
        return f"{one.path} was a stale placeholder, which pinned nothing"
    member = inventory.member_of(one.kind, one.inode)
    if member is None or proc.is_zombie(member):
        return None
    return f"{one.kind}:[{one.inode}] lives on: pid {member} is in it"
