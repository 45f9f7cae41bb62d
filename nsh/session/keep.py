# SPDX-License-Identifier: MIT
"""What `pin`, `unpin` and `clean` do: keep namespaces, let them go, and tidy up after a session that died."""

from __future__ import annotations

import os

from nsh.errors import NameTaken, SessionError
from nsh.helper.client import kill
from nsh.kernel import proc
from nsh.session import icebox, inventory, ledger, pins, records
from nsh.session.places import Place
from nsh.session.session import MARK

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
        raise SessionError(f"{ref}: a pin needs a name", f"pin {ref} NAME")
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


def let_go(session: Session, name: str) -> list[str]:
    """Unpin a name; what lives on, and why. Raises SessionError, Refused."""
    if _drop_files(session, name) and not any(one.name == name for one in pins.all_pins()):
        return []
    found = [one for one in pins.all_pins() if one.name == name]
    foreign = [one for one in found if one.inode is not None and not _is_ours(one)]
    if foreign and not session.may_change_host:
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


def clean(session: Session) -> list[str]:
    """Take away what dead sessions left: half-made pins, and processes that outlived zygote and nsh alike."""
    said = []
    for entry in ledger.leftovers():
        if entry.kind in ("pin", "unpin") and pins.finish(session, entry.path):
            said.append(f"removed {entry.path}: a dead nsh had begun it and not finished")
        elif entry.kind == icebox.KIND and icebox.empty(entry.path):
            said.append(f"thawed and removed {entry.path}: a dead nsh had made it")
    pins.tidy(session)
    for pid, name in orphans():
        try:
            pidfd = os.pidfd_open(pid)
        except OSError:
            continue  # it has ended by itself
        try:
            if not _is_of_a_living_nsh(_mark_of(pid)):  # still the same process, now that it cannot change
                kill(pidfd)
        finally:
            os.close(pidfd)
        said.append(f"ended pid {pid} ({name}): a dead nsh had started it")
    return said


def orphans() -> list[tuple[int, str]]:
    """Processes that carry the mark of an nsh that is gone: (pid, comm). Only those we may look into."""
    own = _own_line()
    mine = [pid for pid in proc.all_pids() if pid not in own and _is_our_users(pid)]
    marks = {pid: mark for pid in mine if (mark := _mark_of(pid))}
    dead = {pid: mark for pid, mark in marks.items() if not _is_of_a_living_nsh(mark)}
    spared = ledger.spared(still=lambda mark: mark in dead.values())
    return [(pid, proc.command_of(pid)) for pid, mark in dead.items() if mark not in spared]


def _own_line() -> set[int]:
    """This process and its ancestors: a shell that outlived an nsh may have started this one."""
    found = {os.getpid()}
    pid = os.getppid()
    while pid > 0 and pid not in found:
        found.add(pid)
        try:
            pid = int(proc.status(pid)["PPid"])
        except (OSError, KeyError, ValueError):
            break
    return found


def _is_our_users(pid: int) -> bool:
    """Root may look into everybody's processes, and leaves alone what is somebody else's."""
    try:
        return os.stat(f"/proc/{pid}").st_uid == os.geteuid()
    except OSError:
        return False


def _mark_of(pid: int) -> str:
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            words = file.read().split(b"\0")
    except OSError:
        return ""  # another user's, or gone
    start = f"{MARK}=".encode()
    return next((word[len(start) :].decode("ascii", "replace") for word in words if word.startswith(start)), "")


def _is_of_a_living_nsh(value: str) -> bool:
    """Is it, or can it not be known from where we are (proc.mark)?"""
    words = value.split(".")
    if len(words) != 4 or not words[2].isdecimal():
        return True
    now = proc.mark(int(words[2])).split(".")
    return now[:2] != words[:2] or now[3] == words[3]
