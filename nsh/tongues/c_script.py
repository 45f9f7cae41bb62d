# SPDX-License-Identifier: MIT
"""A session as a program in C: clone by fork(2) and unshare(2), setns(2), and execvp(3)."""

from __future__ import annotations

from nsh import nstypes
from nsh.tongues import c
from nsh.tongues.acts import OUTSIDE, Act, Pid
from nsh.tongues.recipe import Recipe, constants, map_lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from nsh.tongues.acts import Where

HEAD = r"""/* What was done in a session of nsh, without nsh: each line is said before it is done, and nothing stays. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif

#define TRY(call) do { if ((call) == -1) err(1, "%s", #call); } while (0)

/* A namespace of a process that holds one. */
struct there {
    pid_t pid;
    const char *type;
};

/* What a process is to make for itself, and what its parent writes for it; a map of "" is root to whoever runs this. */
struct wish {
    int flags;
    const char *uid_map, *gid_map, *offsets;
};

static pid_t made[4096];
static int count;

static void say(const char *line)
{
    fprintf(stderr, "+ %s\n", line);
}

static void clean_up(void)
{
    while (count > 0)
        kill(made[--count], SIGKILL);
}

static void write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);

    if (fd == -1 || write(fd, text, strlen(text)) == -1)
        err(1, "%s", path);
    close(fd);
}

static void write_map(pid_t pid, const char *file, const char *map, int id)
{
    char path[64], own[32];

    snprintf(path, sizeof(path), "/proc/%d/%s", pid, file);
    snprintf(own, sizeof(own), "0 %d 1", id);
    write_file(path, *map ? map : own);
}

/* Enter namespaces of other processes, the user namespace first; all are opened before the first move. */
static int join(const struct there *where)
{
    char path[64], folder[4096] = "/";
    int fds[8], many = 0, has_pid = 0;

    for (; where[many].type; many++) {
        snprintf(path, sizeof(path), "/proc/%d/ns/%s", where[many].pid, where[many].type);
        TRY(fds[many] = open(path, O_RDONLY | O_CLOEXEC));
        has_pid |= !strcmp(where[many].type, "pid");
    }
    if (!getcwd(folder, sizeof(folder)))
        strcpy(folder, "/");
    for (int i = 0; i < many; i++) {
        TRY(setns(fds[i], 0));
        close(fds[i]);
    }
    if (chdir(folder) == -1) /* who enters a mount namespace begins at its root */
        TRY(chdir("/"));
    return has_pid;
}

static int wait_for(pid_t pid)
{
    int status;

    TRY(waitpid(pid, &status, 0));
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Fork a process that enters, makes, and does `then`: its words are executed, or it stays and says so to `ready`. */
static pid_t start(void (*then)(void), const struct there *where, struct wish wish, char **words, int ready)
{
    int there[2], go[2];
    char word = '.';
    pid_t child, inner;

    TRY(pipe2(there, O_CLOEXEC));
    TRY(pipe2(go, O_CLOEXEC));
    TRY(child = fork());
    if (child == 0) {
        int has_pid;

        count = 0; /* what was made is the parent's to clean up */
        has_pid = join(where);
        if (wish.flags)
            TRY(unshare(wish.flags));
        TRY(write(there[1], &word, 1));
        TRY(read(go[0], &word, 1));
        if (wish.offsets)
            write_file("/proc/self/timens_offsets", wish.offsets);
        if (has_pid || wish.flags & (CLONE_NEWPID | CLONE_NEWTIME)) {
            TRY(inner = fork());
            if (inner)
                _exit(wait_for(inner));
        }
        if (then)
            then();
        if (words) {
            execvp(words[0], words);
            err(127, "%s", words[0]);
        }
        if (ready == -1)
            _exit(0);
        TRY(write(ready, &word, 1));
        for (;;)
            pause();
    }
    TRY(read(there[0], &word, 1));
    if (wish.uid_map) {
        if (geteuid() != 0) {
            char path[64];

            snprintf(path, sizeof(path), "/proc/%d/setgroups", child);
            write_file(path, "deny");
        }
        write_map(child, "gid_map", wish.gid_map, getegid());
        write_map(child, "uid_map", wish.uid_map, geteuid());
    }
    TRY(write(go[1], &word, 1));
    close(there[0]), close(there[1]), close(go[0]), close(go[1]);
    return child;
}

/* Have a process that stays where it is; its pid, or that of its child if it has one. */
static pid_t hold(void (*then)(void), const struct there *where, struct wish wish)
{
    int ready[2];
    char path[64], word;
    pid_t child, inner;
    FILE *file;

    TRY(pipe2(ready, O_CLOEXEC));
    child = start(then, where, wish, NULL, ready[1]);
    made[count++] = child;
    close(ready[1]);
    if (read(ready[0], &word, 1) != 1)
        errx(1, "it could not be made");
    close(ready[0]);
    snprintf(path, sizeof(path), "/proc/%d/task/%d/children", child, child);
    file = fopen(path, "re");
    if (file && fscanf(file, "%d", &inner) == 1)
        made[count++] = child = inner;
    if (file)
        fclose(file);
    return child;
}

static void run(void (*then)(void), const struct there *where, struct wish wish, char **words)
{
    wait_for(start(then, where, wish, words, -1));
}

/* A pid as a word of a command. */
static char *word_of(pid_t pid)
{
    char *word;

    if (asprintf(&word, "%d", pid) == -1)
        err(1, "asprintf");
    return word;
}
"""


