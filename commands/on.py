# SPDX-License-Identifier: MIT
"""on: do one line in a place, and come back."""

from __future__ import annotations

from nsh.registry import command
from nsh.results import Finished, Result

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.session import Session


@command("on <ref:ref> <line:line>", man=("setns(2)",), category="namespaces", shows=False)
def on(session: Session, ref: str, line: str) -> Result:
    """Do one line in a place, read by the same rules as if you typed it there.

    `NAME LINE` is short for it.

        nsh> on demo hostname ns1
        nsh> demo hostname
        ns1
    """
    with session.on(ref):
        return Finished(session.interpret(line))
