# SPDX-License-Identifier: MIT
"""A session as a shell script: unshare(1) and nsenter(1) of util-linux, ip(8), and a few functions."""

from __future__ import annotations

import shlex

from nsh.tongues import shell
from nsh.tongues.acts import OUTSIDE, Act, Pid

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from nsh.tongues.acts import Where

HEAD = r"""#!/bin/sh
# What was done in a session of nsh, without nsh: it wants util-linux, and iproute2 for networks.
# Each line is said before it is done; what was made is gone at the end.
set -u

made=

say() {
    printf '+ %s\n' "$1" >&2
}

# Start a command that becomes `sleep` in the end, wait until it has, and leave the pid of that in $pid.
hold() {
    "$@" &
    pid=$!
    made="$pid $made"
    until [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = sleep ]; do
        [ -d "/proc/$pid" ] || exit 1
        for child in $(cat "/proc/$pid/task/$pid/children" 2>/dev/null); do
            pid=$child
            made="$pid $made"
        done
        sleep 0.01
    done
}

end() {
    kill -KILL "$1"
}

clean_up() {
    for pid in $made; do
        kill -KILL "$pid" 2>/dev/null
    done
}
trap clean_up EXIT
"""


def write(acts: Sequence[Act], unsaid: Sequence[str]) -> str:
    """The script."""
    lines = [HEAD, *(f"# left out: {line}" for line in unsaid)]
    for act in acts:
        lines += ["", f"say {shlex.quote(act.said)}", *_act(act)]
    return "\n".join(lines) + "\n"


def _act(act: Act) -> list[str]:
    if act.kind == "end":
        return [f'end "${act.variable}"']
    inside = _entering(act.where)
    if act.kind == "hold" and act.recipe is not None:
        return [" ".join(["hold", *inside, shlex.join(shell.making(act.recipe))]), f"{act.variable}=$pid"]
    if act.kind == "do" and act.recipe is not None:
        return [" ".join([*inside, shlex.join(shell.doing(act.recipe))])]
    if act.recipe is not None:
        return [" ".join([*inside, shlex.join(shell.making(act.recipe))])]
    return [" ".join([*inside, *map(_word, act.words)])]


def _entering(where: Where) -> list[str]:
    """The words of nsenter(1); its files are all opened before it moves."""
    if not where:
        return []
    user = ["--preserve-credentials"] if "user" in where else []
    files = [f'{shell.OPTIONS[kind]}="/proc/${variable}/ns/{kind}"' for kind, variable in where.items()]
    return ["nsenter", *user, *files]


def _word(word: str | Pid) -> str:
    if isinstance(word, Pid):
        return "$$" if word.variable == OUTSIDE else f'"${word.variable}"'
    return shlex.quote(word)
