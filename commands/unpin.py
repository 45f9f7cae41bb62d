# SPDX-License-Identifier: MIT
"""unpin: take pins away."""

from __future__ import annotations

from nsh.registry import command
from nsh.results import Quiet, Result
from nsh.session import keep

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.session import Session


@command("unpin <names:ref>...", man=("umount(2)",), category="namespaces", shows=False)
def unpin(session: Session, names: list[str]) -> Result:
    """Take away everything that is pinned under a name, also a stale placeholder.

    The namespace lives on as long as something else keeps it. What somebody
    else has pinned, such as `ip netns add`, is taken away only with `nsh --host`.

        nsh> new net netns1 --pin
        nsh> unpin netns1
    """
    notes = []
    for name in names:
        notes += keep.let_go(session, name)
    return Quiet(notes)
