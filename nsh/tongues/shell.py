# SPDX-License-Identifier: MIT
"""In shell: unshare(1) and nsenter(1) of util-linux, and the programs that make one call each."""

from __future__ import annotations

import shlex

from nsh import nstypes
from nsh.kernel.mountflags import FLAG_NAMES, MS_BIND, MS_PRIVATE, MS_REC, MS_SHARED, MS_SLAVE
from nsh.tongues.recipe import NEWNS, NEWPID, Recipe, map_lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.ops import Op

OPTIONS = {
    "mnt": "--mount",
    "uts": "--uts",
    "ipc": "--ipc",
    "pid": "--pid",
    "net": "--net",
    "user": "--user",
    "cgroup": "--cgroup",
    "time": "--time",
}
_PROPAGATION = {MS_PRIVATE: "private", MS_SLAVE: "slave", MS_SHARED: "shared"}


def write(recipe: Recipe) -> str:
    """One line, or a few."""
    if not (recipe.joins or recipe.all_flags):
        steps, _ = _steps(recipe)
        return "\n".join(steps) if steps else shlex.join(recipe.argv)
    return shlex.join(words(recipe))


def words(recipe: Recipe) -> list[str]:
    """The words that enter, make, do the steps and execute the recipe's own words."""
    return [*(["nsenter", *_joined(recipe)] if recipe.joins else []), *making(recipe)]


def making(recipe: Recipe, *, by_hand: bool = False) -> list[str]:
    """The words that make new namespaces, do the steps there and execute the recipe's own words.

    `by_hand`: somebody else writes the ID maps, and does the steps after that:
    an exec under an id that is not mapped yet has given up all capabilities.
    """
    steps, options = _steps(recipe)
    if by_hand:
        steps = []
    words = ["unshare", *_made(recipe, by_hand=by_hand), *options] if recipe.all_flags else []
    if not steps:
        return [*words, *recipe.argv]
    return [*words, "sh", "-c", " && ".join([*steps, 'exec "$@"']), "sh", *recipe.argv]


def doing(recipe: Recipe) -> list[str]:
    """The words that do the steps where they are said; none for no steps."""
    steps, _ = _steps(recipe)
    return ["sh", "-c", " && ".join(steps)] if steps else []


def _joined(recipe: Recipe) -> list[str]:
    words: list[str] = []
    for target, flags in recipe.joins:
        kinds = nstypes.names_of(flags)
        words += ["--preserve-credentials"] if "user" in kinds else []
        if target.isdecimal():
            words += ["--target", target, *(OPTIONS[kind] for kind in kinds)]
        else:
            words += [f"{OPTIONS[kind]}={target}" for kind in kinds]
    return words


def _made(recipe: Recipe, *, by_hand: bool = False) -> list[str]:
    words = [OPTIONS[kind] for kind in nstypes.names_of(recipe.all_flags)]
    if recipe.flags & NEWPID or recipe.forks:
        words.append("--fork")
    if recipe.wants_maps and not by_hand:
        words += ["--map-root-user"] if recipe.uid_map is None else _maps(recipe)
    for line in recipe.offsets.splitlines():
        clock, seconds, _ = line.split()
        words.append(f"--{clock}={seconds}")
    return words


def _maps(recipe: Recipe) -> list[str]:
    """The comma form, which util-linux takes since 2.38."""
    users = [f"--map-users={outer},{inner},{count}" for inner, outer, count in map_lines(recipe.uid_map)]
    groups = [f"--map-groups={outer},{inner},{count}" for inner, outer, count in map_lines(recipe.gid_map)]
    return [*users, *groups]


def _steps(recipe: Recipe) -> tuple[list[str], list[str]]:
    """The shell lines for what the process does, and the options of unshare(1) that do some of it."""
    steps: list[str] = []
    options: list[str] = []
    unchanged = bool(recipe.all_flags & NEWNS)
    for op in recipe.ops:
        propagation = _whole_tree(op)
        if propagation and unchanged:
            unchanged = False
            options += [] if propagation == "private" else [f"--propagation={propagation}"]
        elif op.name == "setresuid":
            options.append(f"--setuid={op.arguments[0]}")
        elif op.name == "setresgid":
            options.append(f"--setgid={op.arguments[0]}")
        else:
            steps += _step(op)
    return steps, [*options, *(["--propagation=unchanged"] if unchanged else [])]


def _whole_tree(op: Op) -> str | None:
    """The propagation that an op gives to every mount, if it is such an op."""
    if op.name != "mount" or op.arguments[1] != "/" or op.arguments[2] is not None:
        return None
    return _PROPAGATION.get(int(op.arguments[3] or 0) & ~MS_REC)


def _step(op: Op) -> list[str]:
    if op.name == "mount":
        return [_mount(op)]
    words = [str(word) for word in op.arguments]
    if op.name == "sethostname":
        return [shlex.join(["hostname", *words])]
    if op.name == "setdomainname":
        return [shlex.join(["domainname", *words])]
    if op.name == "write":
        return [f"printf %s {shlex.quote(words[1].rstrip())} > {shlex.quote(words[0])}"]
    if op.name == "umount2":
        return [shlex.join(["umount", *(["--lazy"] if op.arguments[1] == 2 else []), words[0]])]
    if op.name == "pivot_root":
        return [shlex.join(["pivot_root", *words])]
    if op.name == "chdir":
        return [shlex.join(["cd", *words])]
    return []  # a directory that nsh goes to where it is there


def _mount(op: Op) -> str:
    source, target, fstype, raw, data = op.arguments
    flags = int(raw or 0)
    if fstype is None and not flags & MS_BIND:
        kind = next(word for bit, word in _PROPAGATION.items() if flags & bit)
        return shlex.join(["mount", f"--make-{'r' if flags & MS_REC else ''}{kind}", str(target)])
    if flags & MS_BIND:
        return shlex.join(["mount", "--rbind" if flags & MS_REC else "--bind", str(source), str(target)])
    wanted = [name.removeprefix("MS_").lower() for bit, name in FLAG_NAMES.items() if flags & bit]
    options = [*wanted, *([str(data)] if data else [])]
    given = ["-o", ",".join(options)] if options else []
    return shlex.join(["mount", "-t", str(fstype), *given, str(source), str(target)])
