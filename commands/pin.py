# SPDX-License-Identifier: MIT
"""pin: keep namespaces alive by a bind mount, or by an open file."""

from __future__ import annotations

from nsh.errors import UsageError
from nsh.registry import command
from nsh.results import Lines, Result
from nsh.session import keep

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.session import Session


@command(
    "pin <ref:ref> [<name:newname>] [--fd] [--force]",
    man=("namespaces(7)", "mount(2)"),
    category="namespaces",
)
def pin(
    session: Session, ref: str, name: str | list[str] | None = None, *, fd: bool = False, force: bool = False
) -> Result:
    """Keep the namespaces of a reference alive, under a name.

    A pin is a bind mount: /run/netns/NAME for net, as `ip netns` has it, and
    /run/nsh/TYPE/NAME for the other types. It stays when nsh ends, until
    `unpin`, `rm` or `clean --pins`. --fd keeps them by an open file of nsh
    instead, which needs no rights and ends with nsh. A pid namespace is pinned
    only with --force: without its init nothing can enter it.

        nsh> new net netns1
        nsh> pin netns1
        /run/netns/netns1  net:[4026532386]
        nsh> unpin netns1
    """
    if isinstance(name, list):
        raise UsageError("one name for one pin")
    made = keep.by_files(session, ref, name) if fd else keep.by_mounts(session, ref, name, force=force)
    data = [{"type": kind, "inode": inode, "name": label, "path": path} for kind, inode, label, path in made]
    return Lines([f"{path or 'open file of nsh'}  {kind}:[{inode}]" for kind, inode, _label, path in made], data)
