# SPDX-License-Identifier: MIT
"""A session as a shell script: unshare(1) and nsenter(1) of util-linux, ip(8), and a few functions."""

from __future__ import annotations

import shlex

from nsh import nstypes
from nsh.tongues import shell
from nsh.tongues.acts import OUTSIDE, Act, Pid
from nsh.tongues.recipe import Recipe, map_lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from nsh.tongues.acts import Where

HEAD = r"""#!/bin/sh
# What was done in a session of nsh, without nsh: it wants util-linux, and iproute2 for networks.
# Each line is said before it is done; what was made is gone at the end.
set -u

made=
uids=
gids=

say() {
    printf '+ %s\n' "$1" >&2
}

# Write the ID maps of a process as soon as it is in a user namespace of its own.
map() {
    until [ "$(readlink "/proc/$1/ns/user")" != "$(readlink /proc/self/ns/user)" ]; do
        [ -d "/proc/$1" ] || exit 1
        sleep 0.01
    done
    [ "$(id -u)" = 0 ] || echo deny >"/proc/$1/setgroups"
    printf '%b' "$3" >"/proc/$1/gid_map"
    printf '%b' "$2" >"/proc/$1/uid_map"
}

# Start a command that becomes `sleep` in the end, wait until it has, and leave the pid of that in $pid.
hold() {
    "$@" &
    first=$!
    made="$first $made"
    [ -z "$uids" ] || map "$first" "$uids" "$gids"
    uids=
    pid=$first
    until [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = sleep ]; do
        [ -d "/proc/$first" ] || exit 1
        # From the first to its child, and on; one that only did a step may be gone by then.
        child=$(cat "/proc/$pid/task/$pid/children" 2>/dev/null)
        if [ -n "$child" ]; then
            pid=${child%% *}
        else
            pid=$first
            sleep 0.01
        fi
    done
    made="$pid $made"
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
        return _hold(act, act.recipe, inside)
    if act.kind == "do" and act.recipe is not None:
        return [" ".join([*inside, shlex.join(shell.doing(act.recipe))])]
    if act.recipe is not None:
        return [" ".join([*inside, shlex.join(shell.making(act.recipe))])]
    return [" ".join([*inside, *map(_word, act.words)])]


def _hold(act: Act, recipe: Recipe, inside: list[str]) -> list[str]:
    by_hand = recipe.wants_maps and recipe.uid_map is not None
    lines = _maps(recipe) if by_hand else []
    lines += [" ".join(["hold", *inside, shlex.join(shell.making(recipe, by_hand=by_hand))]), f"{act.variable}=$pid"]
    if by_hand and (steps := shell.doing(recipe)):
        there = {**act.where, **dict.fromkeys(nstypes.names_of(recipe.all_flags), act.variable)}
        lines.append(" ".join([*_entering(there, as_root=True), shlex.join(steps)]))
    return lines


def _maps(recipe: Recipe) -> list[str]:
    """Several ranges, or other ids than one's own: unshare(1) could write them with newuidmap(1) only."""
    texts = []
    for text in (recipe.uid_map, recipe.gid_map):
        texts.append("".join(f"{inner} {outer} {count}\\n" for inner, outer, count in map_lines(text)))
    return [f"uids={shlex.quote(texts[0])}", f"gids={shlex.quote(texts[1])}"]


def _entering(where: Where, *, as_root: bool = False) -> list[str]:
    """The words of nsenter(1), which opens all its files before it moves; `as_root`: be uid 0 inside."""
    if not where:
        return []
    user = ["--preserve-credentials"] if "user" in where and not as_root else []
    files = [f'{shell.OPTIONS[kind]}="/proc/${variable}/ns/{kind}"' for kind, variable in where.items()]
    there = ["sh", "-c", """'cd "$0" 2>/dev/null; exec "$@"'""", '"$PWD"'] if "mnt" in where else []
    return ["nsenter", *user, *files, *there]


def _word(word: str | Pid) -> str:
    if isinstance(word, Pid):
        return "$$" if word.variable == OUTSIDE else f'"${word.variable}"'
    return shlex.quote(word)
