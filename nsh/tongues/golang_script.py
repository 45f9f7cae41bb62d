# SPDX-License-Identifier: MIT
"""A session as a program in Go: syscall.SysProcAttr makes, nsenter(1) enters, and the program starts itself inside.

setns(2) of user, mnt and time is refused to a process with threads, and a Go
program always has some; time namespaces SysProcAttr does not have: for those
stand nsenter(1) and unshare(1).
"""

from __future__ import annotations

from nsh.tongues import golang, shell
from nsh.tongues.acts import OUTSIDE, Act, Pid
from nsh.tongues.recipe import NEWTIME, Recipe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from nsh.tongues.acts import Where

HEAD = """\
// What was done in a session of nsh, without nsh. Each line is said before it is done; nothing stays at the end.
package main

import (
    "fmt"
    "log"
    "os"
    "os/exec"
    "strconv"
    "strings"
    "syscall"
    "time"
)

// part is what one process is to be: made with attr, doing steps, and then becoming a program.
type part struct {
    attr  *syscall.SysProcAttr
    steps func()
}

var made []int

func say(line string) {
    fmt.Fprintln(os.Stderr, "+", line)
}

func must(err error) {
    if err != nil {
        log.Fatal(err)
    }
}

// command is a program with our own streams, entered into the namespaces that enter names.
func command(enter []string, words ...string) *exec.Cmd {
    words = append(append([]string{}, enter...), words...)
    cmd := exec.Command(words[0], words[1:]...)
    cmd.Stdin = os.Stdin
    cmd.Stdout = os.Stdout
    cmd.Stderr = os.Stderr
    return cmd
}

// folder is where we are: who enters a mount namespace begins at its root.
func folder() string {
    path, err := os.Getwd()
    must(err)
    return path
}

// again is this program once more, as the process that part is about.
func again(enter []string, number int, words ...string) *exec.Cmd {
    self, err := os.Executable()
    must(err)
    return command(enter, append([]string{self, "make", strconv.Itoa(number)}, words...)...)
}

func wait(cmd *exec.Cmd) {
    err := cmd.Run()
    if _, failed := err.(*exec.ExitError); !failed {
        must(err)
    }
}

// hold starts a command that becomes sleep in the end, and waits until it has; the pid of that.
func hold(cmd *exec.Cmd) int {
    must(cmd.Start())
    first := cmd.Process.Pid
    made = append(made, first)
    pid := first
    for {
        comm, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
        if pid == first {
            must(err)
        }
        if strings.TrimSpace(string(comm)) == "sleep" {
            made = append(made, pid)
            return pid
        }
        // From the first to its child, and on; one that only did a step may be gone by then.
        children, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
        if words := strings.Fields(string(children)); len(words) > 0 {
            pid, err = strconv.Atoi(words[0])
            must(err)
        } else {
            pid = first
            time.Sleep(10 * time.Millisecond)
        }
    }
}

// begin makes a process with the attributes of its part; that one goes on with become.
func begin(words []string) {
    number, err := strconv.Atoi(words[0])
    must(err)
    self, err := os.Executable()
    must(err)
    cmd := command(nil, append([]string{self, "become"}, words...)...)
    cmd.SysProcAttr = parts[number].attr
    if err := cmd.Run(); err != nil {
        if failed, ok := err.(*exec.ExitError); ok {
            os.Exit(failed.ExitCode())
        }
        log.Fatal(err)
    }
    os.Exit(0)
}

func become(words []string) {
    number, err := strconv.Atoi(words[0])
    must(err)
    parts[number].steps()
    if len(words) == 1 {
        os.Exit(0)
    }
    path, err := exec.LookPath(words[1])
    must(err)
    must(syscall.Exec(path, words[1:], os.Environ()))
}

// Used by some programs only.
var _ = []interface{}{hold, again, wait, folder, strconv.Itoa}
"""


def write(acts: Sequence[Act], unsaid: Sequence[str]) -> str:
    """The program."""
    body = [f"    // left out: {line}" for line in unsaid]
    parts = []
    for number, act in enumerate(acts):
        parts += _part(act, number)
        body += ["", f"    say({golang.quoted(act.said)})", *(f"    {line}" for line in _act(act, number))]
    init = ["", "var parts map[int]part", "", "func init() {", "    parts = map[int]part{", *parts, "    }", "}"]
    main = [
        "",
        "func main() {",
        '    if len(os.Args) > 2 && os.Args[1] == "make" {',
        "        begin(os.Args[2:])",
        "    }",
        '    if len(os.Args) > 2 && os.Args[1] == "become" {',
        "        become(os.Args[2:])",
        "    }",
        "    defer func() {",
        "        for _, pid := range made {",
        "            syscall.Kill(pid, syscall.SIGKILL)",
        "        }",
        "    }()",
        *body,
        "}",
        "",
    ]
    return "\n".join(_with_tabs(line) for line in [*HEAD.split("\n")[:-1], *init, *main])


def _with_tabs(line: str) -> str:
    """Indented as gofmt(1) does it."""
    rest = line.lstrip(" ")
    return "\t" * ((len(line) - len(rest)) // 4) + rest


def _is_by_itself(recipe: Recipe | None) -> bool:
    """Is it made by SysProcAttr, and does what it does in Go?"""
    return recipe is not None and not (recipe.offsets or recipe.all_flags & NEWTIME)


def _part(act: Act, number: int) -> list[str]:
    recipe = act.recipe
    if recipe is None or not _is_by_itself(recipe):
        return []
    attributes = ", ".join(f"{name}: {value}" for name, value in golang.attributes(recipe, as_child=True))
    steps = [f"            must({line})" for op in recipe.ops for line in golang.step(op)]
    head = f"        {number}: {{attr: &syscall.SysProcAttr{{{attributes}}}, steps: func() {{"
    return [head, *steps, "        }},"]


def _act(act: Act, number: int) -> list[str]:
    if act.kind == "end":
        return [f"must(syscall.Kill({act.variable}, syscall.SIGKILL))"]
    enter = _enter(act.where)
    recipe = act.recipe
    if recipe is None:
        return [f"wait(command({enter}, {', '.join(map(_word, act.words))}))"]
    if not _is_by_itself(recipe):
        started = f"command({enter}, {', '.join(map(golang.quoted, shell.making(recipe)))})"
    else:
        words = [] if act.kind == "do" else recipe.argv
        started = f"again({', '.join([enter, str(number), *map(golang.quoted, words)])})"
    if act.kind == "hold":
        return [f"{act.variable} := hold({started})", f"_ = {act.variable}"]
    return [f"wait({started})"]


def _enter(where: Where) -> str:
    """The words of nsenter(1), as a slice; its files are all opened before it moves."""
    if not where:
        return "nil"
    user = ['"--preserve-credentials"'] if "user" in where else []
    files = [f'fmt.Sprintf("{shell.OPTIONS[kind]}=/proc/%d/ns/{kind}", {pid})' for kind, pid in where.items()]
    there = ['"sh"', '"-c"', golang.quoted('cd "$0" 2>/dev/null; exec "$@"'), "folder()"] if "mnt" in where else []
    words = ['"nsenter"', *user, *files, *there]
    return f"[]string{{{', '.join(words)}}}"


def _word(word: str | Pid) -> str:
    if isinstance(word, Pid):
        return f"strconv.Itoa({'os.Getpid()' if word.variable == OUTSIDE else word.variable})"
    return golang.quoted(word)
