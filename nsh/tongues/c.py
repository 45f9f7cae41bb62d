# SPDX-License-Identifier: MIT
"""In C: clone(2) with a child function, as the manual pages' own examples do."""

from __future__ import annotations

from nsh.kernel.mountflags import FLAG_NAMES
from nsh.tongues.recipe import Recipe, constants, map_lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.ops import Op

_HEAD = """\
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif

#define TRY(call) do { if ((call) == -1) err(1, "%s", #call); } while (0)
"""

_WRITE = """
static void write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);

    if (fd == -1 || write(fd, text, strlen(text)) == -1)
        err(1, "%s", path);
    close(fd);
}
"""

_END = """\
    TRY(waitpid(child, &status, 0));
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
"""


def write(recipe: Recipe) -> str:
    """A program of its own."""
    needs_files = recipe.wants_maps or bool(recipe.offsets) or any(op.name == "write" for op in recipe.ops)
    child = [*(line for op in recipe.ops for line in step(op)), *_executed(recipe.argv)]
    parts = [_HEAD, _WRITE if needs_files else ""]
    if not (recipe.all_flags or recipe.joins):
        steps = [line for op in recipe.ops for line in step(op)] or child
        return "".join([*parts, "\nint main(void)\n{\n", _indented(steps), "    return 0;\n}\n"])
    parts.append(_child_function(recipe, child))
    parts.append("\nint main(void)\n{\n" + _indented(_main(recipe)) + _END + "}\n")
    return "".join(parts)


def _child_function(recipe: Recipe, steps: list[str]) -> str:
    if _has_gate(recipe) and not recipe.unshared:
        steps = ["char word;", "", "close(gate[1]);", "TRY(read(gate[0], &word, 1));", *steps]
    gate = "static int gate[2];\n" if _has_gate(recipe) else ""
    body = _indented(steps)
    return (
        f"\n{gate}static char stack[1 << 20];\n\nstatic int child_main(void *unused)\n{{\n    (void)unused;\n{body}}}\n"
    )


def _has_gate(recipe: Recipe) -> bool:
    return recipe.wants_maps and not recipe.unshared


def _main(recipe: Recipe) -> list[str]:
    lines = ["int status;", "pid_t child;"]
    if recipe.wants_maps:
        lines.append("char map[64];")
    if _has_gate(recipe):
        lines.append("char path[64];")
    elif recipe.wants_maps:
        lines.append("int outer_uid = geteuid(), outer_gid = getegid();")
    lines.append("")
    for target, flags in recipe.joins:
        opened = f"syscall(SYS_pidfd_open, {target}, 0)" if target.isdecimal() else f"open({quoted(target)}, O_RDONLY)"
        lines.append(f"TRY(setns({opened}, {' | '.join(constants(flags))}));")
    if recipe.unshared:
        lines += [f"TRY(unshare({' | '.join(constants(recipe.unshared))}));", *_own_maps(recipe)]
    if recipe.offsets:
        lines.append(f'write_file("/proc/self/timens_offsets", {quoted(recipe.offsets)});')
    if _has_gate(recipe):
        lines.append("TRY(pipe2(gate, O_CLOEXEC));")
    cloned = " | ".join([*constants(recipe.flags), "SIGCHLD"])
    lines.append(f"TRY(child = clone(child_main, stack + sizeof(stack), {cloned}, NULL));")
    if _has_gate(recipe):
        lines += [*_maps(recipe), 'TRY(write(gate[1], ".", 1));']
    return lines


def _maps(recipe: Recipe) -> list[str]:
    """Written by the parent, from outside."""
    lines = ["if (geteuid() != 0) {"]
    lines += ['    snprintf(path, sizeof(path), "/proc/%d/setgroups", child);', '    write_file(path, "deny");', "}"]
    for file, text, own in (("gid_map", recipe.gid_map, "getegid()"), ("uid_map", recipe.uid_map, "geteuid()")):
        lines.append(f'snprintf(path, sizeof(path), "/proc/%d/{file}", child);')
        lines += _one_map("path", text, own)
    return lines


def _one_map(path: str, text: str | None, own: str) -> list[str]:
    if text is None:
        return [f'snprintf(map, sizeof(map), "0 %d 1", (int){own});', f"write_file({path}, map);"]
    rows = "\n".join(f"{inner} {outer} {count}" for inner, outer, count in map_lines(text))
    return [f"write_file({path}, {quoted(rows)});"]


def _own_maps(recipe: Recipe) -> list[str]:
    """Written by the process itself, which has unshared: one id, its own (user_namespaces(7))."""
    if not recipe.wants_maps:
        return []
    return [
        'write_file("/proc/self/setgroups", "deny");',
        *_one_own_map("gid_map", recipe.gid_map, "outer_gid"),
        *_one_own_map("uid_map", recipe.uid_map, "outer_uid"),
    ]


def _one_own_map(file: str, text: str | None, outer: str) -> list[str]:
    path = quoted(f"/proc/self/{file}")
    if text is None:
        return [f'snprintf(map, sizeof(map), "0 %d 1", {outer});', f"write_file({path}, map);"]
    return _one_map(path, text, outer)


def quoted(text: str) -> str:
    """A string of C."""
    from nsh.ops import quoted as as_c

    return as_c(text)


def _executed(argv: list[str]) -> list[str]:
    words = ", ".join(quoted(word) for word in argv)
    return [f"char *argv[] = {{{words}, NULL}};", "execvp(argv[0], argv);", 'err(127, "%s", argv[0]);']


def step(op: Op) -> list[str]:
    words = ["NULL" if word is None else quoted(word) if isinstance(word, str) else str(word) for word in op.arguments]
    if op.name == "mount":
        bits = " | ".join(name for bit, name in FLAG_NAMES.items() if int(op.arguments[3] or 0) & bit) or "0"
        return [f"TRY(mount({words[0]}, {words[1]}, {words[2]}, {bits}, {words[4]}));"]
    if op.name in ("sethostname", "setdomainname"):
        return [f"TRY({op.name}({words[0]}, {len(str(op.arguments[0]).encode())}));"]
    if op.name in ("setresuid", "setresgid"):
        return [f"TRY({op.name}({words[0]}, {words[0]}, {words[0]}));"]
    if op.name == "write":
        return [f"write_file({words[0]}, {words[1]});"]
    if op.name == "umount2":
        return [f"TRY(umount2({words[0]}, {'MNT_DETACH' if op.arguments[1] == 2 else words[1]}));"]
    if op.name == "pivot_root":
        return [f"TRY(syscall(SYS_pivot_root, {words[0]}, {words[1]}));"]
    return [f"TRY(chdir({words[0]}));"] if op.name == "chdir" else []


def _indented(lines: list[str]) -> str:
    return "".join(f"    {line}\n" if line else "\n" for line in lines)
