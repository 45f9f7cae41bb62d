# SPDX-License-Identifier: MIT
"""/proc/PID/mountinfo as rows (proc(5))."""

from __future__ import annotations

from nsh.errors import Refused


def table(pid: int) -> list[dict[str, object]]:
    """The mounts of a process's mount namespace, in the kernel's order. Raises Refused."""
    path = f"/proc/{pid}/mountinfo"
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            return [row(line) for line in file]
    except OSError as error:
        raise Refused(f'open("{path}")', error.errno or 0) from error


def tree(pid: int) -> list[dict[str, object]]:
    """The same as a tree: parents first, the depth of each, and which are covered by one on top. Raises Refused."""
    rows = table(pid)
    below: dict[object, list[dict[str, object]]] = {}
    numbers = {found["id"] for found in rows}
    for found in rows:
        parent = found["parent"] if found["parent"] in numbers and found["parent"] != found["id"] else None
        below.setdefault(parent, []).append(found)
    ordered: list[dict[str, object]] = []
    waiting = [(found, 0) for found in reversed(below.get(None, []))]
    while waiting:
        found, depth = waiting.pop()
        children = below.get(found["id"], [])
        covered = any(child["mountpoint"] == found["mountpoint"] for child in children)
        ordered.append({**found, "depth": depth, "covered": covered})
        waiting += [(child, depth + 1) for child in reversed(children)]
    return ordered


def row(line: str) -> dict[str, object]:
    """One line of mountinfo."""
    before, _, after = line.rstrip("\n").partition(" - ")
    number, parent, device, root, point, options, *tags = before.split(" ")
    fstype, source, super_options = [*after.split(" "), "", ""][:3]
    return {
        "id": int(number),
        "parent": int(parent),
        "device": device,
        "root": _plain(root),
        "mountpoint": _plain(point),
        "fstype": fstype,
        "source": _plain(source),
        "options": options,
        "super_options": super_options,
        "propagation": ",".join(tags) or "private",
    }


def _plain(text: str) -> str:
    """Undo the octal escapes of blanks and backslashes."""
    for escape, char in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        text = text.replace(escape, char)
    return text
