# SPDX-License-Identifier: MIT
"""A session as a program in Python, with nothing but its standard library and the C library."""

from __future__ import annotations

from nsh import nstypes
from nsh.tongues import python
from nsh.tongues.acts import OUTSIDE, Act, Pid
from nsh.tongues.recipe import Recipe, map_lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from nsh.tongues.acts import Where

HEAD = (
    '''#!/usr/bin/env python3
"""What was done in a session of nsh, without nsh. Each line is said before it is done; nothing stays at the end."""

import ctypes
import os
import signal
import subprocess
import sys

CLONE_NEWTIME, CLONE_NEWPID = 0x80, 0x20000000
libc = ctypes.CDLL(None, use_errno=True)
made = []


def say(line):
    print("+", line, file=sys.stderr, flush=True)


'''
    + python.CALL
    + '''

def join(where):
    """Enter namespaces of other processes, the user namespace first; all are opened before the first move."""
    kinds = sorted(where, key=lambda kind: kind != "user")
    files = [os.open(f"/proc/{where[kind]}/ns/{kind}", os.O_RDONLY | os.O_CLOEXEC) for kind in kinds]
    folder = os.getcwd()
    for file in files:
        call("setns", file, 0)
        os.close(file)
    if "mnt" in where and os.path.isdir(folder):
        os.chdir(folder)  # who enters a mount namespace begins at its root


def start(then, where, flags=0, maps=None, offsets=None):
    """Fork a process that enters, makes, and goes on with `then`; its pid, and that of its child if it has one."""
    there, go = os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            join(where)
            if flags:
                call("unshare", flags)
            os.write(there[1], b".")
            os.read(go[0], 1)
            if offsets:
                write("/proc/self/timens_offsets", offsets)
            if flags & (CLONE_NEWPID | CLONE_NEWTIME) or "pid" in where:
                inner = os.fork()
                if inner:
                    os._exit(os.waitstatus_to_exitcode(os.waitpid(inner, 0)[1]) & 255)
            then()
            status = 0
        except OSError as error:
            print(error, file=sys.stderr)
        finally:
            os._exit(status)
    os.read(there[0], 1)
    if maps:
        if os.geteuid():
            write(f"/proc/{child}/setgroups", "deny")
        for file, text in maps.items():
            write(f"/proc/{child}/{file}", text)
    os.write(go[1], b".")
    for end in (*there, *go):
        os.close(end)
    return child


def hold(steps, *words, **more):
    """Have a process that stays where it is; its pid."""
    ready = os.pipe()

    def then():
        steps()
        os.write(ready[1], b".")
        while True:
            signal.pause()

    child = start(then, *words, **more)
    made.append(child)
    os.close(ready[1])
    if not os.read(ready[0], 1):
        sys.exit("it could not be made")
    os.close(ready[0])
    with open(f"/proc/{child}/task/{child}/children") as file:
        inner = [int(word) for word in file.read().split()]
    made.extend(inner)
    return inner[0] if inner else child


def run(words, where, steps=None, **more):
    """Run a program and wait for it."""

    def then():
        if steps:
            steps()
        os.execvp(words[0], words)

    os.waitpid(start(then, where, **more), 0)


def do(steps, where):
    """Do some calls in there."""
    os.waitpid(start(steps, where), 0)


def end(pid):
    os.kill(pid, signal.SIGKILL)


def main():
'''
)

TAIL = """

if __name__ == "__main__":
    try:
        main()
    finally:
        for pid in reversed(made):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
"""


def write(acts: Sequence[Act], unsaid: Sequence[str]) -> str:
    """The program."""
    lines = [f"    # left out: {line}" for line in unsaid]
    for number, act in enumerate(acts):
        lines += [f"    say({act.said!r})", *(f"    {line}" for line in _act(act, number)), ""]
    return HEAD + "\n".join(lines or ["    pass"]).rstrip("\n") + "\n" + TAIL


def _act(act: Act, number: int) -> list[str]:
    where = _where(act.where)
    if act.kind == "end":
        return [f"end({act.variable})"]
    recipe = act.recipe
    if recipe is None:
        return [f"run([{', '.join(map(_word, act.words))}], {where})"]
    steps = [line for op in recipe.ops for line in python.step(op)]
    name = f"steps_{number}"
    function = [f"def {name}():", *(f"    {line}" for line in steps or ["pass"]), ""]
    if act.kind == "do":
        return [*function, f"do({name}, {where})"]
    more = _more(recipe)
    if act.kind == "hold":
        return [*function, f"{act.variable} = hold({name}, {where}{more})"]
    return [*function, f"run({recipe.argv!r}, {where}, {name}{more})"]


def _more(recipe: Recipe) -> str:
    words = [f", flags={recipe.all_flags:#x}"]
    if recipe.wants_maps:
        maps = f'"gid_map": {_map(recipe.gid_map, "os.getegid()")}, "uid_map": {_map(recipe.uid_map, "os.geteuid()")}'
        words.append(f", maps={{{maps}}}")
    if recipe.offsets:
        words.append(f", offsets={recipe.offsets!r}")
    return "".join(words)


def _map(text: str | None, own: str) -> str:
    if text is None:
        return f'f"0 {{{own}}} 1"'
    return repr("\n".join(f"{inner} {outer} {count}" for inner, outer, count in map_lines(text)))


def _where(where: Where) -> str:
    in_order = [kind for kind in nstypes.NAMES if kind in where]
    return "{" + ", ".join(f'"{kind}": {where[kind]}' for kind in in_order) + "}"


def _word(word: str | Pid) -> str:
    if isinstance(word, Pid):
        return "str(os.getpid())" if word.variable == OUTSIDE else f"str({word.variable})"
    return repr(word)
