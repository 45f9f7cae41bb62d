# SPDX-License-Identifier: MIT
"""The shells from PyPI that the bench starts beside nsh, in an environment of their own: build/peers."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from tests.programs import say

FOLDER = Path(__file__).resolve().parent.parent / "build" / "peers"


class Peer(NamedTuple):
    """A shell made with prompt_toolkit: its package, program and words, what its prompt begins with.

    `budget` is the ratio of a bare prompt_toolkit loop to it, by design: what
    else nsh takes must fit in between.
    """

    package: str
    program: str
    arguments: tuple[str, ...]
    prompt: bytes
    budget: float


SHELLS = (
    Peer("ptpython==3.0.32", "ptpython", (), b">>>", 0.58),
    Peer("litecli==1.17.1", "litecli", ("--prompt", "litecli> "), b"litecli>", 0.68),
    Peer("ipython==9.18.1", "ipython", ("--no-banner",), b"In [", 0.61),
    Peer("xonsh==0.25.0", "xonsh", ("--no-rc", "-DPROMPT=xonsh> "), b"xonsh>", 0.50),
)
"""Pinned, so that a run can be repeated."""


def provide(shells: Iterable[Peer] = SHELLS) -> None:
    """Install those that are missing; where that fails pip says why, and their rows will."""
    wanted = [peer.package for peer in shells if not program_of(peer).exists()]
    if wanted:
        python = str(FOLDER / "bin" / "python")
        say(f"installing for the rows, in build/peers: {' '.join(wanted)}")
        if subprocess.run([sys.executable, "-m", "venv", FOLDER], check=False).returncode == 0:
            quiet = ["--quiet", "--disable-pip-version-check"]
            subprocess.run([python, "-P", "-m", "pip", "install", *quiet, *wanted], check=False)


def program_of(peer: Peer) -> Path:
    """Where its program is, once it is installed."""
    return FOLDER / "bin" / peer.program
