# SPDX-License-Identifier: MIT
"""The mount table of a process as a tree: what is covered, who the peers are, what differs (mount_namespaces(7))."""

from __future__ import annotations

from nsh.errors import Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    Row = dict[str, object]


def table(pid: int) -> list[Row]:
    """The mounts of a process's mount namespace, in the kernel's order. Raises Refused."""
    path = f"/proc/{pid}/mountinfo"
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            return [row(line) for line in file]
    except OSError as error:
        raise Refused(f'open("{path}")', error.errno or 0) from error


def tree(pid: int) -> list[Row]:
    """The same as a tree: parents first, `depth` of each, and whether it is `covered`. Raises Refused."""
    return as_tree(table(pid))


def as_tree(rows: list[Row]) -> list[Row]:
    """Rows in the order of the tree. One is covered when no path leads to it: another is on top, here or further up."""
    numbers = {found["id"] for found in rows}
    below: dict[object, list[Row]] = {}
    for found in rows:
        is_top = found["parent"] not in numbers or found["parent"] == found["id"]
        below.setdefault(None if is_top else found["parent"], []).append(found)
    ordered: list[Row] = []
    waiting = [(found, 0, False) for found in reversed(below.get(None, []))]
    while waiting:
        found, depth, is_hidden = waiting.pop()
        children = below.get(found["id"], [])
        is_covered = any(child["mountpoint"] == found["mountpoint"] for child in children)
        ordered.append({**found, "depth": depth, "covered": is_hidden or is_covered})
        for child in reversed(children):
            is_on_top = child["mountpoint"] == found["mountpoint"]
            hidden = is_hidden or (is_covered and not is_on_top) or _is_below_a_sibling(child, children)
            waiting.append((child, depth + 1, hidden))
    return ordered


def _is_below_a_sibling(child: Row, siblings: list[Row]) -> bool:
    """Was another mounted on a directory above it later? Mounted on that one, it would be its child."""
    return any(str(child["mountpoint"]).startswith(f"{other['mountpoint']}/") for other in siblings)


def differing(here: list[Row], host: list[Row]) -> list[Row]:
    """The mounts that only one side has, each with `only`: `here` or `host`."""
    left = _counted(host)
    found: list[Row] = []
    for one in here:
        if left.get(_identity(one), 0):
            left[_identity(one)] -= 1
        else:
            found.append({**one, "only": "here"})
    for one in reversed(host):
        if left.get(_identity(one), 0):
            left[_identity(one)] -= 1
            found.append({**one, "only": "host"})
    return found


def _counted(rows: Iterable[Row]) -> dict[tuple[object, ...], int]:
    counts: dict[tuple[object, ...], int] = {}
    for one in rows:
        counts[_identity(one)] = counts.get(_identity(one), 0) + 1
    return counts


def _identity(one: Row) -> tuple[object, ...]:
    return one["mountpoint"], one["fstype"], one["source"], one["device"], one["root"]


def peers(rows: list[Row], others: dict[str, list[Row]]) -> list[list[str]]:
    """For each row who is in its peer group, or its master's: `NAME:MOUNTPOINT` of other mount namespaces."""
    groups: dict[object, list[str]] = {}
    for name, table_of in others.items():
        for one in table_of:
            if one["peer_group"] is not None:
                groups.setdefault(one["peer_group"], []).append(f"{name}:{one['mountpoint']}")
    return [[*groups.get(one["peer_group"], []), *groups.get(one["master"], [])] for one in rows]


def row(line: str) -> Row:
    """One line of mountinfo (proc_pid_mountinfo(5))."""
    before, _, after = line.rstrip("\n").partition(" - ")
    number, parent, device, root, point, options, *tags = before.split(" ")
    fstype, source, super_options = [*after.split(" "), "", ""][:3]
    return {
        "id": int(number),
        "parent": int(parent),
        "device": device,
        "root": plain(root),
        "mountpoint": plain(point),
        "fstype": fstype,
        "source": plain(source),
        "options": options,
        "super_options": super_options,
        "propagation": ",".join(tags) or "private",
        "peer_group": _tagged(tags, "shared:"),
        "master": _tagged(tags, "master:"),
    }


def _tagged(tags: list[str], prefix: str) -> int | None:
    return next((int(tag.removeprefix(prefix)) for tag in tags if tag.startswith(prefix)), None)


def plain(text: str) -> str:
    """Undo the octal escapes of blanks and backslashes."""
    for escape, char in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        text = text.replace(escape, char)
    return text
