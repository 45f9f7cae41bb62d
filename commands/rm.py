# SPDX-License-Identifier: MIT
"""rm: end a place."""

from __future__ import annotations

from nsh.registry import command
from nsh.results import Quiet, Result
from nsh.session import removal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.session import Session


@command("rm [--kill] <names:ref>...", man=("namespaces(7)",), category="namespaces", shows=False, synonyms=("del",))
def rm(session: Session, names: list[str], *, kill: bool = False) -> Result:
    """End places: their holders go, and with them what nothing else keeps.

    Pins of that name which you made go too; under another name (`pin demo keep`)
    they stay. Programs that you left running in a place are named, and --kill
    ends them too. To remove a file, `!rm FILE`.

        nsh> new uts demo
        nsh> rm demo
    """
    notes = []
    for name in names:
        notes += removal.rm(session, name, kill_members=kill)
    return Quiet(notes)
