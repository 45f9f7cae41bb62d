# SPDX-License-Identifier: MIT
"""The programs whose names begin so."""

from __future__ import annotations

import os
from collections.abc import Iterator

_listings: dict[str, tuple[int, list[str]]] = {}
"""For each directory on PATH: when it last changed, and what is in it."""


def find_programs(prefix: str, path: str) -> Iterator[tuple[str, str]]:
    """Each program on `path` once, with the directory where it would be found."""
    seen: set[str] = set()
    for folder in path.split(":"):
        for name in _listing(folder or "."):
            if name.startswith(prefix) and name not in seen and _is_executable(f"{folder}/{name}"):
                seen.add(name)
                yield name, folder


def _is_executable(file: str) -> bool:
    return os.access(file, os.X_OK) and os.path.isfile(file)


def _listing(folder: str) -> list[str]:
    try:
        changed = os.stat(folder).st_mtime_ns
        known = _listings.get(folder)
        if known is None or known[0] != changed:
            known = _listings[folder] = changed, sorted(os.listdir(folder))
    except OSError:  # PATH may name what is not there
        return []
    return known[1]
