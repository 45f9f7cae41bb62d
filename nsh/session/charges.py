# SPDX-License-Identifier: MIT
"""How many namespaces count against the limits of a user namespace: those below it (namespaces(7), ioctl_ns(2))."""

from __future__ import annotations

import os

from nsh import nstypes
from nsh.kernel import proc
from nsh.session import identity, inventory, pins

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from nsh.session.session import Session

NO_LIMIT = 0x7FFFFFFF
"""What a new user namespace begins with, and the highest number that can be set (namespaces(7))."""

_FOR_CHILDREN = ("pid", "time")


def in_use(session: Session, user: int) -> dict[str, int]:
    """{type: how many can be seen} of the namespaces that this user namespace, or one below it, owns."""
    counts = dict.fromkeys(nstypes.NAMES, 0)
    counted: set[tuple[str, int]] = set()
    for kind, path in _files(session):
        try:
            fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            continue  # ended meanwhile, or not ours to look at
        try:
            found = (kind, os.fstat(fd).st_ino)
            if found not in counted and user in identity.owners_of(fd, kind):
                counts[kind] += 1
            counted.add(found)
        finally:
            os.close(fd)
    return counts


def _files(session: Session) -> Iterator[tuple[str, str]]:
    """A file of each namespace that can be seen, some more than once: of members, pins, and what nsh keeps open."""
    for one in inventory.scan().in_order():
        yield one.kind, f"/proc/{one.pid}/ns/{one.kind}"
    for pid in proc.all_pids():
        for kind in _FOR_CHILDREN:
            if proc.namespace(pid, f"{kind}_for_children") != proc.namespace(pid, kind):
                yield kind, f"/proc/{pid}/ns/{kind}_for_children"
    for pin in pins.all_pins():
        if pin.inode is not None:
            yield pin.kind, pin.path
    for place in session.places.values():
        for kind, fd in place.fds.items():
            yield kind, f"/proc/self/fd/{fd}"
