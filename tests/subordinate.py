# SPDX-License-Identifier: MIT
"""The subordinate ids of who runs the tests (subuid(5)): `make test` gives some, elsewhere users have their own."""

from __future__ import annotations

import os
import shutil

import pytest

from nsh.session import subids

ROWS = ("/etc/subuid", "/etc/subgid")
_RANGES = {path: subids.ranges(path) for path in ROWS}
USER = subids.user_name()
GIVEN = ", ".join(f"{first}..{first + count - 1}" for first, count in _RANGES["/etc/subuid"])
"""How a message calls him, and those that he has."""

FIRST = 300000 if os.geteuid() == 0 or not _RANGES["/etc/subuid"] else _RANGES["/etc/subuid"][0][0]
"""The first that he may use; root may use any."""

HAS_SOME = os.geteuid() == 0 or (
    shutil.which("newuidmap") is not None
    and all((FIRST, True) in [(first, count >= 10) for first, count in _RANGES[path]] for path in ROWS)
)
NEEDED = pytest.mark.skipif(
    not HAS_SOME, reason="subordinate ids: this user has none, the same in /etc/subuid and /etc/subgid, or no newuidmap"
)
"""For a test that maps ten of them."""
