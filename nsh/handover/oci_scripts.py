# SPDX-License-Identifier: MIT
"""up.sh and down.sh of a lab: its network by ip(8), a container in each host and switch by an OCI runtime."""

from __future__ import annotations

import shlex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_END = "END"

_RUNTIME = r"""set -eu
cd -- "$(dirname -- "$0")"
runtime=${RUNTIME:-runc}

# The runtime may have options: RUNTIME='crun --cgroup-manager=disabled' ./up.sh
run() {
    # shellcheck disable=SC2086
    $runtime "$@"
}
"""

_UP = r"""#!/bin/sh
# {title}, without nsh: its network by ip(8), and a container in each host and switch.
# Wants root, iproute2, and runc or crun (RUNTIME=crun ./up.sh); RUNTIME=none makes the network only.
# ./down.sh takes all of it away.
{runtime}
is_there() {{ # NAME: is it up already, or somebody else's?
    [ -e "/run/netns/$1" ] || {{ [ "$runtime" != none ] && run state "$1" >/dev/null 2>&1; }}
}}

start() {{ # FOLDER NAME
    [ "$runtime" != none ] || return 0
    run create --bundle "$1" "$2" </dev/null >"$1/log" 2>&1 || {{
        cat "$1/log" >&2
        return 1
    }}
    run start "$2"
}}

await() {{ # NAME: a link that was set up before its other end passes packets on up to a second later
    lines=$(cat)
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        printf '%s\n' "$lines" | ip -netns "$1" -batch - | grep -q NO-CARRIER || break
        sleep 0.1
    done
}}

give_up() {{
    status=$?
    trap - EXIT
    ./down.sh
    exit "$status"
}}
"""

_BEGIN = r"""
for name in {names}; do
    if is_there "$name"; then
        echo "up.sh: $name is there already; ./down.sh takes this lab away" >&2
        exit 1
    fi
done
trap give_up EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
"""

_DOWN = r"""#!/bin/sh
# Take away what ./up.sh made; what is gone already is no mistake.
{runtime}
stop() {{ # FOLDER NAME
    if [ "$runtime" != none ] && run state "$2" >/dev/null 2>&1; then
        run kill "$2" KILL 2>/dev/null || true # it may have ended by itself
        run delete --force "$2"
    fi
    rm -f "$1/log"
    [ ! -e "/run/netns/$2" ] || ip netns delete "$2"
}}
"""


class Part:
    """A host or switch: the folder of its bundle, what its container and network namespace are called, its lines.

    `asking` are lines that show the links that are to pass packets on.
    """

    __slots__ = ("asking", "folder", "id", "lines")

    def __init__(self, folder: str, its_id: str, lines: Sequence[str], asking: Sequence[str] = ()) -> None:
        self.folder = folder
        self.id = its_id
        self.lines = lines
        self.asking = asking


def up(title: str, parts: Sequence[Part], links: Sequence[str]) -> str:
    """Makes all of it, or nothing."""
    names = _words(part.id for part in parts)
    lines = [_UP.format(title=title, runtime=_RUNTIME).rstrip("\n"), _BEGIN.format(names=names)]
    lines.append(_batch("ip -batch -", [f"netns add {part.id}" for part in parts]))
    lines.append(_batch("ip -batch -", links))
    lines += [_batch(f"ip -netns {shlex.quote(part.id)} -batch -", part.lines) for part in parts]
    lines += [_batch(f"await {shlex.quote(part.id)}", part.asking) for part in parts]
    lines += [f"start {shlex.quote(part.folder)} {shlex.quote(part.id)}" for part in parts]
    return "\n".join([line for line in lines if line] + ["trap - EXIT HUP INT TERM", ""])


def down(parts: Sequence[Part]) -> str:
    """Takes away what there is of it."""
    lines = [_DOWN.format(runtime=_RUNTIME).rstrip("\n"), ""]
    return "\n".join([*lines, *(f"stop {shlex.quote(part.folder)} {shlex.quote(part.id)}" for part in parts), ""])


def _words(names: Iterable[str]) -> str:
    return " ".join(shlex.quote(name) for name in names)


def _batch(command: str, lines: Sequence[str]) -> str:
    """The lines on the standard input of a command; quoted, so that the shell leaves them alone."""
    if not lines:
        return ""
    return "\n".join([f"{command} <<'{_END}'", *lines, _END])
