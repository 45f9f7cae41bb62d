# SPDX-License-Identifier: MIT
"""What could be typed where a word begins so: names under /run, processes, files."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.session import Session

    Choices = list[tuple[str, str]]

_MOST_PIDS = 500


def pinned(session: Session) -> list[tuple[str, tuple[str, ...]]]:
    """Names under /run that are no places, with their types."""
    from nsh.session.pins import all_pins

    found: dict[str, list[str]] = {}
    for pin in all_pins():
        if pin.inode is not None and pin.name not in session.places:
            found.setdefault(pin.name, []).append(pin.kind)
    return [(name, tuple(types)) for name, types in found.items()]


def pids(prefix: str) -> Choices:
    """Processes whose numbers begin so, with their names; no more than a menu can be of use for."""
    import os

    pids = sorted(int(name) for name in os.listdir("/proc") if name.isdecimal() and name.startswith(prefix))
    return [(str(pid), _name_of(pid)) for pid in pids[:_MOST_PIDS]]


def _name_of(pid: int) -> str:
    try:
        with open(f"/proc/{pid}/comm", encoding="utf-8", errors="replace") as file:
            return file.read().rstrip("\n")
    except OSError:  # it has ended
        return ""


def paths(prefix: str) -> Choices:
    """Files of the host: nsh's own process never moves."""
    import os

    folder, _, start = prefix.rpartition("/")
    base = folder + "/" if "/" in prefix else ""
    try:
        with os.scandir(base or ".") as entries:
            found = [entry.name + ("/" if entry.is_dir() else "") for entry in entries]
    except OSError:  # nothing to offer where nothing can be read
        return []
    names = (name for name in sorted(found) if start.startswith(".") or not name.startswith("."))
    return [(base + name, "") for name in names if (base + name).startswith(prefix)]
