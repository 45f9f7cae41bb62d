# SPDX-License-Identifier: MIT
"""`python -m tests.safety.rehearse_many COUNT SEED`: many random lines through engine and commands, none of them done.

The session is a real one with places in it; its helpers are understudies, who
answer questions and do nothing (`nsh.session.rehearsal`). Prints what came of
it as JSON: how many lines, how they ended, which were bugs, what grew.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from collections import Counter
from itertools import islice

from nsh.cli import make_session
from nsh.engine import BUG, Engine
from nsh.registry import REGISTRY
from nsh.session import explaining
from tests.safety.random_lines import lines

WARM = 5_000
"""Lines after which everything is loaded that will ever be."""


def main(count: int, seed: int) -> int:
    """Run them; 1 when one was a bug."""
    os.environ["PATH"] = "/nonexistent"  # no word is a program by chance
    session = make_session(interactive=False)
    said: list[str] = []
    engine = Engine(session, REGISTRY, said.append, said.append)
    session.start()
    engine.run_script("new -q uts,net a\nnew -q user,pid,mnt b\nenter a\n", None, True, False, [])
    ends: Counter[str] = Counter()
    bugs: list[tuple[str, str]] = []
    before = _footprint()
    try:
        for number, line in enumerate(islice(lines(REGISTRY, seed), count)):
            if number == WARM:
                before = _footprint()
            said.clear()
            status = explaining.rehearse(session, line).status
            ends["refused" if status else "explained"] += 1
            if status == BUG:
                bugs.append((line, "".join(said)))
        grown = [after - then for after, then in zip(_footprint(), before, strict=True)]
    finally:
        session.close()
    print(json.dumps({"lines": count, "ends": ends, "bugs": bugs[:20], "fds": grown[0], "kib": grown[1]}))
    return int(bool(bugs))


def _footprint() -> tuple[int, int]:
    """Open files, and the most memory that was ever used, in KiB (getrusage(2))."""
    return len(os.listdir("/proc/self/fd")), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2])))
