# SPDX-License-Identifier: MIT
"""docs/failures.md as tests read it: a test is about a row of the page, and what nsh says is what stands there."""

from __future__ import annotations

import ctypes
import os
import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.hints.refused import mount, unshare, write

PAGE = Path(__file__).parent.parent.parent / "docs" / "failures.md"
ROW = re.compile(r"^\| (\d+[a-z]) \| (.+?) \| (.+?) \| (.+?) \|$", re.MULTILINE)
SAYS = {match[1]: match[4] for match in ROW.finditer(PAGE.read_text())}

OWN, GROUP = os.geteuid(), os.getegid()
IS_ROOT = OWN == 0
NEWNS, NEWUTS, NEWPID, NEWNET, NEWUSER, NEWTIME = 0x20000, 0x4000000, 0x20000000, 0x40000000, 0x10000000, 0x80


def row(number: str, *marks: pytest.MarkDecorator) -> Callable[[Any], Any]:
    """A test is about that row of the page, which it gets as `number`."""

    def mark(function: Any) -> Any:
        for one in (pytest.mark.real, *marks):
            function = one(function)
        return pytest.mark.parametrize("number", [number])(function)

    return mark


def said(number: str, hint: str) -> None:
    """What was said is what the page has, where … stands for anything."""
    wanted = SAYS[number].replace("\\|", "|").replace("``", "`")
    pattern = ".+".join(re.escape(part) for part in wanted.split("…"))
    assert re.fullmatch(pattern, " ".join(hint.split())), f"{hint!r} is not {wanted!r}"


def hint_in(err: str) -> str:
    """The hint of the last refusal on standard error."""
    lines = err.splitlines()
    start = max(
        at for at, line in enumerate(lines) if line.startswith("hint: ") and not lines[at - 1].startswith("hint")
    )
    found = []
    for line in lines[start:]:
        if not line.startswith("hint: "):
            break
        found.append(line.removeprefix("hint: "))
    return " ".join(found)


def without_rights() -> None:
    """Be somebody without capabilities; /proc/self stays one's own."""
    if IS_ROOT:
        os.setgroups([])
        os.setresgid(1234, 1234, 1234)
        os.setresuid(1234, 1234, 1234)
        ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)


def alone() -> None:
    """A user namespace of one's own, with both maps."""
    uid, gid = os.geteuid(), os.getegid()
    unshare(NEWUSER)
    write("/proc/self/setgroups", "deny")
    write("/proc/self/uid_map", f"0 {uid} 1")
    write("/proc/self/gid_map", f"0 {gid} 1")


def into(kind: str, fd: int, inode: int = 0) -> Any:
    """What was to be entered, for a rule that looks at it."""
    return SimpleNamespace(label="NAME", ns={kind: inode}, pid=None, open_fd=lambda _kind: os.dup(fd))


def in_own_mounts() -> None:
    """User and mount namespaces of one's own, nothing of which spreads."""
    alone()
    unshare(NEWNS)
    mount("none", "/", None, 0x44000)
