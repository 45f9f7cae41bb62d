# SPDX-License-Identifier: MIT
"""The commands of the prompt, one module per first word.

`FIRST_WORDS` says which module declares which first word, so that one command
costs the import of one module.
"""

from __future__ import annotations

if __name__ != "nsh.commands":
    raise ImportError("import nsh.commands, not commands: the other way everything would be declared twice")

FIRST_WORDS: dict[str, str] = {
    "addr": "addr",
    "alias": "alias",
    "bg": "bg",
    "bridge": "bridge",
    "can": "can",
    "cd": "cd",
    "cgroup": "cgroup",
    "clean": "clean",
    "del": "rm",
    "doctor": "doctor",
    "diff": "diff",
    "enter": "enter",
    "env": "env",
    "exit": "exit",
    "explain": "explain",
    "fg": "fg",
    "forward": "forward",
    "graph": "graph",
    "help": "help",
    "history": "history",
    "ipc": "ipc",
    "jobs": "jobs",
    "lab": "lab",
    "leave": "leave",
    "let": "let",
    "limits": "limits",
    "link": "link",
    "list": "ls",
    "ls": "ls",
    "mnt": "mnt",
    "neigh": "neigh",
    "netem": "netem",
    "new": "new",
    "on": "on",
    "pid": "pid",
    "pin": "pin",
    "ping": "ping",
    "pingall": "pingall",
    "pingpair": "pingall",
    "quit": "quit",
    "rm": "rm",
    "route": "route",
    "same": "same",
    "save": "save",
    "set": "set",
    "show": "show",
    "snapshot": "snapshot",
    "source": "source",
    "time": "time",
    "trace": "trace",
    "tree": "tree",
    "umask": "umask",
    "unalias": "alias",
    "unpin": "unpin",
    "unshare": "unshare",
    "user": "user",
    "uts": "uts",
    "veth": "veth",
    "wait": "wait",
    "why": "why",
}
