# SPDX-License-Identifier: MIT
"""source: lines from a file, as if they were typed."""

from __future__ import annotations

from nsh.registry import command
from nsh.results import Result, Script
from nsh.scripts import read_script

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.session import Session


@command("source <file:hostpath> [<words:text>...]", category="language", shows=False)
def source(session: Session, file: str, words: tuple[str, ...] = ()) -> Result:
    """Run the lines of a script in this session, until one fails.

    The words after FILE are $1, $2 … in it. The file is read at host, whatever
    place you are in.

        nsh> source /usr/share/doc/nsh/examples/uts.nsh
    """
    return Script(read_script(file, session.host.cwd), file, words)
