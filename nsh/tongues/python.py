# SPDX-License-Identifier: MIT
"""In Python: fork, and the calls of the C library by ctypes, which every version since 3.8 has."""

from __future__ import annotations

from nsh.kernel.mountflags import FLAG_NAMES
from nsh.tongues.recipe import NEWPID, NEWTIME, Recipe, constants, map_lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.ops import Op

CALL = """\
def call(name, *words):
    words = [word.encode() if isinstance(word, str) else word for word in words]
    if getattr(libc, name)(*words) == -1:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


def write(path, text):
    with open(path, "w") as file:
        file.write(text)
"""
"""Functions that every program has: one call of the C library, one write to a file of the kernel."""

_HEAD = f"""\
import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)


{CALL}
"""


def write(recipe: Recipe) -> str:
    """A program of its own."""
    body = _joined(recipe) + _made(recipe)
    steps = [line for op in recipe.ops for line in step(op)]
    executes = f"os.execvp({recipe.argv[0]!r}, {recipe.argv!r})" if recipe.argv else ""
    if recipe.all_flags or recipe.joins:
        body += [*_forked(recipe), *steps, executes]
    else:
        body += [*steps, *([executes] if executes and not steps else [])]
    return _HEAD + "\n" + "\n".join(line for line in body if line)


def _joined(recipe: Recipe) -> list[str]:
    lines = []
    for target, flags in recipe.joins:
        opened = f"os.pidfd_open({target})" if target.isdecimal() else f"os.open({target!r}, os.O_RDONLY)"
        lines.append(f'call("setns", {opened}, {flags:#x})  # {_words(flags)}')
    return lines


def _words(flags: int) -> str:
    return " | ".join(constants(flags))


def _made(recipe: Recipe) -> list[str]:
    """The process that is made: a child that unshares, so that whoever runs this stays where they are."""
    if not recipe.all_flags:
        return []
    lines = []
    if recipe.wants_maps:
        lines += [
            "ready, go = os.pipe(), os.pipe()",
            "child = os.fork()",
            "if child:",
            "    os.read(ready[0], 1)  # it has its user namespace now",
            *(f"    {line}" for line in _maps(recipe)),
            '    os.write(go[1], b".")',
            "    raise SystemExit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))",
        ]
    lines.append(f'call("unshare", {recipe.all_flags:#x})  # {_words(recipe.all_flags)}')
    if recipe.wants_maps:
        lines += ['os.write(ready[1], b".")', "os.read(go[0], 1)  # its ID maps are written"]
    if recipe.offsets:
        lines.append(f'write("/proc/self/timens_offsets", {recipe.offsets!r})')
    return lines


def _maps(recipe: Recipe) -> list[str]:
    uid = _map(recipe.uid_map, "os.geteuid()")
    gid = _map(recipe.gid_map, "os.getegid()")
    return [
        "if os.geteuid():",
        '    write(f"/proc/{child}/setgroups", "deny")',
        f'write(f"/proc/{{child}}/gid_map", {gid})',
        f'write(f"/proc/{{child}}/uid_map", {uid})',
    ]


def _map(text: str | None, own: str) -> str:
    if text is None:
        return f'f"0 {{{own}}} 1"'
    return repr("\n".join(f"{inner} {outer} {count}" for inner, outer, count in map_lines(text)))


def _forked(recipe: Recipe) -> list[str]:
    """A new pid or time namespace is its maker's children's; so is one of pid that was entered."""
    entered = any(flags & NEWPID for _, flags in recipe.joins)
    if not (recipe.all_flags & (NEWPID | NEWTIME) or recipe.forks or entered):
        return []
    return [
        "child = os.fork()  # in a new pid or time namespace are only the children",
        "if child:",
        "    raise SystemExit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))",
    ]


def step(op: Op) -> list[str]:
    words = list(op.arguments)
    if op.name == "mount":
        flags = int(words[3] or 0)
        names = " | ".join(name for bit, name in FLAG_NAMES.items() if flags & bit)
        return [f'call("mount", {words[0]!r}, {words[1]!r}, {words[2]!r}, {flags:#x}, {words[4]!r})  # {names}']
    if op.name in ("sethostname", "setdomainname"):
        return [f'call("{op.name}", {words[0]!r}, {len(str(words[0]).encode())})']
    if op.name in ("setresuid", "setresgid"):
        return [f"os.{op.name}({words[0]}, {words[0]}, {words[0]})"]
    if op.name == "write":
        return [f"write({words[0]!r}, {words[1]!r})"]
    if op.name == "umount2":
        return [f'call("umount2", {words[0]!r}, {words[1]!r})']
    if op.name == "pivot_root":
        return [f'call("syscall", 155, {words[0]!r}, {words[1]!r})  # pivot_root(2), on x86-64']
    if op.name == "chdir":
        return [f"os.chdir({words[0]!r})"]
    return []
