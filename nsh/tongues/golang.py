# SPDX-License-Identifier: MIT
"""In Go: syscall.SysProcAttr, and where more is to be done before the exec, a program that starts itself again."""

from __future__ import annotations

import json

from nsh.kernel.mountflags import FLAG_NAMES
from nsh.tongues import shell
from nsh.tongues.recipe import Recipe, constants, map_lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.ops import Op

_NAMES = {"CLONE_NEWCGROUP": "0x02000000 /* CLONE_NEWCGROUP */", "CLONE_NEWTIME": "0x00000080 /* CLONE_NEWTIME */"}


def write(recipe: Recipe) -> str:
    """A program of its own."""
    if recipe.joins:
        return _entering(recipe)
    if not recipe.all_flags:
        return _here(recipe)
    return _made(recipe)


def quoted(text: str) -> str:
    """A string of Go; JSON's are."""
    return json.dumps(text, ensure_ascii=False)


def _made(recipe: Recipe) -> str:
    steps = [line for op in recipe.ops for line in step(op)]
    if recipe.offsets:
        return _unsayable("a process with a single thread must move its clocks between unshare(2) and exec")
    lines = [f"        {name}: {value}," for name, value in attributes(recipe)]
    again = bool(steps)
    command = '"/proc/self/exe"' if again else ", ".join(map(quoted, recipe.argv))
    child = ['    if os.Args[0] == "child" {', "        child()", "    }"] if again else []
    named = ['    cmd.Args = []string{"child"}'] if again else []
    body = [
        *child,
        f"    cmd := exec.Command({command})",
        *named,
        "    cmd.SysProcAttr = &syscall.SysProcAttr{",
        *lines,
        "    }",
        "    cmd.Stdin = os.Stdin",
        "    cmd.Stdout = os.Stdout",
        "    cmd.Stderr = os.Stderr",
        "",
        "    if err := cmd.Run(); err != nil {",
        "        log.Fatal(err)",
        "    }",
    ]
    return _program(["log", "os", "os/exec", "syscall"], body, _child(steps, recipe.argv) if again else [])


def attributes(recipe: Recipe, *, as_child: bool = False) -> list[tuple[str, str]]:
    """The fields of SysProcAttr; `as_child` makes by clone(2) what an unshare(2) would."""
    found = []
    if recipe.flags or (as_child and recipe.unshared):
        found.append(("Cloneflags", _flags(recipe.all_flags if as_child else recipe.flags)))
    if recipe.unshared and not as_child:
        found.append(("Unshareflags", _flags(recipe.unshared)))
    if recipe.wants_maps:
        found.append(("UidMappings", _mappings(recipe.uid_map, "Getuid")))
        found.append(("GidMappings", _mappings(recipe.gid_map, "Getgid")))
    return found


def _mappings(text: str | None, asked: str) -> str:
    rows = [f"{{ContainerID: {inner}, HostID: {outer}, Size: {count}}}" for inner, outer, count in map_lines(text)]
    if text is None:
        rows = [f"{{ContainerID: 0, HostID: os.{asked}(), Size: 1}}"]
    return f"[]syscall.SysProcIDMap{{{', '.join(rows)}}}"


def _flags(flags: int) -> str:
    return " | ".join(_NAMES.get(word, f"syscall.{word}") for word in constants(flags))


def _child(steps: list[str], argv: list[str]) -> list[str]:
    words = ", ".join(map(quoted, argv))
    return [
        "",
        "// child is what the program is when it has been started again, inside.",
        "func child() {",
        *(f"    must({step})" for step in steps),
        f"    path, err := exec.LookPath({quoted(argv[0])})",
        "    must(err)",
        f"    must(syscall.Exec(path, []string{{{words}}}, os.Environ()))",
        "}",
        *_MUST,
    ]


_MUST = [
    "",
    "func must(err error) {",
    "    if err != nil {",
    "        log.Fatal(err)",
    "    }",
    "}",
]


def step(op: Op) -> list[str]:
    words = [
        quoted(str(word)) if isinstance(word, str) else '""' if word is None else str(word) for word in op.arguments
    ]
    if op.name == "mount":
        source, target, fstype, _flags_text, data = words
        bits = [f"syscall.{name}" for bit, name in FLAG_NAMES.items() if int(op.arguments[3] or 0) & bit]
        return [f"syscall.Mount({source}, {target}, {fstype}, {'|'.join(bits) or '0'}, {data})"]
    names = {"setresuid": "Setresuid", "setresgid": "Setresgid"}
    if op.name in names:
        return [f"syscall.{names[op.name]}({', '.join(words * 3)})"]
    calls = {
        "sethostname": "syscall.Sethostname([]byte({}))",
        "setdomainname": "syscall.Setdomainname([]byte({}))",
        "umount2": "syscall.Unmount({}, {})",
        "pivot_root": "syscall.PivotRoot({}, {})",
        "chdir": "os.Chdir({})",
        "write": "os.WriteFile({}, []byte({}), 0)",
    }
    return [calls[op.name].format(*words)] if op.name in calls else []


def _here(recipe: Recipe) -> str:
    steps = [line for op in recipe.ops for line in step(op)]
    if not steps:
        return _running(recipe.argv)
    return _program(["log", "os", "syscall"], [f"    must({step})" for step in steps], _MUST)


def _entering(recipe: Recipe) -> str:
    """setns(2) of user, mnt and time is refused to a process with threads, and a Go program always has some."""
    return _running(
        shell.words(recipe),
        "    // setns(2) wants a process with one thread for user, mnt and time namespaces, and Go always has more:",
        "    // nsenter(1) makes the call.",
    )


def _running(argv: list[str], *remarks: str) -> str:
    """A program that runs another one, with its own streams."""
    body = [
        *remarks,
        f"    cmd := exec.Command({', '.join(map(quoted, argv))})",
        "    cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr",
        "    if err := cmd.Run(); err != nil {",
        "        log.Fatal(err)",
        "    }",
    ]
    return _program(["log", "os", "os/exec"], body, [])


def _unsayable(why: str) -> str:
    return f"// not in Go alone: {why}; see the C form"


def _program(imports: list[str], body: list[str], more: list[str]) -> str:
    head = ["package main", "", "import (", *(f'    "{name}"' for name in imports), ")", "", "func main() {"]
    return "\n".join([*head, *body, "}", *more])