def write(acts: Sequence[Act], unsaid: Sequence[str]) -> str:
    """The program."""
    functions, body = [], [f"    /* left out: {line.replace('*/', '* /')} */" for line in unsaid]
    for number, act in enumerate(acts):
        functions += _steps(act, number)
        body += ["", f"    say({c.quoted(act.said)});", *(f"    {line}" for line in _act(act, number))]
    variables = [act.variable for act in acts if act.kind == "hold"]
    declared = [f"    pid_t {', '.join(variables)};", ""] if variables else []
    used = ["    (void)hold, (void)run, (void)word_of;"]
    main = ["", "int main(void)", "{", *declared, "    atexit(clean_up);", *used, *body, "    return 0;", "}", ""]
    return HEAD + "\n".join([*functions, *main])


def _steps(act: Act, number: int) -> list[str]:
    """The function of what a process does before it becomes what it is to be."""
    if act.recipe is None or not act.recipe.ops:
        return []
    lines = [f"    {line}" for op in act.recipe.ops for line in c.step(op)]
    return ["", f"static void steps_{number}(void)", "{", *lines, "}"]


def _act(act: Act, number: int) -> list[str]:
    if act.kind == "end":
        return [f"kill({act.variable}, SIGKILL);"]
    where = _where(act.where)
    recipe = act.recipe or Recipe([], [])
    then = f"steps_{number}" if recipe.ops else "NULL"
    wish = _wish(recipe)
    if act.kind == "hold":
        return [f"{act.variable} = hold({then}, {where}, {wish});"]
    words = "NULL" if act.kind == "do" else _words(list(recipe.argv) if act.recipe is not None else act.words)
    return [f"run({then}, {where}, {wish}, {words});"]


def _wish(recipe: Recipe) -> str:
    fields = []
    if recipe.all_flags:
        fields.append(f".flags = {' | '.join(constants(recipe.all_flags))}")
    if recipe.wants_maps:
        fields += [f".uid_map = {_map(recipe.uid_map)}", f".gid_map = {_map(recipe.gid_map)}"]
    if recipe.offsets:
        fields.append(f".offsets = {c.quoted(recipe.offsets)}")
    return f"(struct wish){{{', '.join(fields) or '0'}}}"


def _map(text: str | None) -> str:
    rows = "\n".join(f"{inner} {outer} {count}" for inner, outer, count in map_lines(text))
    return c.quoted(rows)


def _where(where: Where) -> str:
    in_order = sorted((kind for kind in nstypes.NAMES if kind in where), key=lambda kind: kind != "user")
    entries = [f'{{{where[kind]}, "{kind}"}}' for kind in in_order]
    return f"(struct there[]){{{', '.join([*entries, '{0}'])}}}"


def _words(words: list[str | Pid]) -> str:
    return f"(char *[]){{{', '.join([*map(_word, words), 'NULL'])}}}"


def _word(word: str | Pid) -> str:
    if isinstance(word, Pid):
        return f"word_of({'getpid()' if word.variable == OUTSIDE else word.variable})"
    return c.quoted(word)
