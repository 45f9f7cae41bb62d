# SPDX-License-Identifier: MIT
"""Flags and keys of System V IPC, apart from the calls so that the prompt need not load the C library."""

from __future__ import annotations

import os

IPC_CREAT = 0o1000
IPC_EXCL = 0o2000


def new_key() -> int:
    """A key that nobody is likely to have, as ipcmk(1) takes one; never IPC_PRIVATE."""
    return int.from_bytes(os.urandom(4), "little") & 0x7FFFFFFF or 1
