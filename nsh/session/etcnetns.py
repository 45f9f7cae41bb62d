# SPDX-License-Identifier: MIT
"""Files of a network namespace: /etc/netns/NAME/FILE is seen as /etc/FILE by who enters NAME (ip-netns(8))."""

from __future__ import annotations

import os

from nsh import nstypes
from nsh.kernel.mountflags import MS_BIND, MS_SLAVE
from nsh.ops import Mount, Op, Unshare, make_propagation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.places import Seat
    from nsh.session.refs import Target

_FOLDER = "/etc/netns"


def names(target: Target, moved: tuple[str, ...], before: Seat) -> list[str]:
    """The files of /etc that go with a move, as one sees them who moves.

    None where the mount namespace moves too, which has an /etc of its own.
    Those that /etc has not are left out: there is nothing to bind them over.
    """
    name = target.label.removeprefix("/run/netns/")
    if "net" not in moved or "mnt" in moved or "/" in name:
        return []
    root = f"/proc/{before.peer.pid}/root"
    try:
        found = sorted(os.listdir(f"{root}{_FOLDER}/{name}"))
    except OSError:
        return []  # as a rule there is no such directory
    return [file for file in found if os.path.lexists(f"{root}/etc/{file}")]


def binds(target: Target, moved: tuple[str, ...], before: Seat) -> list[Op]:
    """The calls that bind them over those of /etc, in a mount namespace of the visitor's own; often none."""
    files = names(target, moved, before)
    if not files:
        return []
    folder = f"{_FOLDER}/{target.label.removeprefix('/run/netns/')}"
    own: list[Op] = [Unshare(nstypes.BY_NAME["mnt"].flag), make_propagation(MS_SLAVE)]
    return own + [Mount(f"{folder}/{file}", f"/etc/{file}", None, MS_BIND) for file in files]
